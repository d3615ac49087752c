"""The manifests of deploy/kubernetes as they are written; tests/docker/test_kustomize.py has what is made of them."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from server_api.settings import Settings
from tests.conftest import ROOT
from tests.kubernetes import check_manifest, pods

FOLDER = ROOT / "deploy" / "kubernetes"
BASE = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())
WHOLE = [path for part in ("base", "ray") for path in sorted((FOLDER / part).glob("*.yaml"))]
MANIFESTS = [
    manifest
    for path in [*WHOLE, FOLDER / "overlays" / "example" / "ingress.yaml"]
    for manifest in yaml.safe_load_all(path.read_text())
    if manifest["kind"] != "Kustomization"
]
NAMED = {f"{manifest['kind']} {manifest['metadata']['name']}": manifest for manifest in MANIFESTS}
PODS = list(pods(MANIFESTS))
each_pod = pytest.mark.parametrize("pod", [pod for _, pod in PODS], ids=[name for name, _ in PODS])


@pytest.mark.parametrize("name", NAMED)
def test_a_manifest_keeps_to_the_schema_of_its_kind(name: str) -> None:
    check_manifest(NAMED[name])


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment api", ("spec", "replica")),
        ("Service numbers", ("spec", "port")),
        ("RayService numbers-on-ray", ("specs",)),
    ],
)
def test_a_field_that_there_is_not_is_found(kind: str, path: tuple[str, ...]) -> None:
    *parents, name = path
    broken = yaml.safe_load(yaml.safe_dump(NAMED[kind]))
    place = broken
    for parent in parents:
        place = place[parent]
    place[name] = 1
    with pytest.raises((kubernetes_validate.ValidationError, AssertionError)):
        check_manifest(broken)


@each_pod
def test_a_pod_can_do_little(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}


@each_pod
def test_a_container_says_what_it_takes(pod: dict[str, Any]) -> None:
    for container in pod["containers"]:
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", ["api", "proxy", "page"])
def test_a_deployment_of_ours_is_probed_and_leaves_in_peace(name: str) -> None:
    deployment = NAMED[f"Deployment {name}"]["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    ports = {port["name"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    if name == "api":
        shutdown = Settings.model_fields["shutdown_seconds"].default
        assert pod["terminationGracePeriodSeconds"] > pause + shutdown
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    labels = {"matchLabels": deployment["template"]["metadata"]["labels"]}
    assert deployment["selector"] == labels == NAMED[f"PodDisruptionBudget {name}"]["spec"]["selector"]
    assert all(spread["labelSelector"] == labels for spread in pod["topologySpreadConstraints"])


@pytest.mark.parametrize("name", [name for name in NAMED if name.startswith("Service ")])
def test_a_service_finds_pods_and_their_port(name: str) -> None:
    service = NAMED[name]["spec"]
    (pod,) = [
        manifest["spec"]["template"]["spec"]
        for manifest in MANIFESTS
        if manifest["kind"] == "Deployment"
        and service["selector"].items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    ]
    ports = {port["name"] for container in pod["containers"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["ports"]} <= ports


def test_a_policy_speaks_of_pods_and_ports_that_there_are() -> None:
    labels = [m["spec"]["template"]["metadata"]["labels"] for m in MANIFESTS if m["kind"] == "Deployment"]
    names = {label["app.kubernetes.io/name"] for label in labels}
    ports = {port for _, pod in PODS for c in pod["containers"] for p in c["ports"] for port in p.values()}
    policies = yaml.safe_dump([m for m in MANIFESTS if m["kind"] == "NetworkPolicy"])
    assert set(re.findall(r"app\.kubernetes\.io/name: (\S+)", policies)) == names
    assert {yaml.safe_load(port) for port in re.findall(r"port: (\S+)", policies)} <= ports | {53}


@pytest.mark.parametrize("kustomization", sorted(FOLDER.rglob("kustomization.yaml")), ids=lambda path: path.parent.name)
def test_settings_are_those_that_there_are(kustomization: Path) -> None:
    generators = {g["name"]: g for g in yaml.safe_load(kustomization.read_text()).get("configMapGenerator", [])}
    known = {f"NUMBERS_{name.upper()}" for name in Settings.model_fields}
    of_proxy = set(re.findall(r"\$\{(\w+)", (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text())) - {"REPLICAS"}
    for name, extra in (("numbers-settings", {"FORWARDED_ALLOW_IPS"} | known), ("numbers-proxy-settings", of_proxy)):
        literals = [literal.partition("=")[0] for literal in generators.get(name, {}).get("literals", [])]
        assert set(literals) <= extra
        if name == "numbers-proxy-settings" and kustomization.parent.name == "base":
            assert set(literals) == of_proxy


def test_threads_are_as_many_as_cores_are_asked_for() -> None:
    (threads,) = re.findall(r"NUMBERS_THREADS=(\d+)", str(BASE))
    ((_, pod),) = [named for named in PODS if named[0] == "api"]
    assert pod["containers"][0]["resources"]["requests"]["cpu"] == threads


def test_the_autoscaler_asks_for_no_more_replicas_than_the_proxy_knows() -> None:
    (known,) = re.findall(r"server-template replica (\d+)", (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text())
    most = NAMED["HorizontalPodAutoscaler api"]["spec"]["maxReplicas"]
    assert most * 1.25 <= int(known)


def test_ray_is_given_the_same_as_without_kubernetes() -> None:
    service = NAMED["RayService numbers-on-ray"]["spec"]
    configuration = yaml.safe_load((ROOT / "deploy" / "ray" / "serve.yaml").read_text())
    assert yaml.safe_load(service["serveConfigV2"]) == configuration
    pinned = re.findall(r"^ray==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert [service["rayClusterConfig"]["rayVersion"]] == pinned
    for _, pod in pods([NAMED["RayService numbers-on-ray"]]):
        ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
        assert ports["serve"] == configuration["http_options"]["port"]
