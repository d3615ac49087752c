"""Who is measured: this service, and LitServe and BentoML around the same recognizer, by several settings each."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server_api.trial import HOST, Program, this_server

ROOT = Path(__file__).resolve().parent.parent
OURS = "this service"
LITSERVE, BENTOML = "LitServe", "BentoML"
PACKAGES = {LITSERVE: "litserve", BENTOML: "bentoml"}
INSTALL = (
    "python3 -m venv /tmp/others && "
    "/tmp/others/bin/pip install litserve bentoml numpy onnxruntime opencv-python-headless Pillow"
)
BATCH_SIZE = 8  # the largest, as this service's own by default


@dataclass(frozen=True)
class Contestant:
    """maker: whose server it is. processes: with a model each. is_listed: whether a body has a list of pictures."""

    maker: str
    setting: str
    processes: int
    program: Program
    is_listed: bool = False

    @property
    def name(self) -> str:
        return f"{self.maker}, {self.setting}" if self.setting else self.maker

    def body(self, image: str) -> str:
        return json.dumps({"images": [image]}) if self.is_listed else this_services_body(image)

    def prediction(self, answer: bytes) -> str:
        told: Any = json.loads(answer)
        return str((told[0] if self.is_listed else told)["prediction"])


def this_services_body(image: str) -> str:
    return json.dumps({"image": image})


def this_service(processes: int, cores: int) -> Contestant:
    """By the settings in the environment, but for the processes, which share the cores."""
    threads = {"threads": max(1, cores // processes)} if processes > 1 else {}
    return Contestant(OURS, "", processes, this_server(workers=processes, **threads))


def others(python: str, processes: int, cores: int) -> Iterator[Contestant]:
    """Of those that are installed where this interpreter looks; what is not is said on standard output."""
    for maker, make in ((LITSERVE, _litserve), (BENTOML, _bentoml)):
        version = _version(python, PACKAGES[maker])
        if version is None:
            print(f"{maker}: left out, {python} has it not. {INSTALL}, and --competitors /tmp/others/bin/python")
            continue
        print(f"{maker}: {version}")
        yield from make(python, processes, cores)


def _version(python: str, package: str) -> str | None:
    command = [python, "-c", f"from importlib.metadata import version; print(version({package!r}))"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _litserve(python: str, processes: int, cores: int) -> Iterator[Contestant]:
    """It has as many processes again that speak HTTP."""
    share = str(max(1, cores // processes))
    threads = ("--fast-queue", "--threads", share)
    batches = (*threads, "--batch-size", str(BATCH_SIZE))
    settings: dict[str, tuple[str, ...]] = {
        "as it comes": (),
        "ZeroMQ": ("--fast-queue",),
        f"ZeroMQ, threads: {share}": threads,
        f"ZeroMQ, threads: {share}, batches of what is there": batches,
        f"ZeroMQ, threads: {share}, batches in 2 ms": (*batches, "--batch-timeout", "0.002"),
    }
    if share == "1":
        del settings["ZeroMQ"]  # the same as the next
    for setting, options in settings.items():
        command = (python, "-m", "benchmarks.litserve_server", "--port", "{port}", "--processes", str(processes))
        program = Program((*command, *options), {"PYTHONPATH": str(ROOT)}, "/health", processes)
        yield Contestant(LITSERVE, setting, processes, program)


def _bentoml(python: str, processes: int, cores: int) -> Iterator[Contestant]:
    serve = ("-m", "bentoml", "serve", "benchmarks.bentoml_server:Numbers", "--host", HOST, "--port", "{port}")
    for setting, batch_size in {"threads": 1, "batches": BATCH_SIZE}.items():
        environment = {
            "PYTHONPATH": str(ROOT),
            "BENTOML_DO_NOT_TRACK": "true",
            "BENCHMARK_PROCESSES": str(processes),
            "BENCHMARK_THREADS": str(max(1, cores // processes)),
            "BENCHMARK_BATCH_SIZE": str(batch_size),
        }
        program = Program((python, *serve), environment, "/readyz", processes)
        yield Contestant(BENTOML, setting, processes, program, is_listed=batch_size > 1)
