"""`python -m benchmarks.compare`: every network on the same strings, with its cost, as docs/comparison.md.

Exported models are measured (the shipped one, and those of --models); what cannot be exported comes with its figures in
a JSON file (--figures), as --json writes them.

    python -m benchmarks.compare --models runs/crnn_paper/crnn_paper.onnx --mnist-folder data/mnist --json figures.json
    python -m benchmarks.compare --no-shipped --models --figures figures.json  # the page again, nothing measured
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.compared import (
    COMPARED_SETS,
    PUBLISHED,
    TIMED_WIDTH,
    Accuracy,
    CannotCompare,
    Row,
    measure,
    open_model,
    read_rows,
    write_rows,
)
from benchmarks.graph_cost import REFERENCE_WIDTH
from model_export.evaluate import add_source_arguments, choose_sets
from model_export.evaluation import Reading
from model_export.test_sets import Sources
from number_generator import GeneratorError
from recognizer import ModelError
from recognizer.preparation import HEIGHT
from recognizer.session import SHIPPED_MODEL

DEFAULT_OUTPUT = Path("docs") / "comparison.md"


def render(rows: Sequence[Row]) -> str:
    """Markdown."""
    names = [name for name in COMPARED_SETS if any(name in row.accuracies for row in rows)]
    return f"""# Every network, on the same strings

By `python -m benchmarks.compare`, from PNG bytes through the one preparation. Digits are of MNIST's test split, which
nothing was trained on and which chose nothing; `drawn` is by pen writers who were not trained on, and helped to choose.
A network for a fixed count of digits reads strings of that count alone. The commands that trained them are in
[experiments](experiments.md).

## How well they read
Share of strings read whole, and the character error rate (CER).

{_accuracy_table(rows, names)}

{_notes(rows)}
{_set_list(rows, names)}

## What they cost
{_cost_table(rows)}

Parameters and multiply-adds are counted in the ONNX file, for a picture of {HEIGHT} x {REFERENCE_WIDTH}.
Milliseconds are of onnxruntime alone on one thread, for {HEIGHT} x {TIMED_WIDTH}: medians of runs in turn, on the
thread's own clock, so that they compare with one another and with nothing else.

![Strings not read whole, by milliseconds a string](comparison-cost.png)
![Strings not read whole, by their count of digits](comparison-lengths.png)
![Which digits the first network takes for which](comparison-confusions.png)
"""


def _accuracy_table(rows: Sequence[Row], names: Sequence[str]) -> str:
    lines = [f"| network | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for row in (*rows, *PUBLISHED):
        cells = (_cell(row.accuracies.get(name)) for name in names)
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(accuracy: Accuracy | None) -> str:
    if accuracy is None or accuracy.exact is None:
        return "-"
    return f"{accuracy.exact:.4f}" + (f" ({accuracy.cer:.4f})" if accuracy.cer is not None else "")


def _notes(rows: Sequence[Row]) -> str:
    return "\n".join(f"- {row.name}: {row.note}." for row in (*rows, *PUBLISHED) if row.note)


def _set_list(rows: Sequence[Row], names: Sequence[str]) -> str:
    counts = {
        name: max((row.accuracies[name].strings or 0 for row in rows if name in row.accuracies), default=0)
        for name in names
    }
    return "\n".join(f"- `{name}`: {COMPARED_SETS[name].description}; {counts[name]:,} strings." for name in names)


def _cost_table(rows: Iterable[Row]) -> str:
    lines = ["| network | parameters | multiply-adds | ms a string | training |", "|---|---|---|---|---|"]
    for row in rows:
        cost = "-" if row.multiply_adds is None else f"{row.multiply_adds / 1e6:,.0f} million"
        parameters = "-" if row.parameters is None else f"{row.parameters:,}"
        milliseconds = "-" if row.milliseconds is None else f"{row.milliseconds:.2f}"
        lines.append(f"| {row.name} | {parameters} | {cost} | {milliseconds} | {row.training or '-'} |")
    return "\n".join(lines)


def main() -> int:
    options = _parser().parse_args()
    try:
        rows = _write_page(options)
    except (CannotCompare, GeneratorError, ModelError, OSError) as error:
        print(f"benchmarks.compare: {error}", file=sys.stderr)
        return 1
    print(_accuracy_table(rows, list(COMPARED_SETS)), _cost_table(rows), sep="\n\n")
    print(f"\nwrote {options.output} and its pictures", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, nargs="*", default=[], metavar="ONNX", help="exported models")
    parser.add_argument("--no-shipped", action="store_true", help="leave the shipped model out")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], metavar="JSON", help="rows measured elsewhere")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="default: %(default)s")
    add_source_arguments(parser)
    return parser


def _write_page(options: argparse.Namespace) -> list[Row]:
    paths = [*([] if options.no_shipped else [SHIPPED_MODEL]), *options.models]
    contestants = [open_model(path) for path in paths]
    known = [row for path in options.figures for row in read_rows(path)]
    if not contestants and not known:
        raise CannotCompare("nothing to compare: give --models or --figures")
    sources = Sources(options.mnist_folder, options.pen_file)
    sets = choose_sets([list(COMPARED_SETS.values())], sources) if contestants else []
    measured, readings = measure(contestants, sets, sources, options.count)
    rows = [*measured, *known]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    _draw(rows, readings, options.output)
    options.output.write_text(render(rows))
    if options.json:
        write_rows(rows, options.json)
    return rows


def _draw(rows: Sequence[Row], readings: Sequence[Reading], page: Path) -> None:
    """Pictures beside the page; the confusion matrix needs readings, and is left as it is where nothing was read."""
    from benchmarks.comparison_charts import draw_cost, draw_lengths  # matplotlib takes a second to import
    from model_export.charts import draw_confusions

    draw_cost(rows, page.with_name("comparison-cost.png"))
    draw_lengths(rows, page.with_name("comparison-lengths.png"))
    if readings:
        draw_confusions(readings, page.with_name("comparison-confusions.png"))


if __name__ == "__main__":
    sys.exit(main())
