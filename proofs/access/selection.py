"""Which statements are about a request, whatever its context. Policies are compiled once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proofs.access.conditions import Check, bound, compiled
from proofs.access.model import Condition, Context, Policy, Statement
from proofs.access.once import Once
from proofs.access.patterns import Matcher, action_matcher, has_variables, matcher, substitute
from proofs.access.principals import PRINCIPAL_KEYS


@dataclass(frozen=True, slots=True)
class Selected:
    """A statement about the request, and what the rest of the context still decides.

    Attributes:
        statement: As the policy has it.
        conditions: Those that depend on keys which the request alone does not fix.
        checks: The same, compiled, and the resources if these depend on the context too.
    """

    statement: Statement
    conditions: tuple[Condition, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement with everything compiled that no principal and no resource changes."""

    statement: Statement
    actions: Matcher
    resources: Matcher | None  # None: they hold variables
    fixed: tuple[Condition, ...]  # conditions that the request alone may decide
    rest: Selected  # with the other conditions


# Keys that `principals.implied_context` may give.
_IMPLIED_KEYS = PRINCIPAL_KEYS | {"aws:resourceaccount"}


class _Compiled:
    """A policy, with its statements by action."""

    def __init__(self, policy: Policy) -> None:
        self._statements = tuple(map(_prepare, policy.statements))
        self._by_action: dict[str, tuple[_Prepared, ...]] = {}

    def about(self, action: str) -> tuple[_Prepared, ...]:
        """The statements about this action."""
        found = self._by_action.get(action)
        if found is None:
            found = self._by_action[action] = tuple(
                prepared
                for prepared in self._statements
                if prepared.actions(action) is not prepared.statement.but_actions
            )
        return found


def _prepare(statement: Statement) -> _Prepared:
    varying = any(map(has_variables, statement.resources))
    fixed = tuple(condition for condition in statement.conditions if _may_be_fixed(condition))
    free = tuple(condition for condition in statement.conditions if condition not in fixed)
    return _Prepared(
        statement,
        action_matcher(statement.actions),
        None if varying else matcher(statement.resources),
        fixed,
        Selected(statement, free, tuple(map(compiled, free))),
    )


def _may_be_fixed(condition: Condition) -> bool:
    return condition.key in _IMPLIED_KEYS or any(map(has_variables, condition.values))


_compiled = Once(_Compiled)


def select_statements(
    policies: Iterable[Policy], action: str, resource: str, implied: Context
) -> tuple[Selected, ...]:
    """The statements of the policies about this action and resource, in their order.

    Args:
        policies: Of one layer.
        action: Such as `s3:GetObject`.
        resource: An ARN, or `*` for an action without resources.
        implied: What follows from the request, as `principals.implied_context` says.
    """
    chosen = []
    for policy in policies:
        for prepared in _compiled(policy).about(action):
            selected = _select(prepared, resource, implied)
            if selected:
                chosen.append(selected)
    return tuple(chosen)


def _select(prepared: _Prepared, resource: str, implied: Context) -> Selected | None:
    statement, rest = prepared.statement, prepared.rest
    about: Sequence[Check] = ()
    if prepared.resources is None:
        found = _resources(statement, resource, implied)
        if found is None:
            return None
        about = found
    elif prepared.resources(resource) is statement.but_resources:
        return None
    if not (prepared.fixed or about):
        return rest
    left = [_left(condition, implied) for condition in prepared.fixed]
    if False in left:
        return None
    conditions = [condition for condition in left if isinstance(condition, Condition)]
    checks = [_with(implied, compiled(condition)) for condition in conditions]
    return Selected(statement, (*rest.conditions, *conditions), (*rest.checks, *about, *checks))


def _known(implied: Context) -> frozenset[str]:
    return PRINCIPAL_KEYS | implied.keys()


def _left(condition: Condition, implied: Context) -> Condition | bool:
    """What is left of the condition once the request is known: itself, or the answer."""
    known = _known(implied)
    left = bound(condition, implied, known)
    if left.key in known and not any(map(has_variables, left.values)):
        return compiled(left)(implied)
    return left


def _with(implied: Context, check: Check) -> Check:
    """The check, for contexts that do not have the implied keys."""
    known = _known(implied)

    def merged(context: Context) -> bool:
        rest = {key: values for key, values in context.items() if key not in known}
        return check({**rest, **implied})

    return merged


def _resources(statement: Statement, resource: str, implied: Context) -> Sequence[Check] | None:
    """Whether resources with variables match: None: never; else what depends on the context."""
    known = _known(implied)
    patterns = [substitute(pattern, implied, known) for pattern in statement.resources]
    resolved = tuple(p for p in patterns if p is not None and not has_variables(p))
    varying = tuple(p for p in patterns if p is not None and has_variables(p))
    if matcher(resolved)(resource):
        return None if statement.but_resources else ()
    if not varying:
        return () if statement.but_resources else None

    def matches(context: Context) -> bool:
        found = (substitute(pattern, context) for pattern in varying)
        hit = matcher(tuple(pattern for pattern in found if pattern is not None))(resource)
        return hit is not statement.but_resources

    return (matches,)
