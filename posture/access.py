"""Who may do what, as the access proof answered: one row a principal, one column a service."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proofs.access.wording import name_in

# A principal that may do more than this many services is summed up beside the columns.
_FEW_SERVICES = 40
PEOPLE, ROLES, LIMITS, OTHERS = "People", "Roles", "Boundaries", "Services and others"
_ASSUME = "sts:AssumeRole"
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
    """The way of users of account B into a role: what it asks for, and where it leads."""

    users: tuple[str, ...]
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
    def home(self) -> str:
        """The account that most principals are of."""
        counts = Counter(principal.account for principal in self.principals if principal.account)
        return counts.most_common(1)[0][0] if counts else ""

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
    if row["principal"].startswith(_WITHIN):
        return LIMITS
    if not row["ours"]:
        return OTHERS
    return PEOPLE if row["kind"] == "user" else ROLES


def _columns(principals: Iterable[Principal]) -> tuple[str, ...]:
    """Services of those who may do little; the rest of what others may do is counted."""
    counts: Counter[str] = Counter()
    for principal in principals:
        if len(principal.with_mfa) <= _FEW_SERVICES and principal.group != OTHERS:
            counts.update(dict.fromkeys(principal.with_mfa, 1))
    return tuple(sorted(counts))


def _paths(principals: Iterable[Principal]) -> Iterable[CrossAccount]:
    """Ways by which users assume a role of another account; who has the same goes together."""
    known = tuple(principals)
    found: dict[tuple[str, str, tuple[str, ...]], CrossAccount] = {}
    for user in known:
        for grant in user.grants:
            account = _account_of(grant.resource)
            assumes = user.group == PEOPLE and _ASSUME in grant.actions
            if assumes and account not in {"", user.account}:
                way = (user.account, grant.resource, grant.conditions)
                users = (*(found[way].users if way in found else ()), user.name)
                found[way] = _path(known, users, user.account, grant)
    return found.values()


def _path(
    known: tuple[Principal, ...], users: tuple[str, ...], user_account: str, grant: Grant
) -> CrossAccount:
    account, name = _account_of(grant.resource), name_in(grant.resource)
    own = [p for p in known if p.group == ROLES and p.account == account]
    role = next((p for p in own if name_in(p.name) == f"role {name}"), None)
    may = (action for each in (role.grants if role else ()) for action in each.actions)
    asks = grant.conditions
    return CrossAccount(users, user_account, name, account, asks, tuple(dict.fromkeys(may)))


def _account_of(arn: str) -> str:
    """The account that an ARN names; empty: none."""
    parts = arn.split(":", maxsplit=5)
    return parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 -- arn:partition:service:region:
