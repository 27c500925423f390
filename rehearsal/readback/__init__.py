"""Reads the live account back and compares it with the templates."""

from collections import defaultdict
from collections.abc import Iterable

from rehearsal.assembly import Assembly, Stack
from rehearsal.readback import (
    associations,
    backups,
    buckets,
    configuration,
    detection,
    identities,
    live,
    live_servers,
    load_balancers,
    names,
    notifications,
    trails,
)
from rehearsal.readback.account import Account
from rehearsal.readback.facts import Difference, Fact, Value, Verdict, compare
from rehearsal.readback.resolve import Resolver, UnresolvedError
from rehearsal.readback.stacks import live_stack, stack_fact
from rehearsal.readback.statements import NotReadBackError, expected_facts
from rehearsal.standin import StandIn

_AREAS = (
    associations,
    backups,
    buckets,
    configuration,
    detection,
    identities,
    live,
    live_servers,
    load_balancers,
    names,
    notifications,
    trails,
)

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
    """Compare what is live with what the templates of `assembly` say, account by account.

    Raises:
        NotReadBackError: a resource type is not compared.
        UnresolvedError: a value of a template cannot be worked out.
    """
    verdicts = [
        _read_account(stand_in.of(account), assembly.stacks_of(account))
        for account in assembly.accounts
    ]
    return Verdict(
        sum(each.objects for each in verdicts),
        tuple(difference for each in verdicts for difference in each.differences),
    )


def _read_account(stand_in: StandIn, stacks: Iterable[Stack]) -> Verdict:
    expected: list[Fact] = []
    found: list[Fact] = []
    known_as: dict[str, tuple[str, str]] = {}
    ids: dict[str, list[str]] = defaultdict(list)
    for stack in stacks:
        known_as[stack.name] = (stack.name, stack.name)
        expected.append(stack_fact(stack.name, protected=stack.termination_protection))
        found.append(live_stack(stand_in, stack.name))
        for resource in Resolver(stand_in, stack).resources():
            known_as.setdefault(resource.physical_id, (resource.stack, resource.logical_id))
            ids[resource.resource_type].append(resource.physical_id)
            expected.extend(expected_facts(resource))
    account = Account(stand_in, ids)
    found.extend(fact for area in _AREAS for fact in area.live_facts(account))
    return compare(expected, found, known_as)
