"""`python -m server_api`: the server, by the settings in the environment."""

import sys

import uvicorn
from pydantic import ValidationError

from server_api.protocol import GuardedProtocol
from server_api.settings import Settings
from server_api.startup import CannotStart

_WORKER_SECONDS = 30  # that a worker may take to start, or to give a sign of life on a busy machine


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        print(CannotStart.because(error), file=sys.stderr)
        return 2
    uvicorn.run(
        "server_api.api:app",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=GuardedProtocol,
        ws="none",
        timeout_keep_alive=settings.idle_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=_WORKER_SECONDS,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
