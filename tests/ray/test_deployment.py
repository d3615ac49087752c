"""The file that is deployed, and the application as a replica sees it, without a cluster."""

import asyncio
from importlib import import_module
from typing import Any

import yaml
from ray.serve.schema import ServeDeploySchema
from starlette.types import Receive, Scope, Send

from server_api.api import create_app
from server_api.settings import Settings
from serving_on_ray.deployment import Numbers, WithState, ask_status
from tests.conftest import ROOT

FILE = yaml.safe_load((ROOT / "deploy" / "ray" / "serve.yaml").read_text())


def environments() -> list[dict[str, str]]:
    return [part["runtime_env"]["env_vars"] for part in (FILE["controller_options"], *FILE["applications"])]


def test_the_file_is_what_ray_expects() -> None:
    (application,) = ServeDeploySchema.model_validate(FILE).applications
    deployed: Any = Numbers  # Ray has made a Deployment of the class
    assert [deployment.name for deployment in application.deployments] == [deployed.name]


def test_the_file_names_what_there_is() -> None:
    paths = [FILE["applications"][0]["import_path"], environments()[0]["RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"]]
    for module, _, name in (path.partition(":") for path in paths):
        assert hasattr(import_module(module), name)
    named = {name for environment in environments() for name in environment if name.startswith("NUMBERS_")}
    assert named
    assert named <= {f"NUMBERS_{name.upper()}" for name in Settings.model_fields}


def test_times_leave_room_for_those_within_them() -> None:
    (options,) = FILE["applications"][0]["deployments"]
    settings = Settings()
    assert options["graceful_shutdown_timeout_s"] > settings.request_seconds
    assert FILE["http_options"]["request_timeout_s"] >= settings.queue_seconds + settings.request_seconds
    assert FILE["http_options"]["keep_alive_timeout_s"] == settings.idle_seconds


def test_requests_find_what_the_start_has_loaded() -> None:
    found: list[Any] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["state"]["reader"] = "loaded"
        else:
            found.append(scope["state"])
            scope["state"]["mine"] = True  # each request has a state of its own

    async def nothing(*_: object) -> Any:
        return {}

    async def run() -> None:
        app = WithState(application)
        await app({"type": "lifespan", "state": {}}, nothing, nothing)
        for _ in range(2):
            await app({"type": "http"}, nothing, nothing)

    asyncio.run(run())
    assert found == [{"reader": "loaded", "mine": True}] * 2
    assert found[0] is not found[1]


def test_a_replica_without_its_model_is_not_healthy() -> None:
    assert asyncio.run(ask_status(WithState(create_app()), "/readyz")) == 503
    assert asyncio.run(ask_status(WithState(create_app()), "/livez")) == 200
