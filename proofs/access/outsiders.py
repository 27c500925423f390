"""Imagined principals: everyone beyond the templates whom a policy could let in by mistake.

The templates do not say what they may do at home, so each has all rights of its own account, and
the policies of our resources have to stop it.
"""

from collections.abc import Iterator
from dataclasses import replace

from proofs.access.model import Access, Kind, Policy, Principal, Statement
from proofs.findings import Origin

ANOTHER_ACCOUNT = "<another account>"
_PRINCIPAL_ARN = "aws:principalarn"
_AT_HOME = Origin("", "all rights of their own account")
_EVERYTHING = Policy(
    _AT_HOME,
    "all rights",
    (Statement(_AT_HOME, allows=True, actions=("*",), resources=("*",)),),
)
_ARN_PARTS = 6


def outsiders(access: Access) -> list[Principal]:
    """A stranger, anybody without a name, and whomever a policy of a resource or a trust names."""
    found = [
        Principal(Kind.ANONYMOUS, "anybody"),
        somebody(ANOTHER_ACCOUNT),
        *_named(access),
    ]
    return list(dict.fromkeys(found))


def somebody(account: str, kind: Kind = Kind.USER, name: str = "<somebody>") -> Principal:
    """Imagine a user or role of an account with all rights there."""
    arn = f"arn:aws:iam::{account}:{kind.value}/{name}"
    session = f"arn:aws:sts::{account}:assumed-role/{name}/session" if kind is Kind.ROLE else ""
    return Principal(kind, name, account, arn, (_EVERYTHING,), session_arn=session)


def _named(access: Access) -> Iterator[Principal]:
    for guarded in access.guarded:
        for statement in guarded.policy.statements if guarded.policy else ():
            yield from _of_principals(statement, access)
            for condition in statement.conditions:
                if condition.key == _PRINCIPAL_ARN:
                    for value in condition.values:
                        yield from _of_aws(value, access)


def _of_principals(statement: Statement, access: Access) -> Iterator[Principal]:
    for kind, values in statement.principals or ():
        for value in values:
            if kind == "Service":
                yield Principal(Kind.SERVICE, value)
            elif kind == "Federated":
                yield Principal(Kind.FEDERATED, value)
            elif value != "*":
                yield from _of_aws(value, access)


def _of_aws(value: str, access: Access) -> Iterator[Principal]:
    """Whom an account number or ARN stands for, unless it is one of the templates' own."""
    home = {guarded.account for guarded in access.guarded}
    known = {principal.arn for principal in (*access.users, *access.roles)}
    parts = value.split(":", _ARN_PARTS - 1)
    whole = len(parts) < _ARN_PARTS
    account = value if whole else parts[4]
    kind, _, path = ("root" if whole else parts[5]).partition("/")
    # One of those whom a pattern names.
    name, arn = (text.replace("*", "x").replace("?", "x") for text in (path, value))
    if kind == "root":
        if account not in home:
            yield somebody(account)
    elif kind in {"user", "role"} and not (account in home and value in known):
        imagined = somebody(account, Kind(kind), name.rpartition("/")[2])
        # A service-linked role has no rights that we know, and none of ours.
        rights = () if account in home else imagined.policies
        yield replace(imagined, arn=arn, policies=rights)
