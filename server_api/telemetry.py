"""OpenTelemetry, by FastAPI itself."""

from fastapi.telemetry import TelemetryConfig

from server_api.observation import QUIET


def configuration(*, wanted: bool) -> TelemetryConfig:
    """Wanted, it sends what the variables OTEL_... say to where they say; health checks and /metrics left out."""
    return {
        "tracing": wanted,
        "metrics": wanted,
        "logs": wanted,
        "operation_spans": wanted,
        "auto_configure": wanted,
        "exclude": lambda scope: scope.get("path") in QUIET,
    }
