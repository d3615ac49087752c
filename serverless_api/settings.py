"""The server's settings, and one more."""

from pydantic import Field

import server_api.settings


class Settings(server_api.settings.Settings):
    """Read from the environment: NUMBERS_MODEL, NUMBERS_BASE_PATH and so on."""

    base_path: str = Field(
        default="/", description="What API Gateway puts before all paths: the name of a stage, or of a mapping."
    )
