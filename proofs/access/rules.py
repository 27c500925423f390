"""Claims by hand: what must hold for whole classes of principals, whatever the rows allow."""

from collections.abc import Iterable, Iterator

from proofs.access import actions
from proofs.access.actions import Actions
from proofs.access.cases import Case, is_outsider
from proofs.access.claims import Claims, Row
from proofs.access.conditions import holds
from proofs.access.model import Context, Principal
from proofs.access.wording import situation, thing, who
from proofs.findings import Finding, Origin

NO_ESCALATION = "no-escalation"


def always(cases: Iterable[Case]) -> Iterator[Finding]:
    """What `[[always]]` forbids and somebody may do: one finding a principal and row."""
    told: set[tuple[Principal, Origin]] = set()
    for case in cases:
        for row in case.rows:
            key = (case.principal, row.statement.origin)
            if row.kind != "always" or key in told:
                continue
            broken = _broken(case, row)
            if broken:
                told.add(key)
                yield broken


def _broken(case: Case, row: Row) -> Finding | None:
    conditions = row.statement.conditions
    for context, decision in zip(case.contexts, case.decisions, strict=True):
        full = {**context, **case.implied}
        if not decision.allowed or (conditions and all(holds(each, full) for each in conditions)):
            continue
        origins = tuple(statement.origin for statement in decision.statements)
        by = " with ".join(dict.fromkeys(map(str, origins))) or "no policy"
        return Finding(
            row.subject,
            f"{who(case.principal)} may {actions.text(case.actions)} on {thing(case.resource)}"
            f"{situation(context)}, which {row.statement.origin} rules out: {decision.reason} "
            f"({by}).",
            origins,
            f"narrow or remove {by}",
            case.witness(context),
        )
    return None


def escalation(cases: Iterable[Case], claims: Claims) -> Iterator[Finding]:
    """The ways to more rights that somebody has who is no administrator."""
    open_: dict[Principal, dict[str, Case]] = {}
    for case in cases:
        if is_outsider(case.principal) or claims.is_administrator(case.principal):
            continue
        if any(row.kind == "way" for row in case.rows) and _leads_on(case):
            steps = open_.setdefault(case.principal, {})
            for name in actions.names(case.actions & _steps(case)):
                steps.setdefault(name, case)
    for principal, steps in open_.items():
        for way in claims.rows:
            if way.kind == "way" and all(name in steps for name in actions.names(way.actions)):
                yield _way(principal, way, steps)


def _steps(case: Case) -> Actions:
    found = 0
    for row in case.rows:
        if row.kind == "way":
            found |= row.actions
    return found


def _leads_on(case: Case) -> bool:
    """Whether it is allowed in some context that no `[[contained]]` row speaks of."""
    contained = [row for row in case.rows if row.kind == "contained"]
    return any(
        decision.allowed and not any(_contains(row, case, context) for row in contained)
        for context, decision in zip(case.contexts, case.decisions, strict=True)
    )


def _contains(row: Row, case: Case, context: Context) -> bool:
    full = {**context, **case.implied}
    return all(holds(condition, full) for condition in row.statement.conditions)


def _way(principal: Principal, way: Row, steps: dict[str, Case]) -> Finding:
    told, origins = [], []
    for name in actions.names(way.actions):
        case = steps[name]
        context, decision = next(
            (context, decision)
            for context, decision in zip(case.contexts, case.decisions, strict=True)
            if decision.allowed
        )
        told.append(f"{name} on {thing(case.resource)}{situation(context)}")
        origins += [statement.origin for statement in decision.statements]
    by = " with ".join(dict.fromkeys(map(str, origins)))
    return Finding(
        NO_ESCALATION,
        f"{who(principal)} can raise their own rights: {way.subject}. Allowed are "
        f"{' and '.join(told)}, by {by}.",
        tuple(origins),
        "narrow what allows one of the steps",
        steps[actions.names(way.actions)[0]].witness({}),
    )
