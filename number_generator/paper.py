"""What paper, light and cameras do to a string: white on black in, a picture as people make them out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from number_generator.camera import illuminate, stretch, take
from number_generator.effects import Effects
from number_generator.geometry import Margins, look_at, rescale
from number_generator.strings import paste_lighter

Grey = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
"""Red, green and blue, the share of light given back, each 0 to 1."""

_WHITE: Colour = (1.0, 1.0, 1.0)
_INKS: tuple[Colour, ...] = (
    (0.05, 0.05, 0.07),
    (0.1, 0.17, 0.55),
    (0.15, 0.25, 0.7),
    (0.7, 0.1, 0.15),
    (0.1, 0.4, 0.25),
)
_LINE_COLOURS: tuple[Colour, ...] = (
    (0.1, 0.1, 0.1),
    (0.5, 0.5, 0.5),
    (0.4, 0.6, 0.85),
    (0.9, 0.5, 0.5),
    (0.5, 0.75, 0.55),
    (0.95, 0.7, 0.45),
)
_PAPERS: tuple[Colour, ...] = (
    (1.0, 0.97, 0.88),
    (1.0, 0.93, 0.65),
    (0.9, 0.95, 1.0),
    (0.88, 0.97, 0.88),
    (1.0, 0.88, 0.9),
    (0.85, 0.78, 0.68),
)
_LUMINANCE = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class _Layer:
    """Something on the paper. coverage: 0 to 255, (height, width); colour: where it covers all of a pixel."""

    coverage: Grey | Field
    colour: Colour


def make_picture(
    ink: Grey,
    generator: np.random.Generator,
    effects: Effects,
    *,
    lines: Grey | None = None,
    others: Sequence[Grey] = (),
    scale: float = 1.0,
    colour: bool = False,
) -> Grey:
    """Write a string, white on black, uint8 (height, width), on paper, and take a picture of it.

    lines: printed ones, as `fill_form` makes them. others: other strings, to show through the paper and to be cut off
    by the border. scale: of ink and lines before all else. Returns uint8 (height, width), or (height, width, 3) for
    `colour`; without effects as large as the ink, black on white.
    """
    if scale != 1:
        ink, *others = (rescale(mask, scale) for mask in (ink, *others))
        lines = None if lines is None else rescale(lines, scale)
    height = _tight(ink).shape[0]
    margins = _margins(height, generator, effects, bool(others))
    view = look_at(ink.shape, generator, effects, margins)
    written = view.show(ink, ink.shape)
    if effects.neighbours and others:
        written = _with_neighbours(written, margins, others, generator)
    layers = [_write(written, height, generator, effects)]
    if lines is not None:
        layers.append(_Layer(view.show(lines, ink.shape), _line_colour(generator, effects)))
    layers += _blemishes(written.shape, height, generator, effects, others)
    scene = _light(layers, written.shape, generator, effects, colour)
    return take(scene, height, generator, effects)


def make_transparent(ink: Grey, colour: tuple[int, int, int] = (0, 0, 0)) -> Grey:
    """Ink of a colour on a canvas with nothing on it, uint8 (height, width, 4): red, green, blue, opacity."""
    picture = np.zeros((*ink.shape, 4), np.uint8)
    picture[ink > 0, :3] = colour
    picture[..., 3] = ink
    return picture


def _margins(height: int, generator: np.random.Generator, effects: Effects, has_others: bool) -> Margins:
    """Blank paper at random, and room for cut off neighbours on some of the four sides."""
    sides = effects.margin * height * generator.uniform(0, (1.5, 1.5, 0.8, 0.8))
    if effects.margin:
        sides = sides + 1
    if effects.neighbours and has_others:
        chosen = generator.random(4) < 0.25 + 0.5 * effects.neighbours
        chosen[generator.integers(4)] = True
        sides = np.maximum(sides, chosen * generator.uniform(0.2, 0.5, 4) * height)
    return Margins(*np.round(sides).astype(int).tolist())


def _with_neighbours(written: Grey, margins: Margins, others: Sequence[Grey], generator: np.random.Generator) -> Grey:
    """Edges of other writing in the margins, cut off by the border."""
    picture = written.copy()
    height, width = picture.shape
    sides = (margins.left, margins.right, margins.above, margins.below)
    for side, margin in enumerate(sides):
        other = _tight(others[int(generator.integers(len(others)))])
        other_height, other_width = other.shape
        visible = min(0.7 * margin, (0.12 if side < 2 else 0.35) * other_height) * generator.uniform(0.5, 1)
        if side < 2:
            visible = round(min(visible, 0.5 * _run(other if side else other[:, ::-1])))
            left = width - visible if side else visible - other_width
            top = round((height - other_height) / 2 + generator.normal(0, 0.1) * other_height)
        else:
            left = round(generator.uniform(-0.5, 0.8) * width)
            top = round(visible) - other_height if side == 2 else height - round(visible)
        paste_lighter(picture, other, left, top)
    return picture


def _run(ink: Grey) -> int:
    """Columns of the first digit, or of all digits up to the first blank column."""
    is_blank = ink.max(axis=0) <= 64
    return int(is_blank.argmax()) if is_blank.any() else ink.shape[1]


def _tight(ink: Grey) -> Grey:
    box = Image.fromarray(ink).point(lambda level: 255 * (level > 64)).getbbox()
    return ink if box is None else ink[box[1] : box[3], box[0] : box[2]]


def _write(written: Grey, height: int, generator: np.random.Generator, effects: Effects) -> _Layer:
    """Ink, or the pencil's pressure and grain, fading."""
    colour = _mix((0.0, 0.0, 0.0), _INKS[generator.integers(len(_INKS))], effects.colour)
    colour = _mix(colour, (0.3, 0.3, 0.32), effects.pencil)
    coverage: Grey | Field = written
    if effects.pencil:
        rows, columns = written.shape
        pressure = generator.uniform(1 - 0.6 * effects.pencil, 1, (1, 2 + round(columns / height)))
        grain = generator.random((1 + rows // 2, 1 + columns // 2), np.float32)
        coverage = written * stretch(pressure, written.shape)
        coverage *= 1 - 0.6 * effects.pencil * stretch(grain, written.shape)
    return _Layer(coverage, _mix(colour, _WHITE, 0.7 * effects.fading * (1 - 0.6 * effects.pencil)))


def _line_colour(generator: np.random.Generator, effects: Effects) -> Colour:
    colour = _mix((0.0, 0.0, 0.0), _LINE_COLOURS[generator.integers(len(_LINE_COLOURS))], effects.colour)
    return _mix(colour, _WHITE, 0.85 * effects.faint_lines)


def _blemishes(
    shape: tuple[int, ...], height: int, generator: np.random.Generator, effects: Effects, others: Sequence[Grey]
) -> list[_Layer]:
    """All that is on the paper and was not meant to be."""
    layers = []
    if effects.show_through and others:
        level = 1 - 0.35 * effects.show_through
        layers.append(_Layer(_page_behind(shape, height, others, generator), (level, level, level)))
    if effects.smudges:
        level = 1 - effects.smudges * generator.uniform(0.3, 0.6)
        layers.append(_Layer(_smudges(shape, generator), (level, level, level)))
    if effects.specks:
        layers.append(_Layer(_specks(shape, height, generator, effects.specks), (0.2, 0.2, 0.2)))
    return layers


def _page_behind(shape: tuple[int, ...], height: int, others: Sequence[Grey], generator: np.random.Generator) -> Grey:
    mirrored = others[int(generator.integers(len(others)))][:, ::-1]
    picture = np.zeros(shape, np.uint8)
    left = round((shape[1] - mirrored.shape[1]) / 2 + generator.uniform(-0.4, 0.4) * shape[1])
    top = round((shape[0] - mirrored.shape[0]) / 2 + generator.uniform(-0.4, 0.4) * shape[0])
    paste_lighter(picture, mirrored, left, top)
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(0.04 * height)))


