"""Puts principals, resources and contexts into words."""

import re

from proofs.access.model import Context, Kind, Principal
from proofs.access.witnesses import OTHER

# What stands for a name that only a deployment knows: `<Stack.LogicalId>`.
_SYMBOL = re.compile(r"<[^<>]+\.([^<>.]+)>$")
_MEMBER = re.compile(r"<member of (.+)>")
_WITHIN = re.compile(r"<within (.+)>")


def name_in(arn: str) -> str:
    """What claims call a role or an endpoint: its name, else the logical id without the hash."""
    symbol = _SYMBOL.search(arn)
    return symbol[1] if symbol else arn.rpartition("/")[2]


def who(principal: Principal, *, home: str = "") -> str:
    """Name a principal in a sentence; the account is left out if it is `home`."""
    member = _MEMBER.fullmatch(principal.name)
    if member:
        return f"a member of group {member[1]}"
    within = _WITHIN.fullmatch(principal.name)
    if within:
        return f"a role within the boundary {within[1]}, whatever is attached to it,"
    if principal.kind is Kind.ANONYMOUS:
        return "anybody without a signature"
    if principal.name == "<somebody>":
        return f"somebody of account {principal.account}"
    of_account = "" if principal.account in {"", home} else f" of account {principal.account}"
    return f"{principal.kind.value} {principal.name}{of_account}"


def thing(resource: str) -> str:
    """Name a resource in a sentence."""
    return resource.replace(OTHER, "...") if resource else "any other resource"


def situation(context: Context) -> str:
    """Say in which context, keys in order."""
    told = [
        f"{key} = {', '.join(values).replace(OTHER, '(another)')}"
        for key, values in sorted(context.items())
    ]
    return f" with {' and '.join(told)}" if told else " with no context key at all"
