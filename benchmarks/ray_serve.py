"""`python -m benchmarks.ray_serve`: what Ray Serve costs a request, and what a second node brings on one machine.

The same application by `python -m server_api`, and by Ray Serve on clusters of this machine, a replica a node; each
process that reads has one thread. All are up at once and take turns in rounds. Figures are medians of the rounds,
ratios are taken round by round. CPU is what all processes of a server take for a request, beyond what they take at
rest; it is the figure to look at on a busy machine.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import psutil
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
PICTURES = 16
REST = 2.0  # seconds, in which nobody asks


@dataclass(frozen=True)
class Server:
    """roots: process ids, all children of which belong to it."""

    address: str
    roots: Sequence[int]

    def processor_seconds(self) -> float:
        """That all its processes have taken so far."""
        total = 0.0
        for root in map(psutil.Process, self.roots):
            for process in [root, *root.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    total += times.user + times.system
        return total


@dataclass
class Costs:
    """Milliseconds of a core: by request, and in each second at rest, by the server's name."""

    requests: dict[Run, list[float]] = field(default_factory=lambda: defaultdict(list))
    rest: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


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
            plain = stack.enter_context(running(this_server(threads=1)))
            servers = {PLAIN: Server(plain.address, [plain.pid])}
            for nodes in tqdm(options.nodes, desc="clusters", leave=False, disable=None):
                servers[f"Ray Serve, nodes: {nodes}"] = start_cluster(stack, nodes)
        except DidNotStart as error:
            print(error, file=sys.stderr)
            return 1
        results, costs = measure(servers, options.rounds, options.seconds)
    print(*table(results, costs, list(servers)), sep="\n")
    return 0


def start_cluster(stack: ExitStack, nodes: int) -> Server:
    """The API on a new cluster, which ends with the stack. Raises DidNotStart."""
    cluster = stack.enter_context(cluster_running(nodes=nodes))
    port = free_port()
    cluster.deploy(configuration(port, {}, autoscaling_config=None, num_replicas=nodes, max_replicas_per_node=1))
    wait_until_ready(f"http://{HOST}:{port}")
    return Server(f"http://{HOST}:{port}", [process.pid for process in cluster.processes])


def measure(servers: Mapping[str, Server], rounds: int, seconds: float) -> tuple[Results, Costs]:
    """servers: by name."""
    bodies = [this_services_body(one.base64) for one in draw_pictures(PICTURES)]
    results, costs = Results(), Costs()
    for _ in tqdm(range(rounds), desc="rounds", leave=False, disable=None):
        for name, server in servers.items():
            before = server.processor_seconds()
            time.sleep(REST)
            costs.rest[name].append(1000 * (server.processor_seconds() - before) / REST)
        for path, crowds in CLIENTS.items():
            for clients in crowds:
                for name, server in servers.items():
                    run = run_of(name, path, clients)
                    began, before = time.perf_counter(), server.processor_seconds()
                    load = Load(server.address + path, bodies if path == "/predict" else [], clients, seconds)
                    measured = Apart(load).result()
                    results.add(run, measured)
                    at_rest = costs.rest[name][-1] * (time.perf_counter() - began)
                    spent = 1000 * (server.processor_seconds() - before) - at_rest
                    costs.requests[run].append(spent / max(1, sum(measured.statuses.values())))
    return results, costs


def run_of(name: str, path: str, clients: int) -> Run:
    return Run(f"{name} {path}", 1, clients)


def table(results: Results, costs: Costs, servers: list[str]) -> Iterator[str]:
    yield "| asked | clients | who | answers a second | of uvicorn's | p50, ms | p99, ms | CPU, ms | not 200 |"
    yield "|---" * 9 + "|"
    for path, crowds in CLIENTS.items():
        for clients in crowds:
            for name in servers:
                run = run_of(name, path, clients)
                ratio = results.ratio(run, run_of(PLAIN, path, clients))
                times = f"{results.milliseconds(run, 0.5):.1f} | {results.milliseconds(run, 0.99):.1f}"
                times += f" | {statistics.median(costs.requests[run]):.1f}"
                shares = f"{results.rate(run):.1f} | {ratio:.2f} | {times} | {results.failures(run)}"
                yield f"| `{path}` | {clients} | {name} | {shares} |"
    rest = "; ".join(f"{name}: {statistics.median(costs.rest[name]):.0f}" for name in servers)
    yield f"\nCPU at rest, ms a second: {rest}"


if __name__ == "__main__":
    sys.exit(main())
