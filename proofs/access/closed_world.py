"""The central claim: what everybody may do is what the claims say, no action more and none less."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proofs.access import actions
from proofs.access.actions import Actions
from proofs.access.cases import INDIVIDUAL_ACTIONS, Case, is_outsider
from proofs.access.claims import Row
from proofs.access.conditions import compiled
from proofs.access.evaluate import SOURCE_ENDPOINT, Decision
from proofs.access.model import Access, Context, Guarded, Kind
from proofs.access.principals import guard, owner
from proofs.access.wording import name_in, situation, thing, who
from proofs.findings import Finding, Origin

CLOSED_WORLD = "access-closed-world"


@dataclass
class Gap:
    """Where claim and decision differ for one reason; one finding, not one an action."""

    case: Case
    context: Context
    decision: Decision
    row: Row | None
    actions: Actions = 0


def closed_world(access: Access, cases: Iterable[Case]) -> list[Finding]:
    """Compare every decision with the claims."""
    gaps: dict[tuple[object, ...], Gap] = {}
    for case in cases:
        if _is_beyond_policies(case):
            continue
        for gap in _gaps(access, case):
            origins = tuple(statement.origin for statement in gap.decision.statements)
            key = (
                case.principal.name,
                case.principal.account,
                gap.decision.allowed,
                origins if gap.decision.allowed else gap.row and gap.row.statement.origin,
            )
            known = gaps.setdefault(key, gap)
            known.actions |= case.actions
    return [_more(gap) if gap.decision.allowed else _less(gap) for gap in gaps.values()]


def _is_beyond_policies(case: Case) -> bool:
    """Whether no policy has a say: for those who have credentials of AWS's."""
    has_credentials = case.principal.kind in {Kind.USER, Kind.ROLE}
    return has_credentials and bool(case.actions & actions.named(INDIVIDUAL_ACTIONS))


def _gaps(access: Access, case: Case) -> Iterator[Gap]:
    """The first difference of each direction: a case has one reason for each."""
    found: set[bool] = set()
    world = Claimed(access, case)
    for context, decision in zip(case.contexts, case.decisions, strict=True):
        if decision.allowed in found:
            continue
        row = world.claim(context)
        if (row is not None) is not decision.allowed:
            found.add(decision.allowed)
            yield Gap(case, context, decision, row)


class Claimed:
    """What the claims say about the requests of one case."""

    def __init__(self, access: Access, case: Case) -> None:
        """Find the role and the endpoints that matter."""
        self._case = case
        self._rows = [(row, tuple(map(compiled, row.statement.conditions))) for row in case.rows]
        service = case.action.partition(":")[0]
        self._role = guard(access, case.resource, "sts") if service == "sts" else None
        place = "" if self._role else owner(access, case.resource)
        self._owner = place if place in _accounts(access) else ""
        self._endpoints = {
            endpoint.id: endpoint for endpoint in access.endpoints if service in endpoint.services
        }

    def claim(self, context: Context) -> Row | None:
        """The row by which the request is allowed in this context; None: it is denied."""
        full = {**context, **self._case.implied}
        rows = [row for row, checks in self._rows if all(check(full) for check in checks)]
        if any(row.kind == "deny" for row in rows) or not self._passes(rows, context):
            return None
        allowing = next((row for row in rows if row.kind == "allow" and self._counts(row)), None)
        return self._assuming(rows, allowing, self._role) if self._role else allowing

    def _counts(self, row: Row) -> bool:
        """Whether the row may speak of the resource: not if it is another account's of ours."""
        return self._owner in {"", row.account}

    def _passes(self, rows: list[Row], context: Context) -> bool:
        """Whether the endpoint that the request comes through lets it through."""
        through = [self._endpoints.get(id_) for id_ in context.get(SOURCE_ENDPOINT, ())]
        return all(
            any(row.kind == "through" and _is_of(row, endpoint.origin, endpoint.id) for row in rows)
            for endpoint in through
            if endpoint
        )

    def _assuming(self, rows: list[Row], allowing: Row | None, role: Guarded) -> Row | None:
        """The row that opens a role; a delegated one opens it to whom the caller's account lets."""
        for row in rows:
            if row.kind == "assume" and _is_of(row, role.origin, role.arn):
                open_ = not row.delegated or allowing or is_outsider(self._case.principal)
                return row if open_ else None
        return None


def _accounts(access: Access) -> set[str]:
    people = {principal.account for principal in (*access.users, *access.roles)}
    things = {guarded.account for guarded in access.guarded}
    return people | things | {group.account for group in access.groups}


def _is_of(row: Row, origin: Origin, id_: str) -> bool:
    return row.stack == origin.stack and row.subject == name_in(id_)


def _more(gap: Gap) -> Finding:
    case, decision = gap.case, gap.decision
    origins = tuple(statement.origin for statement in decision.statements)
    by = " with ".join(dict.fromkeys(map(str, origins))) or "no policy"
    return Finding(
        CLOSED_WORLD,
        f"{who(case.principal)} may {actions.text(gap.actions)} on "
        f"{thing(case.resource)}{situation(gap.context)}, and no claim says so: "
        f"{decision.reason} ({by}).",
        origins,
        f"narrow or remove {by}, or add a row to the claims",
        case.witness(gap.context),
    )


def _less(gap: Gap) -> Finding:
    case = gap.case
    row = gap.row.statement.origin if gap.row else Origin("claims", "")
    subject = case.principal.origin
    return Finding(
        CLOSED_WORLD,
        f"{row} says that {who(case.principal)} may {actions.text(gap.actions)} on "
        f"{thing(case.resource)}{situation(gap.context)}, and it is denied: "
        f"{gap.decision.reason}.",
        (*(s.origin for s in gap.decision.statements), *([subject] if subject else [])),
        f"restore what allowed it, or remove it from {row}",
        case.witness(gap.context),
    )
