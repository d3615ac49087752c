from pydantic import HttpUrl, PositiveFloat
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read from the environment: API_URL, and API_TIMEOUT in seconds."""

    api_url: HttpUrl = HttpUrl("http://localhost:5000")
    api_timeout: PositiveFloat = 5.0
