"""Everything that can be set, by variables that begin with NUMBERS_."""

from pathlib import Path
from typing import Annotated

from limits import parse_many
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recognizer.cores import count_cores
from recognizer.decoding import MAXIMUM_ERROR
from recognizer.picture_io import MAXIMUM_PIXELS
from recognizer.session import SHIPPED_MODEL

MAXIMUM_BODY_BYTES = 5_000_000
MOST_PICTURES = 64
"""Of one request to /predict/batch."""

Words = Annotated[tuple[str, ...], NoDecode]
"""In the environment, separated by commas."""


class Settings(BaseSettings):
    """Read from the environment: NUMBERS_MODEL, NUMBERS_THREADS and so on."""

    model_config = SettingsConfigDict(env_prefix="NUMBERS_", env_ignore_empty=True)

    model: Path = Field(default=SHIPPED_MODEL, description="The model file.")
    max_error: float = Field(
        default=MAXIMUM_ERROR,
        gt=0,
        le=1,
        description="Share of wrong numbers among the accepted that is lived with where a request does not say.",
    )

    host: str = Field(default="127.0.0.1", description="Address to listen at; 0.0.0.0 for all.")
    port: int = Field(default=5000, ge=0, le=65535, description="0 takes any free one.")
    workers: PositiveInt = Field(default=1, description="Processes, each with its own model, threads and queue.")
    threads: PositiveInt = Field(default_factory=count_cores, description="That read pictures, in each process.")
    batch_size: PositiveInt = Field(
        default=8, description="Pictures of one width that are read together, at the most; of wide ones fewer."
    )

    maximum_body_bytes: PositiveInt = Field(default=MAXIMUM_BODY_BYTES, description="Of one request.")
    maximum_pixels: PositiveInt = Field(default=MAXIMUM_PIXELS, description="Of one picture, told from its header.")
    header_bytes: PositiveInt = Field(default=32_768, description="All headers of one request.")
    held_bytes: PositiveInt = Field(default=256_000_000, description="Bodies of all requests under way.")
    connections: PositiveInt = Field(default=1_000, description="Open at the same time.")
    queue_length: int = Field(default=128, ge=MOST_PICTURES, description="Pictures that are waiting or being read.")
    queue_seconds: PositiveFloat = Field(default=5.0, description="The longest wait in the queue.")
    request_seconds: PositiveFloat = Field(
        default=30.0, description="For a request to arrive, and again to be answered."
    )
    idle_seconds: PositiveInt = Field(default=15, description="Of a connection without a request.")
    shutdown_seconds: NonNegativeInt = Field(
        default=20, description="For requests under way when the server is stopped."
    )

    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="One of them must come as X-API-Key; none: everybody may read."
    )
    api_keys_file: Path | None = Field(default=None, description="More of them, one a line.")
    rate_limit: str | None = Field(
        default=None,
        description="Of pictures a key, or else a client's address, in each process: 10/second;300/minute.",
    )
    cors_origins: Words = Field(
        default=(), description="Pages of other sites that may call, such as https://example.org."
    )

    telemetry: bool = Field(default=False, description="OpenTelemetry, to where the variables OTEL_... say.")

    @field_validator("cors_origins", "api_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @field_validator("rate_limit")
    @classmethod
    def _check_rate_limit(cls, value: str | None) -> str | None:
        if value:
            parse_many(value)
        return value or None

    @field_validator("api_keys_file")
    @classmethod
    def _check_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("there is no such file")
        if value is not None and not value.read_text().strip():
            raise ValueError("there is no key in it")
        return value

    def all_api_keys(self) -> tuple[str, ...]:
        """Those of the environment and of the file."""
        listed = self.api_keys_file.read_text().splitlines() if self.api_keys_file else []
        return (*(key.get_secret_value() for key in self.api_keys), *(line.strip() for line in listed if line.strip()))
