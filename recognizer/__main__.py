"""`python -m recognizer picture.png ...`: one line a picture: path, reading, confidence, verdict; or JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from recognizer import ConstraintError, ModelError, PictureError, Recognizer
from recognizer.arguments import add_question_arguments, constraint_of
from recognizer.decoding import Question


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    try:
        recognizer = Recognizer(arguments.model)
        question = Question.of(constraint_of(arguments), arguments.alternatives, arguments.max_error)
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
    parser.add_argument("--json", action="store_true", help="all that is known of a reading, a JSON object a line")
    add_question_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
