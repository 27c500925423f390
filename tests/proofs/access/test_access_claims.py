"""The language of the claims, and what the shipped files say in it."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from proofs.access import BOUNDARIES_STAY, CLAIMS, CLAIMS_DIRECTORY, prove_access
from proofs.access.actions import named, names
from proofs.access.claims import Claims, Row, means, read_claims
from proofs.access.closed_world import CLOSED_WORLD
from proofs.access.endpoints_alone import ENDPOINTS_ALONE
from proofs.access.model import Access, Guarded, Kind, Principal
from proofs.access.rules import NO_ESCALATION
from proofs.access.vocabulary import all_actions
from proofs.assembly import Assembly, Stack
from proofs.findings import CANNOT_PROVE, Origin, UnusableInputError

A, B = "111122223333", "444455556666"
FACTS = {"users": ["ann", "bob"], "nobody": [], "bucket": "data", "nothing": None}
HEAD = 'stack = "Main"\n'
RULES = 'administrators = ["group Administrators"]\n'


def assembly(*stacks: Stack) -> Assembly:
    template = {"Metadata": {"AccessFacts": FACTS}, "Resources": {}}
    return Assembly(stacks or (Stack("Main", "Main", template, None, A, "eu-west-1"),))


def read(directory: Path, text: str, rules: str = RULES, *stacks: Stack) -> Claims:
    (directory / "main.toml").write_text(HEAD + text, encoding="utf-8")
    (directory / "rules.toml").write_text(rules, encoding="utf-8")
    return read_claims(directory, assembly(*stacks))


def rows(directory: Path, text: str, rules: str = RULES) -> tuple[Row, ...]:
    return read(directory, text, rules).rows


# -- every kind of row


def test_an_allow_row_is_a_statement_with_its_place_as_origin(tmp_path: Path) -> None:
    text = """
[conditions]
mfa = ["Bool aws:MultiFactorAuthPresent true", "StringEquals aws:PrincipalTag/a b, c"]
[[allow]]
to = ["group Readers", "role App"]
actions = ["s3:Get*"]
on = ["arn:aws:s3:::{bucket}/*"]
when = ["mfa"]
"""
    (row,) = rows(tmp_path, text)
    assert (row.kind, row.to, row.stack, row.account) == (
        "allow",
        ("group Readers", "role App"),
        "Main",
        A,
    )
    assert row.statement.origin == Origin("main.toml", "allow #1")
    assert row.statement.allows
    assert row.statement.resources == ("arn:aws:s3:::data/*",)
    assert row.actions == named(("s3:Get*",))
    found = {(each.operator, each.key, each.values) for each in row.statement.conditions}
    assert found == {
        ("Bool", "aws:multifactorauthpresent", ("true",)),
        ("StringEquals", "aws:principaltag/a", ("b", "c")),
    }


def test_a_deny_row_without_to_means_everyone_and_may_spare_actions(tmp_path: Path) -> None:
    text = '[[deny]]\nactions = ["iam:*"]\nbut_actions = ["iam:GetUser"]\non = ["*"]'
    (row,) = rows(tmp_path, text)
    assert not row.statement.allows
    assert row.to == ()
    assert row.actions == named(("iam:*",)) & ~named(("iam:GetUser",))
    assert row.means(Principal(Kind.SERVICE, "ec2.amazonaws.com"))


def test_a_row_of_roles_or_endpoints_is_one_for_each(tmp_path: Path) -> None:
    text = """
