"""One HTML page about a job, with everything inside: counts, how sure, and the pictures to look at first."""

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from bulk_recognition.job import Job
from bulk_recognition.pictures import Part, Picture, Problem
from bulk_recognition.reading import load
from bulk_recognition.store import written
from bulk_recognition.summary import BINS, SHOWN, Shown, Summary, shares
from recognizer import PictureError
from recognizer.picture_io import read_picture

_THUMBNAIL = (440, 160)  # pixels, at the most; shown at half that


@dataclass(frozen=True)
class _Bar:
    """Of the histogram; height: from 0 to 1; layers: verdict and its share of the height."""

    low: float
    count: int
    height: float
    layers: list[tuple[str, float]]


def write_report(path: Path, job: Job, summary: Summary) -> None:
    """Raises OutputError where it cannot be written, InputError where the pictures cannot be found again."""
    thumbnails = _thumbnails(job, {shown["index"] for shown in summary.least + summary.rejected})
    environment = Environment(
        loader=PackageLoader("bulk_recognition", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html").render(
        job=job,
        summary=summary,
        shares=list(shares(summary)),
        bars=list(_bars(summary)),
        rows=_description(job),
        thumbnails=thumbnails,
        shown=SHOWN,
        digits=_digits,
    )
    with written(path) as file:
        file.write(page.encode())


def _bars(summary: Summary) -> Iterator[_Bar]:
    """Heights are logarithmic: nearly all pictures are in the last bin, and the others are of interest."""
    totals = [sum(counts) for counts in zip(*summary.histogram.values(), strict=True)]
    highest = math.log1p(max(totals, default=0)) or 1.0
    for place, total in enumerate(totals):
        layers = [(verdict, counts[place] / max(1, total)) for verdict, counts in summary.histogram.items()]
        yield _Bar(place / BINS, total, math.log1p(total) / highest, layers)


def _digits(shown: Shown) -> list[tuple[str, bool]]:
    """The digits of a reading, and whether each is doubtful."""
    return [(digit, masked == "?") for digit, masked in zip(shown["prediction"], shown["mask"], strict=True)]


def _description(job: Job) -> list[tuple[str, str]]:
    asking = job.asking
    rows = [
        ("input", ", ".join(job.inputs)),
        ("model", f"{asking.card.name} {asking.card.version}"),
        ("max error", f"{asking.max_error:g}"),
    ]
    if asking.constraint is not None:
        given = {name: value for name, value in vars(asking.constraint).items() if value is not None}
        rows.append(("constraint", ", ".join(f"{name} {_short(value)}" for name, value in given.items())))
    return rows


def _short(value: Any) -> str:
    text = f"of {len(value):,} numbers" if isinstance(value, tuple) and len(value) > 2 else str(value)
    return text if len(text) < 100 else text[:99] + "…"


def _thumbnails(job: Job, indices: set[int]) -> dict[int, str]:
    """Data URLs of pictures, by their place in the input; none of those that are not there any more."""
    thumbnails = {}
    last = max(indices, default=-1)
    for index, picture in enumerate(job.source):
        if index > last:
            break
        if index in indices:
            thumbnail = _thumbnail(picture)
            if thumbnail is not None:
                thumbnails[index] = thumbnail
    return thumbnails


def _thumbnail(picture: Picture) -> str | None:
    (content,) = load(Part(0, (picture,)))
    if isinstance(content, Problem):
        return None
    try:
        image = Image.fromarray(read_picture(content))
    except PictureError:  # it has been replaced meanwhile
        return None
    image.thumbnail(_THUMBNAIL)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
