"""Every way to send something wrong, and its answer."""

import asyncio
import json
import os

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

import recognizer
from recognizer import PictureError
from server_api.api import create_app
from server_api.problems import PROBLEMS
from tests.server_api.pictures import encoded, kinds, of_size, packed

MARKER = "MARKERMARKER"  # base64 as well
PICTURES = kinds()
LIMIT = 5_000_000


def image(value: object) -> bytes:
    return json.dumps({"image": value}).encode()


def picture(data: bytes) -> bytes:
    return image(encoded(data))


BODIES: list[tuple[str, bytes, int, str]] = [
    # No JSON.
    ("empty", b"", 422, "invalid_json"),
    ("text", MARKER.encode(), 422, "invalid_json"),
    ("cut off", image(MARKER)[:-2], 422, "invalid_json"),
    ("not UTF-8", b'{"image": "\xff\xfe' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("UTF-16", image(MARKER).decode().encode("utf-16"), 422, "invalid_json"),
    ("lone surrogate", b'{"image": "\\ud800' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("null byte", b'{"image": "\x00' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("deep arrays", b"[" * 100_000, 422, "invalid_json"),
    ("deep objects", b'{"image":' * 100_000 + b"1" + b"}" * 100_000, 422, "invalid_json"),
    ("number beyond Python's own limit", b'{"image": ' + b"9" * 10_000 + b"}", 422, "invalid_json"),
    # JSON, but another.
    ("no field", b"{}", 422, "invalid_request"),
    ("another field", json.dumps({MARKER: MARKER}).encode(), 422, "invalid_request"),
    ("one field more", json.dumps({"image": "", MARKER: MARKER}).encode(), 422, "invalid_request"),
    ("array", json.dumps([MARKER]).encode(), 422, "invalid_request"),
    ("string", json.dumps(MARKER).encode(), 422, "invalid_request"),
    ("null", image(None), 422, "invalid_request"),
    ("number", image(123456789123456789), 422, "invalid_request"),
    ("huge number", b'{"image": ' + b"9" * 4_000 + b"}", 422, "invalid_request"),
    ("NaN", b'{"image": NaN}', 422, "invalid_request"),
    ("list of strings", image([MARKER]), 422, "invalid_request"),
    # No base64.
    ("letters beyond the alphabet", image(f"{MARKER}!!!!"), 422, "invalid_base64"),
    ("letters beyond ASCII", image(f"{MARKER}äöüß"), 422, "invalid_base64"),
    ("URL-safe alphabet", image(f"{MARKER}-_-_"), 422, "invalid_base64"),
    ("escaped null byte", image(f"{MARKER}\0"), 422, "invalid_base64"),
    ("without its padding", image(f"{MARKER}QQ"), 422, "invalid_base64"),
    ("padding in the middle", image(f"QQ=={MARKER}"), 422, "invalid_base64"),
    ("data URL without base64", image(f"data:image/png,{MARKER}"), 422, "invalid_base64"),
    ("data URL without data", image("data:image/png;base64"), 422, "invalid_base64"),
    ("web address", image(f"https://example.org/{MARKER}.png"), 422, "invalid_base64"),
    # No picture that can be read.
    ("no bytes", image(""), 422, "not_a_picture"),
    ("data URL of no bytes", image("data:image/png;base64,"), 422, "not_a_picture"),
    ("base64 of something", image(MARKER), 422, "not_a_picture"),
    ("GIF", picture(packed(Image.new("L", (20, 20)), "GIF")), 422, "not_a_picture"),
    ("truncated PNG", picture(PICTURES["grey PNG"][:-200]), 422, "picture_truncated"),
    ("truncated JPEG", picture(PICTURES["JPEG"][:-200]), 422, "picture_truncated"),
    (
        "damaged PNG",
        picture(PICTURES["grey PNG"][:60] + bytes(40) + PICTURES["grey PNG"][100:]),
        422,
        "picture_corrupt",
    ),
    ("tiny", picture(packed(Image.new("L", (7, 100)))), 422, "picture_too_small"),
    ("of 25 megapixels and a little", picture(packed(Image.new("1", (5001, 5000)))), 413, "picture_too_large"),
    ("of two thousand million megapixels", picture(of_size(2**31 - 1, 2**20)), 413, "picture_too_large"),
    ("a byte over the limit", image("A" * (LIMIT - len(image("")) + 1)), 413, "body_too_large"),
    ("three times the limit", os.urandom(3 * LIMIT), 413, "body_too_large"),
]


def check(response: httpx.Response, status: int, code: str) -> None:
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.keys() == {"type", "title", "status", "detail", "code"}
    assert problem["status"] == status
    assert problem["detail"]
    assert MARKER not in response.text + str(response.headers)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_wrong_body_is_answered_by_its_problem(
    body: bytes, status: int, code: str, chunked: bool, api: httpx.Client, documented: dict[str, set[str]]
) -> None:
    content = (body[start : start + 2**20] for start in range(0, len(body), 2**20)) if chunked else body
    check(api.post("/predict", content=content, headers={"Content-Type": "application/json"}), status, code)
    assert code in documented[str(status)]


@pytest.fixture(scope="module")
def documented(api: httpx.Client) -> dict[str, set[str]]:
    """Of /predict in /openapi.json: codes by status."""
    responses = api.get("/openapi.json").json()["paths"]["/predict"]["post"]["responses"]
    return {
        status: set(response["content"]["application/problem+json"]["examples"])
        for status, response in responses.items()
        if status != "200"
    }


def test_a_body_of_just_the_limit_is_looked_into(api: httpx.Client) -> None:
    body = image("A" * (LIMIT - len(image("")) - 2) + "  ")
    assert len(body) == LIMIT
    check(api.post("/predict", content=body, headers={"Content-Type": "application/json"}), 422, "invalid_base64")


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/jsonp", f"application/{MARKER}", "multipart"]
)
def test_another_content_type_is_refused(content_type: str | None, api: httpx.Client) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    check(api.post("/predict", content=picture(b""), headers=headers), 415, "unsupported_media_type")


def test_a_form_is_refused(api: httpx.Client) -> None:
    check(api.post("/predict", files={"image": PICTURES["JPEG"]}), 415, "unsupported_media_type")


@pytest.mark.parametrize("path", [f"/{MARKER}", "/predict/", f"/predict/{MARKER}", "/docs/..%2f", "/%00", "/%ff"])
def test_another_path_is_not_found(path: str, api: httpx.Client) -> None:
    check(api.post(path, json={}), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/predict", "POST"), ("PUT", "/predict", "POST"), ("DELETE", "/info", "GET"), ("POST", "/readyz", "GET")],
)
def test_another_method_is_told_those_allowed(method: str, path: str, allowed: str, api: httpx.Client) -> None:
    response = api.request(method, path)
    check(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


def ask_unstarted(app: FastAPI, method: str, path: str) -> httpx.Response:
    """Without a server, so that the start-up does not run."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/readyz"), ("GET", "/health"), ("GET", "/info"), ("POST", "/predict")]
)
def test_before_the_model_is_loaded_nothing_is_ready(method: str, path: str) -> None:
    check(ask_unstarted(create_app(), method, path), 503, "not_ready")


def test_before_the_model_is_loaded_the_server_is_alive() -> None:
    assert ask_unstarted(create_app(), "GET", "/livez").status_code == 200


def test_an_unforeseen_failure_tells_nothing() -> None:
    app = create_app()

    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError(MARKER)

    check(ask_unstarted(app, "GET", "/fail"), 500, "internal_error")


def test_every_error_of_a_picture_has_its_row() -> None:
    exported = [value for name in recognizer.__all__ if isinstance(value := getattr(recognizer, name), type)]
    errors = {error for error in exported if issubclass(error, PictureError)} - {PictureError}
    assert errors == set(PictureError.__subclasses__())
    assert {error: PROBLEMS[error].code for error in errors} == {error: error.code for error in errors}


def test_codes_are_told_apart() -> None:
    assert len({answer.code for answer in PROBLEMS.values()}) == len(PROBLEMS)