[[assume]]
roles = ["One", "Two"]
by = ["service ec2.amazonaws.com"]
delegated = true
[[through]]
endpoints = ["S3"]
actions = ["s3:GetObject"]
on = ["*"]
optional = true
"""
    one, two, through = rows(tmp_path, text)
    assert [one.subject, two.subject, through.subject] == ["One", "Two", "S3"]
    assert one.actions == named(("sts:AssumeRole",))
    assert (one.delegated, one.optional) == (True, False)
    assert (through.delegated, through.optional) == (False, True)


def test_aws_managed_claims_every_statement_of_the_policy(tmp_path: Path) -> None:
    found = rows(tmp_path, '[[allow]]\nto = ["group Auditors"]\naws_managed = "SecurityAudit"')
    assert len(found) > 1
    assert {row.statement.origin for row in found} == {Origin("main.toml", "allow #1")}
    assert any("s3:GetBucketPolicy" in names(row.actions) for row in found)


def test_rules_speak_of_no_stack(tmp_path: Path) -> None:
    rules = """
administrators = ["group Administrators"]
[conditions]
mfa = ["Bool aws:MultiFactorAuthPresent true"]
none = ["StringEquals aws:PrincipalTag/x {nobody}"]
[[always]]
claim = "mfa-required"
who = ["people"]
but = ["group Administrators"]
actions = ["*"]
on = ["*"]
when = ["mfa"]
[[always]] # nobody asks for it: it says nothing
claim = "mfa-required"
who = ["people"]
actions = ["*"]
on = ["*"]
when = ["none"]
[[way]]
name = "a way"
actions = ["iam:PassRole", "ec2:RunInstances"]
[[contained]]
who = ["user {users}"]
actions = ["iam:PassRole"]
on = ["arn:aws:iam::{own_account}:role/x", "arn:aws:iam::{account}:role/y"]
because = "reasons"
"""
    claims = read(tmp_path, '[[deny]]\nactions = ["*"]\non = ["*"]', rules)
    _, always, way, contained = claims.rows
    assert (always.subject, always.but, always.stack) == (
        "mfa-required",
        ("group Administrators",),
        "",
    )
    assert way.subject == "a way"
    assert contained.to == ("user ann", "user bob")
    # No template makes a role.
    assert contained.statement.resources == (f"arn:aws:iam::{A}:role/y",)
    group = Principal(Kind.USER, "x", A, groups=("Administrators",))
    assert claims.is_administrator(group)
    assert not claims.is_administrator(Principal(Kind.USER, "x", A, groups=("Others",)))


# -- facts


@pytest.mark.parametrize(
    ("fact", "resources"),
    [
        ("{users}", ("x/ann", "x/bob")),
        ("{bucket}", ("x/data",)),
        ("{account}", (f"x/{A}",)),
        ("{region}", ("x/eu-west-1",)),
        ("{users}-{bucket}", ("x/ann-data", "x/bob-data")),
    ],
)
def test_facts_fill_texts_once_for_each_item(
    fact: str, resources: tuple[str, ...], tmp_path: Path
) -> None:
    text = f'[[deny]]\nactions = ["s3:*"]\non = ["x/{fact}"]'
    (row,) = rows(tmp_path, text)
    assert row.statement.resources == resources


@pytest.mark.parametrize("fact", ["{nobody}", "{nothing}"])
def test_an_empty_fact_takes_what_it_fills_away(fact: str, tmp_path: Path) -> None:
    text = f"""
