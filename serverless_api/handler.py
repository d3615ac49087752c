"""What Lambda imports, by the settings in the environment: `serverless_api.handler.handler`.

Lambda imports it once, at a cold start, with more of a processor than a request is given. That is the time to load the
model, and so this is the one module that does its work when it is imported.
"""

import atexit
import logging.config

from pydantic import ValidationError

from server_api import request_log
from server_api.api import create_app
from server_api.startup import CannotStart
from serverless_api.adapter import Adapter
from serverless_api.settings import Settings


def _start() -> Adapter:
    try:
        settings = Settings()
    except ValidationError as error:
        raise CannotStart.because(error) from None
    return Adapter(create_app(settings), settings.base_path)


logging.config.dictConfig(request_log.configuration())
handler = _start()
atexit.register(handler.close)
