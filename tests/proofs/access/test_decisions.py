"""What a decision says beside yes or no, and what `select` leaves to the context."""

from dataclasses import replace

import pytest

from proofs.access.evaluate import decide, implied_context, member_of, select
from proofs.access.model import Access, Condition, Group
from proofs.access.patterns import substitute
from tests.proofs.access.access_cases import (
    APP,
    BUCKET,
    HERE,
    KEY,
    MATEO,
    OBJECT,
    ROOT_A,
    ROOT_B,
    SESSION,
    TARGET,
    VPCE,
    A,
    B,
    Case,
    Json,
    access,
    allow,
    bucket,
    decision,
    deny,
    document,
    key,
    policy,
    principal,
    request,
    role,
    to,
    trust,
)

EVERYTHING, NOTHING = document(allow("*")), document(allow("iam:GetUser"))
APPLICATION: Json = {"kind": "role", "name": "app", "session": "i-0123"}
# The reason, the number of statements that decided, and the request.
REASONS = (
    ("an explicit deny", 1, Case(policies=(document(allow(), deny()),))),
    ("an identity policy allows it", 1, Case(policies=(EVERYTHING,))),
    ("an identity policy allows it", 2, Case(policies=(EVERYTHING,), boundary=EVERYTHING)),
    (
        "an identity policy allows it",
        3,
        Case(policies=(EVERYTHING,), boundary=EVERYTHING, session_policies=(EVERYTHING,)),
    ),
    ("no identity policy allows it", 0, Case()),
    ("the boundary does not allow it", 0, Case(policies=(EVERYTHING,), boundary=NOTHING)),
    (
        "the session policy does not allow it",
        0,
        Case(policies=(EVERYTHING,), session_policies=(NOTHING,)),
    ),
    ("the resource's policy allows it", 1, Case(resources=bucket(to(MATEO)))),
    (
        "the boundary does not allow it",
        0,
        replace(Case(boundary=NOTHING, resources=bucket(to(APP))), **APPLICATION),
    ),
    (
        "the resource's policy allows it",
        2,
        replace(Case(boundary=EVERYTHING, resources=bucket(to(APP))), **APPLICATION),
    ),
    (
        "the endpoint policy does not allow it",
        0,
        Case(
            policies=(EVERYTHING,),
            endpoint=document(allow("s3:PutObject", Principal="*")),
            context={"aws:SourceVpce": VPCE},
        ),
    ),
    (
        "the key policy does not allow it",
        0,
        Case("kms:Decrypt", KEY, policies=(EVERYTHING,), resources=key(to(APP, action="kms:*"))),
    ),
    (
        "the trust policy does not allow it",
        0,
        Case("sts:AssumeRole", TARGET, policies=(EVERYTHING,), resources=role(trust({"AWS": APP}))),
    ),
    (
        f"no policy of account {A} allows it",
        0,
        Case(policies=(EVERYTHING,), account=B, resources=bucket(to(ROOT_A))),
    ),
    (
        "an identity policy and the resource's policy allow it",
        2,
        Case(policies=(EVERYTHING,), account=B, resources=bucket(to(ROOT_B))),
    ),
    ("no policy of the resource allows it", 0, Case(kind="anonymous", name="")),
    ("AWS asks for no permission", 0, Case("sts:GetCallerIdentity", "*")),
)


@pytest.mark.parametrize(("reason", "number", "case"), REASONS)
def test_a_decision_says_why_and_by_which_statements(reason: str, number: int, case: Case) -> None:
    decided = decision(case)
    assert (decided.reason, len(decided.statements)) == (reason, number)


def test_a_deny_is_the_only_statement_that_decides() -> None:
    decided = decision(Case(policies=(document(allow(), deny(Sid="Never")),)))
    assert [s.origin.position for s in decided.statements] == ["statement #2 (Never)"]


