"""What the access proof found out: who may do what, with MFA and without."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proofs.access import actions
from proofs.access.actions import Actions
from proofs.access.applicable import Decision
from proofs.access.cases import Case, is_outsider
from proofs.access.model import Condition, Context, Principal
from proofs.access.wording import thing, who

_MFA = "aws:multifactorauthpresent"
# A list of names longer than this says less than its length.
_MOST_NAMES = 60
_MOST_SERVICES = 4
_FEW = 50


@dataclass(frozen=True)
class Grant:
    """Actions that a principal may do on one kind of resource, for the same reason.

    Attributes:
        without_mfa: In some context without MFA.
        with_mfa: In some context with MFA.
        context: One in which it is allowed.
        origins: The statements that allow it.
        conditions: What those statements ask for.
        denied: What stops it without MFA, where it is allowed with MFA only.
    """

    principal: Principal
    actions: Actions
    resource: str
    without_mfa: bool
    with_mfa: bool
    context: Context
    origins: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    denied: str = ""


def grants(cases: Iterable[Case]) -> list[Grant]:
    """Everything that is allowed, cases with the same reason put together."""
    found: dict[tuple[object, ...], Grant] = {}
    for case in cases:
        allowed = [
            (context, decision)
            for context, decision in zip(case.contexts, case.decisions, strict=True)
            if decision.allowed
        ]
        if not allowed:
            continue
        context, decision = allowed[0]
        without_mfa = any(each.get(_MFA) != ("true",) for each, _ in allowed)
        grant = Grant(
            case.principal,
            case.actions,
            case.resource,
            without_mfa,
            # Where no condition asks for MFA, it makes no difference.
            any(each.get(_MFA) == ("true",) or _MFA not in each for each, _ in allowed),
            context,
            tuple(str(statement.origin) for statement in decision.statements),
            _conditions(decision),
            "" if without_mfa else _denial(case),
        )
        key = (
            grant.principal.arn or grant.principal.name,
            grant.resource,
            grant.without_mfa,
            grant.with_mfa,
            grant.origins,
        )
        known = found.get(key)
        found[key] = replace(grant, actions=known.actions | grant.actions) if known else grant
    return list(found.values())


def _conditions(decision: Decision) -> tuple[str, ...]:
    """What the statements that decided ask for, each condition once."""
    found = (each for statement in decision.statements for each in statement.conditions)
    return tuple(dict.fromkeys(map(_condition, found)))


def _condition(condition: Condition) -> str:
    quantifier = f"{condition.quantifier}:" if condition.quantifier else ""
    operator = f"{quantifier}{condition.operator}{'IfExists' if condition.if_exists else ''}"
    return f"{operator} {condition.key} {' or '.join(condition.values)}"


def _denial(case: Case) -> str:
    """Why the first request without MFA is denied."""
    for context, decision in zip(case.contexts, case.decisions, strict=True):
        if not decision.allowed and context.get(_MFA) != ("true",):
            told = ", ".join(str(statement.origin) for statement in decision.statements)
            return f"{decision.reason}: {told}" if told else decision.reason
    return ""


def totals(found: Iterable[Grant]) -> list[tuple[Principal, Actions, Actions]]:
    """Each principal with all that it may do before MFA, and after."""
    known: dict[tuple[str, bool], tuple[Principal, Actions, Actions]] = {}
    for grant in found:
        principal = grant.principal
        # A user whom trusts name is also imagined with all rights of the own account.
        name = (principal.arn or principal.name, is_outsider(principal))
        _, before, after = known.get(name, (principal, 0, 0))
        known[name] = (
            principal,
            before | grant.actions * grant.without_mfa,
            after | grant.actions * grant.with_mfa,
        )
    return list(known.values())


def table(found: Iterable[Grant]) -> list[str]:
    """One row for each principal of the templates: what it may do before MFA, and after."""
    ours = [grant for grant in found if not is_outsider(grant.principal)]
    home = ours[0].principal.account if ours else ""
    rows = [("who", "without MFA", "with MFA")]
    rows += [
        (who(principal, home=home), _services(before), _services(after))
        for principal, before, after in totals(ours)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _services(found: Actions) -> str:
    """How many actions of which services: those with most first."""
    missing = (actions.every_action() & ~found).bit_count()
    if missing < _FEW:
        return f"all but {missing} of {actions.every_action().bit_count():,} actions"
    counts = Counter(actions.by_service(found))
    told = [f"{service} {count}" for service, count in counts.most_common(_MOST_SERVICES)]
    rest = len(counts) - len(told)
    return ", ".join(told) + (f" and {rest} services more" if rest > 0 else "") or "·"


def principals(found: Iterable[Grant]) -> list[Mapping[str, Any]]:
    """Everybody with numbers of actions by service, as JSON has it; sorted."""
    return [
        {
            "principal": who(principal),
            "arn": principal.arn,
            "kind": principal.kind.value,
            "account": principal.account,
            "ours": not is_outsider(principal),
            "without_mfa": actions.by_service(before),
            "with_mfa": actions.by_service(after),
            "all_but": (actions.every_action() & ~after).bit_count(),
        }
        for principal, before, after in sorted(
            totals(found),
            key=lambda total: (who(total[0]), total[0].arn, is_outsider(total[0])),
        )
    ]


def data(found: Iterable[Grant]) -> list[Mapping[str, Any]]:
    """The same in full, as JSON has it; sorted, since cases come in any order."""
    return [
        {
            "principal": who(grant.principal),
            "arn": grant.principal.arn,
            "ours": not is_outsider(grant.principal),
            "actions": actions.names(grant.actions, most=_MOST_NAMES),
            "count": grant.actions.bit_count(),
            "resource": thing(grant.resource),
            "without_mfa": grant.without_mfa,
            "with_mfa": grant.with_mfa,
            "services": actions.by_service(grant.actions),
            "context": {key: list(values) for key, values in grant.context.items()},
            "statements": list(grant.origins),
            "conditions": list(grant.conditions),
            "denied_without_mfa": grant.denied,
        }
        for grant in sorted(found, key=_place)
    ]


def _place(grant: Grant) -> tuple[str, str, bool, str, tuple[str, ...], bool, bool]:
    principal = grant.principal
    whose = (who(principal), principal.arn, is_outsider(principal))
    return (*whose, grant.resource, grant.origins, grant.without_mfa, grant.with_mfa)
