"""MNIST's digits (LeCun, Cortes, Burges) out of their IDX files, downloaded once where they are missing."""

import gzip
import hashlib
import os
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from number_generator.errors import DigitSourceError

Split = Literal["train", "test"]
Folder = str | PathLike[str]

GLYPH_SIDE = 28
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://systemds.apache.org/assets/datasets/mnist/",
)
DEFAULT_FOLDER = Path("data") / "mnist"
FOLDER_VARIABLE = "NUMBER_GENERATOR_MNIST"
"""The environment variable that names the folder with MNIST's IDX files."""

_IMAGES = {"train": "train-images-idx3-ubyte", "test": "t10k-images-idx3-ubyte"}
_LABELS = {"train": "train-labels-idx1-ubyte", "test": "t10k-labels-idx1-ubyte"}
_UNPACKED_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_VALIDATION_PARITY = 10  # every tenth training glyph is for validation


@dataclass(frozen=True)
class Glyphs:
    """Single digits, white on black.

    images: uint8 (count, 28, 28); labels: uint8 (count,), 0 to 9.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DigitSourceError(f"{len(self.images)} pictures but {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, wanted: npt.NDArray[np.bool_]) -> "Glyphs":
        return Glyphs(self.images[wanted], self.labels[wanted])

    def of_digit(self, digit: int) -> npt.NDArray[np.intp]:
        """Indices of all glyphs of one digit; none for what is no digit."""
        return self._of_digit.get(digit, np.empty(0, np.intp))

    @cached_property
    def _of_digit(self) -> dict[int, npt.NDArray[np.intp]]:
        return {digit: np.flatnonzero(self.labels == digit) for digit in range(10)}


def load_mnist(split: Split, folder: Path | None = None) -> Glyphs:
    """Read one split of MNIST from `folder`, plain or gzipped.

    Without a folder it is the one that the environment variable NUMBER_GENERATOR_MNIST names; and without that,
    data/mnist, into which it is downloaded once.

    Raises:
        DigitSourceError: a file is missing, damaged, or not the published one.
    """
    if folder is None and os.environ.get(FOLDER_VARIABLE):
        folder = Path(os.environ[FOLDER_VARIABLE])
    elif folder is None:
        folder = DEFAULT_FOLDER
        for name in (_IMAGES[split], _LABELS[split]):
            _download_once(name, folder)
    images = _parse_idx(_read_verified(folder, _IMAGES[split]), _IMAGES[split])
    labels = _parse_idx(_read_verified(folder, _LABELS[split]), _LABELS[split])
    return Glyphs(images, labels)


def load_mnist_once(split: Split, folder: Folder | None = None) -> Glyphs:
    """As `load_mnist`, but what was read before is not read again."""
    return _load_once(split, None if folder is None else Path(folder))


@lru_cache(maxsize=4)
def _load_once(split: Split, folder: Path | None) -> Glyphs:
    return load_mnist(split, folder)


def part_training_glyphs(glyphs: Glyphs) -> tuple[Glyphs, Glyphs]:
    """Part the training split into glyphs to train on and glyphs (every tenth) for validation."""
    validation = np.arange(len(glyphs)) % _VALIDATION_PARITY == 0
    return glyphs.select(~validation), glyphs.select(validation)


def _read_verified(folder: Path, name: str) -> bytes:
    path = folder / name if (folder / name).exists() else folder / f"{name}.gz"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DigitSourceError(
            f"no {name} or {name}.gz in {folder}; give the folder that holds MNIST's IDX files, "
            "or none to download them"
        ) from error
    except OSError as error:
        raise DigitSourceError(f"cannot read {path}: {error.strerror}") from error
    return _verified(content, path)


def _verified(content: bytes, path: Path) -> bytes:
    """The content, unpacked, if it is the published one."""
    try:
        unpacked = gzip.decompress(content) if path.suffix == ".gz" else content
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DigitSourceError(f"{path} is damaged; delete it, and fetch it again") from error
    if hashlib.md5(unpacked, usedforsecurity=False).hexdigest() != _UNPACKED_MD5[path.name.removesuffix(".gz")]:
        raise DigitSourceError(f"{path} is not the published MNIST file: its content has another checksum")
    return unpacked


def _parse_idx(content: bytes, name: str) -> npt.NDArray[np.uint8]:
    """IDX: two zero bytes, type (8 is uint8), count of dimensions, big-endian sizes, values."""
    zeros, kind, dimensions = struct.unpack_from(">HBB", content)
    if zeros != 0 or kind != 8:
        raise DigitSourceError(f"{name} is not an IDX file of bytes")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _download_once(name: str, folder: Path) -> None:
    """Fetch one file from the first mirror that has it; a kept file is not fetched again."""
    if (folder / name).exists() or (folder / f"{name}.gz").exists():
        return
    try:
        import pooch  # only a download needs it
    except ModuleNotFoundError as error:
        raise DigitSourceError(
            "a download needs pooch and tqdm: pip install pooch tqdm; or give the folder that holds MNIST's IDX files, "
            f"by {FOLDER_VARIABLE} for example"
        ) from error
    failures = []
    for mirror in MIRRORS:
        try:
            packed = Path(pooch.retrieve(f"{mirror}{name}.gz", None, f"{name}.gz", folder, progressbar=True))
            _verified(packed.read_bytes(), packed)
        except Exception as error:  # the next mirror may do better
            (folder / f"{name}.gz").unlink(missing_ok=True)
            failures.append(f"{mirror}: {type(error).__name__}")
        else:
            return
    raise DigitSourceError(
        f"could not download {name}.gz ({'; '.join(failures)}); "
        f"put MNIST's four IDX files into a folder and give that folder, by {FOLDER_VARIABLE} for example"
    )
