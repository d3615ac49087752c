"""`python -m tests.make_card`: docs/card.png, the README's badly drawn card number."""

from pathlib import Path

import numpy as np
from PIL import Image

from number_generator import PenDigit
from number_generator.pen import draw_strokes, lay_out
from number_generator.variation import vary_strokes
from tests.handwriting import DIGITS, curve

NUMBER = "4539578763621486"
SEED = 18
FILE = Path(__file__).resolve().parent.parent / "docs" / "card.png"


def draw(seed: int) -> Image.Image:
    """The number in the project's own hand, badly."""
    generator = np.random.default_rng(seed)
    digits = [PenDigit(int(digit), 0, tuple(np.array(curve(stroke)) for stroke in DIGITS[digit])) for digit in NUMBER]
    for _ in range(7):  # each time it is written again by somebody who cannot write
        digits = [vary_strokes(digit, generator) for digit in digits]
    strokes = lay_out(digits, height=60, gaps=generator.uniform(0, 25, len(NUMBER)).tolist(), slant=0.1)
    width, height = np.max([stroke.max(axis=0) for stroke in strokes], axis=0) + 40
    return Image.fromarray(255 - draw_strokes([stroke + 20 for stroke in strokes], (int(width), int(height)), 5))


def main() -> None:
    draw(SEED).save(FILE, optimize=True)


if __name__ == "__main__":
    main()
