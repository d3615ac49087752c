"""docker-compose.scale.yml and the proxy fit the service, and docs/scaling.md tells of them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.plan import HEAD, Assumptions
from server_api.problems import MEDIA_TYPE, PROBLEMS, BodyTooLarge, describe
from server_api.settings import MAXIMUM_BODY_BYTES, Settings
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "scaling.md"
TEXT = GUIDE.read_text()
CONFIGURATION = (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text()
TOLD = [
    json.loads(problem.replace("'\\''", "'"))
    for problem in re.findall(r"string '(\{.*?\})'(?: |$)", CONFIGURATION, re.M)
]


COMPOSE = (ROOT / "docker-compose.scale.yml").read_text().replace("!reset ", "")  # a tag of compose's own
SERVICES = yaml.safe_load(COMPOSE)["services"]


def variables(service: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in SERVICES[service]["environment"])


@pytest.mark.parametrize("problem", TOLD, ids=[problem["code"] for problem in TOLD])
def test_the_proxys_problems_are_those_of_the_api(problem: dict[str, Any]) -> None:
    assert len(TOLD) == CONFIGURATION.count(MEDIA_TYPE) == 8
    if problem["code"] == "body_too_large":
        problem = json.loads(json.dumps(problem).replace("%[env(NUMBERS_MAXIMUM_BODY_BYTES)]", "5"))
        assert problem == describe(BodyTooLarge(5)).model_dump()
    elif problem["code"] == "not_ready":
        assert problem["status"] in (502, 503)
    else:
        (answer,) = [answer for answer in PROBLEMS.values() if answer.code == problem["code"]]
        assert (problem["status"], problem["title"], problem["detail"]) == (answer.status, answer.title, answer.detail)
    assert problem["type"] == f"/docs#{problem['code']}"


def test_the_proxy_is_given_all_that_it_asks_for() -> None:
    assert variables("proxy").keys() == set(re.findall(r"\$\{(\w+)", CONFIGURATION))


def test_the_proxys_limits_are_the_apis() -> None:
    defaults = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in variables("proxy").items()}
    assert int(defaults["NUMBERS_MAXIMUM_BODY_BYTES"]) == MAXIMUM_BODY_BYTES
    assert int(defaults["PROXY_BUFFER_BYTES"]) > MAXIMUM_BODY_BYTES + 2 * Settings.model_fields["header_bytes"].default
    seconds = Settings.model_fields["request_seconds"].default
    assert float(defaults["NUMBERS_REQUEST_SECONDS"]) == seconds
    (timeout,) = re.findall(r"timeout server (\d+)s", CONFIGURATION)
    assert int(timeout) > seconds
    (idle,) = re.findall(r"timeout http-keep-alive (\d+)s", CONFIGURATION)
    assert int(idle) == Settings.model_fields["idle_seconds"].default


def test_the_proxy_is_confined_as_the_others() -> None:
    hardened = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-hardened"]
    shared = hardened.keys() - {"tmpfs"}  # it writes nothing
    assert {name: SERVICES["proxy"][name] for name in shared} == {name: hardened[name] for name in shared}


def test_replicas_are_reached_by_the_proxy_and_prometheus_alone() -> None:
    assert {name for name, service in SERVICES.items() if "replicas" in service.get("networks", [])} == {
        "api",
        "proxy",
        "prometheus",
    }
    assert SERVICES["api"]["networks"] == ["replicas"]
    assert variables("api")["FORWARDED_ALLOW_IPS"] == "*"


def test_the_guide_tells_every_setting_of_the_proxy() -> None:
    told = set(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE))
    assert variables("proxy").keys() - {"REPLICAS"} <= {name for row in told for name in re.findall(r"`(\w+)`", row)}


def test_the_guides_plan_has_the_columns_and_assumptions_of_the_command() -> None:
    assert f"| {' | '.join(HEAD)} |" in TEXT
    usual = Assumptions()
    for assumption in (f"{usual.peak:g} times the mean", f"{usual.busy} of the cores", f"{usual.node_cores} cores"):
        assert assumption in TEXT


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT))))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert Path(GUIDE.parent / target).exists()


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", TEXT))
def test_every_link_leads_to_a_heading(anchor: str) -> None:
    headings = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
