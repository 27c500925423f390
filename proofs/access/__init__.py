"""The access proof: who may do what, under which conditions, before anything is deployed.

Read `evaluate` first (what AWS answers to one request), then `cases` (why asking once for each kind
of request is enough), then `closed_world` and `rules` (what is claimed).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofs.access import rules
from proofs.access.cases import Case, cases
from proofs.access.claims import Claims, Row, read_claims
from proofs.access.closed_world import CLOSED_WORLD, closed_world
from proofs.access.endpoints_alone import ENDPOINTS_ALONE, endpoints_alone
from proofs.access.evaluate import member_of
from proofs.access.model import Access, Principal
from proofs.access.outsiders import outsiders
from proofs.access.principals import within
from proofs.access.templates import access_of
from proofs.access.wording import name_in, who
from proofs.assembly import Assembly
from proofs.findings import CANNOT_PROVE, Claim, Finding, UnusableInputError, claims_of

__all__ = ["CLAIMS", "CLAIMS_DIRECTORY", "AccessProof", "prove_access"]

BOUNDARIES_STAY = "boundaries-stay"
CLAIMS_DIRECTORY = Path(__file__).parents[2] / "claims"

# What is claimed, by the id that findings carry.
CLAIMS: Mapping[str, str] = {
    CLOSED_WORLD: "who may do what is what the claims say: no action more, and none less",
    rules.NO_ESCALATION: "nobody but administrators can raise their own rights, in any known way",
    "mfa-required": "before MFA, people look after their own credentials and do nothing else",
    "guards-stay": "nobody but administrators can stop what watches, or delete logs, keys and data",
    "servers-without-iam": "no server reaches IAM, another role, or other accounts",
    "data-through-endpoint": "servers reach the data through the VPC endpoint only",
    "data-over-tls": "nobody reaches the data without TLS",
    "only-the-partner-assumes": "nobody beyond accounts A and B assumes any role",
    "partner-needs-fresh-mfa": "a user of B assumes the role with fresh MFA only",
    "partner-knows-the-external-id": "account B assumes the role with the agreed id only",
    "partner-is-of-the-organization": "account B assumes the role as a member of the organization",
    "partner-comes-from-its-network": "account B assumes the role from the agreed network only",
    ENDPOINTS_ALONE: "an endpoint lets through what the claims say, whoever comes with what rights",
    BOUNDARIES_STAY: "whoever has a boundary keeps it",
    CANNOT_PROVE: "the proof understands everything that can carry permissions",
}


@dataclass(frozen=True)
class AccessProof:
    """What was found out about access. Every claim holds if there is no finding."""

    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    cases: tuple[Case, ...]


# Cuts what a principal can ask into cases: `cases`, or what remembers its answers.
Cut = Callable[[Access, Principal, Sequence[Row]], Iterable[Case]]


def prove_access(
    assembly: Assembly, directory: Path = CLAIMS_DIRECTORY, *, cut: Cut = cases
) -> AccessProof:
    """Prove who may do what in the accounts of an assembly.

    Args:
        assembly: The synthesized templates.
        directory: The claims.
        cut: For proofs of many assemblies that differ in little.

    Raises:
        UnusableInputError: there are no claims about the assembly, or they cannot be understood.
    """
    access = access_of(assembly)
    claims = read_claims(directory, assembly).within(access)
    for row in claims.rows:
        if row.kind == "always" and row.subject not in CLAIMS:
            raise UnusableInputError(
                f"{row.statement.origin}: claim = {row.subject}. Allowed: {', '.join(CLAIMS)}"
            )
    found = tuple(
        case
        for principal in (*principals(access), *within_boundaries(access, claims))
        for case in cut(access, principal, claims.about(principal))
    )
    findings = [
        *closed_world(access, found),
        *unspoken(access, claims),
        *without_boundary(access, claims),
        *endpoints_alone(access, claims),
        *rules.escalation(found, claims),
        *rules.always(found),
        *access.doubts,
    ]
    order = list(CLAIMS)
    findings.sort(key=lambda finding: order.index(finding.claim))
    return AccessProof(tuple(findings), claims_of(CLAIMS, findings), found)


def principals(access: Access) -> list[Principal]:
    """Everybody: users, roles, all beyond the templates, and an imagined member of a group.

    The latter unless somebody is in this group alone, who can do just the same.
    """
    alone = {(user.account, user.groups) for user in access.users if not user.boundary}
    members = [
        member_of(group) for group in access.groups if (group.account, (group.name,)) not in alone
    ]
    return [*members, *access.users, *access.roles, *outsiders(access)]


def within_boundaries(access: Access, claims: Claims) -> list[Principal]:
    """An imagined role within each boundary that claims speak of."""
    return [
        within(policy, row.account)
        for row in claims.rows
        if row.kind == "boundary"
        for policy in access.managed
        if (policy.origin.stack, policy.name) == (row.stack, row.subject)
    ]


def without_boundary(access: Access, claims: Claims) -> list[Finding]:
    """Roles that have to have a boundary, and have none or another."""
    return [
        Finding(
            BOUNDARIES_STAY,
            f"{who(role)} has not the boundary {row.subject}, which {row.statement.origin} asks "
            "for: whatever is attached to it counts in full.",
            (role.origin,) if role.origin else (),
            f"give it the boundary {row.subject} again",
        )
        for row in claims.rows
        if row.kind == "boundary" and row.to
        for role in access.roles
        if row.means(role) and _boundary_of(role) != (row.stack, row.subject)
    ]


def _boundary_of(role: Principal) -> tuple[str, str]:
    return (role.boundary.origin.stack, role.boundary.name) if role.boundary else ("", "")


def unspoken(access: Access, claims: Claims) -> list[Finding]:
    """Roles, endpoints and boundaries of the claims that no template has."""
    known = {
        *((each.origin.stack, name_in(each.arn)) for each in access.guarded),
        *((each.origin.stack, name_in(each.id)) for each in access.endpoints),
        *((each.origin.stack, each.name) for each in access.managed),
    }
    return [
        Finding(
            CLOSED_WORLD,
            f"{row.statement.origin} speaks of {row.subject}, which stack {row.stack} does not "
            "have.",
            (),
            "remove the row, or restore what it speaks of",
        )
        for row in claims.rows
        if row.kind in {"assume", "through", "boundary"}
        and not row.optional
        and (row.stack, row.subject) not in known
    ]
