"""`python -m tests.ray.serve_here`: in the place of `python -m server_api`, the API on a cluster of two nodes.

It takes settings from the environment as `python -m server_api` does, and ends on SIGTERM. With settings there is one
replica on one node, as limits hold in each by itself.
"""

import os
import signal
import sys
import threading

from benchmarks.ray_cluster import HOST, configuration, free_port, running, wait_until_ready


def main() -> None:
    settings = {name: value for name, value in os.environ.items() if name.startswith("NUMBERS_")}
    nodes = 2 if settings.keys() <= {"NUMBERS_PORT"} else 1
    port = free_port()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with running(nodes=nodes) as cluster:
        cluster.deploy(configuration(port, settings, autoscaling_config=None, num_replicas=nodes))
        wait_until_ready(f"http://{HOST}:{port}")
        sys.stdout.write(f"running on http://{HOST}:{port}\n")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
