"""One line of JSON a request, on standard output; what else the server says goes to standard error, as text."""

import json
import logging
import sys
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from uvicorn.config import LOGGING_CONFIG

_logger = logging.getLogger(__name__)


def configuration() -> dict[str, Any]:
    """uvicorn's, for its `log_config`, with these lines in the place of its access log."""
    logging_config = deepcopy(LOGGING_CONFIG)
    logging_config["formatters"]["requests"] = {"format": "%(message)s"}
    logging_config["handlers"]["requests"] = logging_config["handlers"]["access"] | {"formatter": "requests"}
    logging_config["loggers"][__package__] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    logging_config["loggers"][__name__] = {"handlers": ["requests"], "level": "INFO", "propagate": False}
    logging_config["loggers"]["uvicorn.access"] = {"handlers": [], "propagate": False}
    return logging_config


def to_standard_streams() -> None:
    """For a process that uvicorn does not configure; what others have configured in it stays."""
    streams = {__package__: (sys.stderr, "%(levelname)s: %(message)s"), __name__: (sys.stdout, "%(message)s")}
    for name, (stream, words) in streams.items():
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter(words))
        own = logging.getLogger(name)
        own.handlers, own.propagate = [handler], False
        own.setLevel(logging.INFO)


def write(fields: Mapping[str, object], *, quiet: bool = False) -> None:
    """quiet: nobody wants to read it, unless debugging. Fields that are None are left out."""
    level = logging.DEBUG if quiet else logging.INFO
    if _logger.isEnabledFor(level):
        told = {name: value for name, value in fields.items() if value is not None}
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        _logger.log(level, "%s", json.dumps({"time": time, **told}))
