"""The same parts read on Ray Data: on this machine, or on a cluster whose nodes have this package and the model file.

A window of parts at a time becomes a data set of one block a part, so that memory stays bounded and what is read is
kept as it comes. Ray reads again what a lost node had.
"""

import logging
import os
import pickle
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from bulk_recognition.errors import ReaderDied
from bulk_recognition.pictures import Part
from bulk_recognition.reading import PartReader
from bulk_recognition.rows import Asking

try:
    import ray
    import ray.data
except ImportError as error:
    raise ReaderDied("Ray is not installed: pip install 'handwritten-numbers[bulk,ray]'") from error

_PARTS_A_CORE = 16  # of a window: at its end cores wait for about half a part each
_WINDOW_BYTES = 256_000_000
_LOCAL = {
    "include_dashboard": False,
    "_system_config": {"worker_niceness": 0},
}  # 15 by default, which starves beside others


class RayReaders:
    """Ray is started, or a cluster is joined, and left with the context, unless it was there before."""

    def __init__(self, asking: Asking, address: str | None = None) -> None:
        """address: of a cluster, as `ray.init` takes it; None: what RAY_ADDRESS says, or else this machine."""
        self._asking, self._address = asking, address
        self._is_ours = not ray.is_initialized()

    def __enter__(self) -> "RayReaders":
        """Raises ReaderDied where the cluster cannot be joined."""
        if self._is_ours:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            address = self._address or os.environ.get("RAY_ADDRESS") or "local"
            options: dict[str, Any] = _LOCAL if address == "local" else {}
            try:
                ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **options)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise ReaderDied(f"cannot join Ray's cluster at {address}: {error}") from error
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_ours:
            ray.shutdown()

    def read(self, parts: Iterator[Part]) -> Iterator[tuple[Part, bytes]]:
        """Each part with its packed rows, as they come to be done. Raises ReaderDied."""
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))  # type: ignore[no-untyped-call]
        asking = pickle.dumps(self._asking)
        while window := _window(parts, _PARTS_A_CORE * cores):
            items = [{"number": part.number, "part": pickle.dumps(part)} for part in window.values()]
            rows = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
                _read,  # type: ignore[arg-type]  # more arguments than the batch are allowed
                batch_size=1,
                fn_kwargs={"asking": asking},
                num_cpus=1,
            )
            try:
                for row in rows.iter_rows():
                    yield window[row["number"]], row["packed"]
            except ray.exceptions.RayError as error:
                raise ReaderDied(f"Ray could not go on reading: {error}") from error


def _window(parts: Iterator[Part], most: int) -> dict[int, Part]:
    """The next parts, by their number."""
    window, size = dict[int, Part](), 0
    for part in islice(parts, most):
        loaded = part.loaded()
        window[part.number] = loaded
        size += sum(len(picture.content) for picture in loaded.pictures if isinstance(picture.content, bytes))
        if size > _WINDOW_BYTES:
            break
    return window


def _read(batch: Any, asking: bytes) -> dict[str, Any]:
    """batch: columns of numbers and pickled parts. Returns columns of numbers and packed rows."""
    reader = _reader(asking)
    return {"number": batch["number"], "packed": [reader.read(pickle.loads(part)) for part in batch["part"]]}


@lru_cache(1)
def _reader(asking: bytes) -> PartReader:
    """Kept in a process of Ray's as long as it is asked the same."""
    return PartReader(pickle.loads(asking))
