"""What every answer that is a problem must be like."""

import httpx

MARKER = "MARKERMARKER"  # base64 as well
_ECHO = 16  # characters in a row that an answer shares with what was sent only by repeating it
_LOOKED_AT = 100_000  # bytes of what was sent


def check_problem(response: httpx.Response, status: int, code: str, sent: bytes = b"") -> None:
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.keys() == {"type", "title", "status", "detail", "code"}
    assert problem["status"] == status
    assert problem["detail"]
    answer = response.text + str(response.headers)
    assert MARKER not in answer
    assert not [echo for echo in _pieces(answer) if echo in sent[:_LOOKED_AT]]


def _pieces(answer: str) -> list[bytes]:
    data = answer.encode()
    return [data[start : start + _ECHO] for start in range(len(data) - _ECHO + 1)]
