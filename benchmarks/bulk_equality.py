"""`python -m benchmarks.bulk_equality`: the same result from processes, from Ray, and after kills at random moments."""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq
from tqdm import tqdm

from benchmarks.bulk import write_files
from benchmarks.ray_cluster import ENVIRONMENT


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.bulk_equality", description=__doc__)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=3, help="by SIGKILL, each at a random moment")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_files(folder, options.pictures)
        print("| job | seconds | rows | sha256 of the result |\n|---|---|---|---|", flush=True)
        wanted, seconds = read(source, folder / "undisturbed.parquet", "undisturbed")
        results = [wanted]
        if find_spec("ray") is None:
            print("Ray is not installed: pip install -c constraints.txt -e '.[bulk,ray]'", file=sys.stderr)
        else:
            results.append(read(source, folder / "ray.parquet", "on Ray", "--ray")[0])
        output = folder / "killed.parquet"
        for _ in tqdm(range(options.kills), desc="killed", disable=None):
            kill(source, output, random.uniform(0.2, 0.9) * seconds / (options.kills + 1))
        results.append(read(source, output, f"killed {options.kills} times, the rest of it")[0])
    same = all(result == wanted for result in results)
    print("All results are the same, byte by byte." if same else "THE RESULTS DIFFER.")
    return 0 if same else 1


def read(source: Path, output: Path, name: str, *arguments: str) -> tuple[bytes, float]:
    """Run a job to its end, and print a row; its result, and the seconds that it took."""
    started = time.perf_counter()
    subprocess.run(
        _command(source, output, *arguments), env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL, check=True
    )
    seconds, result = time.perf_counter() - started, output.read_bytes()
    rows = pq.read_metadata(output).num_rows
    print(f"| {name} | {seconds:.0f} | {rows:,} | {hashlib.sha256(result).hexdigest()[:16]} |", flush=True)
    return result, seconds


def kill(source: Path, output: Path, seconds: float) -> None:
    """Begin a job, or go on with it, and kill it in the midst of its work."""
    with subprocess.Popen(_command(source, output), stdout=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        if process.poll() is not None:
            raise SystemExit("the job ended before it was killed: take more --pictures or fewer --kills")
        process.kill()


def _command(source: Path, output: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "bulk_recognition", str(source), "--output", str(output), *arguments]


if __name__ == "__main__":
    sys.exit(main())
