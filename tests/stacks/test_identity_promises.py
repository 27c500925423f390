"""What the identity stack promises with every switch on; each promise has twins that break it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.conftest import Assembly
from tests.policies import Template, managed, of_type
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot

# Whom the directory's people work as, in tests/stacks/everything.toml.
JOBS = ("Auditors", "Developers")


@pytest.fixture
def template(everything: Assembly) -> Template:
    return copy.deepcopy(everything.identity)


def role(template: Template, prefix: str) -> dict[str, Any]:
    roles = of_type(template, "AWS::IAM::Role").items()
    (found,) = (value for key, value in roles if key.startswith(prefix))
    return found


def trust(template: Template, prefix: str) -> dict[str, Any]:
    (found,) = role(template, prefix)["AssumeRolePolicyDocument"]["Statement"]
    statement: dict[str, Any] = found
    return statement


def federated_people_come_from_the_provider(template: Template) -> None:
    (provider,) = of_type(template, "AWS::IAM::SAMLProvider")
    for job in JOBS:
        assert trust(template, f"Saml{job}") == {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithSAML",
            "Principal": {"Federated": {"Ref": provider}},
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }


def federated_people_have_the_rights_of_a_group(template: Template) -> None:
    groups = {group["GroupName"]: group for group in of_type(template, "AWS::IAM::Group").values()}
    for job in JOBS:
        rights = role(template, f"Saml{job}")["ManagedPolicyArns"]
        assert rights == groups[job]["ManagedPolicyArns"][1:]


def one_repository_and_branch_deploys(template: Template) -> None:
    (provider,) = of_type(template, "AWS::IAM::OIDCProvider")
    host = "token.actions.githubusercontent.com"
    assert trust(template, "DeployRole") == {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": {"Ref": provider}},
        "Condition": {
            "StringEquals": {
                f"{host}:aud": "sts.amazonaws.com",
                f"{host}:sub": "repo:owner/name:ref:refs/heads/main",
            }
        },
    }


def it_deploys_by_way_of_the_bootstrap_roles(template: Template) -> None:
    (row,) = (row for row in managed(template) if row.policy.startswith("DeployPolicy"))
    assert row.actions == {"sts:AssumeRole"}
    assert [arn.rpartition("/")[2] for arn in row.resources] == [
        f"cdk-hnb659fds-{name}-111122223333-eu-west-1"
        for name in ("deploy-role", "file-publishing-role", "lookup-role")
    ]


def the_glass_opens_to_named_users_with_fresh_mfa_where_it_is_seen(template: Template) -> None:
    (user,) = of_type(template, "AWS::IAM::User")
    assert trust(template, "BreakGlassRole") == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": {"Fn::GetAtt": [user, "Arn"]}},
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
            "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
        },
    }
    assert role(template, "BreakGlassRole")["MaxSessionDuration"] == 3600


def whoever_breaks_the_glass_is_seen(template: Template) -> None:
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    (topic,) = of_type(template, "AWS::SNS::Topic")
    (glass,) = (key for key in template["Resources"] if key.startswith("BreakGlassRole"))
    # AssumeRole counts as reading, of which a rule hears in this state only.
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert rule["EventPattern"]["detail"]["eventName"] == ["AssumeRole"]
    assert rule["EventPattern"]["detail"]["requestParameters"] == {
        "roleArn": [{"Fn::GetAtt": [glass, "Arn"]}]
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": topic}


def the_message_reaches_the_contact_encrypted(template: Template) -> None:
    ((name, topic),) = of_type(template, "AWS::SNS::Topic").items()
    (subscription,) = of_type(template, "AWS::SNS::Subscription").values()
    assert subscription["Endpoint"] == "security@example.com"
    assert subscription["TopicArn"] == {"Ref": name}
    assert "KmsMasterKeyId" in topic
    (policy,) = of_type(template, "AWS::SNS::TopicPolicy").values()
    publishing = [row for row in policy["PolicyDocument"]["Statement"] if row["Effect"] == "Allow"]
    # EventBridge may fail to deliver to an encrypted topic with a role.
    assert {"Service": "events.amazonaws.com"} in [row["Principal"] for row in publishing]
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    assert "RoleArn" not in rule["Targets"][0]


def every_user_says_whom_to_ask(template: Template) -> None:
    for user in of_type(template, "AWS::IAM::User").values():
        assert {"Key": "contact", "Value": "ann@example.com"} in user["Tags"]


def functions_stay_out_of_the_network(template: Template) -> None:
    functions = of_type(template, "AWS::Lambda::Function")
    assert functions
    assert not [name for name, function in functions.items() if "VpcConfig" in function]


Promise = Callable[[Template], None]


def in_trust(prefix: str, *path: str, value: object = None) -> Promise:
    """Set what stands at the path of a trust statement; without a value, remove it."""

    def change(template: Template) -> None:
        place = trust(template, prefix)
        for key in path[:-1]:
            place = place[key]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


def within(kind: str, key: str, value: object) -> Promise:
    """Set a property of the first resource of a type."""

    def change(template: Template) -> None:
        next(iter(of_type(template, kind).values()))[key] = value

    return change


def second_trust(prefix: str) -> Promise:
    def change(template: Template) -> None:
        statements = role(template, prefix)["AssumeRolePolicyDocument"]["Statement"]
        statements.append({**statements[0], "Principal": "*"})

    return change


def more_rights(template: Template) -> None:
    arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    role(template, "SamlAuditors")["ManagedPolicyArns"].append(arn)


def any_role(template: Template) -> None:
    (row,) = (row for row in managed(template) if row.policy.startswith("DeployPolicy"))
    row.statement["Resource"] = "*"


def any_event(template: Template) -> None:
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    rule["EventPattern"]["detail"]["requestParameters"] = {"roleArn": ["arn:aws:iam::1:role/x"]}


CONDITION = ("Condition", "StringEquals")
SUB = "token.actions.githubusercontent.com:sub"
TWINS: dict[Promise, tuple[Promise, ...]] = {
    federated_people_come_from_the_provider: (
        in_trust("SamlAuditors", "Principal", value={"Federated": "*"}),
        in_trust("SamlAuditors", "Condition"),
        in_trust("SamlDevelopers", *CONDITION, "SAML:aud", value="https://example.com"),
        second_trust("SamlAuditors"),
    ),
    federated_people_have_the_rights_of_a_group: (more_rights,),
    one_repository_and_branch_deploys: (
        in_trust("DeployRole", *CONDITION, SUB, value="repo:owner/name:*"),
        in_trust("DeployRole", *CONDITION, SUB),
        in_trust("DeployRole", *CONDITION, SUB.replace("sub", "aud")),
        in_trust("DeployRole", "Condition", value={"StringLike": {SUB: "repo:owner/*"}}),
        second_trust("DeployRole"),
    ),
    it_deploys_by_way_of_the_bootstrap_roles: (any_role,),
    the_glass_opens_to_named_users_with_fresh_mfa_where_it_is_seen: (
        in_trust("BreakGlassRole", "Principal", value={"AWS": "arn:aws:iam::111122223333:root"}),
        in_trust("BreakGlassRole", "Condition", "Bool"),
        in_trust("BreakGlassRole", "Condition", "NumericLessThan"),
        in_trust("BreakGlassRole", *CONDITION, "aws:RequestedRegion"),
        second_trust("BreakGlassRole"),
    ),
    whoever_breaks_the_glass_is_seen: (
        within("AWS::Events::Rule", "State", "ENABLED"),
        within("AWS::Events::Rule", "Targets", []),
        any_event,
    ),
    the_message_reaches_the_contact_encrypted: (
        within("AWS::SNS::Subscription", "Endpoint", "other@example.com"),
        within("AWS::SNS::Subscription", "TopicArn", "other"),
        lambda template: next(iter(of_type(template, "AWS::SNS::Topic").values())).clear(),
    ),
    every_user_says_whom_to_ask: (within("AWS::IAM::User", "Tags", []),),
    functions_stay_out_of_the_network: (within("AWS::Lambda::Function", "VpcConfig", {}),),
}


@pytest.mark.parametrize("promise", TWINS, ids=lambda promise: promise.__name__)
def test_promise_is_kept(promise: Promise, template: Template) -> None:
    promise(template)


@pytest.mark.parametrize(
    ("promise", "twin"),
    [
        pytest.param(promise, twin, id=f"{promise.__name__}-{number}")
        for promise, twins in TWINS.items()
        for number, twin in enumerate(twins)
    ],
)
def test_its_twin_is_found(promise: Promise, twin: Promise, template: Template) -> None:
    twin(template)
    with pytest.raises((AssertionError, ValueError)):
        promise(template)


def test_policy_of_every_switch_is_the_reviewed_one(
    template: Template, snapshot: SnapshotAssertion
) -> None:
    assert policy(template) == snapshot(extension_class=PolicySnapshot)


@pytest.mark.parametrize(
    ("ids", "subject"),
    [
        ({}, "repo:owner/name:ref:refs/heads/main"),
        ({"owner_id": 12, "repository_id": 345}, "repo:owner@12/name@345:ref:refs/heads/main"),
    ],
)
def test_a_repository_with_ids_is_trusted_by_them_and_by_nothing_else(
    identity_of: Callable[..., Template], ids: dict[str, int], subject: str
) -> None:
    template = identity_of(oidc={"repository": "owner/name", **ids})
    equal = trust(template, "DeployRole")["Condition"]["StringEquals"]
    assert equal["token.actions.githubusercontent.com:sub"] == subject
