"""Pictures to ask a server about: strings of many lengths and writings, as pages, scanners and phones send them.

They are made by a seed out of strokes alone, so that a measurement needs no data.
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator import Effects, PenDigit, PenStrings, make_picture, make_transparent, uniform_digits
from number_generator.pen import normalize
from tests.handwriting import DIGITS, curve

CANVAS = (1000, 400)  # of the page, in pixels
LENGTHS = (1, 2, 3, 4, 5, 5, 6, 8, 11, 16)
PHOTOGRAPHED = Effects(light=0.5, shadow=0.4, noise=0.3, rotation=0.3, blur=0.3, margin=0.5, jpeg=0.4)


Maker = Callable[[PenStrings, str, np.random.Generator], bytes]


@dataclass(frozen=True)
class Drawn:
    """picture: a PNG or JPEG file."""

    digits: str
    picture: bytes

    @property
    def base64(self) -> str:
        return base64.b64encode(self.picture).decode()


def draw_pictures(count: int, seed: int = 0) -> list[Drawn]:
    """Half of them are drawn on the page's canvas, a quarter are small and grey, a quarter are photographed."""
    return _draw(count, seed, (_on_canvas, _small, _on_canvas, _photographed))


def draw_small_pictures(count: int, seed: int = 0) -> list[Drawn]:
    """Small and grey, of 1 to 5 digits, as scanners cut them out of forms."""
    return _draw(count, seed, (_small,), (1, 2, 3, 4, 5))


def _draw(count: int, seed: int, makers: Sequence[Maker], lengths: Sequence[int] = LENGTHS) -> list[Drawn]:
    generator = np.random.default_rng(seed)
    strings = PenStrings(
        [
            PenDigit(int(digit), 0, normalize([np.array(curve(stroke)) for stroke in strokes]))
            for digit, strokes in DIGITS.items()
        ],
        varied_share=0.8,
    )
    drawn = []
    for index in range(count):
        digits = uniform_digits(lengths[index // len(makers) % len(lengths)], generator)
        drawn.append(Drawn(digits, makers[index % len(makers)](strings, digits, generator)))
    return [drawn[index] for index in generator.permutation(count)]  # neighbours differ in length


def _on_canvas(strings: PenStrings, digits: str, generator: np.random.Generator) -> bytes:
    room = np.array(CANVAS[::-1]) - 20
    size = min(180.0, CANVAS[0] / len(digits))
    while (np.array((ink := strings.draw(digits, generator, height=size, touching=False)).shape) > room).any():
        size *= 0.8
    canvas = np.zeros(CANVAS[::-1], np.uint8)
    top, left = generator.integers(10, room - ink.shape + 11).tolist()
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return _packed(make_transparent(canvas), "PNG")


def _small(strings: PenStrings, digits: str, generator: np.random.Generator) -> bytes:
    return _packed(np.pad(strings.draw(digits, generator, height=40, touching=False), 8), "PNG")


def _photographed(strings: PenStrings, digits: str, generator: np.random.Generator) -> bytes:
    ink = strings.draw(digits, generator, height=50, touching=False)
    return _packed(make_picture(ink, generator, PHOTOGRAPHED, scale=2.0, colour=True), "JPEG")


def _packed(pixels: npt.NDArray[np.uint8], kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()
