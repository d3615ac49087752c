"""`python -m benchmarks.peers`: the named test sets, read by us and by what else can be installed, a thread each.

RapidOCR reads text of any kind, Tesseract print; of what they read only digits are kept. `--prepared` hands them our
preparation's picture, dark on light and enlarged, so that neither polarity nor size nor a form's lines are held against
them; ours reads the picture itself either way.

To install them into an environment of their own, of which only these and the recognizer are needed:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install rapidocr onnxruntime rapidfuzz tqdm pooch matplotlib
    apt-get install tesseract-ocr
    /tmp/peers/bin/python -m benchmarks.peers --pen-file data/pendigits-orig.tra
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from model_export.evaluate import add_sets_argument, add_source_arguments, choose_sets
from model_export.evaluation import Reader, Score, evaluate
from model_export.test_sets import Sources, TestSet, make_samples
from number_generator import GeneratorError
from recognizer import Recognition, Recognizer
from recognizer.recognition import NOTHING

DEFAULT_COUNT = 100
_ENLARGEMENT = 2  # RapidOCR's network takes lines of 48 pixels, Tesseract's of 36
_MARGIN = 16
_SECONDS_LIMIT = 60


class PeerMissing(Exception):
    """Not installed; the message says how to."""


class RapidOcr:
    """PP-OCR in ONNX. detect: find the text first, as it does unless told otherwise; else the picture is one line."""

    def __init__(self, *, detect: bool) -> None:
        try:
            from rapidocr import RapidOCR
        except ModuleNotFoundError as error:
            raise PeerMissing("pip install rapidocr onnxruntime") from error
        self._detect = detect
        self._engine: Any = RapidOCR(params={"Global.log_level": "error", **_one_thread()})

    def read(self, picture: bytes, /) -> Recognition:
        if self._detect:
            found = self._engine(picture)
            boxes = [] if found.boxes is None else [float(box[:, 0].min()) for box in found.boxes]
        else:
            found = self._engine(picture, use_det=False, use_cls=False, use_rec=True)
            boxes = [0.0] * len(found.txts or ())
        texts = sorted(zip(boxes, found.txts or (), found.scores or (), strict=True))  # from left to right
        read = _digits("".join(text for _, text, _ in texts))
        return Recognition(read, min((float(score) for _, _, score in texts), default=1.0), ()) if read else NOTHING


def _one_thread() -> dict[str, int]:
    return {f"EngineConfig.onnxruntime.{which}_op_num_threads": 1 for which in ("intra", "inter")}


class Tesseract:
    """One line of digits; every picture is a process, as with pytesseract."""

    def __init__(self) -> None:
        if shutil.which("tesseract") is None:
            raise PeerMissing("apt-get install tesseract-ocr")
        self._environment = os.environ | {"OMP_THREAD_LIMIT": "1"}

    def read(self, picture: bytes, /) -> Recognition:
        command = ["tesseract", "stdin", "stdout", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789"]
        finished = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            env=self._environment,
            timeout=_SECONDS_LIMIT,
            check=False,
        )
        return Recognition(_digits(finished.stdout.decode(errors="replace")), 1.0, ())


class Prepared:
    """A peer that is handed the picture as our preparation makes it, dark on light with a margin."""

    def __init__(self, peer: Reader, recognizer: Recognizer) -> None:
        self._peer, self._recognizer = peer, recognizer

    def read(self, picture: bytes, /) -> Recognition:
        found = self._recognizer.prepare(picture)
        if found is None:
            return NOTHING
        left, right = found.prepared.columns
        ink = Image.fromarray(np.ascontiguousarray(255 - found.prepared.pixels[:, left:right]))
        ink = ink.resize((ink.width * _ENLARGEMENT, ink.height * _ENLARGEMENT), Image.Resampling.BICUBIC)
        page = Image.new("L", (ink.width + 2 * _MARGIN, ink.height + 2 * _MARGIN), 255)
        page.paste(ink, (_MARGIN, _MARGIN))
        packed = io.BytesIO()
        page.save(packed, "PNG", compress_level=1)
        return self._peer.read(packed.getvalue())


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


PEERS: dict[str, Callable[[], Reader]] = {
    "rapidocr": lambda: RapidOcr(detect=True),
    "rapidocr-line": lambda: RapidOcr(detect=False),
    "tesseract": Tesseract,
}


def find_readers(recognizer: Recognizer, peers: Iterable[str], *, prepared: bool) -> dict[str, Reader]:
    """Ours and the wanted peers that are there; of the others it is said on standard error how to install them."""
    readers: dict[str, Reader] = {"ours": recognizer}
    for name in peers:
        try:
            peer = PEERS[name]()
        except PeerMissing as missing:
            print(f"{name}: left out, it is not installed: {missing}", file=sys.stderr)
            continue
        readers[name] = Prepared(peer, recognizer) if prepared else peer
    return readers


def compare(readers: Mapping[str, Reader], test_set: TestSet, sources: Sources, count: int) -> dict[str, Score]:
    """Reader -> score, all of the same pictures."""
    samples = list(make_samples(test_set, sources, count))
    return {name: evaluate(reader, samples, f"{test_set.name}, {name}") for name, reader in readers.items()}


def table(readers: Mapping[str, Reader], scores: Iterable[tuple[str, Mapping[str, Score]]]) -> Iterator[str]:
    """Lines of Markdown, each as soon as it is known; a cell: share of strings read whole, milliseconds a string."""
    yield f"| set | strings | {' | '.join(readers)} |"
    yield "|---" * (2 + len(readers)) + "|"
    for set_name, row in scores:
        cells = [f"{score.exact:.2f}, {score.milliseconds:.0f} ms" for score in row.values()]
        yield f"| {set_name} | {next(iter(row.values())).strings} | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_sets_argument(parser)
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=PEERS,
        default=list(PEERS),
        help="rapidocr finds the text and reads it, rapidocr-line takes the picture for a line (default: all)",
    )
    parser.add_argument("--prepared", action="store_true", help="hand peers the picture as our preparation makes it")
    add_source_arguments(parser)
    parser.set_defaults(count=DEFAULT_COUNT)
    options = parser.parse_args()
    sources = Sources(options.mnist_folder, options.pen_file)
    try:
        sets = choose_sets(options.sets, sources)
    except GeneratorError as error:
        print(error, file=sys.stderr)
        return 1
    if not sets:
        return 1
    readers = find_readers(Recognizer(), options.peers, prepared=options.prepared)
    scores = ((test_set.name, compare(readers, test_set, sources, options.count)) for test_set in sets)
    for line in table(readers, scores):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
