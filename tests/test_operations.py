"""docs/operations.md tells what the service does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic.fields import FieldInfo

from recognizer.cores import count_cores
from recognizer.session import SHIPPED_MODEL
from server_api import metrics
from server_api.problems import PROBLEMS
from server_api.schemas import EXAMPLE_IMAGE
from server_api.settings import Settings
from tests.conftest import ROOT
from tests.server_api.scraping import Scrape
from tests.server_api.serving import serving

GUIDE = ROOT / "docs" / "operations.md"
TEXT = GUIDE.read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def table(*columns: str) -> list[list[str]]:
    """Rows of the one table with this head."""
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    assert TEXT.count(head) == 1
    rows = TEXT.partition(head)[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def in_words(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=False)
    if field.default_factory is count_cores:
        return "the cores it may use"
    if default == SHIPPED_MODEL:
        return "the shipped model"
    if default is None or default == ():
        return "none"
    return f"{default:g}" if isinstance(default, float) else str(default).lower()


def test_every_setting_is_told_with_its_default() -> None:
    assert table("variable", "default", "what") == [
        [f"`NUMBERS_{name.upper()}`", in_words(field), field.description]
        for name, field in Settings.model_fields.items()
    ]


def test_compose_passes_on_settings_that_there_are() -> None:
    passed = {variable.partition("=")[0] for variable in COMPOSE["services"]["api"]["environment"]}
    known = {f"NUMBERS_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in passed if name.startswith("NUMBERS_")} <= known
    assert {"NUMBERS_TELEMETRY", "OTEL_EXPORTER_OTLP_ENDPOINT", "FORWARDED_ALLOW_IPS"} <= passed


def test_every_error_code_is_told_with_its_status() -> None:
    rows = table("code", "status", "what it means", "what to do")
    assert [(code, int(status)) for code, status, *_ in rows] == [
        (f"`{answer.code}`", answer.status) for answer in PROBLEMS.values()
    ]
    assert all(len(row) == 4 and all(row) for row in rows)


def test_every_metric_is_told_with_its_labels() -> None:
    told: dict[str, set[str]] = {}
    for names, _ in table("metric", "what"):
        for name, labels in re.findall(r"`(\w+?\*?)(?:\{(.*?)\})?`", names):
            told[name] = set(labels.split(", ")) - {""}
    metrics.count_answer("/predict", 200, 0.1, [])
    families = Scrape(metrics.expose("1", None).decode()).families()
    exposed = {
        sample.name: sample.labels.keys() - {"le"}
        for family in families
        for sample in family.samples
        if sample.name.startswith("numbers_")
    }
    for name, labels in exposed.items():
        counted = re.sub(r"_(bucket|count|sum)$", "", name)
        assert counted in told
        if not name.endswith("_info"):
            assert told[counted] == labels
    assert told.keys() == {re.sub(r"_(bucket|count|sum)$", "", name) for name in exposed} | {
        "numbers_model_info",
        "process_*",
    }


def test_every_alert_is_told() -> None:
    groups = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text())["groups"]
    assert [name.strip("`") for name, *_ in table("alert", "what it means", "what to do")] == [
        rule["alert"] for group in groups for rule in group["rules"]
    ]


def test_every_field_of_the_log_is_told(tmp_path: Path) -> None:
    told = [name.strip("`") for name, _ in table("field", "what")]
    with serving(tmp_path / "log") as address:
        for image in (EXAMPLE_IMAGE, "?"):
            httpx.post(f"{address}/predict", json={"image": image}, trust_env=False, timeout=60)
    read, refused = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert set(told) == {*read, *refused, "trace_id"}
    example = re.search(r"```json\n(.*?)\n```", TEXT)
    assert example is not None
    assert list(json.loads(example[1])) == list(read)


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (GUIDE.parent / target).exists()


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", TEXT))
def test_every_link_leads_to_a_heading(anchor: str) -> None:
    assert f"\n## {anchor.replace('-', ' ')}\n" in TEXT.lower()


@pytest.fixture
def limited(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """One picture a minute of each address; the proxy is at the one given."""
    variables = {"NUMBERS_RATE_LIMIT": "1/minute", "FORWARDED_ALLOW_IPS": request.param}
    with serving(tmp_path / "log", **variables) as address:
        yield address


@pytest.mark.parametrize(
    ("limited", "statuses"),
    [("127.0.0.1", [200, 200, 429]), ("10.0.0.1", [200, 429, 429])],
    ids=["by the proxy", "by somebody else"],
    indirect=["limited"],
)
def test_a_forwarded_address_is_believed_of_the_proxy_alone(limited: str, statuses: list[int]) -> None:
    def ask(forwarded: str) -> Any:
        headers = {"X-Forwarded-For": forwarded}
        body = {"image": EXAMPLE_IMAGE}
        return httpx.post(f"{limited}/predict", json=body, headers=headers, trust_env=False, timeout=60).status_code

    assert [ask(client) for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1")] == statuses
