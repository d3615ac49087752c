"""`python -m model_export CHECKPOINT`: a checkpoint -> a checked ONNX file and its model card."""

import argparse
import logging
import sys
from pathlib import Path

from model_export.evaluate import add_source_arguments
from number_generator import GeneratorError
from recognizer import ModelError
from recognizer.session import SHIPPED_MODEL


def main() -> int:
    options = _parser().parse_args()
    from model_export.export import export_checkpoint  # with torch and Lightning, which take seconds to import
    from model_export.onnx_file import ExportError

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        export_checkpoint(options)
    except (ExportError, GeneratorError, ModelError, OSError) as error:
        print(f"model_export: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m model_export", description="Export a checkpoint to ONNX and score it.")
    parser.add_argument("checkpoint", type=Path, help="of model_training.train, with its config.yaml beside it")
    parser.add_argument("--output", type=Path, default=SHIPPED_MODEL, help="default: the shipped model's place")
    parser.add_argument("--name", default="crnn", help="default: %(default)s")
    parser.add_argument("--model-version", default="0.1.0", help="default: %(default)s")
    parser.add_argument(
        "--blank-penalty",
        type=float,
        default=0.0,
        metavar="LOGITS",
        help="taken from CTC's blank, for a network that leaves out more digits than it puts in (default: %(default)g)",
    )
    parser.add_argument(
        "--single-digits",
        type=Path,
        metavar="CHECKPOINT",
        help="of network=digit_classifier, which looks at each digit of what is read in doubt (default: none does)",
    )
    add_source_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
