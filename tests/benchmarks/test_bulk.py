import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

from benchmarks.bulk import OnTheFly
from tests.conftest import ROOT


def test_measures_draws_and_compares_with_the_floor(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.bulk", "--sizes", "20", "60", "--floor", "60", "--rounds", "1"]
    finished = subprocess.run(
        [*command, "--workers", "1", "--picture", str(tmp_path / "bulk.png")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert finished.returncode == 0, finished.stderr
    _, _, small, large, _, compared = finished.stdout.splitlines()
    for size, row in ((20, small), (60, large)):
        pictures, seconds, rate, processor, megabytes = (float(cell) for cell in row.strip("| ").split(" | "))
        assert pictures == size
        assert rate > 0
        assert min(seconds, processor) > 0
        assert 100 < megabytes < 1000
    assert re.search(r"[\d.]+ of the floor", compared)
    with Image.open(tmp_path / "bulk.png") as picture:
        assert picture.width > picture.height > 100


def test_pictures_made_on_the_fly_are_as_many_as_asked_for() -> None:
    pictures = list(OnTheFly(5))
    assert len({picture.path for picture in pictures}) == OnTheFly(5).count() == 5
