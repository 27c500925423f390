"""AWS's decision for one request: everything that the proof knows about how policies combine.

* `select` finds the statements about a principal, an action and a resource. It reads everything
  but the rest of the context.
* `decide` reads only that rest: what is left of the conditions, and the endpoint.
* `evaluate` puts the two together for one request.

A resource that no template names has no policy here: identities decide alone, as if its owner let
them. In an account that the templates describe, that owner would have had to say so. Service
control policies and resource control policies are not in templates: they could only take away.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/ pages reference_policies_evaluation-logic*
and access_policies_boundaries.html; for keys
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from proofs.access.applicable import Applicable, Combine, Decision, Passage
from proofs.access.model import (
    Access,
    Context,
    Guarded,
    Kind,
    Policy,
    Principal,
    Statement,
)
from proofs.access.principals import (
    Naming,
    guard,
    implied_context,
    is_known,
    member_of,
    naming,
    owner,
)
from proofs.access.selection import Selected, select_statements

__all__ = [
    "Applicable",
    "Decision",
    "Request",
    "decide",
    "evaluate",
    "implied_context",
    "member_of",
    "select",
]

_GET_SESSION_TOKEN = "sts:getsessiontoken"  # noqa: S105 - the name of an action
_IDENTITY_KINDS = (Kind.USER, Kind.ROLE)
# Calls that carry the token of an identity provider instead of a signature.
_FEDERATED_ONLY = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})


@dataclass(frozen=True)
class Request:
    """One request, as AWS sees it.

    Attributes:
        principal: Who asks.
        action: Such as `s3:GetObject`.
        resource: An ARN, or `*` for an action without resources.
        context: The keys that do not follow from the rest.
        session_policies: Given when the session began; any of them may allow.
    """

    principal: Principal
    action: str
    resource: str
    context: Context
    session_policies: tuple[Policy, ...] = ()


NO_PERMISSION_NEEDED = Decision(allowed=True, reason="AWS asks for no permission")
_LONG_TERM_ONLY = Decision(
    allowed=False, reason="only a user's own access keys get a session token"
)
_TOKEN_ONLY = Decision(allowed=False, reason="only an identity provider's token makes this request")
_NO_IDENTITY = Decision(allowed=False, reason="no identity policy allows it")
_NO_BOUNDARY = Decision(allowed=False, reason="the boundary does not allow it")
_NO_SESSION = Decision(allowed=False, reason="the session policy does not allow it")
_NO_ENDPOINT = Decision(allowed=False, reason="the endpoint policy does not allow it")
_NO_RESOURCE = Decision(allowed=False, reason="no policy of the resource allows it")
_NO_KEY = Decision(allowed=False, reason="the key policy does not allow it")
_NO_TRUST = Decision(allowed=False, reason="the trust policy does not allow it")
_ALLOWED = "an identity policy allows it"
_BY_RESOURCE = "the resource's policy allows it"
_BY_BOTH = "an identity policy and the resource's policy allow it"


def evaluate(access: Access, request: Request) -> Decision:
    """Decide one request."""
    applicable = select(
        access, request.principal, request.action, request.resource, request.session_policies
    )
    return decide(applicable, request.context)


def select(
    access: Access,
    principal: Principal,
    action: str,
    resource: str,
    session_policies: tuple[Policy, ...] = (),
) -> Applicable:
    """Everything about a request that its context does not change."""
    implied = implied_context(access, principal, resource)
    place = owner(access, resource)
    service = action.partition(":")[0].lower()
    guarded = guard(access, resource, service)

    def chosen(policies: Iterable[Policy | None]) -> tuple[Selected, ...]:
        present = (policy for policy in policies if policy)
        return select_statements(present, action, resource, implied)

    def named(statements: Iterable[Selected]) -> list[tuple[Naming, Selected]]:
        in_session = bool(session_policies)
        return [(naming(s.statement, principal, in_session=in_session), s) for s in statements]

    own = chosen(principal.policies)
    boundary = chosen([principal.boundary])
    session = chosen(session_policies)
    of_resource = [row for row in named(chosen([guarded.policy if guarded else None])) if row[0]]
    passages = []
    for endpoint in access.endpoints:
        if service in endpoint.services:
            about = [row[1] for row in named(chosen([endpoint.policy])) if row[0]]
            passages.append(Passage(endpoint, _denies(about), _allows(about)))

    def granting(how: Naming) -> tuple[Selected, ...]:
        return tuple(s for found, s in of_resource if found is how and s.statement.allows)

    return Applicable(
        denies=_denies((*own, *boundary, *session, *(row[1] for row in of_resource))),
        identity=_allows(own),
        boundary=_allows(boundary) if principal.boundary else None,
        session=_allows(session) if session_policies else None,
        itself=granting(Naming.ITSELF),
        limited=granting(Naming.LIMITED),
        account=granting(Naming.ACCOUNT),
        passages=tuple(passages),
        combine=_combination(access, principal, action, place, guarded),
        where=place,
        asks=(_is_temporary,) if action.lower() == _GET_SESSION_TOKEN else (),
    )


def _is_temporary(context: Context) -> bool:
    """Say whether the request is made with temporary credentials."""
    return bool(context.get("aws:tokenissuetime"))


def _allows(statements: Iterable[Selected]) -> tuple[Selected, ...]:
    return tuple(selected for selected in statements if selected.statement.allows)


def _denies(statements: Iterable[Selected]) -> tuple[Selected, ...]:
    return tuple(selected for selected in statements if not selected.statement.allows)


def _combination(
    access: Access, principal: Principal, action: str, place: str, guarded: Guarded | None
) -> Combine:
    """How the layers combine for this kind of principal and resource."""
    without_rules = _exception(principal, action.lower())
    if without_rules:
        return without_rules
    if principal.kind not in _IDENTITY_KINDS:
        return _resource_alone
    if place and place != principal.account:
        known = guarded or is_known(access, place)
        return _both if known else _identity_alone
    if guarded and guarded.policy:
        return _RESOURCE_FIRST.get(guarded.service, _either)
    return _either


def _exception(principal: Principal, action: str) -> Combine | None:
    """The calls of AWS STS that policies do not decide, or not for everybody."""
    if action == "sts:getcalleridentity" and principal.kind in _IDENTITY_KINDS:
        return _nothing_needed
    if action == _GET_SESSION_TOKEN:
        return _session_token if principal.kind is Kind.USER else _no_session_token
    if action in _FEDERATED_ONLY and principal.kind in _IDENTITY_KINDS:
        return _token_only
    return None


def decide(applicable: Applicable, context: Context) -> Decision:
    """Decide the request for one context.

    Many contexts give the same answers to the few conditions that are left. So a decision is made
    once for each set of answers.
    """
    answers = tuple([check(context) for check in applicable.checks])
    decision = applicable.known.get(answers)
    if decision is None:
        decision = applicable.known[answers] = applicable.combine(applicable, context)
    return decision


def _first(layer: tuple[Selected, ...], context: Context) -> Statement | None:
    """The first statement of the layer whose conditions hold."""
    for selected in layer:
        for check in selected.checks:
            if not check(context):
                break
        else:
            return selected.statement
    return None


def _denied(applicable: Applicable, context: Context) -> Decision | None:
    """The explicit denies, and the endpoint that the request comes through."""
    denying = _first(applicable.denies, context)
    if denying:
        return Decision(allowed=False, reason="an explicit deny", statements=(denying,))
    for passage in applicable.passages:
        if passage.carries(context):
            denying = _first(passage.denies, context)
            if denying:
                return Decision(allowed=False, reason="an explicit deny", statements=(denying,))
            if not _first(passage.allows, context):
                return _NO_ENDPOINT
    return None


def _limits(applicable: Applicable, context: Context) -> Decision | tuple[Statement, ...]:
    """The boundary and the session's policies: what stops the request, or what lets it pass."""
    found = []
    for layer, missing in (
        (applicable.boundary, _NO_BOUNDARY),
        (applicable.session, _NO_SESSION),
    ):
        if layer is not None:
            statement = _first(layer, context)
            if not statement:
                return missing
            found.append(statement)
    return tuple(found)


