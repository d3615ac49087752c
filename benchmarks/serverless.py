"""`python -m benchmarks.serverless IMAGE`: size and cold start of the image for AWS Lambda, by Lambda's own emulator.

Each round starts a container anew and asks it; the emulator starts the function with the first question. Then, in the
same container, the parts of that start are timed: the recognizer alone, with what the server makes of a request's body,
and with the whole application. How long Lambda takes to fetch an image is not measured.
"""

import argparse
import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
from tqdm import trange

INVOCATIONS = "/2015-03-31/functions/function/invocations"
SAMPLE = Path(__file__).resolve().parent.parent / "docs" / "sample.png"
SECONDS_TO_START = 30.0
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_SECONDS = re.compile(r"seconds: ([\d.]+)")
_TIMED = "import time; {work}; print('seconds:', time.process_time())"
STARTS = {
    "the recognizer alone": _TIMED.format(work="import recognizer; recognizer.Recognizer()"),
    "the server's schemas, problems and reader": _TIMED.format(
        work="from server_api.reader import *; Reader(Settings())"
    ),
    "the whole function": _TIMED.format(work="import serverless_api.handler"),
}


@dataclass(frozen=True)
class Round:
    """Of one container. init: milliseconds; peak: megabytes; all else: seconds, starts in the order of STARTS, and of
    processor time, which depends little on what else the machine does.
    """

    init: float
    first: float
    others: list[float]
    starts: list[float]
    peak: float


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.serverless", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", help="as built by docker build -f serverless_api/Dockerfile")
    parser.add_argument("--rounds", type=int, default=7, help="containers that are started (default: %(default)s)")
    parser.add_argument("--cpus", type=float, default=1.0, help="processors of each (default: %(default)s)")
    parser.add_argument("--memory", default="1769m", help="of each (default: %(default)s, as in the template)")
    options = parser.parse_args()
    limits = ("--cpus", str(options.cpus), "--memory", options.memory)
    _print_size(options.image)
    _print_times([measure(options.image, *limits) for _ in trange(options.rounds, unit="container", leave=False)])


def measure(image: str, *limits: str) -> Round:
    body = {"image": base64.b64encode(SAMPLE.read_bytes()).decode()}
    with running(image, *limits) as (container, url):
        first, *others = [_ask(url, body) for _ in range(11)]
        init = float(_INIT.findall(_docker("logs", container))[-1])
        peak = max(map(int, _PEAK.findall(_inside(container, "sh", "-c", "cat /proc/[0-9]*/status")))) / 1e3
        starts = [float(_SECONDS.findall(_inside(container, "python3", "-c", work))[0]) for work in STARTS.values()]
    return Round(init, first, others, starts, peak)


def _print_size(image: str) -> None:
    megabytes = int(_docker("image", "inspect", "-f", "{{.Size}}", image)) / 1e6
    task = int(_docker("run", "--rm", "--entrypoint", "du", image, "-sk", "/var/task").split()[0]) / 1024
    print(f"- image: {megabytes:.0f} MB, {task:.0f} MB of it the function with its packages and model")


def _print_times(rounds: list[Round]) -> None:
    """Medians."""
    print(f"- cold start, from the runtime's start to ready: {median(one.init for one in rounds):.0f} ms")
    print(f"- first answer, cold start included: {1000 * median(one.first for one in rounds):.0f} ms")
    print(f"- each answer after it: {1000 * median(time for one in rounds for time in one.others):.0f} ms")
    for index, name in enumerate(STARTS):
        milliseconds = 1000 * median(one.starts[index] for one in rounds)
        ratio = median(one.starts[index] / one.starts[0] for one in rounds)
        print(f"- processor time to start {name}: {milliseconds:.0f} ms ({ratio:.2f} of the first)")
    print(f"- most memory of the function: {median(one.peak for one in rounds):.0f} MB")


@contextmanager
def running(image: str, *options: str) -> Iterator[tuple[str, str]]:
    """A container as Lambda would run it, by a user without rights, its file system read-only but for /tmp: its id, and
    where to ask it.
    """
    hardened = (
        "--user",
        "10001:10001",
        "--read-only",
        "--tmpfs",
        "/tmp",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
    )
    container = _docker("run", "--detach", "--rm", "--publish", "127.0.0.1::8080", *hardened, *options, image).strip()
    try:
        yield container, f"http://{_address(container)}{INVOCATIONS}"
    finally:
        _docker("kill", container)


def _address(container: str) -> str:
    address = _docker("port", container, "8080/tcp").splitlines()[0]
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:  # the emulator listens at once; it starts the function when it is asked
        try:
            httpx.get(f"http://{address}/", timeout=5, trust_env=False)
            return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"the container does not listen:\n{_docker('logs', container)}")


def _ask(url: str, body: dict[str, str]) -> float:
    """Seconds. Stops the program where the answer is wrong."""
    started = time.perf_counter()
    answer = httpx.post(url, json=body, timeout=60, trust_env=False).json()
    seconds = time.perf_counter() - started
    if answer.get("statusCode") != 200 or json.loads(answer["body"])["prediction"] != "40950":
        raise SystemExit(f"the image did not read {SAMPLE}: {answer}")
    return seconds


def _inside(container: str, *command: str) -> str:
    return _docker("exec", container, *command)


def _docker(*arguments: str) -> str:
    """What it prints, errors included, since `docker logs` parts the two."""
    finished = subprocess.run(
        ["docker", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if finished.returncode:
        raise SystemExit(f"docker {arguments[0]} failed: {finished.stdout}")
    return finished.stdout


if __name__ == "__main__":
    main()
