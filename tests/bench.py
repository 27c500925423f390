"""Measure synthesis against an empty CDK app, alternating in one run."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 5

EMPTY_APP = """
import aws_cdk as cdk
app = cdk.App()
cdk.Stack(app, "Empty")
app.synth()
"""
WITHOUT_VALIDATIONS = """
from app import build_app
from stacks.loading import load_environment
build_app(load_environment("sandbox"), validate=False).synth()
"""
EVERYTHING_ON = """
from app import build_app
from stacks.loading import load_environment
build_app(load_environment("{}")).synth()
"""
EMPTY = "an empty CDK app"
# Every stack with every validation, as `cdk synth` runs it.
LIMITED = {
    f"{name}, every validation on": [sys.executable, "-c", EVERYTHING_ON.format(name)]
    for name in ("sandbox", "two-accounts", "production")
}
CASES = {
    EMPTY: [sys.executable, "-c", EMPTY_APP],
    "sandbox without validations": [sys.executable, "-c", WITHOUT_VALIDATIONS],
    **LIMITED,
}
# What synthesis may take, in empty apps.
LIMIT = 3.0


@dataclass
class Measurement:
    """Seconds of each round, and the peak memory in MiB of the largest process of any."""

    seconds: list[float] = field(default_factory=list)
    peak: float = 0.0


def run(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak MiB of one run, its children included."""
    with tempfile.TemporaryDirectory() as outdir, Path(os.devnull).open("w") as nowhere:
        start = time.perf_counter()
        pid = os.posix_spawnp(
            command[0],
            list(command),
            os.environ | {"CDK_OUTDIR": outdir, "PYTHONPATH": str(ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), fd) for fd in (1, 2)],
        )
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)[:60]} failed: run it by itself to see why")
    return seconds, usage.ru_maxrss / 1024


def main() -> int:
    """Print a table of medians, peak memory and ratios to the empty app; 1: one is too slow."""
    os.chdir(ROOT)
    results = {name: Measurement() for name in CASES}
    for command in CASES.values():
        run(command)  # the first run fills caches that every later one has
    for _ in range(ROUNDS):
        for name, command in CASES.items():
            seconds, peak = run(command)
            results[name].seconds.append(seconds)
            results[name].peak = max(results[name].peak, peak)
    baseline = statistics.median(results[EMPTY].seconds)
    slow = []
    print(f"{'':32} {'median':>8} {'peak':>9} {'ratio':>7}")
    for name, result in results.items():
        median = statistics.median(result.seconds)
        ratio = median / baseline
        print(f"{name:32} {median:6.2f} s {result.peak:5.0f} MiB {ratio:6.2f}x")
        slow += [name] if name in LIMITED and ratio > LIMIT else []
    print(f"Over {LIMIT}x: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
