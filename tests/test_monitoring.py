"""The dashboard, the alerts and the compose profile ask for nothing that the server does not tell."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from promql_parser import AggregateExpr, Matcher, MatchOp, VectorSelector

from server_api.schemas import EXAMPLE_IMAGE
from tests.conftest import ROOT
from tests.server_api.scraping import Scrape
from tests.server_api.serving import serving

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((MONITORING / "grafana" / "dashboards" / "numbers.json").read_text())
ALERTS = [
    rule for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PROMETHEUS = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
OF_PROMETHEUS = {"job", "instance"}
"""Labels that it adds to whatever it scrapes."""


def expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            # What Grafana puts in before it asks.
            yield f"{panel['title']}, {target['refId']}", target["expr"].replace("$__rate_interval", "1m")
    for alert in ALERTS:
        yield alert["alert"], alert["expr"]


EXPRESSIONS = dict(expressions())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrape]:
    with serving(tmp_path_factory.mktemp("server") / "log") as address:
        for image in (EXAMPLE_IMAGE, "?"):
            httpx.post(f"{address}/predict", json={"image": image}, trust_env=False, timeout=60)
        yield Scrape(httpx.get(f"{address}/metrics", trust_env=False, timeout=60).text)


def nodes(expression: str) -> list[Any]:
    """Raises ValueError where it is no PromQL."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(expression), pre_visit=found.append)
    return found


def fits(matcher: Matcher, labels: dict[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    match matcher.op:
        case MatchOp.Equal:
            return value == matcher.value
        case MatchOp.NotEqual:
            return value != matcher.value
        case MatchOp.Re:
            return re.fullmatch(matcher.value, value) is not None
        case _:
            return re.fullmatch(matcher.value, value) is None


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_selects_what_the_server_tells(name: str, told: Scrape) -> None:
    selectors = [node for node in nodes(EXPRESSIONS[name]) if isinstance(node, VectorSelector)]
    assert selectors
    for selector in selectors:
        if selector.name == "up":  # Prometheus' own
            continue
        series = told.series(str(selector.name))
        assert series, f"no metric {selector.name}"
        # A status depends on what happens; all other values are known beforehand.
        matchers = [matcher for matcher in selector.matchers.matchers if matcher.name not in {*OF_PROMETHEUS, "status"}]
        for matcher in matchers:
            assert any(fits(matcher, labels) for labels in series), f"{selector.name} has no {matcher}"
            if matcher.op is MatchOp.Re and matcher.name == "code":
                for code in matcher.value.split("|"):
                    assert any(re.fullmatch(code, labels["code"]) for labels in series), f"no problem {code}"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_groups_by_labels_that_there_are(name: str, told: Scrape) -> None:
    for node in nodes(EXPRESSIONS[name]):
        if not isinstance(node, AggregateExpr) or node.modifier is None:
            continue
        (metric,) = {child.name for child in nodes(node.expr.prettify()) if isinstance(child, VectorSelector)}
        known = OF_PROMETHEUS.union(*(labels.keys() for labels in told.series(str(metric))))
        assert set(node.modifier.labels) <= known


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_counter_is_never_shown_bare(name: str) -> None:
    """It only ever grows; its rate tells something."""
    bare = re.sub(r"\b(rate|increase)\([^()]*\)", "", EXPRESSIONS[name])
    assert not re.search(r"\w+_(total|sum|count|bucket)\b", bare)


def test_every_metric_of_ours_is_shown(told: Scrape) -> None:
    asked = " ".join(EXPRESSIONS.values())
    ours = {family.name for family in told.families() if family.name.startswith("numbers_")}
    assert {name for name in ours if name not in asked} == {"numbers_build_info"}


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    places = [
        (column, row)
        for place in (panel["gridPos"] for panel in panels)
        for column in range(place["x"], place["x"] + place["w"])
        for row in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(column for column, _ in places) == 23


def test_the_dashboard_asks_the_datasource_that_is_provisioned() -> None:
    (datasource,) = yaml.safe_load((MONITORING / "grafana/datasources/prometheus.yml").read_text())["datasources"]
    for panel in DASHBOARD["panels"]:
        for place in (panel, *panel["targets"]):
            assert place["datasource"] == {"type": datasource["type"], "uid": datasource["uid"]}
    assert datasource["url"] == "http://prometheus:9090"


@pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
def test_an_alert_says_whom_it_wakes_and_why(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]
    placeholders = re.findall(r"\{\{ \$labels\.(\w+)", alert["annotations"]["summary"])
    assert set(placeholders) <= {"instance"}
    if placeholders:  # it survives the aggregation
        assert "by (instance)" in alert["expr"] or "sum" not in alert["expr"]


def test_prometheus_scrapes_the_service_of_compose() -> None:
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]
    (job,) = PROMETHEUS["scrape_configs"]
    assert job["job_name"] == "numbers"
    (target,) = job["dns_sd_configs"]
    assert set(target["names"]) <= COMPOSE["services"].keys()
    assert COMPOSE["services"]["api"]["ports"][0].endswith(f":{target['port']}")


def test_monitoring_is_off_unless_asked_for() -> None:
    always = {name for name, service in COMPOSE["services"].items() if "profiles" not in service}
    assert always == {"api", "app"}
    monitoring = {name for name, service in COMPOSE["services"].items() if service.get("profiles") == ["monitoring"]}
    assert monitoring == {"prometheus", "grafana"}


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_a_monitoring_service_is_pinned_local_and_confined(name: str) -> None:
    service = COMPOSE["services"][name]
    assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["cap_drop"] == ["ALL"]
    mounted = [Path(volume.split(":")[0]) for volume in service["volumes"] if volume.startswith(".")]
    assert mounted
    assert all((ROOT / path).exists() for path in mounted)
