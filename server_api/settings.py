import os
from pathlib import Path

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from recognizer.decoding import MAXIMUM_ERROR
from recognizer.picture_io import MAXIMUM_PIXELS
from recognizer.session import SHIPPED_MODEL

MAXIMUM_BODY_BYTES = 5_000_000


def _cores() -> int:
    """Those that this process may use, fewer than the machine's under taskset or a container's cpuset."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Read from the environment: NUMBERS_MODEL, NUMBERS_THREADS and so on."""

    model_config = SettingsConfigDict(env_prefix="NUMBERS_")

    model: Path = SHIPPED_MODEL
    maximum_body_bytes: PositiveInt = MAXIMUM_BODY_BYTES
    maximum_pixels: PositiveInt = MAXIMUM_PIXELS
    threads: PositiveInt = Field(default_factory=_cores)
    """Pictures read at the same time."""

    max_error: float = Field(default=MAXIMUM_ERROR, gt=0, le=1)
    """Share of wrong numbers among the accepted that is lived with where a request does not say."""

    host: str = "127.0.0.1"
    """Of `python -m server_api`, as is port; uvicorn's own command line has its own options."""
    port: int = Field(default=5000, ge=0, le=65535)
