"""A cluster of three nodes with the API on them, for tests that leave it whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks.ray_cluster import HOST, Cluster, configuration, free_port, running, wait_until_ready

ONE_A_NODE = {"autoscaling_config": None, "num_replicas": 3, "max_replicas_per_node": 1}


@dataclass(frozen=True)
class Served:
    cluster: Cluster
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def deploy(self, settings: dict[str, str] | None = None, /, **options: Any) -> None:
        """Settings of proxies hold from the first time on."""
        self.cluster.deploy(configuration(self.port, settings or {}, **options))
        wait_until_ready(self.url)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A replica a node, of three."""
    with running(nodes=3) as cluster:
        served = Served(cluster, free_port())
        served.deploy(**ONE_A_NODE)
        yield served
