"""What Prometheus asks for, added up over all workers.

prometheus_client keeps the values of several processes in files, one set a process, in the folder that
PROMETHEUS_MULTIPROC_DIR names when it is imported; whichever worker is asked adds them up.
"""

import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from recognizer.recognition import Reason
from server_api.problems import PROBLEMS
from server_api.schemas import Information, Prediction
from server_api.stages import STAGES, Stages

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNMATCHED = "unmatched"
"""The route of a path that does not exist: whoever makes up paths makes no new series."""

_SHARED = os.environ.get(FOLDER)  # at import, as prometheus_client itself looks only then
_PARTS = {"python": platform.python_version(), "onnxruntime": importlib.metadata.version("onnxruntime")}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_STAGE_SECONDS = (0.0001, 0.00025, 0.0005, *_SECONDS)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, of no use to Prometheus
_values = CollectorRegistry()
_requests = Counter("numbers_requests", "Requests answered.", ["route", "status"], registry=_values)
_durations = Histogram(
    "numbers_request_duration_seconds",
    "From a request's headers to the end of its answer.",
    ["route"],
    buckets=_SECONDS,
    registry=_values,
)
_stages = Histogram(
    "numbers_stage_duration_seconds",
    "Of each picture: in the queue, decode, inference, decoding.",
    ["stage"],
    buckets=_STAGE_SECONDS,
    registry=_values,
)
_batches = Histogram(
    "numbers_batch_pictures",
    "Of each picture: how many shared its inference, itself included.",
    buckets=(1, 2, 3, 4, 6, 8, 12, 16, 32, 64),
    registry=_values,
)
_problems = Counter(
    "numbers_problems", "Requests and pictures refused, by the problem's code.", ["code"], registry=_values
)
_confidences = Histogram("numbers_confidence", "Of each number that was read.", buckets=_CONFIDENCES, registry=_values)
_verdicts = Counter(
    "numbers_verdicts", "Of each reading; a rejection has a reason.", ["verdict", "reason"], registry=_values
)

# labels() looks a series up anew each time, under a lock.
_requests_of = cache(_requests.labels)
_durations_of = cache(_durations.labels)
_verdicts_of = cache(_verdicts.labels)
_STAGES = {stage: _stages.labels(stage) for stage in STAGES}
# All that can be told beforehand begins at 0: rate() does not see the first of a series that begins at 1.
for _code in {answer.code for answer in PROBLEMS.values()}:
    _problems.labels(_code)
for _verdict, _reason in [("accept", ""), ("review", ""), *(("reject", reason) for reason in get_args(Reason))]:
    _verdicts_of(_verdict, _reason)


@contextmanager
def shared_by_workers() -> Iterator[None]:
    """Around the start and the end of several workers, in the process that spawns them: an empty folder for them."""
    with tempfile.TemporaryDirectory(prefix="numbers-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def count_answer(route: str | None, status: int | None, seconds: float, problems: Iterable[str]) -> None:
    """route: None where there is no such path; status: None where nobody was left to answer."""
    route = route or UNMATCHED
    _requests_of(route, str(status or "none")).inc()
    _durations_of(route).observe(seconds)
    for code in problems:
        _problems.labels(code).inc()


def count_pictures(stages: Sequence[Stages], predictions: Sequence[Prediction]) -> None:
    for picture in stages:
        _STAGES["queue"].observe(picture.queue)
        _STAGES["decode"].observe(picture.decode)
        if picture.batch:  # not of a picture without ink
            _STAGES["inference"].observe(picture.inference)
            _STAGES["decoding"].observe(picture.decoding)
            _batches.observe(picture.batch)
    for prediction in predictions:
        _verdicts_of(prediction.verdict, prediction.reason or "").inc()
        if prediction.digits:
            _confidences.observe(prediction.confidence)


def expose(version: str, model: Information | None) -> bytes:
    """Prometheus' text format."""
    return generate_latest(_Everything(version, model))


class _Everything(Collector):
    def __init__(self, version: str, model: Information | None) -> None:
        self._version = version
        self._model = model

    def collect(self) -> Iterator[Metric]:
        yield from MultiProcessCollector(None, _SHARED).collect() if _SHARED else _values.collect()  # type: ignore[no-untyped-call]
        yield from _processes()
        yield InfoMetricFamily("numbers_build", "What runs.", {"version": self._version, **_PARTS})
        if self._model is not None:
            card = self._model.model_dump(include={"name", "version", "sha256", "training_commit"})
            yield InfoMetricFamily("numbers_model", "The model that reads.", card)


def _processes() -> Iterable[Metric]:
    """Memory, CPU time and open files of every worker."""
    merged: dict[str, Metric] = {}
    for pid in _workers():
        for family in _process(pid).collect():
            metric = merged.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                metric.add_sample(sample.name, {"pid": str(pid)}, sample.value)
    return merged.values()


def _process(pid: int) -> ProcessCollector:
    """One that has ended has no values."""
    return ProcessCollector(pid=lambda: pid, registry=None)


def _workers() -> set[int]:
    return {int(file.stem.rpartition("_")[2]) for file in Path(_SHARED).glob("*.db")} if _SHARED else {os.getpid()}
