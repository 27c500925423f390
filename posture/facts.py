"""Everything that the report says, as one value: the page shows it, `posture.json` is it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from posture import quotas, responsibilities, versions
from posture.access import AccessTable, access_table
from posture.acknowledgements import Validations, validations
from posture.controls import Control, controls
from posture.reachability import Matrix, matrix
from posture.topology import Topology, topology
from proofs import assembly as assemblies
from proofs import record
from proofs.assembly import Assembly, read_assembly
from proofs.hourly import hourly_resources

_ENVIRONMENT = "Environment"


@dataclass(frozen=True)
class Finding:
    """Why a claim does not hold."""

    message: str
    suggestion: str


@dataclass(frozen=True)
class Claim:
    """A claim of a proof with its verdict."""

    id: str
    proof: str
    description: str
    holds: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Stack:
    """A stack, its account and region; `any`: where it is deployed."""

    id: str
    account: str
    region: str
    resources: int


@dataclass(frozen=True)
class Posture:
    """The posture of one environment. Every section of the report is an attribute."""

    environment: str
    stacks: tuple[Stack, ...]
    claims: tuple[Claim, ...]
    topology: Topology
    matrix: Matrix
    access: AccessTable
    layers: tuple[responsibilities.Layer, ...]
    controls: tuple[Control, ...]
    validations: Validations
    hourly: Mapping[str, int]
    quotas: tuple[quotas.Quota, ...]
    origin: versions.Origin

    @property
    def verdicts(self) -> dict[str, bool]:
        """Whether each claim holds; one that both proofs make has to hold in both."""
        return _verdicts(self.claims)

    @property
    def false_claims(self) -> tuple[Claim, ...]:
        """Those that do not hold."""
        return tuple(claim for claim in self.claims if not claim.holds)

    @property
    def red_controls(self) -> tuple[Control, ...]:
        """Those without evidence, or with a claim that is false."""
        return tuple(control for control in self.controls if control.status.is_red)

    @property
    def open_findings(self) -> int:
        """How many findings of validations nobody acknowledged."""
        return sum(self.validations.packs.values())

    @property
    def red(self) -> tuple[str, ...]:
        """Everything that is wrong, a line each."""
        exceeded = (quota for quota in self.quotas if quota.is_exceeded)
        packs = ((name, count) for name, count in self.validations.packs.items() if count)
        return (
            *(f"claim {each.id} is false: {each.description}" for each in self.false_claims),
            *(f"control {each.id}: {each.status}" for each in self.red_controls),
            *(f"{name}: {count} findings that nobody acknowledged" for name, count in packs),
            *(f"{each.name}: {each.used} of {each.allowed} at {each.where}" for each in exceeded),
        )

    @property
    def holds(self) -> bool:
        """Whether nothing is red."""
        return not self.red

    def data(self) -> dict[str, Any]:
        """The same as plain values, with the verdict first."""
        return {"holds": self.holds, **asdict(self)}


def posture(directory: Path) -> Posture:
    """Gather all facts about a cloud assembly. Each proof is made or read once.

    Raises:
        UnusableInputError: it is no assembly, or a data file has a mistake.
    """
    assembly = read_assembly(directory)
    network, access = record.network_answers(assembly), record.access_answers(assembly)
    top = topology(assembly)
    claims = (*_claims("network", network), *_claims("access", access))
    return Posture(
        _environment(assembly),
        tuple(map(_stack, sorted(assembly.stacks, key=lambda stack: stack.id))),
        claims,
        top,
        matrix(network, [zone for tier in top.tiers for zone in tier.zones]),
        access_table(access),
        responsibilities.layers(),
        controls(assembly, _verdicts(claims)),
        validations(directory),
        _hourly(assembly),
        quotas.quotas(assembly),
        versions.origin(directory),
    )


def _claims(proof: str, answers: Mapping[str, Any]) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            row["id"],
            proof,
            row["description"],
            row["holds"],
            tuple(
                Finding(finding["message"], finding["suggestion"])
                for finding in answers["findings"]
                if finding["claim"] == row["id"]
            ),
        )
        for row in answers["claims"]
    )


def _verdicts(claims: tuple[Claim, ...]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for claim in claims:
        found[claim.id] = found.get(claim.id, True) and claim.holds
    return found


def _hourly(assembly: Assembly) -> dict[str, int]:
    counts = (hourly_resources(dict(stack.template)) for stack in assembly.stacks)
    return dict(sorted(sum(counts, Counter[str]()).items()))


def _environment(assembly: Assembly) -> str:
    return ", ".join(sorted({str(name) for _, name in assembly.metadata(_ENVIRONMENT)})) or "?"


def _stack(stack: assemblies.Stack) -> Stack:
    return Stack(stack.id, stack.account or "any", stack.region or "any", len(stack.resources))
