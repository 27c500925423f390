"""Resources with policies of their own, endpoints, names, and types that nobody thought about."""

from typing import Any

import pytest

from proofs.access.arns import NAMINGS, Names
from proofs.access.resource_types import READ, is_known
from proofs.assembly import Assembly
from proofs.intrinsics import Reference, Resolver, Unknown
from tests.proofs.access.small_access import (
    REGION,
    A,
    Resources,
    actions,
    att,
    document,
    doubts,
    guarded_by,
    managed,
    read,
    read_one,
    ref,
    resource,
    role,
    stack,
    without_doubt,
)

ANYONE = document("s3:GetObject", Principal="*")
BUCKET = resource("S3::Bucket")


def policy_document(action: str, effect: str = "Allow") -> dict[str, Any]:
    return document(action, Principal={"AWS": "*"}, Effect=effect)


# -- resources with a policy -------------------------------------------------------------------


def test_a_bucket_has_the_policy_that_names_it() -> None:
    policy = resource("S3::BucketPolicy", Bucket=ref("D"), PolicyDocument=ANYONE)
    guarded = guarded_by(without_doubt({"D": BUCKET, "P": policy}), "s3")
    assert (guarded.arn, guarded.account) == ("arn:aws:s3:::<Main.D>", A)
    assert actions(guarded.policy) == ["s3:GetObject"]
    assert guarded.policy is not None
    assert guarded.policy.statements[0].origin.logical_id == "P"
    assert guarded.origin.logical_id == "D"


def test_a_bucket_without_policy_is_read_too() -> None:
    guarded = guarded_by(without_doubt({"D": resource("S3::Bucket", BucketName="data")}), "s3")
    assert (guarded.arn, guarded.policy) == ("arn:aws:s3:::data", None)


def test_a_bucket_of_another_stack_has_its_policy() -> None:
    policy = resource(
        "S3::BucketPolicy",
        Bucket={"Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Name"}},
        PolicyDocument=ANYONE,
    )
    data = stack("Data", {"D": BUCKET}, Outputs={"Name": {"Value": ref("D")}})
    access = read(data, stack("Main", {"P": policy}))
    assert doubts(access) == []
    assert actions(guarded_by(access, "s3").policy) == ["s3:GetObject"]


@pytest.mark.parametrize("access_control", ["PublicRead", "LogDeliveryWrite", "AuthenticatedRead"])
def test_an_access_control_list_is_a_doubt(access_control: str) -> None:
    access = read_one({"D": resource("S3::Bucket", AccessControl=access_control)})
    assert doubts(access) == [
        f"Main/D: its access control list is {access_control}, and the proof reads policies only."
    ]


def test_a_private_access_control_list_gives_nothing() -> None:
    without_doubt({"D": resource("S3::Bucket", AccessControl="Private")})


def test_a_key_has_its_policy() -> None:
    key = resource("KMS::Key", KeyPolicy=policy_document("kms:Decrypt"))
    guarded = guarded_by(without_doubt({"K": key}), "kms")
    assert guarded.arn == f"arn:aws:kms:{REGION}:{A}:key/<Main.K>"
    assert actions(guarded.policy) == ["kms:Decrypt"]


def test_a_key_without_policy_lets_its_account_decide() -> None:
    policy = guarded_by(without_doubt({"K": resource("KMS::Key")}), "kms").policy
    assert policy is not None
    (statement,) = policy.statements
    assert statement.actions == ("kms:*",)
    assert statement.principals == (("AWS", (f"arn:aws:iam::{A}:root",)),)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("SNS::TopicPolicy", {"Topics": [ref("T")]}),
        ("SNS::TopicInlinePolicy", {"TopicArn": ref("T")}),
    ],
)
def test_a_topic_has_its_policy(kind: str, about: dict[str, Any]) -> None:
    policy = resource(kind, PolicyDocument=policy_document("sns:Publish"), **about)
    guarded = guarded_by(without_doubt({"T": resource("SNS::Topic"), "P": policy}), "sns")
    assert guarded.arn == f"arn:aws:sns:{REGION}:{A}:<Main.T>"
    assert actions(guarded.policy) == ["sns:Publish"]


def test_a_topic_without_policy_is_a_doubt() -> None:
    (doubt,) = doubts(read_one({"T": resource("SNS::Topic")}))
    assert doubt == "Main/T: it has no policy, and so gets one from AWS: write one."


