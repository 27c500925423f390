"""The group of account B: its members, and the one role that they may assume."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from blueprint.trusted_group import TrustedGroup
from tests.policies import Row, of_group, of_type

WITH_MFA = {
    "Bool": {"aws:MultiFactorAuthPresent": "true"},
    "NumericLessThan": {"aws:MultiFactorAuthAge": "7200"},
}


def template_of(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 (properties of the construct)
    stack = cdk.Stack()
    given = {
        "users": ["alice", "bob"],
        "create_users": False,
        "mfa_maximum_age_hours": 2,
        **properties,
    }
    TrustedGroup(
        stack,
        "Group",
        name="Group",
        account="111122223333",
        role_name="PartnerData",
        **given,
    )
    return dict(Template.from_stack(stack).to_json())


def assumed(template: dict[str, Any]) -> list[tuple[list[str], dict[str, Any]]]:
    return [
        (row.resources, row.conditions)
        for row in of_group(template, "Group")
        if row.allows and "sts:AssumeRole" in row.actions
    ]


def test_users_who_exist_are_added_and_others_are_created() -> None:
    existing, created = template_of(), template_of(create_users=True)
    (addition,) = of_type(existing, "AWS::IAM::UserToGroupAddition").values()
    assert addition["Users"] == ["alice", "bob"]
    assert not of_type(existing, "AWS::IAM::User")
    users = of_type(created, "AWS::IAM::User").values()
    assert [user["UserName"] for user in users] == ["alice", "bob"]
    assert not of_type(created, "AWS::IAM::UserToGroupAddition")


def test_a_new_user_changes_no_other_user() -> None:
    two = template_of(create_users=True)["Resources"]
    three = template_of(create_users=True, users=["anna", "alice", "bob"])["Resources"]
    assert {name: three[name] for name in two} == two


def test_a_user_may_be_called_like_a_part_of_the_group() -> None:
    names = ["Group", "Members", "Policy", "RequireMfa", "Users"]
    users = of_type(template_of(create_users=True, users=names), "AWS::IAM::User").values()
    assert [user["UserName"] for user in users] == names


def test_there_is_one_role_unless_an_organization_has_more() -> None:
    arn = "arn:<Partition>:iam::{}:role/PartnerData"
    own = ([arn.format("111122223333")], WITH_MFA)
    assert assumed(template_of()) == [own]
    assert assumed(template_of(organization_id="o-a1b2c3d4e5")) == [
        own,
        ([arn.format("*")], {**WITH_MFA, "StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}),
    ]


def denials(template: dict[str, Any]) -> dict[str, Row]:
    rows = of_group(template, "Group")
    return {row.statement["Sid"]: row for row in rows if not row.allows}


@pytest.mark.parametrize("sid", ["NoMfa", "OldMfa"])
def test_members_do_nothing_else_without_recent_mfa(sid: str) -> None:
    assert "sts:AssumeRole" in denials(template_of())[sid].actions


@pytest.mark.parametrize(("hours", "seconds"), [(1, "43200"), (12, "43200"), (36, "129600")])
def test_a_short_age_for_the_role_shortens_no_other_work_of_members(
    hours: int, seconds: str
) -> None:
    row = denials(template_of(mfa_maximum_age_hours=hours))["OldMfa"]
    assert row.conditions == {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": seconds}}
