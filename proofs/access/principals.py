"""Who asks: how a policy of a resource names the principal, and which context keys follow from it.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/ pages
reference_policies_elements_principal.html, reference_policies_elements_notprincipal.html and
reference_policies_condition-keys.html.
"""

from collections.abc import Iterator
from enum import IntEnum

from proofs.access.model import (
    Access,
    Context,
    Group,
    Guarded,
    Kind,
    Policy,
    Principal,
    Statement,
)
from proofs.access.once import Once

# What the request's principal fixes: whatever callers say about these keys counts for nothing.
PRINCIPAL_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
    }
)
_ACCOUNT_PART = 4
_KINDS = {"Service": Kind.SERVICE, "Federated": Kind.FEDERATED}


class Naming(IntEnum):
    """How a statement of a resource's policy names a principal; more is stronger."""

    NOT = 0
    # Its account: the account's own policies decide who of it.
    ACCOUNT = 1
    # The role behind a session: the boundary and the session's policies still limit it.
    LIMITED = 2
    # Itself, or everyone: in the same account no other policy has to allow it.
    ITSELF = 3


def naming(statement: Statement, principal: Principal, *, in_session: bool = False) -> Naming:
    """Say how the statement names the principal.

    Args:
        statement: Of a policy of a resource.
        principal: Who asks.
        in_session: The request has session policies. A user's session is not the user itself.
    """
    named = [
        _named(principal, kind, value, in_session=in_session)
        for kind, values in statement.principals or ()
        for value in values
    ]
    if statement.but_principals:
        return Naming.NOT if _excepted(statement, principal) else Naming.ITSELF
    return max(named, default=Naming.NOT)


def _named(principal: Principal, kind: str, value: str, *, in_session: bool) -> Naming:
    """How one entry of a Principal element names the principal."""
    if value == "*":
        return Naming.ITSELF
    if kind in _KINDS:
        same = principal.kind is _KINDS[kind] and value == principal.name
        return Naming.ITSELF if same else Naming.NOT
    if value == principal.session_arn:
        return Naming.ITSELF
    if value == principal.arn:
        through = principal.kind is Kind.ROLE or in_session
        return Naming.LIMITED if through else Naming.ITSELF
    of_account = principal.account and _account_named(value) == principal.account
    return Naming.ACCOUNT if of_account else Naming.NOT


def _account_named(value: str) -> str:
    """The account that `111122223333` and `arn:aws:iam::111122223333:root` stand for."""
    parts = value.split(":")
    if len(parts) == 1:
        return value
    is_root = parts[2:3] == ["iam"] and parts[5:] == ["root"]
    return parts[_ACCOUNT_PART] if is_root else ""


def _excepted(statement: Statement, principal: Principal) -> bool:
    """Say whether `NotPrincipal` spares the principal.

    AWS checks the account, then the role, then the session: all of them have to be listed. Whoever
    has a boundary is never spared.
    """
    listed = {
        _account_named(value) or value
        for _, values in statement.principals or ()
        for value in values
    }
    if "*" in listed:
        return True
    if principal.kind in (Kind.SERVICE, Kind.FEDERATED):
        return principal.name in listed
    identities = {principal.account, principal.arn, principal.session_arn} - {""}
    return bool(identities) and principal.boundary is None and identities <= listed


def implied_context(access: Access, principal: Principal, resource: str) -> Context:
    """The context keys that follow from who asks for what.

    Unique ids, which only a deployment knows, are `<id of NAME>`. `aws:ResourceAccount` is there if
    the owner of the resource is known.
    """
    keys = {
        "aws:principalaccount": principal.account,
        "aws:principalarn": principal.arn,
        "aws:resourceaccount": owner(access, resource),
    }
    if principal.kind is Kind.USER:
        keys |= {
            "aws:username": principal.name,
            "aws:userid": f"<id of {principal.name}>",
            "aws:principaltype": "User",
        }
    if principal.kind is Kind.ROLE:
        session = principal.session_arn.rpartition("/")[2]
        keys |= {
            "aws:userid": f"<id of {principal.name}>:{session}",
            "aws:principaltype": "AssumedRole",
        }
    if principal.kind is Kind.SERVICE:
        keys |= {"aws:principalservicename": principal.name}
    if principal.kind is Kind.ANONYMOUS:
        keys |= {"aws:principaltype": "Anonymous"}
    if principal.kind in (Kind.USER, Kind.ROLE, Kind.SERVICE):
        is_service = principal.kind is Kind.SERVICE
        keys["aws:principalisawsservice"] = "true" if is_service else "false"
    return {key: (value,) for key, value in keys.items() if value}


class _Places:
    """The resources with policies, by ARN, and all accounts that the templates describe."""

    def __init__(self, access: Access) -> None:
        self.guarded: dict[str, list[Guarded]] = {}
        for guarded in access.guarded:
            self.guarded.setdefault(guarded.arn, []).append(guarded)
        found = (*access.users, *access.roles)
        self.accounts = (
            {principal.account for principal in found}
            | {group.account for group in access.groups}
            | {guarded.account for guarded in access.guarded}
        )

    def find(self, resource: str) -> Iterator[Guarded]:
        """Those with this ARN, and the bucket that the object with this ARN is in."""
        yield from self.guarded.get(resource, ())
        end = resource.find("/")
        while end >= 0:
            buckets = self.guarded.get(resource[:end], ())
            yield from (guarded for guarded in buckets if guarded.service == "s3")
            end = resource.find("/", end + 1)


_places = Once(_Places)


def guard(access: Access, resource: str, service: str) -> Guarded | None:
    """The resource with the policy that this service asks, which also covers a bucket's objects.

    The trust policy of a role says nothing about `iam:GetRole`: `sts` asks it.
    """
    found = (guarded for guarded in _places(access).find(resource) if guarded.service == service)
    return next(found, None)


def owner(access: Access, resource: str) -> str:
    """The account of the resource: whoever has it in a template, else what its ARN says.

    Empty: the ARN does not say.
    """
    guarded = next(_places(access).find(resource), None)
    if guarded:
        return guarded.account
    parts = resource.split(":", 5)
    account = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART else ""
    return "" if account == "*" else account


def known_accounts(access: Access) -> frozenset[str]:
    """The accounts that the templates describe."""
    return frozenset(_places(access).accounts)


def is_known(access: Access, account: str) -> bool:
    """Say whether the templates describe this account."""
    return account in _places(access).accounts


def within(boundary: Policy, account: str) -> Principal:
    """An imagined role that has this boundary, and every policy attached that anybody may attach.

    Together they let through what the boundary allows: the role has just that.
    """
    name = f"<within {boundary.name}>"
    return Principal(
        Kind.ROLE,
        name,
        account,
        f"arn:aws:iam::{account}:role/{name}",
        (boundary,),
        origin=boundary.origin,
        session_arn=f"arn:aws:sts::{account}:assumed-role/{name}/<session>",
    )


def member_of(group: Group) -> Principal:
    """An imagined user who is in this group and in no other, without a policy of their own."""
    name = f"<member of {group.name}>"
    return Principal(
        Kind.USER,
        name,
        group.account,
        f"arn:aws:iam::{group.account}:user/{name}",
        group.policies,
        groups=(group.name,),
    )
