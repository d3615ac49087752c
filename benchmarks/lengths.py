"""`python -m benchmarks.lengths`: milliseconds a number against its count of digits, one by one or at once.

TrOCR tells one digit after another, a network with CTC all at once. In one run, on one thread, for every count
each system reads the same strings of MNIST test digits side by side, in turn: first in pictures as wide as the string,
then in pictures that are all as wide as the longest, so that nothing but the count differs. TrOCR is made to tell
exactly the digits that there are: what it costs, whatever it has learnt.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from model_training.trocr.errors import CannotLoad
from number_generator import GeneratorError, Glyphs, compose_mnist_string, load_mnist, uniform_digits
from number_generator.strings import parse_digits
from recognizer import ModelError
from recognizer.preparation import prepare
from recognizer.session import SHIPPED_MODEL, Session

Pictures = npt.NDArray[np.uint8]
Read = Callable[[Pictures, int], object]
"""One prepared picture, uint8 (1, HEIGHT, width), and its count of digits."""

_COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20)
_PARTS = ("pictures as wide as the string", "pictures of one width")


@dataclass(frozen=True)
class Times:
    """Of one system in one kind of pictures: medians in milliseconds, by count of digits."""

    system: str
    pictures: str
    medians: Mapping[int, float]

    @property
    def a_digit(self) -> float:
        """Milliseconds that a digit adds: the slope of a straight line through the medians."""
        slope, _ = np.polyfit(list(self.medians), list(self.medians.values()), 1)
        return float(slope)


def draw_prepared(count: int, glyphs: Glyphs, generator: np.random.Generator) -> Pictures:
    """Digits side by side, prepared, uint8 (1, HEIGHT, width)."""
    prepared = prepare(compose_mnist_string(parse_digits(uniform_digits(count, generator)), glyphs, generator))
    assert prepared is not None
    return prepared.pixels[np.newaxis]


def widen(picture: Pictures, width: int) -> Pictures:
    """Nothing on the right, up to a width."""
    return np.pad(picture, ((0, 0), (0, 0), (0, width - picture.shape[2])))


def run_onnx(model: Path) -> Read:
    session = Session(model, threads=1)
    return lambda picture, _: session.run(picture)


def run_trocr(model: str) -> Read:
    """With its key and value caches, greedy, as its users run it."""
    from model_training.trocr.network import TrOCR

    network = TrOCR(model).eval()

    def read(picture: Pictures, count: int) -> object:
        pixels = network.to_pixel_values(torch.from_numpy(picture))
        with torch.inference_mode():  # the end is a token too
            return network.model.generate(pixels, min_new_tokens=count + 1, max_new_tokens=count + 1)

    return read


def measure(systems: Mapping[str, Read], glyphs: Glyphs, repeats: int, counts: Sequence[int] = _COUNTS) -> list[Times]:
    """Every system in both kinds of pictures, in turn, so that whatever else the machine does hits all alike."""
    seconds: dict[tuple[str, str, int], list[float]] = {}
    generator = np.random.default_rng(0)
    for turn in tqdm(range(-1, repeats), desc="turns", leave=False, disable=None):
        strings = {count: draw_prepared(count, glyphs, generator) for count in counts}
        widest = max(picture.shape[2] for picture in strings.values())
        for count, picture in strings.items():
            for part, shown in zip(_PARTS, (picture, widen(picture, widest)), strict=True):
                for name, read in systems.items():
                    start = time.perf_counter()
                    read(shown, count)
                    if turn >= 0:  # the first one warms up
                        seconds.setdefault((name, part, count), []).append(time.perf_counter() - start)
    return [
        Times(name, part, {count: 1000 * float(np.median(seconds[name, part, count])) for count in counts})
        for part in _PARTS
        for name in systems
    ]


def table(times: Sequence[Times]) -> str:
    """Markdown: a row a system and kind of pictures, a column a count of digits."""
    counts = list(times[0].medians)
    rows = [
        f"| system | pictures | {' | '.join(map(str, counts))} | a digit more |",
        "|---" * (len(counts) + 3) + "|",
    ]
    for entry in times:
        cells = " | ".join(f"{value:.1f}" for value in entry.medians.values())
        rows.append(f"| {entry.system} | {entry.pictures.removeprefix('pictures ')} | {cells} | {entry.a_digit:+.2f} |")
    return "\n".join(rows)


def draw_plot(times: Sequence[Times], target: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    for part, axes in zip(_PARTS, figure.subplots(1, 2, sharey=True), strict=True):
        for entry in times:
            if entry.pictures == part:
                counts, medians = zip(*entry.medians.items(), strict=True)
                axes.plot(counts, medians, marker="o", markersize=3, label=entry.system)
        axes.set_title(part.capitalize(), fontsize=10)
        axes.set_xlabel("digits")
        axes.set_xticks([1, 5, 10, 15, 20])
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    axes = figure.axes[0]
    axes.set_ylim(bottom=0)  # now that both have drawn what they share
    axes.set_ylabel("milliseconds a number, one thread")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    figure.savefig(target, dpi=130)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.lengths", description=__doc__)
    parser.add_argument(
        "--trocr", nargs="+", required=True, metavar="FOLDER", help="of TrOCR, each named by its folder"
    )
    parser.add_argument("--onnx", nargs="*", type=Path, default=[], help="exported networks, beside the shipped one")
    parser.add_argument(
        "--mnist-folder", type=Path, help="with MNIST's IDX files (default: downloaded once into data/mnist)"
    )
    parser.add_argument("--repeats", type=int, default=20, help="strings of each count (default: %(default)s)")
    parser.add_argument("--plot", type=Path, default=Path("docs/lengths.png"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        systems = {f"TrOCR, {Path(folder).name} (PyTorch)": run_trocr(folder) for folder in options.trocr}
        systems |= {f"{path.stem} (onnxruntime)": run_onnx(path) for path in (*options.onnx, SHIPPED_MODEL)}
        times = measure(systems, load_mnist("test", options.mnist_folder), options.repeats)
        print(table(times))
        draw_plot(times, options.plot)
    except (CannotLoad, GeneratorError, ModelError, OSError) as error:
        print(f"lengths: {error}", file=sys.stderr)
        return 1
    print(f"wrote {options.plot}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
