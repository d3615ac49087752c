"""onnxruntime reports to its maker where nobody tells it not to."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_onnxruntime_writes_down_no_id_of_the_machine(tmp_path: Path) -> None:
    """It would in ~/.cache, before it sends anything."""
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    command = [sys.executable, "-c", "from recognizer import Recognizer; Recognizer()"]
    subprocess.run(command, cwd=ROOT, env={**environment, "HOME": str(tmp_path)}, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []
