"""`python -m recognizer picture.png ...`: one line a picture: path, reading, confidence."""

import argparse
import sys
from pathlib import Path

from recognizer import ModelError, PictureError, Recognizer
from recognizer.session import SHIPPED_MODEL


def main() -> int:
    parser = argparse.ArgumentParser("python -m recognizer", description="Read handwritten numbers from pictures.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="PNG or JPEG files")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file made by model_export")
    arguments = parser.parse_args()
    try:
        recognizer = Recognizer(arguments.model)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    failures = 0
    for path in arguments.pictures:
        try:
            reading = recognizer.read(path)
        except (PictureError, OSError) as error:
            failures += 1
            print(f"{path}: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr)
        else:
            print(f"{path}\t{reading.prediction}\t{reading.confidence:.4f}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