def _by_identity(applicable: Applicable, context: Context) -> Decision:
    """Whether the principal's own policies, within their limits, allow it."""
    statement = _first(applicable.identity, context)
    if not statement:
        return _NO_IDENTITY
    limits = _limits(applicable, context)
    if isinstance(limits, Decision):
        return limits
    return Decision(allowed=True, reason=_ALLOWED, statements=(statement, *limits))


def _by_resource(applicable: Applicable, context: Context) -> Decision | None:
    """Whether the resource's policy alone allows it to a principal of the same account."""
    statement = _first(applicable.itself, context)
    if statement:
        return Decision(allowed=True, reason=_BY_RESOURCE, statements=(statement,))
    statement = _first(applicable.limited, context)
    if not statement:
        return None
    limits = _limits(applicable, context)
    if isinstance(limits, Decision):
        return limits
    return Decision(allowed=True, reason=_BY_RESOURCE, statements=(statement, *limits))


def _any_of_resource(applicable: Applicable, context: Context) -> Statement | None:
    return (
        _first(applicable.itself, context)
        or _first(applicable.limited, context)
        or _first(applicable.account, context)
    )


def _nothing_needed(_: Applicable, __: Context) -> Decision:
    return NO_PERMISSION_NEEDED


def _session_token(_: Applicable, context: Context) -> Decision:
    """AWS: policies have no effect on it. It has to be called with long-term credentials."""
    return _LONG_TERM_ONLY if _is_temporary(context) else NO_PERMISSION_NEEDED


