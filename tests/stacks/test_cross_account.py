"""Account A's role and account B's group, as production deploys them; each promise has a twin."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.environment import Environment
from tests.conftest import Assembly
from tests.policies import Template, managed, of_group, of_type, problems
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot

A, B = "111122223333", "444455556666"
GROUP = "PartnerDataUsers"


@dataclass(frozen=True)
class Deployed:
    """The templates of both accounts; tests may change them."""

    role: Template
    group: Template
    servers: Template

    def only(self, kind: str) -> dict[str, Any]:
        """The only resource of the type in account A's template."""
        (found,) = of_type(self.role, kind).values()
        return found

    @property
    def trust(self) -> dict[str, Any]:
        (statement,) = self.only("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
        found: dict[str, Any] = statement
        return found

    @property
    def rights(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.only("AWS::IAM::ManagedPolicy")["PolicyDocument"][
            "Statement"
        ]
        return found

    @property
    def assume(self) -> dict[str, Any]:
        """The statement of account B's group that is not about own credentials."""
        (row,) = (
            row
            for row in of_group(self.group, GROUP)
            if row.allows and "sts:AssumeRole" in row.actions
        )
        return row.statement


def deployed_by(assembly: Assembly) -> Deployed:
    role, group, servers = (
        assembly.read(f"{name}.template.json")
        for name in ("CrossAccountRole", "TrustedAccount", "Servers")
    )
    return Deployed(role, group, servers)


@pytest.fixture
def deployed(production: Assembly) -> Deployed:
    return deployed_by(production)


# The promises, each a function that fails on templates without it


def trust_is_exactly_what_the_environment_says(deployed: Deployed) -> None:
    assert deployed.trust == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{B}:root"},
        "Condition": {
            "ArnEquals": {
                "aws:PrincipalArn": [
                    f"arn:aws:iam::{B}:user/hanako.sato",
                    f"arn:aws:iam::{B}:user/taro.suzuki",
                ]
            },
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
            "StringEquals": {
                "sts:RoleSessionName": "${aws:username}",
                "sts:ExternalId": "5d0c8f3e-71a9-4b62-9e04-c3f7d2586ab1",
            },
            "IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]},
        },
    }


def sessions_end_after_an_hour(deployed: Deployed) -> None:
    assert deployed.only("AWS::IAM::Role")["MaxSessionDuration"] == 3600


def what_is_attached_later_adds_nothing(deployed: Deployed) -> None:
    role = deployed.only("AWS::IAM::Role")
    (policy,) = of_type(deployed.role, "AWS::IAM::ManagedPolicy")
    assert role.get("PermissionsBoundary") == {"Ref": policy}
    assert role["ManagedPolicyArns"] == [{"Ref": policy}]
    assert "Policies" not in role
    assert not of_type(deployed.role, "AWS::IAM::Policy")


def rights_are_those_on_the_shared_prefix(deployed: Deployed) -> None:
    bucket, key = (
        {"Fn::GetStackOutput": {"StackName": "Servers", "OutputName": name}}
        for name in ("PartnerBucketArn", "PartnerKeyArn")
    )
    endpoint = {"Fn::Join": ["", ["s3.ap-northeast-1.", {"Ref": "AWS::URLSuffix"}]]}
    assert [
        (row["Effect"], row["Action"], row["Resource"], row.get("Condition"))
        for row in deployed.rights
    ] == [
        ("Allow", "s3:ListBucket", bucket, {"StringLike": {"s3:prefix": ["shared/*"]}}),
        (
            "Allow",
            ["s3:GetObject", "s3:PutObject"],
            {"Fn::Join": ["", [bucket, "/shared/*"]]},
            None,
        ),
        (
            "Allow",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            key,
            {"StringEquals": {"kms:ViaService": endpoint}},
        ),
    ]


def bucket_and_key_are_those_of_the_data(deployed: Deployed) -> None:
    outputs = deployed.servers["Outputs"]
    bucket, key = (
        outputs[name]["Value"]["Fn::GetAtt"] for name in ("PartnerBucketArn", "PartnerKeyArn")
    )
    assert (bucket[1], key[1]) == ("Arn", "Arn")
    resource = deployed.servers["Resources"][bucket[0]]["Properties"]
    (encryption,) = resource["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    used = encryption["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
    assert used == {"Fn::GetAtt": key}


def members_may_assume_that_role_with_mfa(deployed: Deployed) -> None:
    assert deployed.assume == {
        "Sid": "AssumeRole",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": f"arn:aws:iam::{A}:role/{deployed.only('AWS::IAM::Role')['RoleName']}",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        },
    }


def members_may_do_nothing_else_but_look_after_own_credentials(deployed: Deployed) -> None:
    allowed = [row for row in of_group(deployed.group, GROUP) if row.allows]
    others = {action for row in allowed for action in row.actions} - {"sts:AssumeRole"}
    assert {action.split(":")[0] for action in others} == {"iam", "signin"}
    for row in allowed:
        for action in row.actions:
            about = ("MFADevice", "Password", "User", "OAuth2", "AssumeRole")
            assert any(word in action for word in about), action
    (group,) = of_type(deployed.group, "AWS::IAM::Group").values()
    assert all("Ref" in arn for arn in group["ManagedPolicyArns"])
    assert "Policies" not in group


def members_have_neither_password_nor_key(deployed: Deployed) -> None:
    users = of_type(deployed.group, "AWS::IAM::User").values()
    assert sorted(user["UserName"] for user in users) == ["hanako.sato", "taro.suzuki"]
    for user in users:
        assert set(user) <= {"UserName", "Groups", "Tags"}
    assert not of_type(deployed.group, "AWS::IAM::AccessKey")


def neither_account_waits_for_the_other(deployed: Deployed) -> None:
    for text in (json.dumps(deployed.group), json.dumps(deployed.role)):
        assert "Fn::ImportValue" not in text
    assert "Fn::GetStackOutput" not in json.dumps(deployed.group)
    assert f"{B}:user" not in json.dumps(deployed.trust["Principal"])


PROMISES: tuple[Callable[[Deployed], None], ...] = (
    trust_is_exactly_what_the_environment_says,
    sessions_end_after_an_hour,
    what_is_attached_later_adds_nothing,
    rights_are_those_on_the_shared_prefix,
    bucket_and_key_are_those_of_the_data,
    members_may_assume_that_role_with_mfa,
    members_may_do_nothing_else_but_look_after_own_credentials,
    members_have_neither_password_nor_key,
    neither_account_waits_for_the_other,
)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_promise_is_kept(promise: Callable[[Deployed], None], deployed: Deployed) -> None:
    promise(deployed)


# The twins: one change that breaks each promise


def if_exists(deployed: Deployed) -> None:
    condition = deployed.trust["Condition"]
    condition["BoolIfExists"] = condition.pop("Bool")


def whole_account(deployed: Deployed) -> None:
    del deployed.trust["Condition"]["ArnEquals"]


def everybody(deployed: Deployed) -> None:
    deployed.trust["Principal"] = {"AWS": "*"}


def second_trust(deployed: Deployed) -> None:
    document = deployed.only("AWS::IAM::Role")["AssumeRolePolicyDocument"]
    document["Statement"].append({**deployed.trust, "Condition": {}})


def any_session_name(deployed: Deployed) -> None:
    del deployed.trust["Condition"]["StringEquals"]["sts:RoleSessionName"]


def old_sign_in(deployed: Deployed) -> None:
    deployed.trust["Condition"]["NumericLessThan"]["aws:MultiFactorAuthAge"] = "36000"


def long_session(deployed: Deployed) -> None:
    deployed.only("AWS::IAM::Role")["MaxSessionDuration"] = 43200


def no_boundary(deployed: Deployed) -> None:
    del deployed.only("AWS::IAM::Role")["PermissionsBoundary"]


def second_policy(deployed: Deployed) -> None:
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    deployed.only("AWS::IAM::Role")["ManagedPolicyArns"].append(administrator)


def whole_bucket(deployed: Deployed) -> None:
    deployed.rights[1]["Resource"]["Fn::Join"][1][1] = "/*"


def any_listing(deployed: Deployed) -> None:
    del deployed.rights[0]["Condition"]


def deletes(deployed: Deployed) -> None:
    deployed.rights[1]["Action"].append("s3:DeleteObject")


def key_for_anything(deployed: Deployed) -> None:
    del deployed.rights[2]["Condition"]


def other_bucket(deployed: Deployed) -> None:
    logs = next(name for name in deployed.servers["Resources"] if name.startswith("DataAccessLogs"))
    deployed.servers["Outputs"]["PartnerBucketArn"]["Value"]["Fn::GetAtt"][0] = logs


def any_role(deployed: Deployed) -> None:
    deployed.assume["Resource"] = "*"


def role_of_another_name(deployed: Deployed) -> None:
    deployed.only("AWS::IAM::Role")["RoleName"] = "PartnerData2"


def with_old_mfa(deployed: Deployed) -> None:
    deployed.assume["Condition"].pop("NumericLessThan", None)


def without_mfa(deployed: Deployed) -> None:
    deployed.assume["Condition"] = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}


def reads_buckets(deployed: Deployed) -> None:
    document = next(iter(of_type(deployed.group, "AWS::IAM::ManagedPolicy").values()))
    document["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    )


def makes_keys(deployed: Deployed) -> None:
    document = next(iter(of_type(deployed.group, "AWS::IAM::ManagedPolicy").values()))
    document["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}
    )


def aws_managed(deployed: Deployed) -> None:
    (group,) = of_type(deployed.group, "AWS::IAM::Group").values()
    group["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/ReadOnlyAccess")


def password(deployed: Deployed) -> None:
    user = next(iter(of_type(deployed.group, "AWS::IAM::User").values()))
    user["LoginProfile"] = {"Password": "x"}


def access_key(deployed: Deployed) -> None:
    key = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "taro.suzuki"}}
    deployed.group["Resources"]["Key"] = key


