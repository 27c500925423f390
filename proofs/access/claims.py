"""Reads `claims/*.toml`: what every principal may do, written by people.

A file speaks of one stack. Its rows read like policies, because they are compared with policies;
what nothing allows is claimed to be denied.

    stack = "Servers"

    [conditions]                  # a name, and what has to hold: operator, key, values
    through-endpoint = ["StringEquals aws:SourceVpce <Servers.S3Endpoint>"]

    [[allow]]                     # to these principals, these actions on these resources
    to = ["role AppRole"]
    actions = ["s3:GetObject"]
    on = ["arn:aws:s3:::<Servers.Data>/app/*"]
    when = ["through-endpoint"]

    [[deny]]                      # whatever is allowed elsewhere; without `to`: to everyone
    [[allow]]                     # the same for what a policy of AWS's allows
    to = ["group Auditors"]
    aws_managed = "SecurityAudit"

    [[assume]]                    # who may assume roles of the stack
    roles = ["AppRole"]
    by = ["service ec2.amazonaws.com"]

    [[boundary]]                  # a boundary, and who has to carry it
    policy = "Boundary"
    of = ["role AppRole"]         # `to = ["within Boundary"]` says what it lets through

    [[through]]                   # what endpoints of the stack let through
    endpoints = ["S3Endpoint"]
    actions = ["s3:GetObject"]
    on = ["*"]

`{name}` is a fact that the stack's template states in its Metadata (`AccessFacts`), or `{account}`
or `{region}` of the stack. A fact that the stack does not state is the one that others do, or the
one under `[absent]`. A fact that is a list writes a text once for each of its items; with an empty
one a condition falls away: the environment does not ask for it; and so does a row that names no
resource then. What is `optional` need not be there.

`claims/rules.toml` speaks of no stack but of all: `{account}` and `{region}` are all that there
are, `{own_account}` those with a role, but for the partner's. Its rows are what must hold whatever
others allow:

    administrators = ["group Administrators"]   # have all rights, and no way leads further up

    [absent]                      # facts that no template has to state
    external_id = []

    [[always]]                    # whenever one of these may do it, the conditions hold
    claim = "mfa-required"
    who = ["people"]
    but = ["group Administrators"]
    actions = ["*"]
    but_actions = ["iam:GetUser"]
    on = ["*"]
    when = ["mfa"]                # none: nobody may at all

    [[way]]                       # a known way to more rights: whoever may do all of it has one
    name = "write a new version of a policy"
    actions = ["iam:CreatePolicyVersion"]

    [[contained]]                 # a step of a way that leads nowhere, and why
    who = ["group Developers"]
    actions = ["iam:CreateRole"]
    on = ["arn:aws:iam::{account}:role/developers/*"]
    when = ["within-boundary"]
    because = "..."
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofs.access import actions
from proofs.access.actions import Actions
from proofs.access.aws_managed import aws_managed
from proofs.access.documents import PolicyError
from proofs.access.model import Access, Kind, Principal, Statement
from proofs.access.patterns import matcher
from proofs.access.policies import policy_of
from proofs.assembly import Assembly, Stack
from proofs.findings import Origin, UnusableInputError

# Under this key of its Metadata, a template states the facts that claims are filled in with.
FACTS_METADATA = "AccessFacts"
RULES = "rules.toml"
_FACT = re.compile(r"\{([a-z_]+)\}")
_REQUIRED: Mapping[str, frozenset[str]] = {
    "allow": frozenset({"to"}),
    "deny": frozenset({"actions", "on"}),
    "assume": frozenset({"roles", "by"}),
    "through": frozenset({"endpoints", "actions", "on"}),
    "boundary": frozenset({"policy"}),
    "always": frozenset({"claim", "who", "actions", "on"}),
    "way": frozenset({"name", "actions"}),
    "contained": frozenset({"who", "actions", "on", "because"}),
}
_OPTIONAL: Mapping[str, frozenset[str]] = {
    "allow": frozenset({"actions", "aws_managed", "on", "when"}),
    "deny": frozenset({"but_actions", "optional", "to", "when"}),
    "assume": frozenset({"actions", "delegated", "optional", "when"}),
    "through": frozenset({"optional", "when"}),
    "boundary": frozenset({"of"}),
    "always": frozenset({"but", "but_actions", "when"}),
    "way": frozenset({"source"}),
    "contained": frozenset({"when"}),
}
_DEFAULT_ACTIONS = {"assume": ["sts:AssumeRole"], "boundary": ["*"]}
_OF_A_STACK = ("allow", "deny", "assume", "through", "boundary")
_OF_ALL = ("always", "way", "contained")


@dataclass(frozen=True)
class Row:
    """A row of a claims file.

    Attributes:
        kind: The section that it stands in.
        statement: Actions, resources and conditions; its origin is file and row.
        actions: What it is about.
        to: Selectors of principals; empty: everyone.
        but: Selectors of those whom it is not about.
        subject: The role of `assume`, the endpoint of `through`, the policy of `boundary`, the
            claim or name of others.
        delegated: Of `assume`: the caller's own account has to allow it as well.
        optional: The role, endpoint or resource need not be there.
        stack: The stack that the file speaks of; empty: all.
        account: The account of the stack; empty: any.
        members: The groups of the stack's users, as the environment states them; None: as the
            templates do.
    """

    kind: str
    statement: Statement
    actions: Actions
    to: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    subject: str = ""
    delegated: bool = False
    optional: bool = False
    stack: str = ""
    account: str = ""
    members: Mapping[str, Sequence[str]] | None = None

    def means(self, principal: Principal) -> bool:
        """Whether the row speaks of the principal."""
        return (not self.to or self._any(self.to, principal)) and not self._any(self.but, principal)

    def _any(self, selectors: tuple[str, ...], principal: Principal) -> bool:
        return any(means(each, principal, self.account, self.members) for each in selectors)


@dataclass(frozen=True)
class Claims:
    """All claims about an assembly.

    Attributes:
        rows: Of every file.
        administrators: Selectors of those who have all rights.
    """

    rows: tuple[Row, ...]
    administrators: tuple[str, ...] = ()

    def within(self, access: Access) -> "Claims":
        """Leave out what optional rows deny of resources that are not there."""
        there = [guarded.arn for guarded in access.guarded]
        rows = tuple(
            row
            for row in self.rows
            if row.kind != "deny"
            or not row.optional
            or any(map(matcher(row.statement.resources), there))
        )
        return replace(self, rows=rows)

    def about(self, principal: Principal) -> list[Row]:
        """The rows that speak of the principal. Whoever has all rights needs no way to more."""
        mute = {"way", "contained"} if self.is_administrator(principal) else set()
        return [row for row in self.rows if row.kind not in mute and row.means(principal)]

    def is_administrator(self, principal: Principal) -> bool:
        """Whether the principal has all rights anyway."""
        return any(means(each, principal, "", None) for each in self.administrators)


def read_claims(directory: Path, assembly: Assembly) -> Claims:
    """Read the claims about the stacks that `assembly` has, and the rules for all.

    Raises:
        UnusableInputError: nothing is claimed about any of them, or a file cannot be understood;
            the message names file, row, value, and what is allowed.
    """
    stacks = {stack.id: stack for stack in assembly.stacks}
    stated = _stated(assembly)
    rows: list[Row] = []
    for path in sorted(directory.glob("*.toml")):
        content = _toml(path)
        if path.name != RULES and content.get("stack") in stacks:
            stack = stacks[content["stack"]]
            facts = {**content.get("absent", {}), **stated, **facts_of(stack)}
            file = _File(path, content, _OF_A_STACK, facts, stack)
            rows += file.rows()
    if not rows:
        raise UnusableInputError(f"{directory} holds no claims about a stack of the assembly")
    rules = _toml(directory / RULES)
    # A rule is about every account and region that there is.
    places = [facts_of(stack) for stack in assembly.stacks]
    accounts, regions = (
        list(dict.fromkeys(facts[name] for facts in places)) for name in ("account", "region")
    )
    everything = {
        **rules.get("absent", {}),
        **stated,
        "account": accounts,
        "region": regions,
        "own_account": [each for each in _with_roles(assembly) if each != stated.get("partner")],
    }
    rows += _File(directory / RULES, rules, _OF_ALL, everything).rows()
    return Claims(tuple(rows), tuple(rules.get("administrators", ())))


def _stated(assembly: Assembly) -> dict[str, Any]:
    """What any stack states; the first that does counts. Members are those of one stack only."""
    found: dict[str, Any] = {}
    for stack in assembly.stacks:
        found = {**stack.metadata.get(FACTS_METADATA, {}), **found}
    found.pop("members", None)
    return found


def _with_roles(assembly: Assembly) -> list[str]:
    """The accounts in which a template makes a role."""
    found = {
        facts_of(stack)["account"]: None
        for stack in assembly.stacks
        if any(resource["Type"] == "AWS::IAM::Role" for resource in stack.resources.values())
    }
    return list(found)


def facts_of(stack: Stack) -> dict[str, Any]:
    """What claims about the stack are filled in with; unknown ones as the reader writes them."""
    return {
        **stack.metadata.get(FACTS_METADATA, {}),
        "account": stack.account or "<AccountId>",
        "region": stack.region or "<Region>",
    }


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UnusableInputError(f"{path} cannot be read as TOML: {error}") from error


@dataclass(frozen=True)
class _File:
    """A claims file."""

    path: Path
    content: Mapping[str, Any]
    kinds: tuple[str, ...]
    facts: Mapping[str, Any]
    stack: Stack | None = None

    def rows(self) -> Iterator[Row]:
        allowed = {"stack", "absent", "administrators", "conditions", *self.kinds}
        for name in self.content:
            if name not in allowed:
                known = ", ".join(sorted(allowed))
                raise UnusableInputError(
                    f"{self.path.name}: unknown section {name}. Allowed: {known}"
                )
        for kind in self.kinds:
            for number, row in enumerate(self.content.get(kind, []), start=1):
                where = Origin(self.path.name, f"{kind} #{number}")
                try:
                    yield from self._expanded(kind, row, where)
                except (PolicyError, TypeError, ValueError) as error:
                    raise UnusableInputError(f"{where}: {error}") from error

    def _expanded(self, kind: str, row: Mapping[str, Any], origin: Origin) -> Iterator[Row]:
        """One row for each role or endpoint, or each statement of a policy of AWS's."""
        self._check(kind, row)
        if kind == "always" and row.get("when") and not self._conditions(row["when"]):
            # The environment asks for none of it; without conditions, nobody would be allowed.
            return
        if row.get("on") and not self._filled(row["on"]):
            return
        for subject in row.get("roles") or row.get("endpoints") or [""]:
            for statement in self._statements(kind, row, origin):
                yield self._row(kind, row, subject, statement)

    def _check(self, kind: str, row: Mapping[str, Any]) -> None:
        allowed = _REQUIRED[kind] | _OPTIONAL[kind]
        for name in sorted(row.keys() - allowed):
            raise ValueError(f"unknown key {name}. Allowed: {', '.join(sorted(allowed))}")
        for name in sorted(_REQUIRED[kind] - row.keys()):
            raise ValueError(f"{name} is missing. Required: {', '.join(sorted(_REQUIRED[kind]))}")

    def _statements(
        self, kind: str, row: Mapping[str, Any], origin: Origin
    ) -> tuple[Statement, ...]:
        if "aws_managed" in row:
            policy = aws_managed(f"arn:aws:iam::aws:policy/{row['aws_managed']}")
            if policy is None:
                raise ValueError(f"aws_managed = {row['aws_managed']}: not in aws_managed.json")
        else:
            named = row.get("actions", _DEFAULT_ACTIONS.get(kind, []))
            statement = {
                "Effect": "Deny" if kind == "deny" else "Allow",
                "Action": list(named),
                "Resource": list(self._filled(row.get("on", ["*"]))),
                "Condition": self._conditions(row.get("when", [])),
            }
            document = {"Version": "2012-10-17", "Statement": [statement]}
            policy = policy_of(document, kind, origin)
        return tuple(replace(each, origin=origin) for each in policy.statements)

    def _row(self, kind: str, row: Mapping[str, Any], subject: str, statement: Statement) -> Row:
        but = actions.named(tuple(row.get("but_actions", ())))
        selectors = row.get("to") or row.get("by") or row.get("who") or row.get("of") or []
        to = self._filled(selectors)
        if selectors and not to:
            # The environment names nobody: the row speaks of no one, and not of everyone.
            to = ("nobody",)
        return Row(
            kind,
            statement,
            actions.named(statement.actions, but=statement.but_actions) & ~but,
            to,
            self._filled(row.get("but", [])),
            subject or row.get("policy") or row.get("claim") or row.get("name") or "",
            bool(row.get("delegated", False)),
            bool(row.get("optional", False)),
            self.stack.id if self.stack else "",
            self.facts["account"] if self.stack else "",
            self.facts.get("members", {}) if self.stack else None,
        )

    def _conditions(self, names: Sequence[str]) -> dict[str, dict[str, list[str]]]:
        """The named conditions as a policy writes them."""
        known: Mapping[str, list[str]] = self.content.get("conditions", {})
        found: dict[str, dict[str, list[str]]] = {}
        for name in names:
            if name not in known:
                raise ValueError(f"when = {name}. Allowed: {', '.join(known)}")
            for text in known[name]:
                for filled in self._filled([text]):
                    operator, key, values = filled.split(" ", 2)
                    found.setdefault(operator, {}).setdefault(key, []).extend(values.split(", "))
        return found

    def _filled(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Write facts into texts; one with a list comes once an item, one with null not at all."""
        found: list[str] = []
        for text in texts:
            match = _FACT.search(text)
            if match is None:
                found.append(text)
                continue
            if match[1] not in self.facts:
                known = ", ".join(sorted(self.facts))
                raise ValueError(f"{{{match[1]}}} is no fact. Allowed: {known}")
            fact = self.facts[match[1]]
            values = [] if fact is None else fact if isinstance(fact, list) else [fact]
            found += self._filled([text.replace(match[0], str(value)) for value in values])
        return tuple(found)


def means(
    selector: str,
    principal: Principal,
    account: str,
    members: Mapping[str, Sequence[str]] | None,
) -> bool:
    """Whether a selector means the principal.

    `people`, `group NAME`, `user NAME`, `role NAME`, `role STACK/NAME`, `roles of STACK` and
    `within BOUNDARY` are those of the templates, and `everyone` is all of these; `outsiders` are
    all others, and `user NAME of ACCOUNT`, `role NAME of ACCOUNT`, `account NUMBER`, `service NAME`
    and `federated ARN` some of them.

    Args:
        selector: What a file says.
        principal: Who is asked about.
        account: The account of the file's stack; empty: any.
        members: The groups of its users, which count more than what the templates say; None: the
            templates count.
    """
    kind, _, rest = selector.partition(" ")
    outsider = principal.origin is None and not principal.groups
    if kind in {"everyone", "outsiders"}:
        return outsider is (kind == "outsiders")
    if kind == "account":
        return outsider and principal.account == rest
    if kind == "roles":
        origin = principal.origin if principal.kind is Kind.ROLE else None
        return origin is not None and origin.stack == rest.removeprefix("of ")
    if kind == "within":
        kind, rest = "role", f"<within {rest}>"
    name, _, other = rest.partition(" of ")
    # Names of roles have no slash.
    stack, _, name = name.rpartition("/") if kind == "role" else ("", "", name)
    if not _is_of(principal, stack, other or account):
        return False
    real = principal.origin is not None and members is not None
    groups = (members or {}).get(principal.name, ()) if real else principal.groups
    if kind in {"people", "group"} and principal.kind is Kind.USER:
        # Without a list of the environment's, whoever is a user counts, in a group or not.
        anybody = bool(groups) or (members is None and principal.origin is not None)
        return name in groups if name else anybody
    return principal.kind.value == kind and name in {"", principal.name}


def _is_of(principal: Principal, stack: str, account: str) -> bool:
    """Whether the principal is of the stack and account; empty: any."""
    home = principal.origin.stack if principal.origin else ""
    return stack in {"", home} and (principal.account in {"", account} or not account)
