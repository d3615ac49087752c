"""What command lines that read pictures have in common: the model, and what is asked of each picture."""

import argparse
from pathlib import Path

from recognizer.checksums import CHECKSUMS
from recognizer.constraint import Constraint, NumberRange
from recognizer.decoding import MAXIMUM_ERROR
from recognizer.session import SHIPPED_MODEL


def add_question_arguments(parser: argparse.ArgumentParser) -> None:
    """--model, --alternatives, --max-error and those that `constraint_of` understands."""
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file made by model_export")
    parser.add_argument("--alternatives", type=int, default=0, metavar="N", help="tell the N most probable numbers")
    parser.add_argument(
        "--max-error",
        type=float,
        default=MAXIMUM_ERROR,
        metavar="SHARE",
        help="share of wrong numbers among the accepted that you can live with (default: %(default)s)",
    )
    rules = parser.add_argument_group("what is known of the numbers; all that is given holds")
    rules.add_argument("--length", type=_span, metavar="N or N-M", help="how many digits")
    rules.add_argument("--pattern", help=r"a regular expression over digits, such as 0\d{9,10}")
    rules.add_argument("--one-of", type=Path, metavar="FILE", help="the known numbers, one a line")
    rules.add_argument("--range", type=_span, metavar="LOW-HIGH", help="both included; no leading zeros")
    rules.add_argument("--checksum", choices=CHECKSUMS)


def constraint_of(arguments: argparse.Namespace) -> Constraint | None:
    """What is known of the numbers; None for nothing. Raises OSError where the file of known numbers cannot be read."""
    constraint = Constraint(
        length=arguments.length,
        pattern=arguments.pattern,
        one_of=None if arguments.one_of is None else tuple(arguments.one_of.read_text().split()),
        range=None if arguments.range is None else NumberRange(*arguments.range),
        checksum=arguments.checksum,
    )
    return None if constraint == Constraint() else constraint


def _span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)
