"""Everything that has been thought of to make the server fail, a line an attack: what it answers, how soon, and what
that costs it.
"""

import base64
import http.client
import json
import os
import socket
import struct
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from recognizer import Recognizer
from tests.picture_files import (
    PNG_SIGNATURE,
    compressed_zeros,
    jpeg_segment,
    png_chunk,
    png_header,
    with_chunks,
    with_scans,
    with_segments,
)
from tests.server_api.answers import MARKER, check_problem
from tests.server_api.pictures import encoded, kinds, lossless, packed

SECONDS = 10.0
"""For any answer: far more than any needs, far less than an attack that works would take."""
MEGABYTES = 150
"""That all attacks together may add to the most memory the server ever had."""
LIMIT = 5_000_000
KINDS = kinds()
PICTURE, JPEG = KINDS["grey PNG"], KINDS["JPEG"]
READING = "407"
HUGE = 2**28  # bytes that a bomb becomes

Body = bytes | Callable[[], bytes]


def image(value: object, **more: object) -> bytes:
    return json.dumps({"image": value, **more}).encode()


def picture(data: bytes) -> bytes:
    return image(encoded(data))


def asked(**rule: object) -> bytes:
    return image(encoded(PICTURE), constraint=rule)


def blank(width: int, height: int, kind: str = "PNG", mode: str = "L") -> bytes:
    return picture(packed(Image.new(mode, (width, height), "white"), kind))


def bomb(chunk: bytes, start: bytes) -> bytes:
    return picture(with_chunks(PICTURE, png_chunk(chunk, start + compressed_zeros(HUGE))))


def exif_bomb() -> bytes:
    """Five thousand fields that all claim the same three megabytes."""
    fields = b"".join(struct.pack(">HHII", 0x1000 + index, 1, 3_000_000, 8) for index in range(5000))
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", 5000) + fields + bytes(3_000_000)


def png_of(*chunks: bytes, width: int = 100, height: int = 50, depth: int = 8, colour: int = 0) -> bytes:
    return picture(png_header(width, height, depth, colour) + b"".join(chunks) + png_chunk(b"IEND"))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><text>' + MARKER.encode() + b"</text></svg>"
PIXELS = png_chunk(b"IDAT", compressed_zeros(2**20))

