"""Every control with its evidence: resources, proofs, tests, rules, and what people have to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from posture.data import DOCS, rows, texts
from proofs.assembly import Assembly
from proofs.findings import UnusableInputError

CONTROLS, EVIDENCE = DOCS / "controls.toml", DOCS / "evidence.toml"
_CONFIG_RULE = "AWS::Config::ConfigRule"
_KEYS = {"control", "resources", "proofs", "tests", "nag", "config", "duties", "switch"}


class Status(StrEnum):
    """What the evidence says of a control in this environment."""

    SHOWN = "shown"
    OFF = "switched off here"
    DUTY = "a person's duty"
    MISSING = "no evidence"
    BROKEN = "a claim is false"

    @property
    def is_red(self) -> bool:
        """Whether `make check` has to fail."""
        return self in {Status.MISSING, Status.BROKEN}


@dataclass(frozen=True)
class Resource:
    """Resources that carry a control: a type, in a stack, under logical ids of a pattern.

    `stack` and `pattern` default to any. Logical ids end in a hash of the CDK's, and so a pattern
    ends in `*`.
    """

    type: str
    stack: str = "*"
    pattern: str = "*"

    def found(self, assembly: Assembly) -> tuple[str, ...]:
        """The resources of the assembly that are meant, as `Stack/LogicalId`."""
        return tuple(
            f"{stack.id}/{logical_id}"
            for stack in assembly.stacks
            if fnmatchcase(stack.id, self.stack)
            for logical_id, resource in stack.resources.items()
            if resource["Type"] == self.type and fnmatchcase(logical_id, self.pattern)
        )


@dataclass(frozen=True)
class Evidence:
    """What shows that a control is held.

    Attributes:
        proofs: Ids of claims.
        tests: `file::test`.
        nag: Names of cdk-nag's rules.
        config: Names of AWS Config rules, as `blueprint.config_rows` has them.
        duties: What no template can do.
        switch: The key of the environment file that turns it off; empty: it is always there.
    """

    control: str
    resources: tuple[Resource, ...] = ()
    proofs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    nag: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    switch: str = ""


@dataclass(frozen=True)
class Control:
    """A control with its evidence in one environment.

    `config` are those of the evidence's Config rules that the templates hold.
    """

    id: str
    teaching: str
    answer: str
    status: Status
    resources: tuple[str, ...]
    config: tuple[str, ...]
    evidence: Evidence


def read_evidence(path: Path = EVIDENCE) -> dict[str, Evidence]:
    """The evidence of each control.

    Raises:
        UnusableInputError: a row has an unknown key, or a control has two rows.
    """
    found: dict[str, Evidence] = {}
    for row in rows(path, "evidence"):
        name = str(row.get("control", "?"))
        if unknown := row.keys() - _KEYS:
            raise UnusableInputError(f"{path}: {name} has {', '.join(sorted(unknown))}")
        if name in found:
            raise UnusableInputError(f"{path}: {name} is there twice")
        found[name] = _evidence(name, row)
    return found


def _evidence(name: str, row: Mapping[str, Any]) -> Evidence:
    return Evidence(
        name,
        tuple(Resource(**each) for each in row.get("resources", ())),
        texts(row, "proofs"),
        texts(row, "tests"),
        texts(row, "nag"),
        texts(row, "config"),
        texts(row, "duties"),
        row.get("switch", ""),
    )


def controls(
    assembly: Assembly,
    claims: Mapping[str, bool],
    *,
    table: Path = CONTROLS,
    evidence: Path = EVIDENCE,
) -> tuple[Control, ...]:
    """Every control with what shows it in the assembly.

    Args:
        assembly: The templates.
        claims: Whether each claim holds.
        table: The controls.
        evidence: What shows them.
    """
    known = read_evidence(evidence)
    return tuple(
        _control(row, known.get(row["id"], Evidence(row["id"])), assembly, claims)
        for row in rows(table, "controls")
    )


def _control(
    row: Mapping[str, Any], evidence: Evidence, assembly: Assembly, claims: Mapping[str, bool]
) -> Control:
    found = tuple(
        dict.fromkeys(name for each in evidence.resources for name in each.found(assembly))
    )
    rules = Resource(_CONFIG_RULE).found(assembly)
    config = tuple(name for name in evidence.config if any(name in rule for rule in rules))
    status = _status(evidence, found, claims)
    return Control(row["id"], row["teaching"], row["answer"], status, found, config, evidence)


def _status(evidence: Evidence, found: Iterable[str], claims: Mapping[str, bool]) -> Status:
    if any(not claims.get(claim, True) for claim in evidence.proofs):
        return Status.BROKEN
    shown = evidence.proofs or evidence.tests
    if found and shown:
        return Status.SHOWN
    if evidence.resources:
        return Status.OFF if evidence.switch and shown else Status.MISSING
    if shown:
        return Status.SHOWN
    return Status.DUTY if evidence.duties else Status.MISSING
