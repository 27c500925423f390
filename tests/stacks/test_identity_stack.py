"""What the identity stack deploys: people, and ways in from elsewhere."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.conftest import Assembly
from tests.policies import Template, changed, flat, managed, of_type, without_code
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot

ANN = {"name": "ann", "groups": ["ServerOperators"], "contact": "ann@example.com"}
BREAK_GLASS = {"users": ["ann"], "contact": "security@example.com"}


def test_template_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    template = without_code(assembly.identity)
    assert template == snapshot(extension_class=JSONSnapshotExtension)


def test_policy_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert policy(assembly.identity) == snapshot(extension_class=PolicySnapshot)


@pytest.mark.parametrize("stack", ["Network", "Servers", "Identity"])
def test_every_stack_says_which_environment_it_belongs_to(assembly: Assembly, stack: str) -> None:
    tags = assembly.read("manifest.json")["artifacts"][stack]["properties"]["tags"]
    assert tags["blueprint:environment"] == assembly.environment.name


def forbidden_for_people(template: Template) -> list[str]:
    """Rights, keys and passwords that hang on a user."""
    kinds = {"AWS::IAM::AccessKey", "AWS::IAM::UserPolicy", "AWS::IAM::Policy"}
    kinds |= {"AWS::IAM::UserToGroupAddition", "AWS::SecretsManager::Secret"}
    found = [key for key, value in template["Resources"].items() if value["Type"] in kinds]
    for logical_id, user in of_type(template, "AWS::IAM::User").items():
        found += [f"{logical_id}.{key}" for key in user.keys() - {"UserName", "Groups", "Tags"}]
        found += [] if user.get("Groups") else [f"{logical_id} is in no group"]
    for logical_id, attached in of_type(template, "AWS::IAM::ManagedPolicy").items():
        found += [logical_id] if attached.get("Users") else []
    return found


def test_people_have_rights_from_groups_only_and_neither_key_nor_password(
    assembly: Assembly,
) -> None:
    assert forbidden_for_people(assembly.identity) == []
    users = of_type(assembly.identity, "AWS::IAM::User").values()
    assert [user["UserName"] for user in users] == [
        user.name for user in assembly.environment.identity.users
    ]
    for user, given in zip(users, assembly.environment.identity.users, strict=True):
        assert {"Key": "contact", "Value": given.contact} in user["Tags"]
        assert len(user["Groups"]) == len(given.groups)


@pytest.mark.parametrize(
    "change",
    [
        {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "x"}},
        {"Type": "AWS::IAM::UserPolicy", "Properties": {"UserName": "x"}},
        {"Type": "AWS::IAM::User", "Properties": {"Groups": ["g"], "LoginProfile": {}}},
        {"Type": "AWS::IAM::User", "Properties": {"Groups": ["g"], "ManagedPolicyArns": ["x"]}},
        {"Type": "AWS::IAM::User", "Properties": {"UserName": "alone"}},
        {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Users": ["x"], "PolicyDocument": {}}},
    ],
)
def test_a_right_key_or_password_on_a_user_is_found(
    production: Assembly, change: dict[str, Any]
) -> None:
    twin = changed(production.identity, lambda t: t["Resources"].update(Twin=change))
    assert forbidden_for_people(twin)


def trust(template: Template, prefix: str) -> dict[str, Any]:
    roles = of_type(template, "AWS::IAM::Role").items()
    (role,) = (value for key, value in roles if key.startswith(prefix))
    (found,) = role["AssumeRolePolicyDocument"]["Statement"]
    return {**found, "role": role}


@pytest.fixture(scope="module")
def everything(identity_of: Callable[..., Template]) -> Template:
    return identity_of(
        users=[ANN],
        saml={"metadata_file": "idp-metadata.xml", "groups": ["Auditors", "Developers"]},
        oidc={"repository": "owner/name"},
        break_glass=BREAK_GLASS,
        access_analyzer={"unused_access_days": 90},
    )


def test_federated_people_have_the_rights_of_a_group_and_come_from_the_provider(
    everything: Template,
) -> None:
    groups = of_type(everything, "AWS::IAM::Group").values()
    (provider,) = of_type(everything, "AWS::IAM::SAMLProvider")
    for job in ("Auditors", "Developers"):
        statement = trust(everything, f"Saml{job}")
        assert statement["Action"] == "sts:AssumeRoleWithSAML"
        assert statement["Principal"] == {"Federated": {"Ref": provider}}
        assert statement["Condition"] == {
            "StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}
        }
        (group,) = (group for group in groups if group["GroupName"] == job)
        assert statement["role"]["ManagedPolicyArns"] == group["ManagedPolicyArns"][1:]


def test_one_repository_and_branch_deploys_by_way_of_the_bootstrap_roles(
    everything: Template,
) -> None:
    statement = trust(everything, "DeployRole")
    (provider,) = of_type(everything, "AWS::IAM::OIDCProvider")
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"] == {"Federated": {"Ref": provider}}
    host = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{host}:aud": "sts.amazonaws.com",
            f"{host}:sub": "repo:owner/name:ref:refs/heads/main",
        }
    }
    (row,) = (row for row in managed(everything) if row.policy.startswith("DeployPolicy"))
    assert row.actions == {"sts:AssumeRole"}
    assert [arn.rpartition("/")[2] for arn in row.resources] == [
        f"cdk-hnb659fds-{name}-<AccountId>-<Region>"
        for name in ("deploy-role", "file-publishing-role", "lookup-role")
    ]


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


def test_a_provider_that_the_account_has_is_named_and_not_made(
    identity_of: Callable[..., Template],
) -> None:
    settings = {"repository": "owner/name", "provider": "already-enabled"}
    template = identity_of(oidc=settings)
    assert not of_type(template, "AWS::IAM::OIDCProvider")
    provider = flat(trust(template, "DeployRole")["Principal"]["Federated"])
    assert provider.endswith(":oidc-provider/token.actions.githubusercontent.com")


def test_the_break_glass_role_opens_to_named_users_with_fresh_mfa_where_it_is_seen(
    everything: Template,
) -> None:
    statement = trust(everything, "BreakGlassRole")
    (user,) = of_type(everything, "AWS::IAM::User")
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Principal"] == {"AWS": {"Fn::GetAtt": [user, "Arn"]}}
    assert statement["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        "StringEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}},
    }
    assert statement["role"]["MaxSessionDuration"] == 3600


def test_whoever_breaks_the_glass_is_seen(everything: Template) -> None:
    (rule,) = of_type(everything, "AWS::Events::Rule").values()
    (topic,) = of_type(everything, "AWS::SNS::Topic")
    (subscription,) = of_type(everything, "AWS::SNS::Subscription").values()
    (role,) = (key for key in everything["Resources"] if key.startswith("BreakGlassRole"))
    # AssumeRole counts as reading, of which a rule hears in this state only.
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert rule["EventPattern"]["detail"]["eventName"] == ["AssumeRole"]
    assert rule["EventPattern"]["detail"]["requestParameters"] == {
        "roleArn": [{"Fn::GetAtt": [role, "Arn"]}]
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": topic}
    assert subscription["Endpoint"] == "security@example.com"
    assert subscription["TopicArn"] == {"Ref": topic}
    assert "KmsMasterKeyId" in of_type(everything, "AWS::SNS::Topic")[topic]
    rows = [row for row in managed(everything) if row.policy.startswith("BreakGlassPublisher")]
    assert {action for row in rows for action in row.actions} == {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "sns:Publish",
    }


def test_trust_policies_and_policies_fit_iam_quotas(everything: Template) -> None:
    for role in of_type(everything, "AWS::IAM::Role").values():
        assert len(json.dumps(role["AssumeRolePolicyDocument"])) < 2048
        assert len(role.get("ManagedPolicyArns", [])) <= 10
    for group in of_type(everything, "AWS::IAM::Group").values():
        assert len(group["ManagedPolicyArns"]) <= 10


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, ["ACCOUNT"]),
        ({"external": "off"}, []),
        ({"external": "already-enabled"}, []),
        ({"unused_access_days": 90}, ["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"]),
    ],
)
def test_analyzers_are_those_of_the_environment(
    identity_of: Callable[..., Template], settings: dict[str, Any], kinds: list[str]
) -> None:
    template = identity_of(access_analyzer=settings)
    analyzers = of_type(template, "AWS::AccessAnalyzer::Analyzer").values()
    assert [analyzer["Type"] for analyzer in analyzers] == kinds


def test_what_nobody_asked_for_is_not_there(identity_of: Callable[..., Template]) -> None:
    # All but the password policy, which every account has.
    kinds = {
        resource["Type"]
        for logical_id, resource in identity_of()["Resources"].items()
        if not logical_id.startswith("PasswordPolicy")
    }
    assert kinds == {
        "AWS::AccessAnalyzer::Analyzer",
        "AWS::IAM::Group",
        "AWS::IAM::ManagedPolicy",
    }


def test_the_password_policy_is_that_of_the_environment(
    identity_of: Callable[..., Template],
) -> None:
    settings = {"minimum_length": 20, "maximum_age_days": 60}
    template = identity_of(password_policy=settings)
    (policy,) = of_type(template, "Custom::AccountPasswordPolicy").values()
    assert policy["Policy"]["MinimumPasswordLength"] == 20
    assert policy["Policy"]["MaxPasswordAge"] == 60
