"""`python -m benchmarks.ray_serve`: what Ray Serve costs a request, and what a second node brings on one machine.

The same application by `python -m server_api`, and by Ray Serve on clusters of this machine, a replica a node; each
process that reads has one thread. All are up at once and take turns in rounds. Figures are medians of the rounds,
ratios are taken round by round. On a busy machine look at the ratios.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from tqdm import tqdm

from benchmarks.contestants import this_services_body
from benchmarks.pictures import draw_pictures
from benchmarks.ray_cluster import HOST, configuration, free_port, wait_until_ready
from benchmarks.ray_cluster import running as cluster_running
from benchmarks.results import Results, Run
from server_api.load import Apart, Load
from server_api.trial import DidNotStart, running, this_server

PLAIN = "uvicorn"
CLIENTS = {"/livez": (1,), "/predict": (1, 8, 32)}
WARM_UP = 0.5
PICTURES = 16


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.ray_serve", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2], help="of each cluster (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run (default: %(default)s)")
    options = parser.parse_args()
    with ExitStack() as stack:
        try:
            servers = {PLAIN: stack.enter_context(running(this_server(threads=1))).address}
            for nodes in tqdm(options.nodes, desc="clusters", leave=False, disable=None):
                servers[f"Ray Serve, nodes: {nodes}"] = start_cluster(stack, nodes)
        except DidNotStart as error:
            print(error, file=sys.stderr)
            return 1
        results = measure(servers, options.rounds, options.seconds)
    print(*table(results, list(servers)), sep="\n")
    return 0


def start_cluster(stack: ExitStack, nodes: int) -> str:
    """The address of the API on a new cluster, which ends with the stack. Raises DidNotStart."""
    cluster = stack.enter_context(cluster_running(nodes=nodes))
    port = free_port()
    cluster.deploy(configuration(port, {}, autoscaling_config=None, num_replicas=nodes, max_replicas_per_node=1))
    wait_until_ready(f"http://{HOST}:{port}")
    return f"http://{HOST}:{port}"


def measure(servers: dict[str, str], rounds: int, seconds: float) -> Results:
    """servers: addresses by name."""
    bodies = [this_services_body(one.base64) for one in draw_pictures(PICTURES)]
    results = Results()
    for _ in tqdm(range(rounds), desc="rounds", leave=False, disable=None):
        for path, crowds in CLIENTS.items():
            for clients in crowds:
                for name, address in servers.items():
                    load = Load(address + path, bodies if path == "/predict" else [], clients, seconds, WARM_UP)
                    results.add(run_of(name, path, clients), Apart(load).result())
    return results


def run_of(name: str, path: str, clients: int) -> Run:
    return Run(f"{name} {path}", 1, clients)


def table(results: Results, servers: list[str]) -> Iterator[str]:
    yield "| asked | clients | who | answers a second | of uvicorn's | p50, ms | p99, ms | not 200 |"
    yield "|---" * 8 + "|"
    for path, crowds in CLIENTS.items():
        for clients in crowds:
            for name in servers:
                run = run_of(name, path, clients)
                ratio = results.ratio(run, run_of(PLAIN, path, clients))
                times = f"{results.milliseconds(run, 0.5):.1f} | {results.milliseconds(run, 0.99):.1f}"
                shares = f"{results.rate(run):.1f} | {ratio:.2f} | {times} | {results.failures(run)}"
                yield f"| `{path}` | {clients} | {name} | {shares} |"


if __name__ == "__main__":
    sys.exit(main())