def waits_for_the_role(deployed: Deployed) -> None:
    output = {"StackName": "CrossAccountRole", "OutputName": "RoleArn"}
    deployed.assume["Resource"] = {"Fn::GetStackOutput": output}


def names_a_user(deployed: Deployed) -> None:
    deployed.trust["Principal"] = {"AWS": f"arn:aws:iam::{B}:user/taro.suzuki"}


TWINS: dict[Callable[[Deployed], None], tuple[Callable[[Deployed], None], ...]] = {
    trust_is_exactly_what_the_environment_says: (
        if_exists,
        whole_account,
        everybody,
        second_trust,
        any_session_name,
        old_sign_in,
    ),
    sessions_end_after_an_hour: (long_session,),
    what_is_attached_later_adds_nothing: (no_boundary, second_policy),
    rights_are_those_on_the_shared_prefix: (whole_bucket, any_listing, deletes, key_for_anything),
    bucket_and_key_are_those_of_the_data: (other_bucket,),
    members_may_assume_that_role_with_mfa: (
        any_role,
        role_of_another_name,
        without_mfa,
        with_old_mfa,
    ),
    members_may_do_nothing_else_but_look_after_own_credentials: (
        reads_buckets,
        makes_keys,
        aws_managed,
    ),
    members_have_neither_password_nor_key: (password, access_key),
    neither_account_waits_for_the_other: (waits_for_the_role, names_a_user),
}


