"""What the identity stack deploys: people, and ways in from elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.conftest import Assembly
from tests.policies import Template, changed, flat, of_type, without_code
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot


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


def test_a_provider_that_the_account_has_is_named_and_not_made(
    identity_of: Callable[..., Template],
) -> None:
    settings = {"repository": "owner/name", "provider": "already-enabled"}
    template = identity_of(oidc=settings)
    assert not of_type(template, "AWS::IAM::OIDCProvider")
    (role,) = (r for k, r in of_type(template, "AWS::IAM::Role").items() if k.startswith("Deploy"))
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    provider = flat(statement["Principal"]["Federated"])
    assert provider.endswith(":oidc-provider/token.actions.githubusercontent.com")


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
