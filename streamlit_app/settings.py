from pydantic import HttpUrl, PositiveFloat, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read from the environment: API_URL, API_TIMEOUT in seconds, and API_KEY where the API wants one."""

    api_url: HttpUrl = HttpUrl("http://localhost:5000")
    api_timeout: PositiveFloat = 5.0
    api_key: SecretStr | None = None