@pytest.mark.parametrize(
    ("promise", "twin"),
    [
        pytest.param(promise, twin, id=f"{promise.__name__}-{twin.__name__}")
        for promise in PROMISES
        for twin in TWINS[promise]
    ],
)
def test_its_twin_is_found(
    promise: Callable[[Deployed], None], twin: Callable[[Deployed], None], deployed: Deployed
) -> None:
    changed = copy.deepcopy(deployed)
    twin(changed)
    with pytest.raises((AssertionError, ValueError)):
        promise(changed)


# Both templates


@pytest.mark.parametrize("name", ["CrossAccountRole", "TrustedAccount"])
def test_template_is_the_reviewed_one(
    name: str, production: Assembly, snapshot: SnapshotAssertion
) -> None:
    template = production.read(f"{name}.template.json")
    assert template == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", ["CrossAccountRole", "TrustedAccount"])
def test_policy_is_the_reviewed_one(
    name: str, production: Assembly, snapshot: SnapshotAssertion
) -> None:
    template = production.read(f"{name}.template.json")
    assert policy(template) == snapshot(extension_class=PolicySnapshot)


def test_aws_knows_every_action_resource_and_condition(deployed: Deployed) -> None:
    assert problems([*managed(deployed.role), *managed(deployed.group)]) == []


def test_a_misspelt_condition_is_found(deployed: Deployed) -> None:
    deployed.rights[0]["Condition"] = {"StringLike": {"s3:prefx": ["shared/*"]}}
    assert problems(managed(deployed.role))


def test_each_stack_is_of_its_account(production: Assembly) -> None:
    artifacts = production.read("manifest.json")["artifacts"]
    for name, account in (("CrossAccountRole", A), ("TrustedAccount", B)):
        assert artifacts[name]["environment"] == f"aws://{account}/ap-northeast-1"
    assert "TrustedAccount.assets" not in artifacts["CrossAccountRole"]["dependencies"]
    assert "CrossAccountRole" not in artifacts["TrustedAccount"]["dependencies"]


def test_without_a_partner_nobody_else_gets_in(sandbox: Assembly) -> None:
    artifacts = sandbox.read("manifest.json")["artifacts"]
    assert not {"CrossAccountRole", "TrustedAccount", "AccountBaseline"} & set(artifacts)
    assert "PartnerBucketArn" not in sandbox.read("Servers.template.json").get("Outputs", {})


@pytest.mark.exhaustive
def test_software_of_account_b_needs_no_group_there(
    environment_of: Callable[..., Environment], synthesize: Callable[[Environment], Assembly]
) -> None:
    external_id = "b7e4f0c2-5d1a-4e8b-9f36-2c8a71d0e94f"
    partner = {"account": B, "role": "ci", "external_id": external_id}
    assembly = synthesize(environment_of(account=A, region="eu-west-1", partner=partner))
    artifacts = assembly.read("manifest.json")["artifacts"]
    assert "CrossAccountRole" in artifacts
    assert "TrustedAccount" not in artifacts
    (role,) = of_type(assembly.read("CrossAccountRole.template.json"), "AWS::IAM::Role").values()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::{B}:role/ci"]},
        "StringEquals": {"sts:ExternalId": external_id},
    }
