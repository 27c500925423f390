"""What each VPC endpoint lets through, whoever comes with whatever rights to whatever resource.

Somebody on a server can bring credentials of another account, and carry data to a bucket there.
None of our policies is about that account or that bucket: only the endpoint's stands in between.
"""

from collections.abc import Iterator
from dataclasses import replace

from proofs.access import actions
from proofs.access.cases import cases
from proofs.access.claims import Claims, Row
from proofs.access.closed_world import closed_world
from proofs.access.model import Access, Kind, Policy, Principal, Statement
from proofs.access.outsiders import ANOTHER_ACCOUNT, somebody
from proofs.findings import Finding, Origin

ENDPOINTS_ALONE = "endpoints-alone"
_PRINCIPAL_ACCOUNT = "aws:principalaccount"
_ALL_RIGHTS = Origin("", "all rights everywhere")


def endpoints_alone(access: Access, claims: Claims) -> list[Finding]:
    """Compare the policies of the endpoints with the claims, all other policies left out."""
    alone = Access(endpoints=access.endpoints)
    services = sorted({service for each in access.endpoints for service in each.services})
    if not services:
        return []
    named = tuple(f"{service}:*" for service in services)
    rights = Statement(_ALL_RIGHTS, allows=True, actions=named, resources=("*",))
    rows = [row for row in claims.rows if row.kind == "through"]
    rows.append(Row("allow", rights, actions.named(named)))
    found = [
        case
        for visitor in _visitors(access, Policy(_ALL_RIGHTS, "all rights", (rights,)))
        for case in cases(alone, visitor, rows)
    ]
    return [replace(finding, claim=ENDPOINTS_ALONE) for finding in closed_world(alone, found)]


def _visitors(access: Access, rights: Policy) -> Iterator[Principal]:
    """Somebody of each account that matters to an endpoint, and of any other."""
    accounts = {role.account for role in access.roles} | {ANOTHER_ACCOUNT}
    for endpoint in access.endpoints:
        for statement in endpoint.policy.statements:
            for condition in statement.conditions:
                if condition.key == _PRINCIPAL_ACCOUNT:
                    accounts |= set(condition.values)
    for account in sorted(accounts):
        yield replace(somebody(account, Kind.ROLE), policies=(rights,), origin=_ALL_RIGHTS)
