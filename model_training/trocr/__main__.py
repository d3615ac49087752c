"""`python -m model_training.trocr create | save | predict`: folders of TrOCR, and what they read."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from model_training.trocr.errors import CannotLoad
from recognizer import PictureError

_TRAIN = "Training: python -m model_training.train network=trocr network.model=FOLDER. Scores on the named test sets: "
_EVALUATE = "python -m model_export.evaluate --model FOLDER."


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (CannotLoad, OSError) as error:
        print(f"trocr: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"trocr: needs {error.name}: pip install 'handwritten-numbers[trocr]'", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m model_training.trocr",
        description="TrOCR that tells nothing but digits, in folders that Hugging Face's transformers opens.",
        epilog=_TRAIN + _EVALUATE,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    create = commands.add_parser("create", help="a small model with random weights, to train from nothing")
    create.add_argument("folder", type=Path)
    create.add_argument(
        "--width", type=int, default=224, help="of what it sees, 32 high, in pixels (default: %(default)s)"
    )
    create.add_argument("--patch-width", type=int, default=8, help="pixels that become a token (default: %(default)s)")
    create.add_argument("--channels", type=int, default=128, help="default: %(default)s")
    create.add_argument("--encoder-layers", type=int, default=4, help="default: %(default)s")
    create.add_argument("--decoder-layers", type=int, default=2, help="default: %(default)s")
    create.add_argument("--heads", type=int, default=4, help="of every attention (default: %(default)s)")
    create.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    create.set_defaults(run=_create)

    save = commands.add_parser("save", help="the weights of a checkpoint of model_training.train -> a folder")
    save.add_argument("checkpoint", type=Path, help="with its config.yaml beside it")
    save.add_argument("folder", type=Path)
    save.set_defaults(run=_save)

    predict = commands.add_parser("predict", help="read pictures")
    predict.add_argument("--model", required=True, help="a folder, or a name on the Hugging Face hub")
    predict.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE", help="PNG or JPEG")
    predict.set_defaults(run=_predict)
    return parser


def _create(options: argparse.Namespace) -> int:
    import torch

    from model_training.trocr.folder import create
    from recognizer.preparation import HEIGHT

    if options.width % options.patch_width or options.channels % options.heads:
        print("trocr: the width is made of whole patches, and the channels of whole heads", file=sys.stderr)
        return 2
    torch.manual_seed(options.seed)
    model = create(
        options.folder,
        width=options.width,
        patch=(HEIGHT, options.patch_width),
        channels=options.channels,
        encoder_layers=options.encoder_layers,
        decoder_layers=options.decoder_layers,
        heads=options.heads,
    )
    print(f"wrote {options.folder}: {model.num_parameters():,} parameters")
    return 0


def _save(options: argparse.Namespace) -> int:
    from model_training.trocr.checkpoint import load_checkpoint

    load_checkpoint(options.checkpoint).save(options.folder)
    print(f"wrote {options.folder}")
    return 0


def _predict(options: argparse.Namespace) -> int:
    from model_training.trocr.reader import TrOCRReader

    reader, failed = TrOCRReader(options.model), False
    for path in options.pictures:
        try:
            reading = reader.read(path)
        except (PictureError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"{path}\t{reading.prediction}\t{reading.confidence:.4f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