def _smudges(shape: tuple[int, ...], generator: np.random.Generator) -> Field:
    """Soft blobs: drawn small, and enlarged."""
    small = Image.new("L", (24, 8))
    draw = ImageDraw.Draw(small)
    for _ in range(generator.integers(1, 4)):
        x, y, radius_x, radius_y = generator.uniform((0, 0, 1, 0.7), (24, 8, 4, 2.5))
        draw.ellipse((x - radius_x, y - radius_y, x + radius_x, y + radius_y), int(generator.integers(120, 256)))
    return stretch(np.asarray(small.filter(ImageFilter.GaussianBlur(0.7))), shape)


def _specks(shape: tuple[int, ...], height: int, generator: np.random.Generator, strength: float) -> Grey:
    picture = Image.new("L", (2 * shape[1], 2 * shape[0]))
    draw = ImageDraw.Draw(picture)
    for _ in range(1 + int(strength * generator.integers(2, 16))):
        x, y = generator.uniform(0, picture.size)
        radius_x, radius_y = np.maximum(0.8, generator.uniform(0.01, 0.06, 2) * height)
        draw.ellipse((x - radius_x, y - radius_y, x + radius_x, y + radius_y), int(generator.integers(100, 256)))
    return np.asarray(picture.reduce(2))


def _light(
    layers: Sequence[_Layer], shape: tuple[int, ...], generator: np.random.Generator, effects: Effects, in_colour: bool
) -> Field:
    """Levels, 0 to 255, of layers on lit paper: float32 (height, width), or (height, width, 3)."""
    tint = _PAPERS[generator.integers(len(_PAPERS))]
    level = 255 * (1 - 0.45 * effects.dimness)
    paper = _mix(_WHITE, tint, effects.colour)
    light = illuminate(shape, generator, effects)
    if in_colour:
        channels = [
            _blend(light, level * paper[channel], [(layer.coverage, layer.colour[channel]) for layer in layers])
            for channel in range(3)
        ]
        levels = np.stack(channels, axis=2)
    else:
        greys = [(layer.coverage, _luminance(layer.colour)) for layer in layers]
        levels = _blend(light, level * _luminance(paper), greys)
    return 255 - levels if effects.inverted else levels


def _blend(light: Field, paper: float, layers: Sequence[tuple[Grey | Field, float]]) -> Field:
    """Each layer takes its share of the light away."""
    levels = light * np.float32(paper)
    for coverage, level in layers:
        levels *= 1 - coverage * np.float32((1 - level) / 255)
    return levels


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    return sum(weight * share for weight, share in zip(_LUMINANCE, colour, strict=True))
