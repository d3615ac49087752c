"""Requests as a server meets them over months: most are good, many are not, and each says which answer is right."""

import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from PIL import Image

from benchmarks.pictures import Drawn, draw_pictures
from server_api.clients import pack
from server_api.schemas import EXAMPLE_IMAGE

PREDICT, BATCH = "/predict", "/predict/batch"
TOO_LARGE = 5_100_000  # bytes of a body
GOOD = frozenset({200})
UNREADABLE = frozenset({422})


@dataclass(frozen=True)
class Mixed:
    """statuses: those that are right."""

    kind: str
    packed: bytes
    statuses: frozenset[int]


class Mixture:
    """An endless stream of requests, the same ones for the same seed.

    document: the server's OpenAPI document, which tells whether there are batches, and which pages.
    """

    def __init__(self, address: str, document: Mapping[str, Any], pictures: int, seed: int = 0) -> None:
        self._address, self._chance = address, random.Random(seed)
        self._drawn = draw_pictures(pictures, seed)
        self._large = [_enlarged(one, kind) for one, kind in zip(self._drawn, ("PNG", "JPEG"), strict=False)]
        self._huge = Drawn("", _packed(Image.new("1", (9000, 9000)), "PNG"))
        self._too_large = b'{"image": "' + b"A" * TOO_LARGE + b'"}'
        self._pages = cycle(_pages(document))
        self._kinds: dict[str, tuple[float, Callable[[str], Mixed]]] = {
            "good": (50, lambda kind: self._ask(kind, {"image": self._picture().base64})),
            "with a rule": (8, lambda kind: self._ask(kind, {"image": self._picture().base64, **self._rule()})),
            "large": (0.5, lambda kind: self._ask(kind, {"image": self._chance.choice(self._large).base64})),
            "batch": (3 if BATCH in document["paths"] else 0, self._ask_batch),
            "page": (5, lambda kind: Mixed(kind, pack(address + next(self._pages)), GOOD)),
            "no base64": (5, lambda kind: self._ask(kind, {"image": self._picture().base64[:-3] + "*"}, UNREADABLE)),
            "truncated": (5, self._truncated),
            "damaged": (5, self._damaged),
            "no picture": (4, lambda kind: self._ask(kind, {"image": "R0lGODlhAQABAAAAACw="}, UNREADABLE)),
            "too many pixels": (3, lambda kind: self._ask(kind, {"image": self._huge.base64}, frozenset({413}))),
            "body too large": (0.1, lambda kind: self._send(kind, self._too_large, frozenset({413}))),
            "no JSON": (3, lambda kind: self._send(kind, b'{"image": [NaN, "\\ud800', UNREADABLE)),
            "unknown field": (2, lambda kind: self._ask(kind, {"image": "", "picture": ""}, UNREADABLE)),
            "senseless rule": (2, lambda kind: self._ask(kind, _SENSELESS, UNREADABLE)),
            "no content type": (3, lambda kind: self._send(kind, b"{}", frozenset({415}), "text/plain")),
            "no such path": (1, lambda kind: Mixed(kind, pack(f"{address}/nothing"), frozenset({404}))),
            "no such method": (1, lambda kind: Mixed(kind, pack(address + PREDICT), frozenset({405}))),
        }

    def __iter__(self) -> Iterator[Mixed]:
        names, weights = list(self._kinds), [weight for weight, _ in self._kinds.values()]
        while True:
            (kind,) = self._chance.choices(names, weights)
            yield self._kinds[kind][1](kind)

    def _send(self, kind: str, body: bytes, statuses: frozenset[int], content_type: str = "application/json") -> Mixed:
        return Mixed(kind, pack(self._address + PREDICT, body, content_type), statuses)

    def _ask(self, kind: str, body: Mapping[str, Any], statuses: frozenset[int] = GOOD) -> Mixed:
        return self._send(kind, json.dumps(body).encode(), statuses)

    def _picture(self) -> Drawn:
        return self._chance.choice(self._drawn)

    def _rule(self) -> dict[str, Any]:
        """Hardly ever the same one twice."""
        low = self._chance.randrange(1, 10_000)
        constraint = self._chance.choice(
            [
                {"length": [1, low % 20 + 1], "checksum": "luhn"},
                {"pattern": rf"[{low % 10}-9]?\d{{1,{low % 15 + 1}}}"},
                {"range": {"low": low, "high": low * 1000, "leading_zeros": low % 2 == 0}},
                {"one_of": [str(self._chance.randrange(10**6)) for _ in range(low % 300 + 1)]},
            ]
        )
        return {"constraint": constraint, "alternatives": low % 10, "max_error": 1 / low}

    def _ask_batch(self, kind: str) -> Mixed:
        """Some of its pictures are none, and harm no other."""
        images = [self._picture().base64 for _ in range(self._chance.randrange(1, 17))]
        pictures = [{"image": image if self._chance.random() < 0.8 else image[:100]} for image in images]
        return Mixed(kind, pack(self._address + BATCH, json.dumps({"pictures": pictures}).encode()), GOOD)

    def _truncated(self, kind: str) -> Mixed:
        picture = self._picture()
        cut = Drawn("", picture.picture[: self._chance.randrange(1, len(picture.picture) * 9 // 10)])
        return self._ask(kind, {"image": cut.base64}, UNREADABLE)

    def _damaged(self, kind: str) -> Mixed:
        data = bytearray(self._picture().picture)
        for _ in range(self._chance.choice([1, 3, 20])):
            data[self._chance.randrange(len(data))] = self._chance.randrange(256)
        return self._ask(kind, {"image": Drawn("", bytes(data)).base64}, GOOD | UNREADABLE | {413})


_SENSELESS = {"image": EXAMPLE_IMAGE, "constraint": {"pattern": "[9-0]"}}


def _enlarged(drawn: Drawn, kind: str) -> Drawn:
    """To eight megapixels or so."""
    image = Image.open(io.BytesIO(drawn.picture)).convert("L")
    factor = (8e6 / (image.width * image.height)) ** 0.5
    larger = image.resize((round(image.width * factor), round(image.height * factor)))
    return Drawn(drawn.digits, _packed(larger, kind))


def _packed(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _pages(document: Mapping[str, Any]) -> list[str]:
    listed = [path for path, operations in document["paths"].items() if "get" in operations and "{" not in path]
    return [*listed, "/openapi.json", "/docs"]
