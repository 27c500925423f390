"""Prints how many dangerous changes the network proof finds, by layer (make mutants).

Exit code 1: some change survives, or a benign one is found.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app import build_app
from proofs.network import prove
from stacks.loading import load_environment
from tests.proofs.flat import flat_template
from tests.proofs.mutations import BENIGN, BOTH, MUTATIONS, Change, mutated
from tests.proofs.small_templates import write_assembly


class Environment:
    """The template of an environment, to be changed and proved."""

    def __init__(self, name: str, scratch: Path) -> None:
        """Synthesize the environment; changed templates go to `scratch`."""
        self.name = name
        self._changed = scratch / f"{name}-changed"
        original = scratch / name
        build_app(load_environment(name), outdir=original).synth()
        self._template = flat_template(original)

    def claims_broken_by(self, change: Change) -> set[str]:
        """The claims that do not hold after the change."""
        assembly = write_assembly(self._changed, mutated(self._template, change))
        return {finding.claim for finding in prove(assembly).findings}


def killed_by_layer(environments: list[Environment]) -> Iterator[tuple[str, int, list[str]]]:
    """Layer, number of changes tried, and those that survive."""
    for layer, mutations in MUTATIONS.items():
        tried = [
            (f"{environment.name} {mutation.id}", mutation.claim, broken)
            for mutation in mutations
            for environment in environments
            if environment.name in mutation.environments
            for broken in [environment.claims_broken_by(mutation.change)]
        ]
        yield (
            layer,
            len(tried),
            [f"{name}: not {c}" for name, c, broken in tried if c not in broken],
        )


def main() -> int:
    """Print the table and give the exit code."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        environments = [Environment(name, Path(scratch)) for name in BOTH]
        rows = list(killed_by_layer(environments))
        disturbed = [
            f"{environment.name} {benign.id}: {', '.join(sorted(broken))}"
            for benign in BENIGN
            for environment in environments
            if environment.name in benign.environments
            and (broken := environment.claims_broken_by(benign.change))
        ]
    survivors = [survivor for _, _, surviving in rows for survivor in surviving]
    total = sum(tried for _, tried, _ in rows)
    rows.append(("all layers", total, survivors))
    lines = [f"{'layer':<18}{'killed':>8}{'total':>8}"]
    lines += [
        f"{layer:<18}{tried - len(surviving):>8}{tried:>8}" for layer, tried, surviving in rows
    ]
    lines += [f"benign changes found: {len(disturbed)} of {len(BENIGN)} kinds"]
    lines += [f"survived: {survivor}" for survivor in survivors]
    lines += [f"benign, and found: {change}" for change in disturbed]
    lines += [f"{time.perf_counter() - started:.0f} seconds"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if survivors or disturbed else 0


if __name__ == "__main__":
    sys.exit(main())
