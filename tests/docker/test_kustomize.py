"""What Debian's kustomize makes of deploy/kubernetes."""

import subprocess
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.kubernetes import check_manifest, pods

FOLDER = ROOT / "deploy" / "kubernetes"
FOLDERS = sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.rglob("kustomization.yaml"))
KUSTOMIZE = """
FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -qq --no-install-recommends kustomize
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def built() -> dict[str, list[dict[str, Any]]]:
    """By folder."""
    build = ["docker", "build", "--quiet", "-"]
    image = subprocess.run(build, input=KUSTOMIZE, capture_output=True, text=True, check=True).stdout.strip()
    loop = f"for folder in {' '.join(FOLDERS)}; do echo '# '$folder; kustomize build /manifests/$folder || exit; done"
    run = ["docker", "run", "--rm", "--volume", f"{FOLDER}:/manifests:ro", image, "sh", "-c", loop]
    finished = subprocess.run(run, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert not finished.stderr  # warnings of what is deprecated
    parts = dict(part.split("\n", 1) for part in ("\n" + finished.stdout).split("\n# ")[1:])
    return {folder: list(yaml.safe_load_all(text)) for folder, text in parts.items()}


def find(manifests: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in manifests if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_that_is_made_keeps_to_its_schema(folder: str, built: dict[str, list[dict[str, Any]]]) -> None:
    assert built[folder]
    for manifest in built[folder]:
        check_manifest(manifest)
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == "numbers"


@pytest.mark.parametrize("folder", FOLDERS)
def test_pods_take_images_and_settings_that_there_are(folder: str, built: dict[str, list[dict[str, Any]]]) -> None:
    maps = {one["metadata"]["name"] for one in built[folder] if one["kind"] == "ConfigMap"}
    registry = "registry.example.org/" if folder.startswith("overlays/") else ""
    for _, pod in pods(built[folder]):
        for container in pod["containers"]:
            assert container["image"].startswith(f"{registry}handwritten-numbers/")
            assert {source["configMapRef"]["name"] for source in container.get("envFrom", [])} <= maps


@pytest.mark.parametrize("folder", ["overlays/example", "overlays/in-flight"])
def test_patches_have_found_what_they_change(folder: str, built: dict[str, list[dict[str, Any]]]) -> None:
    containers = {name: pod["containers"][0] for name, pod in pods(built[folder])}
    assert {mount["name"] for mount in containers["api"]["volumeMounts"]} == {"tmp", "keys"}
    assert {variable["name"] for variable in containers["page"]["env"]} == {"API_URL", "API_KEY"}
    settings = [one["data"] for one in built[folder] if one["kind"] == "ConfigMap"]
    assert any({"NUMBERS_API_KEYS_FILE", "NUMBERS_THREADS"} <= data.keys() for data in settings)
    (metric,) = find(built[folder], "HorizontalPodAutoscaler", "api")["spec"]["metrics"]
    assert metric["type"] == ("Pods" if folder == "overlays/in-flight" else "Resource")
