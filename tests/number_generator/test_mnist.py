import gzip
import hashlib
import struct
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from number_generator import DigitSourceError, load_mnist, mnist, part_training_glyphs

IMAGES = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
LABELS = np.array([4, 0, 9], np.uint8)


def idx(values: np.ndarray) -> bytes:
    return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A training split of three digits, taken for the published one."""
    contents = {"train-images-idx3-ubyte": idx(IMAGES), "train-labels-idx1-ubyte": idx(LABELS)}
    sums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(mnist, "_UNPACKED_MD5", sums)
    return contents


@pytest.fixture
def mirror(small_mnist: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mirror")
    for name, content in small_mnist.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("gzipped", [True, False])
def test_reads_idx_files(gzipped: bool, small_mnist: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in small_mnist.items():
        path = tmp_path / (f"{name}.gz" if gzipped else name)
        path.write_bytes(gzip.compress(content) if gzipped else content)
    glyphs = load_mnist("train", tmp_path)
    np.testing.assert_array_equal(glyphs.images, IMAGES)
    np.testing.assert_array_equal(glyphs.labels, LABELS)


def test_refuses_other_content(small_mnist: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in small_mnist.items():
        (tmp_path / name).write_bytes(content[:-1] + b"\x07")
    with pytest.raises(DigitSourceError, match="checksum"):
        load_mnist("train", tmp_path)


def test_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DigitSourceError, match="train-images-idx3-ubyte"):
        load_mnist("train", tmp_path)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_refuses_a_damaged_archive(place: int, small_mnist: dict[str, bytes], tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(small_mnist["train-images-idx3-ubyte"]))
    packed[place] ^= 0xFF
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(packed)
    with pytest.raises(DigitSourceError, match="damaged"):
        load_mnist("train", tmp_path)


def test_downloads_once_from_the_first_mirror_that_answers(
    mirror: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/", mirror))
    assert load_mnist("train").labels.tolist() == [4, 0, 9]
    monkeypatch.setattr(mnist, "MIRRORS", ())
    assert load_mnist("train").labels.tolist() == [4, 0, 9]


def test_says_so_when_no_mirror_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(DigitSourceError, match="could not download"):
        load_mnist("train")


def test_keeps_a_tenth_of_the_real_training_glyphs_for_validation(mnist_folder: Path) -> None:
    training, validation = part_training_glyphs(load_mnist("train", mnist_folder))
    assert (len(training), len(validation)) == (54_000, 6_000)
    seen = {image.tobytes() for image in training.images}
    assert not any(image.tobytes() in seen for image in validation.images)


def test_reads_the_real_test_split(mnist_folder: Path) -> None:
    glyphs = load_mnist("test", mnist_folder)
    assert glyphs.images.shape == (10_000, 28, 28)
    assert glyphs.labels[:5].tolist() == [7, 2, 1, 0, 4]