def test_denials_of_a_backup_vault_are_read() -> None:
    denial = policy_document("backup:DeleteBackupVault", "Deny")
    vault = resource("Backup::BackupVault", BackupVaultName="v", AccessPolicy=denial)
    guarded = guarded_by(without_doubt({"V": vault}), "backup")
    assert guarded.arn == f"arn:aws:backup:{REGION}:{A}:backup-vault:v"
    assert actions(guarded.policy) == ["backup:DeleteBackupVault"]


def test_what_a_backup_vault_allows_is_a_doubt() -> None:
    permission = policy_document("backup:CopyIntoBackupVault")
    vault = resource("Backup::BackupVault", BackupVaultName="v", AccessPolicy=permission)
    assert doubts(read_one({"V": vault})) == [
        "Main/V: its policy allows something, and the proof reads denials only."
    ]


@pytest.mark.parametrize(
    ("resources", "doubt"),
    [
        (
            {"P": resource("S3::BucketPolicy", Bucket="other", PolicyDocument=ANYONE)},
            "Main/P: it is about other, which no template creates.",
        ),
        (
            {
                "D": BUCKET,
                "P": resource("S3::BucketPolicy", Bucket=ref("D"), PolicyDocument=ANYONE),
                "Q": resource("S3::BucketPolicy", Bucket=ref("D"), PolicyDocument=ANYONE),
            },
            "Main/Q: <Main.D> has another policy too.",
        ),
    ],
)
def test_a_policy_about_something_else_is_a_doubt(resources: Resources, doubt: str) -> None:
    assert doubts(read_one(resources)) == [doubt]


# -- endpoints ---------------------------------------------------------------------------------


def endpoint(service: str, **properties: object) -> dict[str, Any]:
    name = {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}
    return resource("EC2::VPCEndpoint", ServiceName=name, VpcId=ref("V"), **properties)


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("s3", "s3"),
        ("ssmmessages", "ssmmessages"),
        ("monitoring", "cloudwatch"),
        ("ecr.api", "ecr"),
    ],
)
def test_an_endpoint_has_policy_and_services(service: str, prefix: str) -> None:
    resources = {"V": resource("EC2::VPC"), "E": endpoint(service, PolicyDocument=ANYONE)}
    (found,) = without_doubt(resources).endpoints
    assert (found.id, found.vpc, found.services) == ("<Main.E>", "<Main.V>", (prefix,))
    assert actions(found.policy) == ["s3:GetObject"]


def test_an_endpoint_without_policy_lets_everything_through() -> None:
    (found,) = without_doubt({"V": resource("EC2::VPC"), "E": endpoint("s3")}).endpoints
    (statement,) = found.policy.statements
    assert statement.allows
    assert statement.conditions == ()
    assert (statement.actions, statement.resources) == (("*",), ("*",))
    assert statement.principals == (("AWS", ("*",)),)


def test_an_endpoint_of_an_unknown_service_is_a_doubt() -> None:
    access = read_one({"V": resource("EC2::VPC"), "E": endpoint("nothing")})
    assert doubts(access) == [
        f"Main/E: the proof does not know which actions go through com.amazonaws.{REGION}.nothing."
    ]


# -- types -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        *("IAM::AccessKey", "IAM::ServiceLinkedRole", "Lambda::Permission", "Lambda::Url"),
        *("SQS::QueuePolicy", "S3::AccessPoint", "SecretsManager::ResourcePolicy"),
        *("SSO::Assignment", "SSO::PermissionSet", "RAM::ResourceShare", "Organizations::Policy"),
        *("OpenSearchService::Domain", "ECR::Repository", "ApiGateway::RestApi"),
        *("Events::EventBus", "Events::EventBusPolicy", "Logs::ResourcePolicy", "EFS::FileSystem"),
        *("SSM::ResourcePolicy", "Lambda::LayerVersionPermission", "CloudFormation::Stack"),
        *(
            "KMS::ReplicaKey",
            "EKS::AccessEntry",
            "RolesAnywhere::TrustAnchor",
            "Nobody::ThoughtOfThis",
        ),
    ],
)
def test_a_type_that_may_give_rights_is_a_doubt(kind: str) -> None:
    assert doubts(read_one({"X": resource(kind)})) == [
        f"Main/X: it has the type AWS::{kind}, and the proof does not know whom it gives rights."
    ]


def test_types_that_give_nobody_rights_are_no_doubt() -> None:
    for kind in ("EC2::Instance", "IAM::InstanceProfile", "SQS::Queue", "Lambda::Function"):
        without_doubt({"X": resource(kind)})
    assert is_known("Custom::Anything")
    assert all(map(is_known, READ))


