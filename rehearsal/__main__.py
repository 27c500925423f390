"""python -m rehearsal ASSEMBLY [--update ASSEMBLY] [--keep] [--then COMMAND ...]."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from rehearsal import play, protection, report, report_people, report_watch
from rehearsal.assembly import Assembly, UnusableAssemblyError, read_assembly
from rehearsal.readback import Verdict
from rehearsal.steps import StepFailedError

Result = TypeVar("Result")
GOOD, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


def main() -> int:
    """Rehearse; the exit code says how it went."""
    # A polite kill must clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _options()
    to = report.console()
    try:
        first = read_assembly(options.assembly)
        second = read_assembly(options.update) if options.update else None
        if second:
            _refuse_other_place(first, second)
            play.refuse_unplayed(second)
        _rehearse(to, options, first, second)
    except UnusableAssemblyError as error:
        to.print(f"Cannot rehearse: {error}", style="red", markup=False, soft_wrap=True)
        return UNUSABLE
    except StepFailedError as error:
        to.print(f"Failed: {error}", style="red", markup=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        to.print("Interrupted; the stand-in is gone.")
        return INTERRUPTED
    return GOOD


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Deploy a cloud assembly to a local AWS stand-in with the real CDK CLI, "
        "read it back, deploy it again, and destroy it. No AWS account is touched.",
    )
    parser.add_argument("assembly", type=Path, help="a directory that `cdk synth -o` wrote")
    parser.add_argument(
        "--update", type=Path, metavar="ASSEMBLY", help="then deploy this one over it"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave it deployed, and wait for Ctrl-C"
    )
    parser.add_argument(
        "--then",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run this command while it is deployed, with the stand-in as AWS; comes last",
    )
    return parser.parse_args()


def _refuse_other_place(first: Assembly, second: Assembly) -> None:
    places = [f"{', '.join(each.accounts)}/{each.region}" for each in (first, second)]
    if places[0] != places[1]:
        raise UnusableAssemblyError(
            f"an update stays in its accounts and region; {places[0]} is not {places[1]}"
        )


def _rehearse(
    to: Console, options: argparse.Namespace, first: Assembly, second: Assembly | None
) -> None:
    opening = play.open_stage(first)
    stage = _step(to, "Start the stand-in and bootstrap it", opening.__enter__)
    try:
        deployed = first
        verdict = _step(to, "Deploy", lambda: play.deploy(stage, first))
        _require_same(to, verdict)
        _step(to, "Deploy again: nothing changes", lambda: play.deploy_again(stage, first))
        if second:
            verdict = _step(to, "Update", lambda: play.deploy(stage, second))
            _require_same(to, verdict)
            deployed = second
        report.show_network(to, stage.stand_in, deployed)
        report_people.show_people(to, stage.stand_in, deployed)
        report_watch.show_watching(to, stage.stand_in, deployed)
        report.show_verdict(to, verdict)
        report_people.show_crossings(to, stage.stand_in, deployed)
        if options.then:
            to.print(f"Then: {' '.join(options.then)}", markup=False)
            play.run_then(stage, options.then)
        if options.keep:
            report.show_ways_in(to, stage.stand_in)
            with suppress(KeyboardInterrupt):
                signal.pause()
        if lifted := protection.lift(stage.stand_in, deployed):
            to.print(f"Protection lifted, as a person must before: {', '.join(lifted)}")
        retained = _step(to, "Destroy", lambda: play.destroy(stage, deployed))
        play.refuse_ways_out(stage)
        to.print(
            "Nothing is left" + (f" but what is retained: {', '.join(retained)}" * bool(retained))
        )
    finally:
        opening.__exit__(None, None, None)


def _step(to: Console, name: str, action: Callable[[], Result]) -> Result:
    start = time.monotonic()
    with to.status(name):
        result = action()
    to.print(f"✓ {name} ({time.monotonic() - start:.1f} s)")
    return result


def _require_same(to: Console, verdict: Verdict) -> None:
    if verdict.differences:
        report.show_verdict(to, verdict)
        raise StepFailedError("what is live is not what the templates say")


if __name__ == "__main__":
    sys.exit(main())
