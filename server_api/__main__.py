"""`python -m server_api`: the server, by the settings in the environment."""

import sys
from contextlib import nullcontext

import uvicorn
from pydantic import ValidationError

from server_api import metrics, request_log
from server_api.protocol import GuardedProtocol
from server_api.settings import Settings
from server_api.startup import CannotStart

_WORKER_SECONDS = 60  # that a worker may take to start, or to give a sign of life on a busy machine


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        print(CannotStart.because(error), file=sys.stderr)
        return 2
    with metrics.shared_by_workers() if settings.workers > 1 else nullcontext():
        uvicorn.run(
            "server_api.api:create_configured_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            http=GuardedProtocol,
            ws="none",
            timeout_keep_alive=settings.idle_seconds,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            timeout_worker_healthcheck=_WORKER_SECONDS,
            server_header=False,
            log_config=request_log.configuration(),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