def test_conditions_on_who_asks_are_settled_when_statements_are_selected() -> None:
    case = Case(
        policies=(
            document(
                allow(Condition={"StringEquals": {"aws:username": "mateo", "svc:a": "1"}}),
                allow(Condition={"StringEquals": {"aws:username": "saanvi", "svc:b": "1"}}),
                allow("kms:*", Condition={"StringEquals": {"svc:c": "1"}}),
                allow(Condition={"StringEquals": {"svc:d": "${aws:username}"}}),
            ),
        )
    )
    asked = request(case)
    applicable = select(access(case), asked.principal, asked.action, asked.resource)
    assert applicable.conditions == (
        Condition("StringEquals", "svc:a", ("1",)),
        Condition("StringEquals", "svc:d", ("mateo",)),
    )
    assert decide(applicable, {"svc:a": ("1",)}).allowed
    assert not decide(applicable, {"svc:b": ("1",)}).allowed


def test_one_selection_serves_long_term_keys_and_temporary_credentials() -> None:
    applicable = select(Access(), principal(Case()), "sts:GetSessionToken", "*")
    assert decide(applicable, {}).allowed
    assert not decide(applicable, {"aws:tokenissuetime": ("2026-01-01T00:00:00Z",)}).allowed


def test_the_endpoints_of_the_service_are_told() -> None:
    case = Case(endpoint=document(allow("*", Principal="*")))
    known, who = access(case), principal(case)
    assert [e.id for e in select(known, who, "s3:GetObject", OBJECT).endpoints] == [VPCE]
    assert select(known, who, "kms:Decrypt", KEY).endpoints == ()


def test_a_value_of_a_variable_is_a_text_and_no_pattern() -> None:
    home = document(allow("s3:*", f"{BUCKET}/${{aws:PrincipalTag/team}}/*"))
    assert not decision(Case(policies=(home,), context={"aws:PrincipalTag/team": "*"})).allowed
    assert substitute("${a:b}", {"a:b": ("${*}$?",)}) == "${$}{${*}}${$}${?}"


def test_without_a_quantifier_one_of_several_values_has_to_match() -> None:
    several = {"aws:TagKeys": ("b", "a")}
    equal = document(allow(Condition={"StringEquals": {"aws:TagKeys": "a"}}))
    unequal = document(allow(Condition={"StringNotEquals": {"aws:TagKeys": "a"}}))
    assert decision(Case(policies=(equal,), context=several)).allowed
    assert not decision(Case(policies=(unequal,), context=several)).allowed


def test_a_resource_of_an_unknown_account_is_decided_by_identities_alone() -> None:
    elsewhere = TARGET.replace(A, B)
    case = Case("sts:AssumeRole", elsewhere, policies=(EVERYTHING,))
    assert decision(case).allowed
    known = replace(case, resources=role(trust({"AWS": ROOT_B}), B))
    assert decision(known).reason == f"no policy of account {B} allows it"
    described = replace(known, action="iam:GetRole")
    assert decision(described).reason == f"no policy of account {B} allows it"


def test_any_role_belongs_to_no_account() -> None:
    assert "aws:resourceaccount" not in implied_context(
        Access(), principal(Case()), "arn:aws:iam::*:role/*"
    )


def test_the_context_follows_from_who_asks_for_what() -> None:
    session = principal(replace(Case(), **APPLICATION))
    assert session.session_arn == SESSION
    assert implied_context(Access(), session, KEY) == {
        "aws:principalaccount": (A,),
        "aws:principalarn": (APP,),
        "aws:principalisawsservice": ("false",),
        "aws:principaltype": ("AssumedRole",),
        "aws:resourceaccount": (A,),
        "aws:userid": ("<id of app>:i-0123",),
    }
    assert implied_context(Access(), principal(Case()), OBJECT) == {
        "aws:principalaccount": (A,),
        "aws:principalarn": (MATEO,),
        "aws:principalisawsservice": ("false",),
        "aws:principaltype": ("User",),
        "aws:userid": ("<id of mateo>",),
        "aws:username": ("mateo",),
    }


def test_a_member_of_a_group_has_its_policies_and_no_others() -> None:
    policies = (policy(document(allow())),)
    member = member_of(Group("Auditors", A, policies, HERE))
    assert (member.policies, member.groups, member.boundary) == (policies, ("Auditors",), None)
    known = Access(groups=(Group("Auditors", A, policies, HERE),))
    assert decide(select(known, member, "s3:GetObject", OBJECT), {}).allowed
    assert not decide(select(known, member, "s3:PutObject", OBJECT), {}).allowed
