"""What people and printers put on paper that is no number: scribbles, signatures, letters, words, empty forms."""

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from number_generator.forms import FORMS, FORMS_WITH_CELLS, fill_form
from number_generator.pen import PenDigit, Stroke, draw_strokes, lay_out
from number_generator.variation import vary_strokes

Grey = npt.NDArray[np.uint8]

OtherWriting = Literal["scribble", "signature", "letters", "words", "form"]
OTHER_WRITING: tuple[OtherWriting, ...] = get_args(OtherWriting)

# Strokes of letters that nobody takes for digits, x, y with y down. No O, I, l, S, Z, B, q and their like.
_LETTERS = {
    "A": "0,1 .35,0 .7,1|.15,.6 .55,.6",
    "C": ".6,.15 .4,0 .15,.1 0,.5 .15,.9 .4,1 .6,.85",
    "E": ".6,0 0,0 0,1 .6,1|0,.5 .5,.5",
    "F": ".6,0 0,0 0,1|0,.5 .5,.5",
    "H": "0,0 0,1|.6,0 .6,1|0,.5 .6,.5",
    "K": "0,0 0,1|.6,0 0,.55 .6,1",
    "M": "0,1 .1,0 .4,.7 .7,0 .8,1",
    "N": "0,1 0,0 .6,1 .6,0",
    "P": "0,1 0,0 .4,.02 .6,.2 .45,.45 0,.5",
    "R": "0,1 0,0 .4,.02 .6,.2 .45,.45 0,.5 .2,.5 .6,1",
    "T": "0,0 .7,0|.35,0 .35,1",
    "V": "0,0 .35,1 .7,0",
    "W": "0,0 .2,1 .45,.3 .7,1 .9,0",
    "X": "0,0 .6,1|.6,0 0,1",
    "Y": "0,0 .3,.5 .6,0|.3,.5 .3,1",
    "a": "1,0 .4,0 0,.5 .3,1 .8,.8 1,0 1,.8 1.2,1",
    "e": "0,.5 1,.4 .8,.05 .3,.05 0,.6 .4,1 1,.9",
    "h": "0,0 0,1|0,.6 .25,.45 .45,.6 .45,1",
    "m": "0,0 0,1|0,.3 .4,0 .7,.3 .7,1|.7,.3 1.1,0 1.4,.3 1.4,1",
    "n": "0,0 0,1|0,.3 .5,0 .9,.3 .9,1",
    "r": "0,0 0,1|0,.4 .4,.05 .8,.1",
    "t": ".25,0 .25,.8 .4,1|0,.35 .5,.35",
    "u": "0,0 0,.7 .4,1 .9,.7 .9,0|.9,.7 1,1",
    "w": "0,0 .3,1 .6,.3 .9,1 1.2,0",
    "x": "0,0 .8,1|.8,0 0,1",
}
_EMPTY_FORMS = tuple(form for form in FORMS if form != "comb")  # what is left of an empty comb is a row of ones
_MARKS = "-.,:?&%#"
_LONGEST_WORD = 9


def draw_other_writing(generator: np.random.Generator, kind: OtherWriting | None = None) -> tuple[Grey, Grey | None]:
    """Something that is no number, by default of any kind: ink, white on black, uint8 (height, width), and, for an
    empty form, its printed lines, as `fill_form` makes them.
    """
    kind = kind or OTHER_WRITING[generator.integers(len(OTHER_WRITING))]
    if kind == "form":
        return _empty_form(generator)
    if kind == "words":
        return _print_words(generator), None
    strokes = {"scribble": _scribble, "signature": _sign, "letters": _write_letters}[kind](generator)
    low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
    high = np.max([stroke.max(axis=0) for stroke in strokes], axis=0)
    scale = generator.uniform(28, 60) / max(high[1] - low[1], 1e-3)
    pen_width = generator.uniform(1.2, 5)
    margin = pen_width / 2 + 1
    width, height = np.ceil((high - low) * scale + 2 * margin).astype(int).tolist()
    return draw_strokes([(stroke - low) * scale + margin for stroke in strokes], (width, height), pen_width), None


