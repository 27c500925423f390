"""Prints how many dangerous changes the proofs find, by layer (make mutants).

Exit code 1: some change survives, or a benign one is found.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.proofs.access.access_mutations import ACCESS
from tests.proofs.catalogue import Trial
from tests.proofs.mutations import NETWORK
from tests.synthesis import SHARED

CATALOGUES = (NETWORK, ACCESS)
TRIALS: Sequence[tuple[str, Trial]] = [
    (catalogue.proof, trial)
    for catalogue in CATALOGUES
    for trial in (*catalogue.dangers(), *catalogue.harmless())
]


def problem(place: int) -> str:
    """What is wrong with one trial; nothing: it ends as it should."""
    _, trial = TRIALS[place]
    try:
        broken = trial.broken()
    except (LookupError, ValueError) as error:
        return f"cannot be tried: {trial.name}: {error}"
    if trial.claim:
        return "" if trial.claim in broken else f"survived: {trial.name}: not {trial.claim}"
    return f"benign, and found: {trial.name}: {', '.join(sorted(broken))}" if broken else ""


def main() -> int:
    """Print the table and give the exit code."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[SHARED] = scratch
        # Changes are functions, which no process can send to another: they are known by place.
        # Forked processes would share the CDK's one connection to Node.js.
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            problems = list(pool.map(problem, range(len(TRIALS))))
    rows = [
        (f"{proof} {trial.layer or 'benign'}", wrong)
        for (proof, trial), wrong in zip(TRIALS, problems, strict=True)
    ]
    total, wrongs = Counter(row for row, _ in rows), Counter(row for row, wrong in rows if wrong)
    lines = [f"{'proof and layer':<28}{'as meant':>9}{'total':>7}"]
    lines += [f"{row:<28}{count - wrongs[row]:>9}{count:>7}" for row, count in total.items()]
    lines += [f"{'all':<28}{len(rows) - wrongs.total():>9}{len(rows):>7}"]
    lines += [wrong for wrong in problems if wrong]
    lines += [f"{time.perf_counter() - started:.0f} seconds"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if any(problems) else 0


if __name__ == "__main__":
    sys.exit(main())
