"""What is checked of a Kubernetes manifest: the schema of its kind, strictly, and rules of this project."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate

VERSIONS = ("1.32.0", "1.37.0")
"""Of Kubernetes: the oldest that knows all that is asked for, and a new one."""

RAY_SERVICE = {
    "serveConfigV2": None,
    "rayClusterConfig": {
        "rayVersion": None,
        "enableInTreeAutoscaling": None,
        "autoscalerOptions": {"idleTimeoutSeconds": None, "resources": {"requests": None, "limits": None}},
        "headGroupSpec": {"rayStartParams": None, "template": None},
        "workerGroupSpecs": {
            "groupName": None,
            "replicas": None,
            "minReplicas": None,
            "maxReplicas": None,
            "rayStartParams": None,
            "template": None,
        },
    },
}
"""Fields of KubeRay's that are used, as its Go types (ray-operator/apis/ray/v1) name them; no index has its schema.

None: checked in another way, or not at all.
"""


def check_manifest(manifest: dict[str, Any]) -> None:
    """Raises kubernetes_validate.ValidationError, and AssertionError for a field that KubeRay does not know."""
    if manifest["apiVersion"].startswith("ray.io/"):
        check_ray_service(manifest)
        return
    for version in VERSIONS:
        kubernetes_validate.validate(manifest, version, strict=True)


def check_ray_service(manifest: dict[str, Any]) -> None:
    assert (manifest["apiVersion"], manifest["kind"]) == ("ray.io/v1", "RayService")
    assert manifest.keys() == {"apiVersion", "kind", "metadata", "spec"}
    _check_fields(manifest["spec"], RAY_SERVICE)
    for template in ray_templates(manifest):
        assert template.keys() <= {"metadata", "spec"}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": template["spec"]}
        check_manifest(pod)


def _check_fields(value: Any, known: dict[str, Any] | None) -> None:
    for part in value if isinstance(value, list) else [value]:
        if known is not None:
            assert part.keys() <= known.keys()
            for name in part:
                _check_fields(part[name], known[name])


def ray_templates(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = manifest["spec"]["rayClusterConfig"]
    return [group["template"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


def pods(manifests: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names, and specifications of their pods, of all that has some."""
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]
        if manifest["kind"] == "RayService":
            for template in ray_templates(manifest):
                yield manifest["metadata"]["name"], template["spec"]
