"""`python -m recognizer picture.png ...`: one line a picture: path, reading, confidence, verdict; or JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from recognizer import CHECKSUMS, Constraint, ConstraintError, ModelError, NumberRange, PictureError, Recognizer
from recognizer.decoding import MAXIMUM_ERROR, Question
from recognizer.session import SHIPPED_MODEL


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    try:
        recognizer = Recognizer(arguments.model)
        question = Question.of(_constraint(arguments), arguments.alternatives, arguments.max_error)
    except (ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except (ConstraintError, ValueError) as error:
        parser.error(str(error))
    failures = 0
    for path in arguments.pictures:
        try:
            reading = recognizer.answer(path, question)
        except (PictureError, OSError) as error:
            failures += 1
            print(f"{path}: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr)
            continue
        if arguments.json:
            print(json.dumps({"path": str(path), **asdict(reading)}))
        else:
            print(f"{path}\t{reading.prediction}\t{reading.confidence:.4f}\t{reading.verdict}")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m recognizer", description="Read handwritten numbers from pictures.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="PNG or JPEG files")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file made by model_export")
    parser.add_argument("--json", action="store_true", help="all that is known of a reading, a JSON object a line")
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
    return parser


def _span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _constraint(arguments: argparse.Namespace) -> Constraint | None:
    constraint = Constraint(
        length=arguments.length,
        pattern=arguments.pattern,
        one_of=None if arguments.one_of is None else tuple(arguments.one_of.read_text().split()),
        range=None if arguments.range is None else NumberRange(*arguments.range),
        checksum=arguments.checksum,
    )
    return None if constraint == Constraint() else constraint


if __name__ == "__main__":
    sys.exit(main())
