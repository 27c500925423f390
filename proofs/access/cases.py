"""Every request that anybody can make, in as few cases as decide about all.

Requests fall into kinds that everything treats alike: actions by the statements that name them
(`actions`), resources by the patterns that they match (`witnesses`), contexts by the conditions
that they satisfy (`cells`). One of each kind is put to the evaluator, which compares in just these
ways; its answer holds for the whole kind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from proofs.access import actions
from proofs.access.actions import Actions
from proofs.access.applicable import SOURCE_ENDPOINT
from proofs.access.cells import contexts
from proofs.access.claims import Row
from proofs.access.evaluate import (
    Applicable,
    Decision,
    decide,
    implied_context,
    select,
)
from proofs.access.model import Access, Condition, Context, Guarded, Policy, Principal, Statement
from proofs.access.patterns import has_variables, matcher, substitute
from proofs.access.principals import PRINCIPAL_KEYS, Naming, known_accounts, naming
from proofs.access.witnesses import Patterns, glob, witnesses
from proofs.findings import UnusableInputError

ALL_RESOURCES = "*"
RESOURCE_ACCOUNT = "aws:resourceaccount"
# The evaluator knows these by name; all others it compares with patterns only.
INDIVIDUAL_ACTIONS = (
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
)


@dataclass(frozen=True)
class Case:
    """Requests of one principal that everything treats alike, but for their context.

    Attributes:
        actions: Any of these.
        resource: One that stands for all of its kind.
        rows: The rows that name actions and resource, and mean the principal.
        contexts: One of each kind.
        decisions: What AWS answers in each.
    """

    principal: Principal
    actions: Actions
    resource: str
    implied: Context
    rows: tuple[Row, ...]
    contexts: tuple[Context, ...]
    decisions: tuple[Decision, ...]

    @property
    def action(self) -> str:
        """One of the actions, which stands for all."""
        return actions.first(self.actions)

    def witness(self, context: Context) -> dict[str, str]:
        """One request of the case, for a program."""
        return {
            "principal": self.principal.arn or self.principal.name,
            "action": self.action,
            "resource": self.resource,
            **{key: ", ".join(values) for key, values in context.items()},
        }


def cases(access: Access, principal: Principal, rows: Sequence[Row]) -> Iterator[Case]:
    """Cut everything that the principal can ask into cases.

    Whatever no statement and no row allows is denied, and claimed to be, without a case.

    Args:
        access: What decides.
        principal: Who asks.
        rows: The claims and rules that mean the principal.
    """
    statements = [*_own(principal), *_of_others(access, principal)]
    allowing = [_named(statement) for statement in _granting(access, principal)]
    allowing += [row.actions for row in rows if row.kind == "allow"]
    borders = [
        *map(_named, statements),
        *(row.actions for row in rows),
        # Each step of a way for itself: all have to be open.
        *(
            actions.named((name,))
            for row in rows
            if row.kind == "way"
            for name in row.statement.actions
        ),
        *(actions.named((name,)) for name in INDIVIDUAL_ACTIONS),
        *(actions.named((f"{service}:*",)) for service in _services(access)),
        actions.without_resource_level(),
    ]
    patterns = _Patterns(principal)
    for kind in actions.kinds(reduce(or_, allowing, 0), borders):
        naming = [statement for statement in statements if _named(statement) & kind]
        claiming = [row for row in rows if row.actions & kind]
        possible = [*naming, *(row.statement for row in claiming)]
        lists = {frozenset(map(glob, patterns.of(each))) for each in possible}
        lists |= _accounts(access, possible)
        for resource in _resources(access, principal, kind, lists):
            here = tuple(row for row in claiming if patterns.match(row.statement, resource))
            yield _case(access, principal, kind, resource, here)


def _case(
    access: Access, principal: Principal, kind: Actions, resource: str, rows: tuple[Row, ...]
) -> Case:
    applicable = select(access, principal, actions.first(kind), resource)
    implied = implied_context(access, principal, resource)
    conditions = [
        *applicable.conditions,
        *(condition for row in rows for condition in row.statement.conditions),
        *_ways(kind, applicable),
    ]
    found = tuple(contexts(conditions, implied))
    decisions = tuple(decide(applicable, context) for context in found)
    return Case(principal, kind, resource, implied, rows, found, decisions)


def _ways(kind: Actions, applicable: Applicable) -> Iterator[Condition]:
    """A request may come through each endpoint of its service, or through none.

    AWS asks itself whether credentials are temporary before it gives a session token for them.
    """
    if kind == actions.named(("sts:GetSessionToken",)):
        yield Condition("Null", "aws:tokenissuetime", ("true",))
    for endpoint in applicable.endpoints:
        yield Condition("StringEquals", SOURCE_ENDPOINT, (endpoint.id,))


def _own(principal: Principal) -> Iterator[Statement]:
    for policy in (*principal.policies, principal.boundary):
        yield from policy.statements if policy else ()


def _of_others(access: Access, principal: Principal) -> Iterator[Statement]:
    """Statements of policies of resources and endpoints; one that names others has no say."""
    policies: list[Policy | None] = [each.policy for each in access.guarded]
    policies += [endpoint.policy for endpoint in access.endpoints]
    for policy in policies:
        for statement in policy.statements if policy else ():
            if naming(statement, principal):
                yield statement


def _granting(access: Access, principal: Principal) -> Iterator[Statement]:
    """Statements one of which has to allow a request.

    All others only let pass what one of these allows: a boundary, an endpoint, and the policy of a
    resource that names the account and so leaves it to the principal's own policies.
    """
    for policy in principal.policies:
        yield from (statement for statement in policy.statements if statement.allows)
    for guarded in access.guarded:
        for statement in guarded.policy.statements if guarded.policy else ():
            if statement.allows and naming(statement, principal) > Naming.ACCOUNT:
                yield statement


def _named(statement: Statement) -> Actions:
    return actions.named(statement.actions, but=statement.but_actions)


def _services(access: Access) -> set[str]:
    return {
        *(guarded.service for guarded in access.guarded),
        *(service for endpoint in access.endpoints for service in endpoint.services),
    }


def _accounts(access: Access, statements: Sequence[Statement]) -> set[Patterns]:
    """Resources by the account that their ARN names, where it makes a difference.

    It does for accounts of the templates, whose policies then have a say, and for those that
    conditions ask for.
    """
    asked = {
        value
        for statement in statements
        for condition in statement.conditions
        if condition.key == RESOURCE_ACCOUNT
        for value in condition.values
    }
    accounts = {*(account for account in known_accounts(access) if account), *asked}
    return {frozenset({glob(f"*:*:*:*:{account}:*", segments=True)}) for account in accounts}


def _resources(
    access: Access, principal: Principal, kind: Actions, lists: set[Patterns]
) -> Iterator[str]:
    outsider = is_outsider(principal)
    if not kind & ~actions.without_resource_level():
        if not outsider:
            yield ALL_RESOURCES
        return
    service = actions.first(kind).partition(":")[0]
    guarded = tuple(
        pattern for each in access.guarded if each.service == service for pattern in _guarded(each)
    )
    ours = matcher(guarded)
    every = {*lists, *(frozenset({glob(pattern)}) for pattern in guarded)}
    for resource in witnesses(frozenset(every)):
        if not outsider or ours(resource):
            yield resource


def is_outsider(principal: Principal) -> bool:
    """Whether the templates say nothing of the principal's own rights.

    Then it is imagined with all rights of its own account, and matters only where something of
    the templates is asked for.
    """
    return principal.origin is None and not principal.groups


def _guarded(guard: Guarded) -> tuple[str, ...]:
    return (guard.arn, f"{guard.arn}/*") if guard.service == "s3" else (guard.arn,)


class _Patterns:
    """The resources that statements name, for one principal."""

    def __init__(self, principal: Principal) -> None:
        self._implied = implied_context(Access(), principal, ALL_RESOURCES)
        self._known: dict[Statement, tuple[str, ...]] = {}

    def of(self, statement: Statement) -> tuple[str, ...]:
        """The patterns, with the principal's own name in place of variables."""
        if not any(map(has_variables, statement.resources)):
            return statement.resources
        if statement not in self._known:
            self._known[statement] = tuple(self._written(statement))
        return self._known[statement]

    def match(self, statement: Statement, resource: str) -> bool:
        """Whether the statement is about the resource."""
        return matcher(self.of(statement))(resource) is not statement.but_resources

    def _written(self, statement: Statement) -> Iterator[str]:
        for pattern in statement.resources:
            known = substitute(pattern, self._implied, PRINCIPAL_KEYS)
            if known and has_variables(known):
                raise UnusableInputError(f"{statement.origin} names {pattern}: nothing decides it")
            if known is not None:
                yield known