def _no_session_token(_: Applicable, __: Context) -> Decision:
    return _LONG_TERM_ONLY


def _token_only(_: Applicable, __: Context) -> Decision:
    return _TOKEN_ONLY


def _resource_alone(applicable: Applicable, context: Context) -> Decision:
    """Services, identity providers and anonymous callers have no policies of their own."""
    return _denied(applicable, context) or _by_resource(applicable, context) or _NO_RESOURCE


def _identity_alone(applicable: Applicable, context: Context) -> Decision:
    return _denied(applicable, context) or _by_identity(applicable, context)


def _either(applicable: Applicable, context: Context) -> Decision:
    """Same account: one side suffices."""
    denied = _denied(applicable, context)
    if denied:
        return denied
    by_resource = _by_resource(applicable, context)
    if by_resource and by_resource.allowed:
        return by_resource
    by_identity = _by_identity(applicable, context)
    return by_identity if by_identity.allowed else by_resource or by_identity


def _both(applicable: Applicable, context: Context) -> Decision:
    """Another account: the account of the principal and the owner of the resource both allow."""
    denied = _denied(applicable, context)
    if denied:
        return denied
    statement = _any_of_resource(applicable, context)
    if not statement:
        reason = f"no policy of account {applicable.where} allows it"
        return Decision(allowed=False, reason=reason)
    by_identity = _by_identity(applicable, context)
    if not by_identity.allowed:
        return by_identity
    return Decision(allowed=True, reason=_BY_BOTH, statements=(*by_identity.statements, statement))


def _key(applicable: Applicable, context: Context) -> Decision:
    return _resource_first(applicable, context, _NO_KEY)


def _trust(applicable: Applicable, context: Context) -> Decision:
    return _resource_first(applicable, context, _NO_TRUST)


def _resource_first(applicable: Applicable, context: Context, missing: Decision) -> Decision:
    """Keys and roles: their policy has to let the principal or its account in, before all else."""
    denied = _denied(applicable, context)
    if denied:
        return denied
    by_resource = _by_resource(applicable, context)
    if by_resource and by_resource.allowed:
        return by_resource
    if not _any_of_resource(applicable, context):
        return missing
    both = _both(applicable, context)
    return both if both.allowed or not by_resource else by_resource


# Everything else that has a policy lets its account decide alone.
_RESOURCE_FIRST = {"kms": _key, "sts": _trust}