@pytest.mark.parametrize(
    "policy", [ANYONE, '{"Version": "2012-10-17", "Statement": []}', '{"Statement"']
)
def test_a_policy_in_a_type_that_should_have_none_is_a_doubt(policy: object) -> None:
    group = resource("Logs::LogGroup", ResourcePolicyDocument=policy)
    (doubt,) = doubts(read_one({"L": group}))
    assert doubt.startswith("Main/L: ResourcePolicyDocument of AWS::Logs::LogGroup looks like a ")


def test_a_macro_is_a_doubt() -> None:
    access = read(stack("Main", {}, Transform="AWS::LanguageExtensions"))
    assert doubts(access) == ["Main/Transform: a macro rewrites the template when it is deployed."]


# -- conditions and what only deployment knows -------------------------------------------------

SECTIONS: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}, "Size": {"Type": "String", "Default": "small"}},
    "Conditions": {
        "Open": {"Fn::Equals": [ref("Stage"), "test"]},
        "Mine": {"Fn::Equals": [ref("AWS::AccountId"), A]},
        "Large": {"Fn::Equals": [ref("Size"), "large"]},
    },
}


def conditional(condition: str) -> Resources:
    return {"X": {**role(), "Condition": condition}}


def test_a_condition_that_nobody_can_decide_is_a_doubt() -> None:
    access = read(stack("Main", conditional("Open"), **SECTIONS))
    (doubt,) = doubts(access)
    assert doubt.startswith("Main/X: its condition: a condition compares ")
    assert "the parameter Stage has no value before deployment" in doubt


def test_a_condition_on_an_unknown_account_is_a_doubt() -> None:
    access = read(stack("Main", conditional("Mine"), account=None, **SECTIONS))
    assert doubts(access) == [f"Main/X: its condition: a condition compares <AccountId> with {A}."]


def test_conditions_that_can_be_decided_decide() -> None:
    assert read(stack("Main", conditional("Mine"), **SECTIONS)).roles
    access = read(stack("Main", conditional("Large"), **SECTIONS))
    assert (access.roles, doubts(access)) == ((), [])


@pytest.mark.parametrize(
    ("resources", "doubt"),
    [
        (
            {"P": resource("IAM::ManagedPolicy", PolicyDocument=document(on=ref("Stage")))},
            "Main/P: PolicyDocument: the parameter Stage has no value before deployment.",
        ),
        (
            {
                "D": resource("Custom::Thing"),
                "P": resource("IAM::ManagedPolicy", PolicyDocument=document(on=att("D", "Arn"))),
            },
            "Main/P: PolicyDocument: the proof has no name for Arn of Main/D.",
        ),
        (
            {"X": resource("IAM::User", UserName=ref("Stage"))},
            "Main/X: its name is not known before deployment.",
        ),
        (
            {"X": resource("IAM::User", ManagedPolicyArns=ref("Stage"))},
            "Main/X: ManagedPolicyArns: the parameter Stage has no value before deployment.",
        ),
        (
            {"X": resource("IAM::User", Policies=ref("Stage"))},
            "Main/X: Policies: the parameter Stage has no value before deployment.",
        ),
        (
            {"X": resource("IAM::User", Policies=["x"])},
            "Main/X: Policies: it is x, which the proof does not understand.",
        ),
        (
            {"X": role(AssumeRolePolicyDocument=None)},
            "Main/X: AssumeRolePolicyDocument: it is None, which the proof does not understand.",
        ),
        (
            {"P": managed("s3:GetObjekt")},
            "Main/P: P: statement #1: AWS has no action 's3:GetObjekt'.",
        ),
        (
            {
                "P": resource(
                    "IAM::ManagedPolicy",
                    PolicyDocument=document(Condition={"Bool": {"aws:MultiFactorAuth": "true"}}),
                )
            },
            "Main/P: P: statement #1: the condition key 'aws:MultiFactorAuth' is unknown.",
        ),
    ],
)
def test_what_cannot_be_read_is_a_doubt(resources: Resources, doubt: str) -> None:
    if "Custom::Thing" in str(resources):
        resources = {**resources, "D": {"Type": "Custom::Thing"}}
    assert doubts(read(stack("Main", resources, **SECTIONS))) == [doubt]


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "properties", "text"),
    [
        (("IAM::User", "Ref"), {"UserName": "ann"}, "ann"),
        (("IAM::User", "Arn"), {}, f"arn:aws:iam::{A}:user/<Main.X>"),
        (("IAM::Group", "Arn"), {"GroupName": "g"}, f"arn:aws:iam::{A}:group/g"),
        (("IAM::Role", "Arn"), {"RoleName": "r", "Path": "/p/"}, f"arn:aws:iam::{A}:role/p/r"),
        (
            ("IAM::Role", "Arn"),
            {"RoleName": ref("AWS::NoValue")},
            f"arn:aws:iam::{A}:role/<Main.X>",
        ),
        (("IAM::ManagedPolicy", "Ref"), {}, f"arn:aws:iam::{A}:policy/<Main.X>"),
        (("IAM::SAMLProvider", "Ref"), {"Name": "p"}, f"arn:aws:iam::{A}:saml-provider/p"),
        (
            ("IAM::OIDCProvider", "Arn"),
            {"Url": "https://idp.example.com"},
            f"arn:aws:iam::{A}:oidc-provider/idp.example.com",
        ),
        (("S3::Bucket", "Arn"), {"BucketName": "data"}, "arn:aws:s3:::data"),
        (("KMS::Key", "Ref"), {}, "<Main.X>"),
        (("KMS::Alias", "Ref"), {"AliasName": "alias/x"}, "alias/x"),
        (("SNS::Topic", "Ref"), {"TopicName": "t"}, f"arn:aws:sns:{REGION}:{A}:t"),
        (
            ("Logs::LogGroup", "Arn"),
            {"LogGroupName": "/l"},
            f"arn:aws:logs:{REGION}:{A}:log-group:/l:*",
        ),
        (("Lambda::Function", "Arn"), {}, f"arn:aws:lambda:{REGION}:{A}:function:<Main.X>"),
        (
            ("EC2::VPC", "DefaultSecurityGroup"),
            {},
            "<Main.X>.DefaultSecurityGroup",
        ),
        (("EC2::VPCEndpoint", "Ref"), {}, "<Main.X>"),
        (("SQS::Queue", "Arn"), {}, None),
        (("S3::Bucket", "Colour"), {}, None),
        # A name that needs itself has no end.
        (("S3::Bucket", "Arn"), {"BucketName": ref("X77A8B204")}, None),
    ],
)
def test_references_have_names(
    reference: tuple[str, str], properties: dict[str, Any], text: str | None
) -> None:
    kind, attribute = reference
    names = Names(Assembly((stack("Main", {"X77A8B204": resource(kind, **properties)}),)))
    assert names.name_of(Reference("Main", "X77A8B204", attribute)) == text


