"""Reads the live account back and compares it with the templates."""

from collections import defaultdict

from rehearsal.assembly import Assembly
from rehearsal.readback.expected import NotReadBackError, expected_facts
from rehearsal.readback.facts import Difference, Fact, Value, Verdict, compare
from rehearsal.readback.live import Account
from rehearsal.readback.resolve import Resolver, UnresolvedError
from rehearsal.standin import StandIn

__all__ = [
    "Difference",
    "Fact",
    "NotReadBackError",
    "UnresolvedError",
    "Value",
    "Verdict",
    "compare",
    "read_back",
]


def read_back(stand_in: StandIn, assembly: Assembly) -> Verdict:
    """Compare what is live with what the templates of `assembly` say.

    Raises:
        NotReadBackError: a resource type is not compared.
        UnresolvedError: a value of a template cannot be worked out.
    """
    expected: list[Fact] = []
    names: dict[str, tuple[str, str]] = {}
    ids: dict[str, list[str]] = defaultdict(list)
    for stack in assembly.stacks:
        for resource in Resolver(stand_in, stack).resources():
            names[resource.physical_id] = (resource.stack, resource.logical_id)
            ids[resource.resource_type].append(resource.physical_id)
            expected.extend(expected_facts(resource))
    return compare(expected, Account(stand_in, ids).facts(), names)
