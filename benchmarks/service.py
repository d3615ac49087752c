"""`python -m benchmarks.service`: sizes, cold start, times of the steps; then the service under load, beside others.

The others: the floor, which is the recognizer in plain threads; LitServe and BentoML around the same recognizer. All
are up at once and take turns in rounds, asleep unless asked. Figures are medians of the rounds, ratios are taken round
by round. The load comes from a process of its own. On a busy machine look at the ratios.
"""

import argparse
import statistics
import sys
from dataclasses import replace

import cv2
import httpx

from benchmarks import goals
from benchmarks.contest import Contest, Schedule
from benchmarks.contestants import OURS, others, this_service
from benchmarks.family import Family
from benchmarks.steps import print_steps
from recognizer.cores import count_cores
from recognizer.session import SHIPPED_MODEL
from server_api.trial import running, this_server

USUAL = Schedule(rounds=5, seconds=3.0, warm_up=0.5, pictures=64)
QUICK = Schedule(rounds=1, seconds=0.5, warm_up=0.2, pictures=16)


def main() -> int:
    options = _parser().parse_args()
    schedule = replace(USUAL, rounds=options.rounds, seconds=options.seconds)
    if options.quick:
        schedule, options.starts, options.repeats = QUICK, 1, 10
    cv2.setNumThreads(1)  # of the floor, as in the servers
    cores = count_cores()
    print(f"model file: {SHIPPED_MODEL.stat().st_size / 1e6:.1f} MB")
    seconds_to_start = print_one_client(options.starts, options.repeats)
    with Contest(schedule, cores) as contest:
        for processes in options.processes:
            for contestant in (this_service(processes, cores), *others(options.competitors, processes, cores)):
                contest.enter(contestant)
        contest.run(options.url)
        print(f"\n{cores} cores, a thread each; {schedule.pictures} pictures\n")
        print(*contest.results.table(cores), sep="\n")
        for processes in options.processes:
            megabytes = contest.megabytes(OURS, processes)
            judged = goals.judge(contest.results, processes, cores, seconds_to_start, megabytes)
            print(f"\nprocesses: {processes}; {contest.asides(processes)}\n")
            print(*goals.table(judged), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.service", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=5, help="cold ones (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=300, help="of each step (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=USUAL.rounds, help="under load (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=USUAL.seconds, help="of each run (default: %(default)s)")
    parser.add_argument(
        "--processes",
        type=int,
        nargs="+",
        default=[1],
        metavar="N",
        help="with a model each, of every server; several are measured one beside the other (default: 1)",
    )
    parser.add_argument(
        "--competitors",
        default=sys.executable,
        metavar="PYTHON",
        help="the interpreter of an environment that has LitServe and BentoML",
    )
    parser.add_argument("--url", help="another server's http://HOST:PORT/PATH that takes the body of POST /predict")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    return parser


def print_one_client(starts: int, repeats: int) -> float:
    """Cold start, memory and the steps' times; returns the seconds of a cold start, the median of all."""
    seconds = []
    for _ in range(starts):
        with running(this_server()) as trial:
            seconds.append(trial.seconds)
    print(f"cold start of the API, process to ready: {statistics.median(seconds):.2f} s")
    with running(this_server()) as trial, httpx.Client(base_url=trial.address, trust_env=False) as client:
        family = Family(trial.pid)
        print(f"memory of the API: {family.megabytes:.0f} MB")
        print_steps(client, repeats)
        print(f"memory of the API afterwards: {family.megabytes:.0f} MB")
    return statistics.median(seconds)


if __name__ == "__main__":
    sys.exit(main())