BODIES: list[tuple[str, Body, int, str]] = [
    # No JSON.
    ("empty", b"", 422, "invalid_json"),
    ("text", MARKER.encode(), 422, "invalid_json"),
    ("cut off", image(MARKER)[:-2], 422, "invalid_json"),
    ("more behind it", image(MARKER) + b"}", 422, "invalid_json"),
    ("not UTF-8", b'{"image": "\xff\xfe' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("UTF-8 with its mark", b"\xef\xbb\xbf" + image(MARKER), 422, "invalid_json"),
    ("UTF-16", image(MARKER).decode().encode("utf-16"), 422, "invalid_json"),
    ("UTF-16 without its mark", image(MARKER).decode().encode("utf-16-le"), 422, "invalid_json"),
    ("lone surrogate", b'{"image": "\\ud800"}', 422, "invalid_json"),
    ("lone surrogate in a name", b'{"\\udfff": "' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("null byte", b'{"image": "\x00' + MARKER.encode() + b'"}', 422, "invalid_json"),
    ("5,000 brackets", b"[" * 5_000 + b"]" * 5_000, 422, "invalid_json"),
    ("5,000 objects in objects", b'{"image":' * 5_000 + b"1" + b"}" * 5_000, 422, "invalid_json"),
    ("integer of 5,000 digits", b'{"image": ' + b"9" * 5_000 + b"}", 422, "invalid_json"),
    ("integer of 5,000 digits for a count", b'{"alternatives": ' + b"9" * 5_000 + b"}", 422, "invalid_json"),
    # JSON, but another.
    ("no field", b"{}", 422, "invalid_request"),
    ("another field", json.dumps({MARKER: MARKER}).encode(), 422, "invalid_request"),
    ("one field more", image("", **{MARKER: MARKER}), 422, "invalid_request"),
    ("9,000 fields more", image("", **{f"{MARKER}{n}": n for n in range(9_000)}), 422, "invalid_request"),
    ("another field in a rule", image("", constraint={MARKER: MARKER}), 422, "invalid_request"),
    ("array", json.dumps([MARKER]).encode(), 422, "invalid_request"),
    ("string", json.dumps(MARKER).encode(), 422, "invalid_request"),
    ("null", image(None), 422, "invalid_request"),
    ("number", image(123456789123456789), 422, "invalid_request"),
    ("integer of 4,000 digits", b'{"image": ' + b"9" * 4_000 + b"}", 422, "invalid_request"),
    ("NaN", b'{"image": NaN}', 422, "invalid_request"),
    ("list with NaN", b'{"image": [NaN]}', 422, "invalid_request"),
    ("infinity", b'{"image": "", "max_error": -Infinity}', 422, "invalid_request"),
    ("number beyond all", b'{"image": "", "max_error": 1e999}', 422, "invalid_request"),
    ("list of strings", image([MARKER]), 422, "invalid_request"),
    # JSON of so many parts that it would become gigabytes.
    ("20,000 brackets", b"[" * 20_000 + b"]" * 20_000, 422, "invalid_request"),
    ("20,000 brackets in the field", b'{"image": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 422, "invalid_request"),
    ("100,000 objects in objects", b'{"image":' * 100_000 + b"1" + b"}" * 100_000, 422, "invalid_request"),
    ("300,000 fields more", image("", **{str(number): 0 for number in range(300_000)}), 422, "invalid_request"),
    ("a million lists", b'{"image": [' + b"[]," * 1_000_000 + b"0]}", 422, "invalid_request"),
    ("1,600,000 wrong numbers", image("", constraint={"one_of": [0] * 1_600_000}), 422, "invalid_request"),
    ("900,000 wrong numbers", image("", constraint={"one_of": [0] * 900_000}), 422, "invalid_request"),
    ("900,000 wrong lengths", image("", constraint={"length": ["0"] * 900_000}), 422, "invalid_request"),
    (
        "900,000 wrong weights",
        image("", constraint={"checksum": {"modulus": 7, "weights": [""] * 900_000}}),
        422,
        "invalid_request",
    ),
    # Of names that come twice the last one counts, as for every reader of JSON.
    ("duplicate names", b'{"image": "", ' + picture(PICTURE)[1:], 200, READING),
    ("duplicate names, the last one bad", picture(PICTURE)[:-1] + b', "image": [1]}', 422, "invalid_request"),
    # No base64.
    ("letters beyond the alphabet", image(f"{MARKER}!!!!"), 422, "invalid_base64"),
    ("letters beyond ASCII", image(f"{MARKER}äöüß"), 422, "invalid_base64"),
    ("URL-safe alphabet", image(f"{MARKER}-_-_"), 422, "invalid_base64"),
    ("escaped null byte", image(f"{MARKER}\0"), 422, "invalid_base64"),
    ("white space beyond ASCII", image(f"{MARKER}\u00a0\u2003"), 422, "invalid_base64"),
    ("without its padding", image(f"{MARKER}QQ"), 422, "invalid_base64"),
    ("half its padding", image(f"{MARKER}QQ="), 422, "invalid_base64"),
    ("too much padding", image(f"{MARKER}QQ==="), 422, "invalid_base64"),
    ("padding alone", image("===="), 422, "invalid_base64"),
    ("padding in the middle", image(f"QQ=={MARKER}"), 422, "invalid_base64"),
    ("data URL without base64", image(f"data:image/png,{MARKER}"), 422, "invalid_base64"),
    ("data URL without data", image("data:image/png;base64"), 422, "invalid_base64"),
    ("data URL in a data URL", image(f"data:image/png;base64,data:image/png;base64,{MARKER}"), 422, "invalid_base64"),
    ("web address", image(f"https://example.org/{MARKER}.png"), 422, "invalid_base64"),
    # base64 in other clothes. A data URL's type is not believed, the bytes decide.
    ("data URL", image(f"data:image/png;base64,{encoded(PICTURE)}"), 200, READING),
    ("data URL of text", image(f"data:text/plain;charset=utf-8;base64,{encoded(PICTURE)}"), 200, READING),
    ("data URL of no type", image(f"data:;base64,{encoded(PICTURE)}"), 200, READING),
    ("data URL in capitals", image(f"DATA:IMAGE/PNG;BASE64,{encoded(PICTURE)}"), 200, READING),
    ("white space around it", image(f" \t\r\n{encoded(PICTURE)}\v\f "), 200, READING),
    ("as the base64 command prints it", image(base64.encodebytes(PICTURE).decode()), 200, READING),
    ("data URL in lines", image(f"data:image/png;base64,\r\n{textwrap.fill(encoded(PICTURE), 64)}\r\n"), 200, READING),
    # No picture.
    ("no bytes", image(""), 422, "not_a_picture"),
    ("white space alone", image(" \n" * 1000), 422, "not_a_picture"),
    ("data URL of no bytes", image("data:image/png;base64,"), 422, "not_a_picture"),
    ("base64 of something", image(MARKER), 422, "not_a_picture"),
    ("text for a picture", picture(b"Ceci n'est pas une image. " * 100), 422, "not_a_picture"),
    ("SVG", picture(SVG), 422, "not_a_picture"),
    ("data URL of SVG", image(f"data:image/svg+xml;base64,{encoded(SVG)}"), 422, "not_a_picture"),
    ("PDF", blank(100, 50, "PDF"), 422, "not_a_picture"),
    ("GIF", blank(100, 50, "GIF"), 422, "not_a_picture"),
    ("BMP", blank(100, 50, "BMP"), 422, "not_a_picture"),
    ("TIFF", blank(100, 50, "TIFF"), 422, "not_a_picture"),
    ("WebP", blank(100, 50, "WEBP"), 422, "not_a_picture"),
    ("EPS, which Pillow has another program run for", blank(100, 50, "EPS"), 422, "not_a_picture"),
    ("web page", picture(b"<!doctype html><script>alert(1)</script>"), 422, "not_a_picture"),
    # Damaged pictures.
    ("PNG signature alone", picture(PNG_SIGNATURE), 422, "picture_truncated"),
    ("PNG truncated in its header", picture(PICTURE[:20]), 422, "picture_truncated"),
    ("PNG truncated behind its header", picture(PICTURE[:33]), 422, "picture_truncated"),
    ("PNG truncated in its pixels", picture(PICTURE[:-200]), 422, "picture_truncated"),
    ("JPEG signature alone", picture(b"\xff\xd8\xff"), 422, "picture_truncated"),
    ("JPEG truncated in its header", picture(JPEG[:100]), 422, "picture_truncated"),
    ("JPEG truncated in its pixels", picture(JPEG[:-200]), 422, "picture_truncated"),
    ("PNG with damaged pixels", picture(PICTURE[:60] + bytes(40) + PICTURE[100:]), 422, "picture_corrupt"),
    ("wrong checksum of the header", picture(PICTURE[:29] + bytes(4) + PICTURE[33:]), 422, "picture_corrupt"),
    ("wrong checksum of the pixels", picture(PICTURE[:-16] + bytes(4) + PICTURE[-12:]), 422, "picture_corrupt"),
    ("PNG without a header", picture(PNG_SIGNATURE + PICTURE[33:]), 422, "picture_corrupt"),
    ("PNG with two headers", picture(with_chunks(PICTURE, png_header(9, 9)[8:])), 422, "picture_corrupt"),
    ("PNG without pixels", png_of(), 422, "picture_corrupt"),
    ("PNG with too few pixels", png_of(png_chunk(b"IDAT", compressed_zeros(0))), 422, "picture_truncated"),
    ("PNG of no depth that there is", png_of(PIXELS, depth=3), 422, "picture_corrupt"),
    ("PNG of no colour type that there is", png_of(PIXELS, colour=5), 422, "picture_corrupt"),
    (
        "JPEG of 12 bits",
        picture(JPEG.replace(b"\xff\xc0\x00\x0b\x08", b"\xff\xc1\x00\x0b\x0c")),
        422,
        "picture_corrupt",
    ),
    ("JPEG without a frame", picture(JPEG.replace(b"\xff\xc0", b"\xff\xfe")), 422, "picture_corrupt"),
    # Sizes, told from the header.
    ("no column", png_of(PIXELS, width=0), 422, "picture_too_small"),
    ("no row", png_of(PIXELS, height=0), 422, "picture_too_small"),
    ("no row in a JPEG", picture(JPEG.replace(b"\x00\x78\x01\x20", b"\x00\x00\x01\x20")), 422, "picture_too_small"),
    ("1 x 1", blank(1, 1), 422, "picture_too_small"),
    ("60000 x 1", blank(60_000, 1), 422, "picture_too_small"),
    ("7 x 100", blank(7, 100), 422, "picture_too_small"),
    ("9000 x 9000", lambda: blank(9000, 9000, mode="1"), 413, "picture_too_large"),
    ("9000 x 9000 in a JPEG", lambda: blank(9000, 9000, "JPEG"), 413, "picture_too_large"),
    ("25 megapixels and a little", lambda: blank(5001, 5000, mode="1"), 413, "picture_too_large"),
    ("two thousand million megapixels", png_of(PIXELS, width=2**31 - 1, height=2**20), 413, "picture_too_large"),
    ("60000 x 8", blank(60_000, 8), 200, ""),
    ("8 x 60000", blank(8, 60_000), 200, ""),
    # Rules that would take for ever.
    ("900,000 known numbers", asked(one_of=["1"] * 900_000), 422, "constraint_invalid"),
    ("100,000 weights", asked(checksum={"modulus": 7, "weights": [1] * 100_000}), 422, "constraint_invalid"),
    ("modulus of 4,000 digits", asked(checksum={"modulus": 10**3999, "weights": [1]}), 422, "constraint_invalid"),
    ("range up to 4,000 digits", asked(range={"low": 0, "high": 10**3999}), 422, "constraint_invalid"),
    ("length of 4,000 digits", asked(length=10**3999), 422, "constraint_invalid"),
    ("pattern of a megabyte", asked(pattern="1|" * 500_000 + "1"), 422, "constraint_invalid"),
    ("pattern of 100,000 brackets", asked(pattern="(" * 100_000 + ")" * 100_000), 422, "constraint_invalid"),
    ("pattern of repeated repetitions", asked(pattern="((1*)*)*" * 20 + "0"), 200, ""),
    ("pattern that grows", asked(pattern="(1|2)*1" + "(1|2)" * 200), 422, "constraint_invalid"),
    # Bombs. What is no pixels is not unpacked.
    ("zTXt bomb", lambda: bomb(b"zTXt", b"Comment\0\0"), 200, READING),
    ("iTXt bomb", lambda: bomb(b"iTXt", b"Comment\0\1\0\0\0"), 200, READING),
    ("iCCP bomb", lambda: bomb(b"iCCP", b"ICC\0\0"), 200, READING),
    ("EXIF bomb", lambda: picture(with_chunks(PICTURE, png_chunk(b"eXIf", exif_bomb()))), 200, READING),
    ("more pixels than told", lambda: png_of(png_chunk(b"IDAT", compressed_zeros(HUGE))), 200, ""),
    (
        "1,000 profiles",
        lambda: picture(with_chunks(PICTURE, *[png_chunk(b"iCCP", b"ICC\0\0" + compressed_zeros(2**20))] * 1000)),
        200,
        READING,
    ),
    (
        "100,000 tiny chunks",
        lambda: picture(with_chunks(PICTURE, *[png_chunk(b"tEXt", b"a\0b")] * 100_000)),
        422,
        "picture_corrupt",
    ),
    (
        "100,000 chunks of no pixels",
        lambda: picture(with_chunks(PICTURE, *[png_chunk(b"IDAT")] * 100_000)),
        422,
        "picture_corrupt",
    ),
    (
        "500,000 comments in a JPEG",
        lambda: picture(with_segments(JPEG, *[jpeg_segment(0xFE)] * 500_000)),
        422,
        "picture_corrupt",
    ),
    (
        "50,000 EXIF blocks in a JPEG",
        lambda: picture(with_segments(JPEG, *[jpeg_segment(0xE1, b"Exif\0\0" + bytes(40))] * 49_000)),
        200,
        READING,
    ),
    ("junk before a JPEG's segments", picture(JPEG[:2] + b"\xff" * 3_000_000 + JPEG[2:]), 200, READING),
    ("two JPEGs in one file", picture(JPEG + JPEG), 200, READING),
    (
        "10,000 scans in a JPEG",
        lambda: picture(with_scans(packed(Image.new("L", (5000, 5000)), "JPEG", progressive=True), 10_000)),
        422,
        "picture_corrupt",
    ),
    # Sizes of bodies.
    ("a body of just the limit", image("A" * (LIMIT - len(image("")) - 2) + "  "), 422, "invalid_base64"),
    ("a byte over the limit", image("A" * (LIMIT - len(image("")) + 1)), 413, "body_too_large"),
    ("three times the limit", os.urandom(3 * LIMIT), 413, "body_too_large"),
]


@dataclass
class Server:
    """process: None where it cannot be looked at. memory: megabytes, the most that it had before the attacks."""

    client: httpx.Client
    address: str
    process: int | None
    memory: float = 0.0

    def peak_memory(self) -> float:
        if self.process is None:
            return 0.0
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

    def post(self, content: bytes | Iterator[bytes], content_type: str | None = "application/json") -> httpx.Response:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self.client.post("/predict", content=content, headers=headers)

    def check_alive(self) -> None:
        """It reads, and has not grown."""
        response = self.client.post("/predict", json={"image": encoded(PICTURE)})
        assert (response.status_code, response.json()["prediction"]) == (200, READING)
        assert self.peak_memory() - self.memory < MEGABYTES


@pytest.fixture(scope="module")
def server(api: httpx.Client, api_url: str, running_api: tuple[str, int | None]) -> Server:
    attacked = Server(api, api_url, running_api[1])
    attacked.memory = attacked.peak_memory()
    return attacked


@pytest.fixture(scope="module")
def documented(server: Server) -> dict[str, set[str]]:
    """Of /predict in /openapi.json: codes by status."""
    responses = server.client.get("/openapi.json").json()["paths"]["/predict"]["post"]["responses"]
    return {
        status: set(response["content"]["application/problem+json"]["examples"])
        for status, response in responses.items()
        if status != "200"
    }


@pytest.mark.contract
@pytest.mark.parametrize(("body", "status", "outcome"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_body_is_read_or_refused(
    body: Body, status: int, outcome: str, server: Server, documented: dict[str, set[str]]
) -> None:
    sent = body if isinstance(body, bytes) else body()
    start = time.monotonic()
    response = server.post(sent)
    assert time.monotonic() - start < SECONDS
    if status == 200:
        assert (response.status_code, response.json().get("prediction")) == (200, outcome)
    else:
        check_problem(response, status, outcome, sent)
        assert outcome in documented[str(status)]
    server.check_alive()


@pytest.mark.contract
@pytest.mark.parametrize("sent", [image(MARKER * 500_000), os.urandom(3 * LIMIT)], ids=len)
def test_a_body_in_chunks_is_refused_once_it_is_too_large(sent: bytes, server: Server) -> None:
    chunks = (sent[start : start + 2**20] for start in range(0, len(sent), 2**20))
    check_problem(server.post(chunks), 413, "body_too_large", sent[:LIMIT])
    server.check_alive()


@pytest.mark.contract
def test_a_batch_is_answered_picture_by_picture_as_each_alone(server: Server) -> None:
    rows = [
        (json.loads(body), outcome)
        for _, body, _, outcome in BODIES
        if isinstance(body, bytes) and body.startswith(b'{"image"') and len(body) < 20_000 and outcome != "invalid_json"
    ]
    assert len(rows) > 40
    for start in range(0, len(rows), 30):
        pictures, outcomes = zip(*rows[start : start + 30], strict=True)
        content = json.dumps({"pictures": pictures})  # NaN and all, unlike httpx
        response = server.client.post("/predict/batch", content=content, headers={"Content-Type": "application/json"})
        results = response.json()["results"]
        assert [(result["problem"] or {}).get("code") or result["reading"]["prediction"] for result in results] == [
            *outcomes
        ]
        assert MARKER not in response.text
    server.check_alive()


@pytest.mark.contract
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_read_as_the_recognizer_reads_it(
    kind: str, server: Server, recognizer: Recognizer
) -> None:
    response = server.post(picture(KINDS[kind]))
    model = {"name": recognizer.card.name, "version": recognizer.card.version}
    assert response.headers["content-type"] == "application/json"
    assert response.json() == json.loads(json.dumps({**asdict(recognizer.read(KINDS[kind])), "model": model}))
    assert response.json()["prediction"] == READING


@pytest.mark.contract
@pytest.mark.parametrize("kind", lossless())
def test_nothing_but_the_grey_levels_matters(kind: str, server: Server) -> None:
    """16 bits are scaled, not clipped; of several frames the first is read."""
    assert server.post(picture(KINDS[kind])).json() == server.post(picture(PICTURE)).json()


CONTENT_TYPES: list[tuple[str | None, int, str]] = [
    (None, 415, "unsupported_media_type"),
    ("", 415, "unsupported_media_type"),
    ("text/plain", 415, "unsupported_media_type"),
    ("application/jsonp", 415, "unsupported_media_type"),
    ("application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ("multipart/form-data; boundary=json", 415, "unsupported_media_type"),
    ("image/png", 415, "unsupported_media_type"),
    (f"application/{MARKER}", 415, "unsupported_media_type"),
    ("text/plain; application/json", 415, "unsupported_media_type"),
    ("application/json, text/plain", 415, "unsupported_media_type"),
    ("application/json; charset=utf-8", 200, READING),
    ("Application/JSON;charset=utf-16", 200, READING),  # JSON is UTF-8, whatever is said of it
]


@pytest.mark.contract
@pytest.mark.parametrize(("content_type", "status", "outcome"), CONTENT_TYPES)
def test_only_json_is_taken_for_json(content_type: str | None, status: int, outcome: str, server: Server) -> None:
    response = server.post(picture(PICTURE), content_type)
    if status == 200:
        assert (response.status_code, response.json()["prediction"]) == (200, outcome)
    else:
        check_problem(response, status, outcome, picture(PICTURE))


def request(*headers: bytes, body: bytes = picture(PICTURE), line: bytes = b"POST /predict HTTP/1.1") -> bytes:
    """As it goes over the line."""
    named = (line, b"Host: here", b"Content-Type: application/json", b"Connection: close", *headers)
    return b"\r\n".join([*named, b"", body])


def length(count: int) -> bytes:
    return b"Content-Length: %d" % count


WHOLE = len(picture(PICTURE))
CHUNKED = b"Transfer-Encoding: chunked"
LARGE_HEADER = b"X-Large: " + b"a" * 5_000_000


def many_headers() -> bytes:
    return b"\r\n".join(b"X-%d: " % number + b"a" * 100 for number in range(45_000))


def in_chunks(*parts: bytes | int) -> bytes:
    """Up to where trailers may come."""
    data = [bytes([part]) if isinstance(part, int) else part for part in parts]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in data) + b"0\r\n"


WHOLE_CHUNK = in_chunks(picture(PICTURE))

ELSEWHERE = "address of another server"
"""Another than `Host` says; a proxy may refuse that."""
LINES: list[tuple[str, Body, int, str]] = [
    ("right", request(length(WHOLE)), 200, READING),
    ("right, in chunks", request(CHUNKED, body=WHOLE_CHUNK + b"\r\n"), 200, READING),
    # Content-Length.
    ("no length", request(), 422, "invalid_json"),
    ("length too short", request(length(WHOLE - 5)), 422, "invalid_json"),
    ("length of letters", request(b"Content-Length: " + MARKER.encode()), 400, "invalid_http"),
    ("length below zero", request(length(-WHOLE)), 400, "invalid_http"),
    ("length with a fraction", request(b"Content-Length: 10.5"), 400, "invalid_http"),
    ("length of no number", request(b"Content-Length: "), 400, "invalid_http"),
    ("two lengths", request(length(WHOLE), length(WHOLE + 1)), 400, "invalid_http"),
    ("length beyond 64 bits", request(b"Content-Length: 99999999999999999999999"), 400, "invalid_http"),
    ("length of ten gigabytes", request(length(10**10)), 413, "body_too_large"),
    ("length and chunks", request(length(WHOLE), CHUNKED, body=b"0\r\n\r\n"), 400, "invalid_http"),
    ("chunk of no length", request(CHUNKED, body=MARKER.encode() + b"\r\n"), 400, "invalid_http"),
    ("chunk longer than told", request(CHUNKED, body=b"1\r\n" + MARKER.encode()), 400, "invalid_http"),
    ("chunk beyond 64 bits", request(CHUNKED, body=b"f" * 40 + b"\r\n"), 400, "invalid_http"),
    ("chunks of a byte", request(CHUNKED, body=in_chunks(*picture(PICTURE)) + b"\r\n"), 200, READING),
    ("a trailer is no header", request(CHUNKED, body=WHOLE_CHUNK + b"Content-Type: none\r\n\r\n"), 200, READING),
    ("5 MB of trailers", lambda: request(CHUNKED, body=WHOLE_CHUNK + many_headers()), 431, "headers_too_large"),
    ("a trailer of 5 MB", lambda: request(CHUNKED, body=WHOLE_CHUNK + LARGE_HEADER), 431, "headers_too_large"),
    (
        "5 MB of extension",
        lambda: request(CHUNKED, body=b"2;x=" + LARGE_HEADER[9:]),
        431,
        "headers_too_large",
    ),
    ("unknown transfer coding", request(b"Transfer-Encoding: gzip"), 400, "invalid_http"),
    # Headers.
    ("a header of 5 MB", lambda: request(LARGE_HEADER), 431, "headers_too_large"),
    ("5 MB of headers", lambda: request(many_headers()), 431, "headers_too_large"),
    ("5 MB of headers without end", lambda: request()[:-2] + LARGE_HEADER, 431, "headers_too_large"),
    ("address of 100 KB", request(line=b"GET /" + b"a" * 100_000 + b" HTTP/1.1"), 431, "headers_too_large"),
    ("address of 5 MB", lambda: b"GET /" + b"a" * 5_000_000, 431, "headers_too_large"),
    ("header without a name", request(b": " + MARKER.encode()), 400, "invalid_http"),
    ("header without a colon", request(MARKER.encode()), 400, "invalid_http"),
    ("null byte in a header", request(b"X-Null: \0" + MARKER.encode()), 400, "invalid_http"),
    ("space before the colon", request(b"Content-Length : 5"), 400, "invalid_http"),
    # What is no HTTP at all.
    ("noise", os.urandom(200).replace(b"\n", b"") + b"\r\n\r\n", 400, "invalid_http"),
    ("null bytes", bytes(1000), 400, "invalid_http"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400, "invalid_http"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid_http"),
    ("unknown method", request(line=MARKER.encode() + b" /predict HTTP/1.1"), 400, "invalid_http"),
    ("unknown version", request(line=b"POST /predict HTTP/9.9"), 400, "invalid_http"),
    # HTTP, but not what is to be had here.
    ("address in full", request(line=b"GET http://here/else HTTP/1.1"), 404, "not_found"),
    (ELSEWHERE, request(line=b"GET http://example.org/else HTTP/1.1"), 404, "not_found"),
    ("tunnel", request(line=b"CONNECT example.org:443 HTTP/1.1"), 400, "invalid_http"),
    ("packed body", request(b"Content-Encoding: gzip", length(6), body=b"\x1f\x8b\x08\0\0\0"), 422, "invalid_json"),
]


OF_THE_PROTOCOL = {"invalid_http", "headers_too_large"}
"""What a proxy before the server may say in its own words."""


@pytest.mark.parametrize(
    ("sent", "status", "outcome"),
    [
        pytest.param(
            *row[1:],
            id=row[0],
            marks=() if row[3] in OF_THE_PROTOCOL or row[0] == ELSEWHERE else pytest.mark.contract,
        )
        for row in LINES
    ],
)
def test_what_comes_over_the_line_is_answered(sent: Body, status: int, outcome: str, server: Server) -> None:
    data = sent if isinstance(sent, bytes) else sent()
    start = time.monotonic()
    response = talk(server.address, data)
    assert time.monotonic() - start < SECONDS
    if status == 200:
        assert (response.status_code, response.json()["prediction"]) == (200, outcome)
    else:
        check_problem(response, status, outcome, data)
    server.check_alive()


@pytest.mark.contract
def test_a_body_that_ends_too_soon_harms_nobody(server: Server) -> None:
    url = urlsplit(server.address)
    with socket.create_connection((url.hostname, url.port), SECONDS) as connection:
        connection.sendall(request(length(WHOLE + 1)))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""  # nobody is left to be answered
    server.check_alive()


def talk(address: str, data: bytes) -> httpx.Response:
    url = urlsplit(address)
    with socket.create_connection((url.hostname, url.port), SECONDS) as connection:
        with suppress(ConnectionError):  # refused before all was sent
            connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
