"""Answers that have nothing to do with what was sent; test_attacks.py holds the others."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

import recognizer
from recognizer import PictureError
from server_api.api import create_app
from server_api.problems import PROBLEMS
from tests.server_api.answers import MARKER, check_problem


@pytest.mark.contract
@pytest.mark.parametrize("path", [f"/{MARKER}", "/predict/", f"/predict/{MARKER}", "/docs/..%2f", "/%00", "/%ff"])
def test_another_path_is_not_found(path: str, api: httpx.Client) -> None:
    check_problem(api.post(path, json={}), 404, "not_found")


@pytest.mark.contract
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/predict", "POST"), ("PUT", "/predict", "POST"), ("DELETE", "/info", "GET"), ("POST", "/readyz", "GET")],
)
def test_another_method_is_told_those_allowed(method: str, path: str, allowed: str, api: httpx.Client) -> None:
    response = api.request(method, path)
    check_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


def ask_unstarted(app: FastAPI, method: str, path: str) -> httpx.Response:
    """Without a server, so that the start-up does not run."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/readyz"), ("GET", "/health"), ("GET", "/info"), ("POST", "/predict")]
)
def test_before_the_model_is_loaded_nothing_is_ready(method: str, path: str) -> None:
    check_problem(ask_unstarted(create_app(), method, path), 503, "not_ready")


def test_before_the_model_is_loaded_the_server_is_alive() -> None:
    assert ask_unstarted(create_app(), "GET", "/livez").status_code == 200


def test_an_unforeseen_failure_tells_nothing() -> None:
    app = create_app()

    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError(MARKER)

    check_problem(ask_unstarted(app, "GET", "/fail"), 500, "internal_error")


def test_every_error_of_a_picture_has_its_row() -> None:
    exported = [value for name in recognizer.__all__ if isinstance(value := getattr(recognizer, name), type)]
    errors = {error for error in exported if issubclass(error, PictureError)} - {PictureError}
    assert errors == set(PictureError.__subclasses__())
    assert {error: PROBLEMS[error].code for error in errors} == {error: error.code for error in errors}


def test_codes_are_told_apart() -> None:
    assert len({answer.code for answer in PROBLEMS.values()}) == len(PROBLEMS)
