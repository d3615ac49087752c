"""`python -m tests.recognizer.make_golden`: the golden pictures, each beside what preparation makes of it.

Look at every one before it is committed: the tests hold preparation to what lies in the folder.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator import Effects, Form, fill_form, make_picture, make_transparent
from number_generator.geometry import rescale
from number_generator.pen import draw_strokes
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from tests.handwriting import strokes_of

FOLDER = Path(__file__).parent / "golden"
NUMBER = "40950"

Picture = npt.NDArray[np.uint8]


def write(
    number: str = NUMBER, *, height: float = 60, pen: float = 6, slope: float = 0, size: tuple[int, int] | None = None
) -> Picture:
    """White on black. slope: pixels down a pixel to the right; size: width and height, else as large as the ink."""
    margin = 10
    strokes = [np.array(stroke) for stroke in strokes_of(number, margin, margin, height)]
    strokes = [stroke + np.column_stack((0 * stroke[:, 0], slope * stroke[:, 0])) for stroke in strokes]
    low = min(stroke[:, 1].min() for stroke in strokes)
    strokes = [stroke + (0, margin - low) for stroke in strokes]
    extent = np.max([stroke.max(axis=0) for stroke in strokes], axis=0) + margin
    return draw_strokes(strokes, size or (int(extent[0]), int(extent[1])), pen)


def photograph(ink: Picture | None = None, *, seed: int = 0, **strengths: float | bool) -> Picture:
    ink = write() if ink is None else ink
    others = [write("38"), write("71")]
    effects = Effects(**strengths)  # type: ignore[arg-type]
    return make_picture(ink, np.random.default_rng(seed), effects, others=others, colour=True)


def form(kind: Form, *, seed: int = 0, **strengths: float) -> Picture:
    generator = np.random.default_rng(seed)
    ink = write()
    pitch = 60 * 0.85  # as strokes_of sets the digits apart
    cells = [10 - 9 + pitch * index for index in range(len(NUMBER) + 1)]
    filled = fill_form(kind, ink, generator, cells)
    effects = Effects(margin=0.4, **strengths)  # type: ignore[arg-type]
    return make_picture(filled.ink, generator, effects, lines=filled.lines, colour=True)


def in_corner() -> Picture:
    page = np.full((900, 1400), 255, np.uint8)
    ink = 255 - write()
    page[-ink.shape[0] :, -ink.shape[1] :] = ink
    return page


def one_tall_digit() -> Picture:
    small, tall = write("40"), write("950", height=100)
    canvas = np.zeros((tall.shape[0], small.shape[1] + tall.shape[1]), np.uint8)
    canvas[-small.shape[0] :, : small.shape[1]] = small
    canvas[:, small.shape[1] :] = tall
    return canvas


def on_desk(turned: float = 0, level: int = 70) -> Picture:
    """A sheet of paper, turned by degrees, on something darker that has a grain."""
    paper = Image.fromarray(np.minimum(255 - np.pad(write(), 30), 235))
    desk = np.random.default_rng(0).normal(level, 4, (paper.height + 110, paper.width + 120))
    image = Image.fromarray(desk.clip(0, 255).astype(np.uint8))
    sheet = paper.rotate(turned, Image.Resampling.BICUBIC, expand=True)
    image.paste(sheet, (60, 40), Image.new("L", paper.size, 255).rotate(turned, expand=True))
    return np.asarray(image)


def cut_out_box() -> Picture:
    """A field of a form, cut out along its printed lines."""
    picture = 255 - write(size=(330, 90))
    picture[:3] = picture[-2:] = 30
    picture[:, :2] = picture[:, -3:] = 30
    return picture


def margin_line() -> Picture:
    picture = np.pad(255 - write(), ((50, 50), (50, 20)), constant_values=255)
    picture[:, 24:27] = 110
    return picture


def between_lines() -> Picture:
    """Ascending, with the feet of one line of writing above it, and the heads of another below it."""
    number = write(slope=-0.1)
    other = write("7138264", height=50)
    page = np.zeros((number.shape[0] + 40, other.shape[1]), np.uint8)
    page[20:-20, 40 : 40 + number.shape[1]] = number
    page[:20] = other[-34:-14]
    page[-22:] = other[8:30]
    return 255 - page


CASES: dict[str, Callable[[], Picture]] = {
    "canvas": lambda: write(size=(700, 160)),
    "corner": in_corner,
    "thin": lambda: write(pen=1.5),
    "thick": lambda: write(pen=14),
    "tiny": lambda: rescale(write(), 0.22),
    "huge": lambda: write(height=300, pen=20),
    "ascending": lambda: write("4095040950", slope=-0.1),
    "descending": lambda: write("4095040950", slope=0.1),
    "one-tall-digit": one_tall_digit,
    "transparent": lambda: make_transparent(write(), (0, 0, 160)),
    "light": lambda: photograph(light=1, dimness=0.5),
    "shadow": lambda: photograph(shadow=1, dimness=0.2),
    "texture": lambda: photograph(texture=1, dimness=0.5),
    "pencil": lambda: photograph(pencil=0.7, fading=0.3),
    "faint": lambda: photograph(fading=1, noise=0.3),
    "coloured": lambda: photograph(colour=1, dimness=0.4, seed=4),
    "light-on-dark": lambda: photograph(inverted=True, light=0.5),
    "noise": lambda: photograph(noise=1, dimness=0.3),
    "blur": lambda: photograph(blur=1),
    "jpeg": lambda: photograph(jpeg=1, dimness=0.3),
    "turned": lambda: photograph(rotation=1, margin=0.5, seed=1),
    "perspective": lambda: photograph(perspective=1, margin=0.5),
    "smudges": lambda: photograph(smudges=1, specks=1, seed=2),
    "show-through": lambda: photograph(show_through=1),
    "neighbours": lambda: photograph(neighbours=1, margin=0.3, seed=8),
    "ruled": lambda: form("ruled"),
    "squared": lambda: form("squared", faint_lines=0.8),
    "squared-dark": lambda: form("squared", seed=3),
    "boxes": lambda: form("boxes"),
    "comb": lambda: form("comb"),
    "frame": lambda: form("frame"),
    "desk": on_desk,
    "desk-turned": lambda: on_desk(turned=6, level=110),
    "cut-out-box": cut_out_box,
    "margin-line": margin_line,
    "between-lines": between_lines,
    "frame-photographed": lambda: form("frame", light=0.7, noise=0.4, rotation=0.5, colour=0.5),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in CASES.items():
        path = FOLDER / f"{name}.png"
        Image.fromarray(draw()).save(path, optimize=True)
        prepared = prepare(read_picture(path.read_bytes()))
        assert prepared is not None, name
        Image.fromarray(prepared.pixels).save(FOLDER / f"{name}.prepared.png", optimize=True)


if __name__ == "__main__":
    main()
