"""What is no number: whatever is read of it is wrong."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model_export.samples import Drawing, Pixels, Sources
from number_generator import OTHER_WRITING, draw_other_writing, make_picture, random_effects

_WORDS = (
    "Total", "Signature", "Amount", "Date", "Name", "Invoice", "Account", "Please", "received", "Zip", "Street", "Sale",
    "School", "Bill", "September", "GOOD", "SOLID", "IBIS", "Lloyd", "bogs", "is", "To", "Zoo", "quality", "goods",
)  # fmt: skip
_STRENGTH = 0.5


def other(_: Sources, generator: np.random.Generator) -> Drawing:
    """Scribbles, signatures, letters, words in fonts not trained on, and empty forms, each as often."""
    kind = OTHER_WRITING[generator.integers(len(OTHER_WRITING))]
    ink, lines = (_print_words(generator), None) if kind == "words" else draw_other_writing(generator, kind)
    effects = random_effects(generator, _STRENGTH * generator.random())
    return Drawing(make_picture(ink, generator, effects, lines=lines, colour=True), "", kind)


def _print_words(generator: np.random.Generator) -> Pixels:
    """Real words, those of letters that look like digits among them."""
    fonts = _fonts()
    font = ImageFont.truetype(fonts[generator.integers(len(fonts))], int(generator.integers(18, 60)))
    text = " ".join(generator.choice(_WORDS, generator.integers(1, 4)))
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, 255, font)
    return np.asarray(picture)


@cache
def _fonts() -> list[Path]:
    """DejaVu and STIX, as matplotlib brings them."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return [path for path in sorted(folder.glob("*.ttf")) if path.stem.startswith(("DejaVu", "STIXGeneral"))]
