from pathlib import Path

import pytest

from benchmarks.peers import PEERS, PeerMissing, Prepared, compare, find_readers, table
from model_export.evaluation import Reader
from model_export.test_sets import TEST_SETS, Sources
from recognizer import Recognition, Recognizer
from recognizer.picture_io import read_picture
from tests.conftest import ROOT

SAMPLE = (ROOT / "docs" / "sample.png").read_bytes()


class ReadsAlways12:
    """A peer that keeps what it was shown."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []

    def read(self, picture: bytes, /) -> Recognition:
        self.pictures.append(picture)
        return Recognition("12", 1.0, ())


def test_a_row_a_set_has_a_cell_a_reader(mnist_folder: Path) -> None:
    readers: dict[str, Reader] = {"ours": Recognizer(), "theirs": ReadsAlways12()}
    scores = compare(readers, TEST_SETS["five"], Sources(mnist_folder, None), 3)
    header, _, row = table(readers, [("five", scores)])
    assert header == "| set | strings | ours | theirs |"
    assert row.startswith("| five | 3 | ")
    assert "| 0.00, 0 ms |" in row


def test_a_missing_peer_is_left_out_and_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> ReadsAlways12:
        raise PeerMissing("apt-get install tesseract-ocr")

    monkeypatch.setitem(PEERS, "tesseract", missing)
    assert list(find_readers(Recognizer(), ["tesseract"], prepared=False)) == ["ours"]
    assert capsys.readouterr().err == "tesseract: left out, it is not installed: apt-get install tesseract-ocr\n"


def test_prepared_pictures_are_dark_on_light_with_a_margin() -> None:
    peer = ReadsAlways12()
    assert Prepared(peer, Recognizer()).read(SAMPLE).prediction == "12"
    picture = read_picture(peer.pictures[0])
    assert picture.min() < 50
    assert (picture[0] == 255).all()
