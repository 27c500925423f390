"""Soundness of the cases: what is decided for a case holds for every request that it stands for.

Any request of a principal, with any resource and context, has a case: the one with its action, with
a resource that the same statements name, and with a context in which the same conditions hold. The
evaluator has to give both the same answer. What has no case is denied.

Requests for something in a known account that no template has are left out: the evaluator denies
them, and the case, which is about that resource in any account, says what the identity may do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from proofs.access import actions
from proofs.access.applicable import SOURCE_ENDPOINT
from proofs.access.cases import RESOURCE_ACCOUNT, Case, cases, is_outsider
from proofs.access.claims import Row
from proofs.access.conditions import holds
from proofs.access.evaluate import (
    Decision,
    Request,
    evaluate,
    implied_context,
    member_of,
    select,
)
from proofs.access.model import (
    Access,
    Condition,
    Context,
    Endpoint,
    Group,
    Guarded,
    Kind,
    Policy,
    Principal,
    Statement,
)
from proofs.access.outsiders import outsiders
from proofs.access.patterns import matcher, substitute
from proofs.access.principals import known_accounts, naming
from proofs.findings import Origin

A, B = "111122223333", "444455556666"
HERE = Origin("Stack", "Resource")
BUCKET, KEY = "arn:aws:s3:::data", f"arn:aws:kms:eu-west-1:{A}:key/7c1e"
ROLE_A, ROLE_B = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{B}:role/app"
MATEO = f"arn:aws:iam::{A}:user/mateo"
ENDPOINTS = ("vpce-1", "vpce-2")

LONG_TERM_ONLY = "sts:GetSessionToken"

# What policies name, and what requests ask for.
NAMED_ACTIONS = (
    "*", "s3:*", "s3:Get*", "S3:getobject", "s3:PutObject", "kms:Decrypt", "kms:*",
    "sts:AssumeRole", "sts:*", "iam:GetUser", "s3:ListAllMyBuckets", "iam:?etUser",
)  # fmt: skip
ASKED_ACTIONS = (
    "s3:GetObject", "s3:PutObject", "s3:ListAllMyBuckets", "s3:GetBucketAcl", "kms:Decrypt",
    "kms:CreateKey", "sts:AssumeRole", "sts:GetCallerIdentity", "sts:GetSessionToken",
    "sts:AssumeRoleWithSAML", "iam:GetUser", "ec2:DescribeInstances",
)  # fmt: skip
NAMED_RESOURCES = (
    "*", BUCKET, f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}/*", f"{BUCKET}/?", f"{BUCKET}*",
    KEY, f"arn:aws:kms:*:{A}:key/*", ROLE_A, f"arn:aws:iam::{A}:role/*", f"arn:aws:iam::{B}:role/*",
    f"arn:aws:iam::{A}:user/${{aws:username}}", "arn:aws:s3:::*/x",
)  # fmt: skip
ASKED_RESOURCES = (
    BUCKET, f"{BUCKET}/x", f"{BUCKET}/mateo/x", f"{BUCKET}/anna/y", f"{BUCKET}base", KEY,
    ROLE_A, ROLE_B, MATEO, "arn:aws:s3:::other/x", "arn:aws:s3:::other",
    f"arn:aws:kms:us-east-1:{A}:key/other", "arn:aws:iam::999900001111:role/app",
)  # fmt: skip
CONDITIONS = (
    Condition("Bool", "aws:multifactorauthpresent", ("true",)),
    Condition("Bool", "aws:multifactorauthpresent", ("false",), if_exists=True),
    Condition("NumericLessThan", "aws:multifactorauthage", ("3600",)),
    Condition("NumericGreaterThan", "aws:multifactorauthage", ("60",), if_exists=True),
    Condition("StringEquals", SOURCE_ENDPOINT, (ENDPOINTS[0],)),
    Condition("StringNotEquals", SOURCE_ENDPOINT, (ENDPOINTS[0], "vpce-9")),
    Condition("StringLike", "aws:requestedregion", ("eu-*",)),
    Condition("StringNotEquals", "aws:requestedregion", ("eu-west-1",)),
    Condition("StringEquals", "aws:resourceaccount", (A,)),
    Condition("StringEquals", "aws:principalaccount", ("${aws:resourceaccount}",)),
    Condition("ArnLike", "aws:principalarn", (f"arn:aws:iam::{A}:role/*",)),
    Condition("StringEquals", "aws:principaltag/name", ("${aws:username}",)),
    Condition("StringEquals", "aws:tagkeys", ("a",), quantifier="ForAnyValue"),
    Condition("StringEquals", "aws:tagkeys", ("a", "b"), quantifier="ForAllValues"),
    Condition("Null", "aws:tokenissuetime", ("true",)),
    Condition("IpAddress", "aws:sourceip", ("203.0.113.0/24",)),
)
VALUES: dict[str, Sequence[tuple[str, ...]]] = {
    "aws:multifactorauthpresent": (("true",), ("false",)),
    "aws:multifactorauthage": (("1",), ("60",), ("61",), ("1000",), ("3600",), ("9999",)),
    SOURCE_ENDPOINT: (*((name,) for name in ENDPOINTS), ("vpce-9",), ("vpce-7",)),
    "aws:requestedregion": (("eu-west-1",), ("eu-north-1",), ("us-east-1",)),
    "aws:resourceaccount": ((A,), (B,), ("999900001111",)),
    "aws:principaltag/name": (("mateo",), ("anna",)),
    "aws:tagkeys": (("a",), ("b",), ("a", "b"), ("c",), ("a", "c"), ("",)),
    "aws:tokenissuetime": (("2026-01-01T00:00:00Z",),),
    "aws:sourceip": (("203.0.113.9",), ("198.51.100.1",), ("2001:db8::1",)),
}
NAMED_PRINCIPALS = (
    (("AWS", ("*",)),),
    (("AWS", (f"arn:aws:iam::{A}:root",)),),
    (("AWS", (MATEO, B)),),
    (("AWS", (ROLE_A,)),),
    (("AWS", (ROLE_B,)),),
    (("Service", ("ec2.amazonaws.com",)),),
)


def some(values: Sequence[str], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(tuple)


def seldom() -> st.SearchStrategy[bool]:
    return st.sampled_from((False, False, False, False, True))


CONDITION_SETS = st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True).map(tuple)
IDENTITY = st.builds(
    Statement,
    origin=st.just(HERE),
    allows=st.sampled_from((True, True, False)),
    actions=some(NAMED_ACTIONS),
    resources=some(NAMED_RESOURCES),
    conditions=CONDITION_SETS,
    but_actions=seldom(),
    but_resources=seldom(),
)


def of_resource(*resources: str) -> st.SearchStrategy[Statement]:
    return st.builds(
        Statement,
        origin=st.just(HERE),
        allows=st.sampled_from((True, True, False)),
        actions=some(NAMED_ACTIONS),
        resources=some(resources),
        conditions=CONDITION_SETS,
        principals=st.sampled_from(NAMED_PRINCIPALS),
    )


def policy(statement: st.SearchStrategy[Statement]) -> st.SearchStrategy[Policy]:
    statements = st.lists(statement, min_size=1, max_size=3).map(tuple)
    return st.builds(Policy, st.just(HERE), st.just("policy"), statements)


ANY, OWN = policy(IDENTITY), st.lists(policy(IDENTITY), max_size=2).map(tuple)
BOUNDARY = st.one_of(st.none(), st.none(), ANY)


def user(name: str, account: str) -> st.SearchStrategy[Principal]:
    return st.builds(
        Principal,
        kind=st.just(Kind.USER),
        name=st.just(name),
        account=st.just(account),
        arn=st.just(f"arn:aws:iam::{account}:user/{name}"),
        policies=OWN,
        boundary=BOUNDARY,
        groups=st.just(("People",)),
        origin=st.just(HERE),
    )


def role(account: str) -> st.SearchStrategy[Principal]:
    return st.builds(
        Principal,
        kind=st.just(Kind.ROLE),
        name=st.just("app"),
        account=st.just(account),
        arn=st.just(f"arn:aws:iam::{account}:role/app"),
        policies=OWN,
        boundary=BOUNDARY,
        origin=st.just(HERE),
        session_arn=st.just(f"arn:aws:sts::{account}:assumed-role/app/session"),
    )


def guarded(arn: str, service: str, account: str, *resources: str) -> st.SearchStrategy[Guarded]:
    policies = st.one_of(st.none(), *[policy(of_resource(*resources))] * 3)
    return st.builds(
        Guarded, st.just(arn), st.just(service), st.just(account), policies, st.just(HERE)
    )


GUARDED = st.tuples(
    guarded(BUCKET, "s3", A, BUCKET, f"{BUCKET}/*", f"{BUCKET}/x", "*"),
    guarded(KEY, "kms", A, "*"),
    guarded(ROLE_A, "sts", A, "*"),
    guarded(ROLE_B, "sts", B, "*"),
)
ACCESSES = st.builds(
    Access,
    users=st.tuples(user("mateo", A), user("anna", B)),
    roles=st.tuples(role(A), role(B)),
    groups=st.tuples(
        st.builds(Group, st.just("People"), st.just(A), OWN, st.just(HERE)),
    ),
    guarded=st.lists(st.sampled_from(range(4)), unique=True).flatmap(
        lambda chosen: GUARDED.map(lambda every: tuple(every[place] for place in chosen))
    ),
    endpoints=st.lists(
        st.builds(
            Endpoint,
            st.sampled_from(ENDPOINTS),
            st.just("vpc"),
            st.sampled_from((("s3",), ("s3", "kms"))),
            policy(of_resource("*", BUCKET, f"{BUCKET}/*")),
            st.just(HERE),
        ),
        max_size=2,
        unique_by=lambda endpoint: endpoint.id,
    ).map(tuple),
)
ROWS = st.lists(
    st.builds(
        lambda kind, statement: Row(
            kind, statement, actions.named(statement.actions, but=statement.but_actions)
        ),
        st.sampled_from(("allow", "deny", "always", "contained")),
        IDENTITY,
    ),
    max_size=3,
).map(tuple)


@dataclass(frozen=True)
class Asked:
    """A request without its principal."""

    action: str
    resource: str
    context: Context


ASKED = st.builds(
    Asked,
    st.sampled_from(ASKED_ACTIONS),
    st.sampled_from(ASKED_RESOURCES),
    st.fixed_dictionaries({}, optional={key: st.sampled_from(v) for key, v in VALUES.items()}),
)


class World:
    """An access with the claims about it."""

    def __init__(self, access: Access, rows: tuple[Row, ...]) -> None:
        self.access, self.rows = access, rows
        self._cases: dict[Principal, list[Case]] = {}

    def principals(self) -> list[Principal]:
        access = self.access
        members = map(member_of, access.groups)
        return [*access.users, *access.roles, *members, *outsiders(access)]

    def cases_of(self, principal: Principal) -> list[Case]:
        if principal not in self._cases:
            self._cases[principal] = list(cases(self.access, principal, self.rows))
        return self._cases[principal]

    def naming(self, principal: Principal, action: str) -> Iterator[Statement]:
        """Every statement, of policies and rows, that names the action and the principal."""
        own = [*principal.policies, principal.boundary]
        others = [each.policy for each in self.access.guarded]
        others += [endpoint.policy for endpoint in self.access.endpoints]
        statements = [each for found in own if found for each in found.statements]
        statements += [
            each
            for found in others
            if found
            for each in found.statements
            if naming(each, principal)
        ]
        statements += [row.statement for row in self.rows]
        asked = actions.named((action,))
        for each in statements:
            if actions.named(each.actions, but=each.but_actions) & asked:
                yield each

    def ways(self, principal: Principal, action: str, resource: str) -> tuple[bool | str, ...]:
        """Which lists, and which guarded resources, it matches; and its account, if that counts."""
        implied = implied_context(Access(), principal, "*")
        lists = []
        for statement in self.naming(principal, action):
            known = [substitute(pattern, implied) for pattern in statement.resources]
            lists.append(tuple(pattern for pattern in known if pattern is not None))
        for each in self.access.guarded:
            if each.service == action.partition(":")[0]:
                lists += [(each.arn,)] + [(f"{each.arn}/*",)] * (each.service == "s3")
        counting = set(known_accounts(self.access))
        for statement in self.naming(principal, action):
            for condition in statement.conditions:
                counting |= set(condition.values) if condition.key == RESOURCE_ACCOUNT else set()
        account = [*resource.split(":", 5), *[""] * 5][4]
        return (
            account if account in counting else "",
            *(matcher(patterns)(resource) for patterns in lists),
        )

    def is_left_out(self, principal: Principal, action: str, resource: str) -> bool:
        service = action.partition(":")[0]
        guards = [each for each in self.access.guarded if each.service == service]
        ours = matcher(tuple(p for each in guards for p in (each.arn, f"{each.arn}/*")))(resource)
        # No other service is ever asked about a bucket, whose ARN alone does not say whose it is.
        foreign = resource.startswith("arn:aws:s3:") and service != "s3"
        # Outsiders matter where something of ours is asked for.
        return foreign or (is_outsider(principal) and not ours)

    def case_of(self, principal: Principal, action: str, resource: str) -> Case | None:
        wanted, asked = self.ways(principal, action, resource), actions.named((action,))
        found = [
            case
            for case in self.cases_of(principal)
            if case.actions & asked and self.ways(principal, action, case.resource) == wanted
        ]
        assert len(found) <= 1
        return found[0] if found else None


def decided(world: World, case: Case, asked: Asked, resource: str) -> Decision:
    """What the case says: the decision in the context in which the same conditions hold."""
    access, principal = world.access, case.principal
    applicable = select(access, principal, case.action, case.resource)
    conditions = [
        *applicable.conditions,
        *(condition for row in case.rows for condition in row.statement.conditions),
        *(Condition("StringEquals", SOURCE_ENDPOINT, (each.id,)) for each in applicable.endpoints),
        # AWS asks this itself.
        *[Condition("Null", "aws:tokenissuetime", ("true",))] * (asked.action == LONG_TERM_ONLY),
    ]
    full = {**asked.context, **implied_context(access, principal, resource)}
    wanted = [holds(condition, full) for condition in conditions]
    found = [
        decision
        for context, decision in zip(case.contexts, case.decisions, strict=True)
        if [holds(each, {**context, **case.implied}) for each in conditions] == wanted
    ]
    assert found
    assert len({decision.allowed for decision in found}) == 1
    return found[0]


def sound(world: World, principal: Principal, asked: Asked) -> None:
    level = actions.named((asked.action,)) & ~actions.without_resource_level()
    resource = asked.resource if level else "*"
    if world.is_left_out(principal, asked.action, resource):
        return
    request = Request(principal, asked.action, resource, asked.context)
    answer = evaluate(world.access, request)
    case = world.case_of(principal, asked.action, resource)
    if case is None:
        assert not answer.allowed or "no permission" in answer.reason
        return
    rows = {id(row) for row in world.rows if names(world, principal, row, asked, resource)}
    assert {id(row) for row in case.rows} == rows
    assert decided(world, case, asked, resource).allowed is answer.allowed


def names(world: World, principal: Principal, row: Row, asked: Asked, resource: str) -> bool:
    """Whether the row is about the request."""
    implied = implied_context(world.access, principal, "*")
    known = [substitute(pattern, implied) for pattern in row.statement.resources]
    about = matcher(tuple(pattern for pattern in known if pattern is not None))(resource)
    named = bool(row.actions & actions.named((asked.action,)))
    return named and about is not row.statement.but_resources


def check(access: Access, rows: tuple[Row, ...], requests: Sequence[Asked]) -> None:
    world = World(access, rows)
    for principal in world.principals():
        for asked in requests:
            sound(world, principal, asked)


REQUESTS = st.lists(ASKED, min_size=4, max_size=8)


# The same examples each time: one takes a second or so.
@settings(max_examples=15, derandomize=True)
@given(ACCESSES, ROWS, REQUESTS)
def test_the_answer_of_a_case_is_that_of_every_request_it_stands_for(
    access: Access, rows: tuple[Row, ...], requests: list[Asked]
) -> None:
    check(access, rows, requests)


@pytest.mark.exhaustive
# A world takes minutes to make smaller, and is found again as it is.
@settings(max_examples=150, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(ACCESSES, ROWS, REQUESTS)
def test_the_answer_of_a_case_is_that_of_every_request_in_many_examples(
    access: Access, rows: tuple[Row, ...], requests: list[Asked]
) -> None:
    check(access, rows, requests)
