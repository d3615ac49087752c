"""`python -m server_api`: the server, by the settings in the environment."""

import sys

import uvicorn
from pydantic import ValidationError

from server_api.api import create_app
from server_api.settings import Settings
from server_api.startup import CannotStart


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        print(CannotStart.because(error), file=sys.stderr)
        return 2
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