def test_two_logical_ids_that_differ_in_the_hash_only_keep_it() -> None:
    access = without_doubt({"X77A8B204": role(), "X77A8B205": role(), "Y77A8B204": role()})
    assert [found.name for found in access.roles] == ["X77A8B204", "X77A8B205", "Y"]


def test_pseudo_parameters_never_look_like_policy_variables() -> None:
    text = "${AWS::Partition} ${AWS::URLSuffix} ${AWS::AccountId} ${AWS::Region} ${!aws:username}"
    nowhere = stack("Main", {}, account=None)
    resolver = Names(Assembly((nowhere,))).resolver(nowhere)
    assert resolver.resolve({"Fn::Sub": text}) == (
        "aws amazonaws.com <AccountId> <Region> ${aws:username}"
    )
    here = stack("Main", {})
    resolver = Names(Assembly((here,))).resolver(here)
    assert resolver.resolve({"Fn::Sub": text}) == (
        f"aws amazonaws.com {A} {REGION} ${{aws:username}}"
    )


def test_part_of_a_stack_id_is_a_name_too() -> None:
    stack_id = {"Fn::Select": [2, {"Fn::Split": ["/", ref("AWS::StackId")]}]}
    main = stack("Main", {})
    assert Names(Assembly((main,))).resolver(main).resolve(stack_id) == "<StackId>"


def test_without_names_a_reference_stays_one() -> None:
    """What the network proof sees."""
    main = stack("Main", {"X": role()}, account=None)
    resolver = Resolver(Assembly((main,)), main)
    assert resolver.resolve(ref("X")) == Reference("Main", "X")
    assert resolver.resolve(ref("AWS::Region")) == "${AWS::Region}"
    assert isinstance(resolver.resolve({"Fn::Join": ["", [ref("X"), "/*"]]}), Unknown)


def test_a_part_of_a_text_is_not_taken_for_an_item_of_a_list() -> None:
    main = stack("Main", {"X": role()})
    resolved = Names(Assembly((main,))).resolver(main).resolve({"Fn::Select": [0, att("X")]})
    assert isinstance(resolved, Unknown)


def test_every_type_with_a_name_is_one_that_the_proof_knows() -> None:
    assert [kind for kind in NAMINGS if not is_known(kind)] == []
