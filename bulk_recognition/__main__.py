"""`python -m bulk_recognition INPUT --output readings.parquet`: reads millions of pictures, and loses none."""

import argparse
import logging
import signal
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

from bulk_recognition.errors import BulkError, InputError, OtherJob
from bulk_recognition.job import PART_SIZE, Job, Outcome, Readers, run
from bulk_recognition.processes import Processes
from bulk_recognition.report import write_report
from bulk_recognition.rows import Asking
from bulk_recognition.summary import shares
from bulk_recognition.tables import HOLDS, Columns
from recognizer import ConstraintError, ModelError, Recognizer
from recognizer.arguments import add_question_arguments, constraint_of
from recognizer.cores import count_cores
from recognizer.decoding import Question


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    logging.basicConfig(format="%(levelname)s: %(message)s")
    for stopping in (signal.SIGINT, signal.SIGTERM):  # as what asks it to end before a shutdown does
        signal.signal(stopping, signal.default_int_handler)
    try:
        job = _job(arguments)
    except (ModelError, OSError) as error:
        return _complain(error, 2)
    except (ConstraintError, ValueError) as error:
        parser.error(str(error))
    started = time.perf_counter()
    try:
        outcome = run(job, lambda: _readers(arguments, job.asking), overwrite=arguments.overwrite)
        _print(job, outcome, time.perf_counter() - started)
        if arguments.report is not None:
            write_report(arguments.report, job, outcome.summary)
            print(f"report: {arguments.report}")
    except (InputError, OtherJob) as error:
        return _complain(error, 2)
    except BulkError as error:
        return _complain(f"{error}\nWhat is read is kept: run the same command again to go on.", 1)
    except KeyboardInterrupt:
        return _complain("\nStopped. What is read is kept: run the same command again to go on.", 130)
    return 0


def _job(arguments: argparse.Namespace) -> Job:
    constraint = constraint_of(arguments)
    Question.of(constraint, arguments.alternatives, arguments.max_error)  # complains before anything is begun
    if min(arguments.workers, arguments.part_size) < 1:
        raise ValueError("--workers and --part-size are at least 1")
    return Job(
        inputs=tuple(arguments.input),
        output=arguments.output,
        asking=Asking(
            str(arguments.model),
            Recognizer(arguments.model).card,
            constraint,
            arguments.alternatives,
            arguments.max_error,
        ),
        columns=Columns(arguments.column, arguments.name_column, arguments.column_holds),
        part_size=arguments.part_size,
    )


def _readers(arguments: argparse.Namespace, asking: Asking) -> AbstractContextManager[Readers]:
    if arguments.ray or arguments.address is not None:
        from bulk_recognition.on_ray import RayReaders

        return RayReaders(asking, arguments.address)
    return Processes(asking, arguments.workers)


def _print(job: Job, outcome: Outcome, seconds: float) -> None:
    summary = outcome.summary
    told = f", {outcome.read:,} of them now" if outcome.read < summary.pictures else ""
    rate = f" in {seconds:.1f} s ({outcome.read / seconds:.0f} a second)" if outcome.read else ""
    print(f"{job.output}: {summary.pictures:,} pictures{told}{rate}")
    for name, count, share in shares(summary):
        print(f"  {name:7} {count:>12,}  {share:6.1%}")
    for code, count in summary.errors.most_common():
        print(f"    {code:17} {count:>10,}")
    if not summary.pictures:
        print(f"There were no pictures in {', '.join(job.inputs)}: in folders and archives they end in .png or .jpg")


def _complain(message: object, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bulk_recognition", description="Read a great many pictures of numbers.")
    parser.add_argument(
        "input",
        nargs="+",
        metavar="INPUT",
        help="a folder, a glob in quotes, a zip or tar file, a CSV or Parquet file, or a URL of one of these",
    )
    parser.add_argument("--output", type=Path, required=True, help="its suffix says the format: .parquet, .csv, .jsonl")
    parser.add_argument("--report", type=Path, metavar="HTML", help="write a page with counts and doubtful pictures")
    parser.add_argument("--overwrite", action="store_true", help="begin anew, whatever there is under the output")
    parser.add_argument("--part-size", type=int, default=PART_SIZE, metavar="N", help="pictures (default: %(default)s)")
    tables = parser.add_argument_group("tables")
    tables.add_argument("--column", metavar="NAME", help="of the pictures: paths, URLs, bytes or base64")
    tables.add_argument("--column-holds", choices=HOLDS, help="where what texts are cannot be told from each")
    tables.add_argument("--name-column", metavar="NAME", help="of what the output tells as the path")
    readers = parser.add_argument_group("who reads")
    readers.add_argument(
        "--workers", type=int, default=count_cores(), metavar="N", help="processes (default: %(default)s)"
    )
    readers.add_argument("--ray", action="store_true", help="Ray, on this machine or its cluster (the extra `ray`)")
    readers.add_argument("--address", help="Ray's cluster, such as auto or ray://head:10001")
    add_question_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