[conditions]
asked = ["StringEquals aws:PrincipalTag/x {fact}"]
[[allow]]
to = ["user {fact}"]
actions = ["s3:*"]
on = ["*"]
[[allow]]
to = ["user ann"]
actions = ["s3:*"]
on = ["x/{fact}"]
[[allow]]
to = ["user ann"]
actions = ["s3:*"]
on = ["*"]
when = ["asked"]
"""
    nobody, everyone = rows(tmp_path, text)
    ann = Principal(Kind.USER, "ann", A, origin=Origin("Main", "Ann"))
    assert not nobody.means(ann)
    assert everyone.means(ann)
    assert everyone.statement.conditions == ()


def test_a_fact_comes_from_another_stack_or_from_what_may_be_absent(tmp_path: Path) -> None:
    stacks = (
        Stack("Main", "Main", {"Resources": {}}, None, A, "eu-west-1"),
        Stack("Other", "Other", {"Metadata": {"AccessFacts": {"bucket": "theirs"}}}, None, B),
    )
    absent = '[absent]\nmissing = "m"\nbucket = "m"\n'
    text = f"{absent}[[deny]]\nactions = ['s3:*']\non = ['{{bucket}}{{missing}}{{account}}']"
    row = read(tmp_path, text, RULES, *stacks).rows[0]
    assert row.statement.resources == (f"theirsm{A}",)


# -- whom selectors mean

HERE = Origin("Main", "X")
ANN = Principal(Kind.USER, "ann", A, groups=("Readers",), origin=HERE)
APP = Principal(Kind.ROLE, "App", A, origin=HERE)
MEMBER = Principal(Kind.USER, "<member of Readers>", A, groups=("Readers",))
STRANGER = Principal(Kind.USER, "eve", B)
SERVICE = Principal(Kind.SERVICE, "ec2.amazonaws.com")
EVERYBODY = {
    "ann": ANN, "App": APP, "member": MEMBER, "stranger": STRANGER, "service": SERVICE
}  # fmt: skip
SELECTORS = (
    ("everyone", "ann App member"),
    ("outsiders", "stranger service"),
    ("people", "ann member"),
    ("group Readers", "ann member"),
    ("group Writers", ""),
    ("user ann", "ann"),
    (f"user ann of {B}", ""),
    (f"user eve of {B}", "stranger"),
    ("user eve", ""),
    ("role App", "App"),
    ("role Main/App", "App"),
    ("role Other/App", ""),
    ("roles of Main", "App"),
    ("roles of Other", ""),
    (f"account {B}", "stranger"),
    (f"account {A}", ""),
    ("service ec2.amazonaws.com", "service"),
    ("service", "service"),
    ("service s3.amazonaws.com", ""),
    ("nobody", ""),
)


@pytest.mark.parametrize(("selector", "meant"), SELECTORS)
def test_a_selector_means_these(selector: str, meant: str) -> None:
    found = [name for name, each in EVERYBODY.items() if means(selector, each, A, None)]
    assert found == meant.split()


def test_what_the_environment_states_of_members_counts_more_than_the_templates() -> None:
    assert not means("group Readers", ANN, A, {})
    assert means("group Writers", ANN, A, {"ann": ["Writers"]})
    assert means("group Readers", MEMBER, A, {})


def test_an_optional_deny_of_what_is_not_there_is_no_row(tmp_path: Path) -> None:
    text = '[[deny]]\nactions = ["s3:*"]\non = ["arn:aws:s3:::x"]\noptional = true'
    claims = read(tmp_path, text)
    assert claims.within(Access()).rows == ()
    there = Guarded("arn:aws:s3:::x", "s3", A, None, HERE)
    assert claims.within(Access(guarded=(there,))).rows == claims.rows


# -- what is refused

DENY = '[[deny]]\nactions = ["s3:*"]\non = ["*"]\n'
REFUSED = (
    ("[[allows]]\n", "main.toml: unknown section allows. Allowed: absent, administrators, "),
    (
        '[[allow]]\nto = ["people"]\naction = ["s3:*"]',
        "main.toml/allow #1: unknown key action. Allowed: actions, aws_managed, on, to, when",
    ),
    ('[[allow]]\nactions = ["s3:*"]', "main.toml/allow #1: to is missing. Required: to"),
    (DENY + '[[deny]]\nactions = ["s3:*"]', "main.toml/deny #2: on is missing. Required: actions"),
    ('[[assume]]\nroles = ["X"]', "main.toml/assume #1: by is missing. Required: by, roles"),
    (DENY + 'when = ["mfa"]', "main.toml/deny #1: when = mfa. Allowed: "),
    (
        DENY.replace("*", "{x}", 2).replace("s3:{x}", "s3:*"),
        "main.toml/deny #1: {x} is no fact. Allowed: account, bucket, nobody, nothing, region, ",
    ),
    (DENY.replace("s3:*", "s3:GetObjekt"), "main.toml/deny #1: .*s3:GetObjekt"),
    (DENY.replace("s3:*", "s4:*"), "main.toml/deny #1: .*s4:"),
    (
        '[conditions]\nx = ["Bool aws:MultiFactorAuthPresentt true"]\n' + DENY + 'when = ["x"]',
        "main.toml/deny #1: .*aws:multifactorauthpresentt",
    ),
    (
        '[conditions]\nx = ["Boool aws:MultiFactorAuthPresent true"]\n' + DENY + 'when = ["x"]',
        "main.toml/deny #1: .*Boool",
    ),
    (
        '[conditions]\nx = ["Bool aws:MultiFactorAuthPresent"]\n' + DENY + 'when = ["x"]',
        "main.toml/deny #1: ",
    ),
    (
        '[[allow]]\nto = ["people"]\naws_managed = "Nothing"',
        "main.toml/allow #1: aws_managed = Nothing: not in aws_managed.json",
    ),
    ("[[", ".*main.toml cannot be read as TOML: "),
)


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_one_line_says_what_is_wrong_where(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError) as refused:
        read(tmp_path, text)
    assert re.match(message.replace("{x}", re.escape("{x}")), str(refused.value), re.IGNORECASE)
    assert "\n" not in str(refused.value)


def test_claims_about_no_stack_of_the_assembly_are_refused(tmp_path: Path) -> None:
    (tmp_path / "main.toml").write_text('stack = "Other"\n', encoding="utf-8")
    with pytest.raises(UnusableInputError, match="holds no claims about a stack of the assembly"):
        read_claims(tmp_path, assembly())


def test_a_rule_for_an_unknown_claim_is_refused(tmp_path: Path) -> None:
    rules = RULES + '[[always]]\nclaim = "mfa"\nwho = ["people"]\nactions = ["*"]\non = ["*"]'
    read(tmp_path, DENY, rules)
    with pytest.raises(UnusableInputError, match=r"rules.toml/always #1: claim = mfa. Allowed: "):
        prove_access(assembly(), tmp_path)


# -- the shipped files


def shipped() -> dict[str, dict[str, Any]]:
    return {
        path.name: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(CLAIMS_DIRECTORY.glob("*.toml"))
    }


def test_every_claim_has_a_rule() -> None:
    found = {row["claim"] for row in shipped()["rules.toml"]["always"]}
    by_code = {CLOSED_WORLD, NO_ESCALATION, ENDPOINTS_ALONE, BOUNDARIES_STAY, CANNOT_PROVE}
    assert found | by_code == set(CLAIMS)


def test_at_least_thirty_ways_each_with_its_name_and_with_actions_that_aws_has() -> None:
    ways = shipped()["rules.toml"]["way"]
    assert len({way["name"] for way in ways}) == len(ways) >= 30
    known = set(all_actions())
    assert [name for way in ways for name in way["actions"] if name not in known] == []
    assert len({frozenset(way["actions"]) for way in ways}) == len(ways)


def test_each_file_but_the_rules_speaks_of_one_stack_and_each_stack_has_one() -> None:
    stacks = {name: content.get("stack") for name, content in shipped().items()}
    assert stacks.pop("rules.toml") is None
    assert all(stacks.values())
    assert len(set(stacks.values())) == len(stacks)


@pytest.mark.parametrize("name", shipped())
def test_no_row_stands_twice_and_every_condition_is_used(name: str) -> None:
    content = shipped()[name]
    found = [row for kind, part in content.items() if isinstance(part, list) for row in part]
    found = [row for row in found if isinstance(row, dict)]
    twice = [text for text, count in Counter(map(repr, found)).items() if count > 1]
    assert twice == []
    used = {condition for row in found for condition in row.get("when", [])}
    assert used == set(content.get("conditions", {}))
