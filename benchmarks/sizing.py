"""`python -m benchmarks.sizing`: what a picture takes of a core, of memory and of the network; and by that, what
1 million, 100 million and 10 billion pictures a day take.

What is counted is time of the processor, which others on the machine do not lengthen by much.
"""

import argparse
import io
import statistics
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import httpx
import psutil
from PIL import Image
from tqdm import tqdm

from benchmarks.contestants import this_services_body
from benchmarks.floor import run_floor
from benchmarks.pictures import Drawn, draw_pictures
from benchmarks.plan import Assumptions, Costs, plan, table
from recognizer import Recognizer
from recognizer.picture_io import MAXIMUM_PIXELS
from server_api.load import Load, measure_apart
from server_api.trial import running, this_server

A_DAY = (1e6, 1e8, 1e10)
CLIENTS = 8
BASE64 = 4 / 3
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Measured:
    """Of one process. seconds: of a core, a picture. In bytes, at the most: ready, loaded, and reading the largest
    pictures that are allowed, one in each thread.
    """

    threads: int
    seconds: float
    ready: int
    loaded: int
    largest: int


def main() -> int:
    options = _parser().parse_args()
    drawn = draw_pictures(options.pictures)
    if options.container:
        seconds = seconds_a_picture(options.url, drawn, options.seconds, of_container(options.container))
        print(f"{options.container}: {seconds * 1e3:.2f} ms of a core a picture, {1 / seconds:,.0f} a second a core")
        return 0
    measured = [measure(threads, drawn, options.seconds) for threads in tqdm(options.threads, "servers", disable=None)]
    costs = Costs(
        served=statistics.median(one.seconds for one in measured),
        bulk=seconds_alone(drawn, options.seconds),
        sent=statistics.mean(len(this_services_body(one.base64)) for one in drawn),
        answered=answer_bytes(drawn),
        picture=statistics.mean(len(one.picture) for one in drawn),
    )
    print(*report(costs, measured), sep="\n")
    if options.picture_bytes:
        more = options.picture_bytes - costs.picture
        costs = replace(costs, picture=options.picture_bytes, sent=costs.sent + more * BASE64)
    assumptions = Assumptions(options.peak, options.busy, options.node_cores)
    print(*table([plan(pictures, costs, assumptions) for pictures in A_DAY]), sep="\n")
    return 0


def seconds_alone(drawn: Sequence[Drawn], seconds: float) -> float:
    """Of a core, a picture, by the recognizer in one thread of this process."""
    cv2.setNumThreads(1)
    recognizer, images = Recognizer(), [one.base64 for one in drawn]
    run_floor(recognizer, images, 1, seconds / 4)  # to get warm
    measured = run_floor(recognizer, images, 1, seconds)
    return measured.processor / len(measured.latencies)


def measure(threads: int, drawn: Sequence[Drawn], seconds: float) -> Measured:
    with running(this_server(threads=threads)) as trial:
        process = psutil.Process(trial.pid)
        ready = peak_memory(process)
        a_picture = seconds_a_picture(trial.address, drawn, seconds, process)
        loaded = peak_memory(process)
        largest = [this_services_body(largest_picture())] * 4
        measure_apart(Load(f"{trial.address}/predict", largest, 2 * threads, seconds), 1)
        return Measured(threads, a_picture, ready, loaded, peak_memory(process))


def seconds_a_picture(address: str, drawn: Sequence[Drawn], seconds: float, process: psutil.Process) -> float:
    """Of a core, in that process."""
    load = Load(f"{address}/predict", [this_services_body(one.base64) for one in drawn], CLIENTS, seconds)
    measure_apart(load, 1)  # to get warm
    before = used(process)
    answered = measure_apart(load, 1)
    # Those that were under way at the end are answered too, and are not counted.
    return (used(process) - before) / (len(answered.latencies) + CLIENTS)


def used(process: psutil.Process) -> float:
    """Seconds of a core, with all that it has started and that still runs."""
    times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def of_container(name: str) -> psutil.Process:
    """Its first process, as this machine sees it. Raises subprocess.CalledProcessError where there is no such one."""
    command = ["docker", "inspect", "--format", "{{.State.Pid}}", name]
    return psutil.Process(int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))


def peak_memory(process: psutil.Process) -> int:
    """Resident, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) * 1024


def largest_picture() -> str:
    """In base64: colour, and as many pixels as are allowed."""
    side = int(MAXIMUM_PIXELS**0.5)
    buffer = io.BytesIO()
    Image.effect_noise((side // 10, side // 10), 20).convert("RGB").resize((side, side)).save(buffer, "JPEG")
    return b64encode(buffer.getvalue()).decode()


def answer_bytes(drawn: Sequence[Drawn]) -> float:
    with running(this_server()) as trial, httpx.Client(base_url=trial.address, trust_env=False) as client:
        answers = [client.post("/predict", content=this_services_body(one.base64), headers=_JSON) for one in drawn]
        return statistics.mean(len(answer.content) for answer in answers)


def report(costs: Costs, measured: Sequence[Measured]) -> Iterator[str]:
    """In Markdown."""
    yield "| of one picture | |"
    yield "|---|---|"
    yield f"| the API, of a core | {costs.served * 1e3:.2f} ms: {1 / costs.served:.0f} pictures a second |"
    yield f"| the recognizer alone, of a core | {costs.bulk * 1e3:.2f} ms: {3600 / costs.bulk:,.0f} pictures an hour |"
    sizes = f"{costs.picture:,.0f}, {costs.sent:,.0f}, {costs.answered:,.0f} bytes"
    yield f"| the file, the request's body, the answer's | {sizes} |"
    yield ""
    yield "| threads of a process | MB, ready | under load | reading the largest pictures |"
    yield "|---|---|---|---|"
    for one in measured:
        yield f"| {one.threads} | {one.ready / 1e6:.0f} | {one.loaded / 1e6:.0f} | {one.largest / 1e6:.0f} |"
    yield ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.sizing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = Assumptions()
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default: %(default)s)")
    parser.add_argument("--pictures", type=int, default=64, help="different ones (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4], help="servers to measure (default: 1 2 4)")
    parser.add_argument("--peak", type=float, default=usual.peak, help="against the mean rate (default: %(default)s)")
    parser.add_argument(
        "--busy", type=float, default=usual.busy, help="share of the cores used at the peak (default: %(default)s)"
    )
    parser.add_argument("--node-cores", type=int, default=usual.node_cores, help="(default: %(default)s)")
    parser.add_argument(
        "--picture-bytes",
        type=float,
        metavar="N",
        help="of yours, to send and to keep (default: of those measured)",
    )
    parser.add_argument("--container", metavar="NAME", help="measure this one alone, that pictures to --url go through")
    parser.add_argument("--url", default="http://localhost:5000", help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
