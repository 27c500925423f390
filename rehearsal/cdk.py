"""Runs the pinned CDK CLI against the stand-in."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from rehearsal.safety import PROJECT, program
from rehearsal.standin import StandIn
from rehearsal.steps import StepFailedError

_CLI = PROJECT / "node_modules" / "aws-cdk" / "bin" / "cdk"
_LONGEST_SECONDS = 300
# What `cdk bootstrap` takes by itself, and wants to be told when it trusts another account.
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True)
class Outcome:
    """What a command of the CLI printed, and how long it took."""

    output: str
    seconds: float

    @property
    def changed_nothing(self) -> bool:
        """Whether the CLI found every stack as the templates say."""
        deployed = self.output.count("✅")
        return deployed > 0 and self.output.count("(no changes)") == deployed


def bootstrap(stand_in: StandIn, *, trusted: str | None = None) -> Outcome:
    """`cdk bootstrap` in the account of `stand_in`, where the account `trusted` may deploy."""
    trust = ("--trust", trusted, f"--cloudformation-execution-policies={_ADMINISTRATOR}")
    place = f"aws://{stand_in.account}/{stand_in.region}"
    return _run(stand_in, "bootstrap", place, *(trust if trusted else ()))


def deploy(stand_in: StandIn, assembly: Path) -> Outcome:
    """`cdk deploy --all`."""
    # Direct: a change set gains nothing when nobody reviews it.
    return _run(
        stand_in, "deploy", "--all", "--app", str(assembly),
        "--require-approval=never", "--method=direct", "--progress=events",
    )  # fmt: skip


def destroy(stand_in: StandIn, assembly: Path) -> Outcome:
    """`cdk destroy --all`."""
    return _run(stand_in, "destroy", "--all", "--force", "--app", str(assembly))


def _run(stand_in: StandIn, *arguments: str) -> Outcome:
    """Run the CLI.

    Raises:
        StepFailedError: it failed, or took over five minutes.
    """
    environment = stand_in.environment
    command = [program("node", environment), str(_CLI), *arguments]
    shown = f"cdk {arguments[0]}"
    start = time.monotonic()
    try:
        done = subprocess.run(  # noqa: S603 - our own pinned CLI
            [*command, "--no-notices", "--no-color"],
            env=environment,
            # Not the project: its cdk.json names an app, which a rehearsal must not run.
            cwd=stand_in.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise StepFailedError(f"{shown} took over {_LONGEST_SECONDS} seconds") from expired
    if done.returncode != 0:
        raise StepFailedError(f"{shown} failed:\n{done.stdout.strip()}")
    return Outcome(done.stdout, time.monotonic() - start)
