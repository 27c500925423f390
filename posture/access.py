"""Who may do what, as the access proof answered: one row a principal, one column a service."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# A principal that may do more than this many services is summed up beside the columns.
_FEW_SERVICES = 40
PEOPLE, ROLES, LIMITS, OTHERS = "People", "Roles", "Boundaries", "Services and others"
_WITHIN = "a role within the boundary "


@dataclass(frozen=True)
class Grant:
    """Actions that are allowed on one kind of resource, for one reason.

    Attributes:
        actions: The first of them; `count` says how many there are.
        conditions: What the statements that allow it ask for.
        statements: Those that decide.
        denied_without_mfa: What stops it without MFA; empty: nothing does.
    """

    actions: tuple[str, ...]
    count: int
    resource: str
    without_mfa: bool
    with_mfa: bool
    conditions: tuple[str, ...]
    statements: tuple[str, ...]
    denied_without_mfa: str


@dataclass(frozen=True)
class Principal:
    """Who asks, with numbers of actions by service, and all that is allowed.

    Attributes:
        all_but: How many of AWS's actions it may not do, with MFA.
    """

    id: str
    name: str
    account: str
    group: str
    without_mfa: Mapping[str, int]
    with_mfa: Mapping[str, int]
    all_but: int
    grants: tuple[Grant, ...]

    def outside(self, columns: Iterable[str]) -> tuple[int, int]:
        """How many services beyond `columns`, before and after MFA."""
        known = set(columns)
        return len(self.without_mfa.keys() - known), len(self.with_mfa.keys() - known)


@dataclass(frozen=True)
class CrossAccount:
    """The way of one user of account B: what each step asks for."""

    user: str
    user_account: str
    role: str
    role_account: str
    asks: tuple[str, ...]
    may: tuple[str, ...]


@dataclass(frozen=True)
class AccessTable:
    """Everybody, and the services that the columns are for."""

    services: tuple[str, ...]
    principals: tuple[Principal, ...]
    paths: tuple[CrossAccount, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The kinds of principals that there are, people first."""
        order = (PEOPLE, ROLES, LIMITS, OTHERS)
        return tuple(each for each in order if any(p.group == each for p in self.principals))


def access_table(answers: Mapping[str, Any]) -> AccessTable:
    """Read the table from the access proof's answers."""
    grants: dict[tuple[str, ...], list[Grant]] = {}
    for row in answers["access"]:
        grants.setdefault(_key(row), []).append(_grant(row))
    principals = tuple(
        _principal(number, row, grants.get(_key(row), ()))
        for number, row in enumerate(answers["principals"], 1)
    )
    return AccessTable(_columns(principals), principals, tuple(_paths(principals)))


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (row["principal"], row["arn"], str(row["ours"]))


def _grant(row: Mapping[str, Any]) -> Grant:
    return Grant(
        tuple(row["actions"]),
        row["count"],
        row["resource"],
        row["without_mfa"],
        row["with_mfa"],
        tuple(row["conditions"]),
        tuple(dict.fromkeys(row["statements"])),
        row["denied_without_mfa"],
    )


def _principal(number: int, row: Mapping[str, Any], grants: Iterable[Grant]) -> Principal:
    name = row["principal"].removesuffix(f" of account {row['account']}").rstrip(",")
    return Principal(
        f"who-{number}",
        name,
        row["account"],
        _group(row),
        row["without_mfa"],
        row["with_mfa"],
        row["all_but"],
        tuple(grants),
    )


def _group(row: Mapping[str, Any]) -> str:
    if not row["ours"]:
        return LIMITS if row["principal"].startswith(_WITHIN) else OTHERS
    return PEOPLE if row["kind"] == "user" else ROLES


def _columns(principals: Iterable[Principal]) -> tuple[str, ...]:
    """Services of those who may do little; the rest of what others may do is counted."""
    counts: Counter[str] = Counter()
    for principal in principals:
        if len(principal.with_mfa) <= _FEW_SERVICES and principal.group != OTHERS:
            counts.update(dict.fromkeys(principal.with_mfa, 1))
    return tuple(sorted(counts))


def _paths(principals: Iterable[Principal]) -> Iterable[CrossAccount]:
    """Users who may assume a role of another account, by what their policies name."""
    known = tuple(principals)
    for user in known:
        for grant in user.grants:
            target = grant.resource.split(":")
            assumes = "sts:AssumeRole" in grant.actions and len(target) > 5  # noqa: PLR2004
            if user.group == PEOPLE and assumes and target[4] not in {"", user.account}:
                yield _path(known, user, grant, target[4])


def _path(
    known: tuple[Principal, ...], user: Principal, grant: Grant, account: str
) -> CrossAccount:
    name = grant.resource.rpartition("/")[2]
    role = next(
        (
            p
            for p in known
            if p.group == ROLES and p.account == account and p.name.rpartition(" ")[2] in name
        ),
        None,
    )
    may = tuple(action for each in (role.grants if role else ()) for action in each.actions)
    return CrossAccount(
        user.name, user.account, name, account, grant.conditions, tuple(dict.fromkeys(may))
    )
