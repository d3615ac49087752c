"""What else is in a picture that is taken from far or cut out badly: a desk, printed lines, other writing."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.errors import LayoutError
from number_generator.geometry import rescale

Grey = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

Surroundings = Literal["desk", "box", "margin", "lines"]
SURROUNDINGS: tuple[Surroundings, ...] = get_args(Surroundings)

_MOST_TURN = 6.0  # degrees, of a sheet on a desk


def surround(
    ink: Grey, surroundings: Surroundings, generator: np.random.Generator, others: Sequence[Grey] = ()
) -> Grey:
    """Write a string, white on black, uint8 (height, width), on paper among surroundings; dark on light.

    desk: a sheet on something darker. box: cut out along the lines of its box. margin: beside an upright line.
    lines: between other lines of writing, of which the edges leave some; others: two strings for these.

    Raises:
        LayoutError: others are wanted, and there are not two.
    """
    if surroundings == "lines" and len(others) != 2:
        raise LayoutError("surroundings of lines need two other strings")
    height = ink.shape[0]
    margins = generator.uniform(0.35, 1.1, (2, 2)) * height
    if surroundings == "lines":
        margins[0] = generator.uniform(0.35, 0.6, 2) * height
    covered = np.asarray(np.pad(ink, np.round(margins).astype(int)) / 255, np.float32)
    if surroundings == "lines":
        _write_between(covered, others, height, generator)
    elif surroundings == "margin":
        _rule_margin(covered, height, margins[1, 0], generator)
    elif surroundings == "box":
        _rule_edges(covered, height, generator)
    paper, darkest = generator.uniform(195, 250), generator.uniform(20, 80)
    picture = np.asarray(paper + (darkest - paper) * covered, np.float32)
    if surroundings == "desk":
        picture = _lay_on_desk(picture, paper, height, generator)
    noise = generator.normal(0, generator.uniform(0, 4), picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def _print(height: int, generator: np.random.Generator) -> tuple[int, float]:
    """Thickness of a line, in pixels, and how much of the paper it covers."""
    return max(1, round(height * generator.uniform(0.01, 0.06))), generator.uniform(0.4, 1)


def _rule_margin(covered: Field, height: int, width: float, generator: np.random.Generator) -> None:
    """width: of the margin."""
    thickness, level = _print(height, generator)
    middle = generator.uniform(0.2, 0.6) * width + thickness
    lean = generator.uniform(-0.02, 0.02) * np.arange(len(covered))
    places = np.arange(covered.shape[1]) - (middle + lean)[:, None]
    covered[np.abs(places) <= thickness / 2 + 0.5] = level


def _rule_edges(covered: Field, height: int, generator: np.random.Generator) -> None:
    """Some or all of them."""
    thickness, level = _print(height, generator)
    chosen = generator.random(4) < 0.7
    chosen[generator.integers(4)] = True
    sides = (covered[:thickness], covered[-thickness:], covered[:, :thickness], covered[:, -thickness:])
    for side in np.flatnonzero(chosen):
        sides[side][:] = level


def _write_between(covered: Field, others: Sequence[Grey], height: int, generator: np.random.Generator) -> None:
    """The feet of one string along the upper edge, and the heads of another along the lower one."""
    for is_below, other in zip((False, True), others, strict=True):
        rows = max(2, round(generator.uniform(0.08, 0.25) * height))
        sized = rescale(other, height / other.shape[0])[:, : covered.shape[1]]
        part = (sized[:rows] if is_below else sized[-rows:]) / 255
        left = int(generator.integers(covered.shape[1] - part.shape[1] + 1))
        edge = covered[-len(part) :] if is_below else covered[: len(part)]
        place = edge[:, left : left + part.shape[1]]
        place[:] = np.maximum(place, part)


def _lay_on_desk(sheet: Field, paper: float, height: int, generator: np.random.Generator) -> Field:
    """A sheet of a level on something darker, turned, or with one side at the edge of the picture."""
    margins = np.round(generator.uniform(0.1, 1.2, (2, 2)) * height).astype(int)
    turn = generator.uniform(-_MOST_TURN, _MOST_TURN)
    if generator.random() < 0.3:
        turn, margins.flat[generator.integers(4)] = 0.0, 0
    image = Image.fromarray(sheet)
    turned = np.asarray(image.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=paper))
    whole = np.asarray(Image.new("L", image.size, 255).rotate(turn, Image.Resampling.BILINEAR, expand=True))
    share = np.pad(whole, margins) / 255
    desk = paper * generator.uniform(0.1, 0.6) + generator.normal(0, 3, share.shape)
    return np.asarray(np.pad(turned, margins) * share + desk * (1 - share), np.float32)
