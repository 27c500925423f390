"""Whether a policy lets a service do something: what AWS asks before it accepts a destination.

moto judges no policy. This reads only as much of one as a service's own check needs: a condition on
a key that is not known here never holds.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

_Statement = Mapping[str, Any]
_EQUALS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": fnmatchcase,
}


def allows(
    policy: str | Mapping[str, Any] | None,
    service: str | None,
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    """Whether `policy` lets `service` do `action` to `resource`.

    Args:
        policy: The document, as text or read.
        service: The principal; None where the policy is one of an identity.
        action: One action.
        resource: An ARN.
        context: Condition keys in small letters, with their values.
    """
    document: Mapping[str, Any] = json.loads(policy) if isinstance(policy, str) else policy or {}
    effects = {
        statement["Effect"]
        for statement in _list(document.get("Statement"))
        if _speaks_to(statement, service)
        and _any(action.lower(), [each.lower() for each in _list(statement.get("Action"))])
        and _any(resource, _list(statement.get("Resource", resource)))
        and all(_holds(*each, context) for each in _conditions(statement))
    }
    return effects == {"Allow"}


def role_allows(
    account: str, role_arn: str, action: str, resource: str, context: Mapping[str, str]
) -> bool:
    """Whether the policies of a role, attached and its own, let it do `action`."""
    role = _role(account, role_arn)
    if role is None:
        return False
    documents = [*role.policies.values(), *_attached(role)]
    return any(allows(each, None, action, resource, context) for each in documents)


def role_trusts(account: str, role_arn: str, service: str, context: Mapping[str, str]) -> bool:
    """Whether `service` may assume a role."""
    role = _role(account, role_arn)
    return role is not None and allows(
        role.assume_role_policy_document, service, "sts:AssumeRole", role_arn, context
    )


def key_allows(
    place: tuple[str, str], key_id: str, service: str, action: str, context: Mapping[str, str]
) -> bool:
    """Whether the policy of a key lets `service` do `action`; `place` is account and region."""
    account, region = place
    backend: Any = kms_backends[account][region]
    key = backend.keys.get(key_id.rpartition("/")[2])
    return key is not None and allows(key.policy, service, action, key.arn, context)


def _role(account: str, role_arn: str) -> Any:  # noqa: ANN401 - moto's role
    roles: Any = iam_backends[account]["aws"].roles
    return next((role for role in roles.values() if role.arn == role_arn), None)


def _attached(role: Any) -> Iterator[str]:  # noqa: ANN401 - moto's role
    for policy in role.managed_policies.values():
        for version in policy.versions:
            if version.version_id == policy.default_version_id:
                yield version.document


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - one or several, as in every policy
    return [] if value is None else value if isinstance(value, list) else [value]


def _any(value: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _speaks_to(statement: _Statement, service: str | None) -> bool:
    principal = statement.get("Principal")
    if service is None or principal in ("*", {"AWS": "*"}):
        return True
    return isinstance(principal, dict) and service in _list(principal.get("Service"))


def _conditions(statement: _Statement) -> Iterator[tuple[str, str, list[str]]]:
    for operator, conditions in statement.get("Condition", {}).items():
        for key, wanted in conditions.items():
            yield operator, key.lower(), [str(each) for each in _list(wanted)]


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    value, compare = context.get(key), _EQUALS.get(operator.removesuffix("IfExists"))
    if value is None:
        return operator.endswith("IfExists")
    return compare is not None and any(compare(value, each) for each in wanted)