def _scribble(generator: np.random.Generator) -> list[Stroke]:
    """A pen that wanders, back and forth at times, in one stroke or some."""
    strokes = []
    for _ in range(generator.integers(1, 4)):
        steps = generator.normal(0, 1, (generator.integers(12, 60), 2))
        speed = np.stack([np.convolve(axis, np.ones(4) / 4, "same") for axis in steps.T], axis=1)
        if generator.random() < 0.5:  # hatching
            speed[:, 1] += 1.5 * np.sign(np.sin(np.arange(len(speed)) * generator.uniform(0.5, 1.5)))
        speed[:, 0] += generator.uniform(0, 0.8)
        strokes.append(np.cumsum(speed, axis=0) + generator.normal(0, 3, 2))
    return strokes


def _sign(generator: np.random.Generator) -> list[Stroke]:
    """Loops and waves along a line, of falling height, with a flourish at times."""
    length = generator.uniform(3, 8)
    places = np.linspace(0, 1, round(14 * length))
    envelope = np.interp(places, np.linspace(0, 1, 6), generator.uniform(0.15, 1, 6))
    turns = 2 * math.pi * length * generator.uniform(0.5, 1.3) * (places + 0.03 * np.sin(9 * places))
    x = length * places + generator.uniform(0.1, 0.5) * np.sin(turns)
    y = envelope * np.sin(turns + generator.uniform(0.5, 2.5)) + generator.normal(0, 0.3) * places
    strokes = [np.column_stack((x, y))]
    if generator.random() < 0.5:
        ends = generator.uniform(-0.3, 0.3, 3) * (1, 0, 1) + generator.uniform(-0.8, 1)
        strokes.append(np.column_stack((np.linspace(0, length, 3) * generator.uniform(0.5, 1.2), ends)))
    return strokes


def _write_letters(generator: np.random.Generator) -> list[Stroke]:
    letters = [_letter(name, generator) for name in generator.choice(list(_LETTERS), generator.integers(1, 9))]
    gaps = generator.uniform(0.05, 0.4) + generator.normal(0, 0.05, len(letters))
    sizes = generator.normal(1, 0.08, len(letters))
    return lay_out(letters, height=1, gaps=gaps.tolist(), slant=generator.normal(0, 0.15), heights=sizes.tolist())


def _letter(name: str, generator: np.random.Generator) -> PenDigit:
    """Corners become curves when they are drawn, so each line gets points between its ends."""
    strokes = []
    for text in _LETTERS[name].split("|"):
        corners = np.array([[float(number) for number in pair.split(",")] for pair in text.split()])
        places = np.linspace(0, len(corners) - 1, 4 * (len(corners) - 1) + 1)
        strokes.append(np.column_stack([np.interp(places, np.arange(len(corners)), axis) for axis in corners.T]))
    return vary_strokes(PenDigit(-1, 0, tuple(strokes)), generator)


def _print_words(generator: np.random.Generator) -> Grey:
    words = []
    for _ in range(generator.integers(1, 3)):
        word = "".join(generator.choice(list(_LETTERS), generator.integers(2, _LONGEST_WORD + 1)))
        words.append(
            word if generator.random() < 0.4 else word.capitalize() if generator.random() < 0.5 else word.upper()
        )
    text = " ".join(words) + (str(generator.choice(list(_MARKS))) if generator.random() < 0.2 else "")
    font = ImageFont.load_default(float(generator.uniform(20, 48)))
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(picture).text((2 - left, 2 - top), text, 255, font)
    return np.asarray(picture)


def _empty_form(generator: np.random.Generator) -> tuple[Grey, Grey]:
    form = _EMPTY_FORMS[generator.integers(len(_EMPTY_FORMS))]
    height = int(generator.integers(24, 52))
    pitch = round(generator.uniform(0.8, 1.6) * height)
    count = int(generator.integers(2, 10))
    cells = (np.arange(count + 1) * pitch).astype(float).tolist() if form in FORMS_WITH_CELLS else None
    filled = fill_form(form, np.full((height, count * pitch), 255, np.uint8), generator, cells)
    return np.zeros_like(filled.ink), filled.lines
