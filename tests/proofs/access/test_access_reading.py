"""Reading access: every way to have a policy is found, and whatever is not read is a doubt."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import build_app
from proofs.access.model import Access, Kind
from proofs.access.templates import access_of
from proofs.assembly import read_assembly
from proofs.findings import CANNOT_PROVE, Origin
from stacks.environment import Environment
from tests.conftest import Assembly
from tests.proofs.access.small_access import (
    A,
    B,
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
    trust,
    without_doubt,
)
from tests.synthesis import shipped_assembly

READ = managed("s3:GetObject")
METADATA = Path(__file__).parents[2] / "stacks" / "idp-metadata.xml"


# -- the shipped environments ------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["sandbox", "production", "two-accounts"])
def test_shipped_environments_are_read_without_doubt(environment: str) -> None:
    access = access_of(read_assembly(shipped_assembly(environment)))
    assert doubts(access) == []


def test_everyone_of_production_is_read(production: Assembly) -> None:
    access = access_of(read_assembly(production.directory))
    people = {user.name: (user.account, user.groups) for user in access.users}
    assert people["nikki"] == (A, ("NetworkOperators", "ServerOperators"))
    assert people["hanako.sato"] == (B, ("PartnerDataUsers",))
    assert {role.name for role in access.roles} >= {"WebRole", "BreakGlassRole", "PartnerData"}
    assert {row.service for row in access.guarded} == {"s3", "kms", "sns", "sts", "backup"}
    assert {row.services for row in access.endpoints} == {
        ("s3",),
        ("ssm",),
        ("ssmmessages",),
        ("logs",),
    }
    assert all(row.policy for row in access.guarded)


def test_roles_of_servers_are_bounded(production: Assembly) -> None:
    access = access_of(read_assembly(production.directory))
    bounded = {role.name for role in access.roles if role.boundary}
    assert bounded == {"WebRole", "AppRole", "DbRole", "BackupsRole", "PartnerData"}


def test_production_is_read_in_time(production: Assembly) -> None:
    """150 ms are asked for; the best of three, because others use the machine too."""
    assembly = read_assembly(production.directory)
    access_of(assembly)

    def seconds() -> float:
        start = time.perf_counter()
        access_of(assembly)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.15


@pytest.fixture(scope="module")
def everything(
    environment_of: Callable[..., Environment], tmp_path_factory: pytest.TempPathFactory
) -> Access:
    """Every switch that adds people, roles or accounts is on."""
    environment = environment_of(
        account=A,
        region="eu-west-1",
        identity={
            "users": [{"name": "ann", "groups": ["Administrators"], "contact": "ann@example.com"}],
            "saml": {"metadata_file": str(METADATA), "groups": ["Auditors", "Developers"]},
            "oidc": {"repository": "owner/name"},
            "break_glass": {"users": ["ann"], "contact": "security@example.com"},
        },
        partner={"account": B, "users": ["bob"]},
        organization={
            "id": "o-a1b2c3d4e5",
            "account": "777788889999",
            "organizational_units": ["ou-ab12-3cd4ef56"],
        },
    )
    directory = tmp_path_factory.mktemp("everything")
    build_app(environment, outdir=directory, validate=False).synth()
    return access_of(read_assembly(directory))


def test_federated_people_workflows_and_members_are_read_without_doubt(everything: Access) -> None:
    assert doubts(everything) == []
    names = [(role.account, role.name) for role in everything.roles]
    assert {(A, "SamlAuditors"), (A, "SamlDevelopers"), (A, "DeployRole")} <= set(names)
    assert [account for account, name in names if name == "PartnerData"] == ["<AccountId>", A]


def test_federated_people_come_from_the_provider_of_the_template(everything: Access) -> None:
    providers = {
        provider
        for guarded in everything.guarded
        if guarded.service == "sts" and guarded.policy
        for statement in guarded.policy.statements
        for kind, named in statement.principals or ()
        if kind == "Federated"
        for provider in named
    }
    assert providers == {
        f"arn:aws:iam::{A}:saml-provider/<Identity.SamlProvider>",
        f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com",
    }


# -- how a policy comes to somebody ------------------------------------------------------------

ATTACHED: dict[str, Resources] = {
    "an identity names it": {"P": READ, "X": resource("IAM::User", ManagedPolicyArns=[ref("P")])},
    "an identity brings it": {
        "X": resource(
            "IAM::User", Policies=[{"PolicyName": "Inline", "PolicyDocument": document()}]
        )
    },
    "a managed policy names the user": {
        "P": managed("s3:GetObject", Users=[ref("X")]),
        "X": resource("IAM::User"),
    },
    "an inline policy names the user": {
        "P": resource("IAM::Policy", PolicyName="P", PolicyDocument=document(), Users=[ref("X")]),
        "X": resource("IAM::User"),
    },
    "a policy of one user": {
        "P": resource("IAM::UserPolicy", PolicyName="P", PolicyDocument=document(), UserName="x"),
        "X": resource("IAM::User", UserName="x"),
    },
    "by the written name": {
        "P": managed("s3:GetObject", Users=["x"]),
        "X": resource("IAM::User", UserName="x"),
    },
    "by the written ARN": {
        "P": managed("s3:GetObject", ManagedPolicyName="p", Path="/team/"),
        "X": resource("IAM::User", ManagedPolicyArns=[f"arn:aws:iam::{A}:policy/team/p"]),
    },
    "through a group of its own": {
        "P": READ,
        "G": resource("IAM::Group", ManagedPolicyArns=[ref("P")]),
        "X": resource("IAM::User", Groups=[ref("G")]),
    },
    "through an addition to a group": {
        "P": managed("s3:GetObject", Groups=[ref("G")]),
        "G": resource("IAM::Group"),
        "X": resource("IAM::User"),
        "M": resource("IAM::UserToGroupAddition", GroupName=ref("G"), Users=[ref("X")]),
    },
    "twice and counted once": {
        "P": managed("s3:GetObject", Users=[ref("X")]),
        "G": resource("IAM::Group", ManagedPolicyArns=[ref("P")]),
        "X": resource("IAM::User", Groups=[ref("G")], ManagedPolicyArns=[ref("P")]),
    },
}


@pytest.mark.parametrize("way", ATTACHED)
def test_a_user_has_a_policy(way: str) -> None:
    (user,) = without_doubt(ATTACHED[way]).users
    assert actions(user) == ["s3:GetObject"]


@pytest.mark.parametrize("way", ATTACHED)
def test_without_what_attaches_it_the_user_has_nothing(way: str) -> None:
    resources = {key: value for key, value in ATTACHED[way].items() if key == "X"}
    bare = {**resources["X"], "Properties": {}}
    (user,) = without_doubt({"X": bare}).users
    assert user.policies == ()


@pytest.mark.parametrize(
    "resources",
    [
        {"P": READ, "X": role(ManagedPolicyArns=[ref("P")])},
        {"X": role(Policies=[{"PolicyName": "Inline", "PolicyDocument": document()}])},
        {"P": managed("s3:GetObject", Roles=[ref("X")]), "X": role()},
        {
            "P": resource(
                "IAM::Policy", PolicyName="P", PolicyDocument=document(), Roles=[ref("X")]
            ),
            "X": role(),
        },
        {
            "P": resource(
                "IAM::RolePolicy", PolicyName="P", PolicyDocument=document(), RoleName=ref("X")
            ),
            "X": role(),
        },
    ],
)
def test_a_role_has_a_policy(resources: Resources) -> None:
    (found,) = without_doubt(resources).roles
    assert actions(found) == ["s3:GetObject"]


@pytest.mark.parametrize(
    "resources",
    [
        {"P": READ, "X": resource("IAM::Group", ManagedPolicyArns=[ref("P")])},
        {"P": managed("s3:GetObject", Groups=[ref("X")]), "X": resource("IAM::Group")},
        {
            "P": resource(
                "IAM::GroupPolicy", PolicyName="P", PolicyDocument=document(), GroupName=ref("X")
            ),
            "X": resource("IAM::Group"),
        },
    ],
)
def test_a_group_has_a_policy(resources: Resources) -> None:
    (found,) = without_doubt(resources).groups
    assert actions(found) == ["s3:GetObject"]


def test_a_user_is_in_each_group_once_however_it_is_said() -> None:
    (user,) = without_doubt(
        {
            "G": resource("IAM::Group", GroupName="Readers"),
            "X": resource("IAM::User", UserName="ann", Groups=["Readers"]),
            "M": resource("IAM::UserToGroupAddition", GroupName=ref("G"), Users=["ann"]),
        }
    ).users
    assert user.groups == ("Readers",)


def test_a_user_whom_no_template_creates_has_what_its_group_has() -> None:
    addition = resource("IAM::UserToGroupAddition", GroupName=ref("G"), Users=["ann"])
    group = resource("IAM::Group", GroupName="Readers", ManagedPolicyArns=[ref("P")])
    (user,) = without_doubt({"P": READ, "G": group, "M": addition}).users
    assert (user.name, user.arn) == ("ann", f"arn:aws:iam::{A}:user/ann")
    assert (user.account, user.groups, user.origin) == (A, ("Readers",), Origin("Main", "M"))
    assert actions(user) == ["s3:GetObject"]


@pytest.mark.parametrize("make", [role, lambda **more: resource("IAM::User", **more)])
def test_a_boundary_is_no_right(make: Any) -> None:  # noqa: ANN401 (one of two functions)
    resources = {"P": READ, "X": make(PermissionsBoundary=ref("P"))}
    access = without_doubt(resources)
    (found,) = (*access.users, *access.roles)
    assert found.policies == ()
    assert actions(found.boundary) == ["s3:GetObject"]


def test_a_policy_that_aws_manages_is_read_from_the_table() -> None:
    arn = {"Fn::Join": ["", ["arn:", ref("AWS::Partition"), ":iam::aws:policy/SecurityAudit"]]}
    (user,) = without_doubt({"X": resource("IAM::User", ManagedPolicyArns=[arn])}).users
    (policy,) = user.policies
    assert policy.name == "SecurityAudit"
    assert policy.origin == Origin("AWS", "SecurityAudit")
    assert len(actions(user)) > 1000


def test_another_policy_of_aws_is_a_doubt_that_says_how_to_add_it() -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    access = read_one({"X": resource("IAM::User", ManagedPolicyArns=[arn])})
    (doubt,) = doubts(access)
    assert doubt.startswith(f"Main/X: the proof does not have the policy {arn}; add its name to ")
    assert access.doubts[0].claim == CANNOT_PROVE


@pytest.mark.parametrize(
    ("resources", "doubt"),
    [
        (
            {"X": resource("IAM::User", ManagedPolicyArns=[f"arn:aws:iam::{A}:policy/other"])},
            f"Main/X: the proof does not have the policy arn:aws:iam::{A}:policy/other.",
        ),
        (
            {"X": resource("IAM::User", PermissionsBoundary=f"arn:aws:iam::{A}:policy/other")},
            f"Main/X: the proof does not have the policy arn:aws:iam::{A}:policy/other.",
        ),
        (
            {"X": resource("IAM::User", Groups=["others"])},
            "Main/X: it is about the group others, which no template creates.",
        ),
        (
            {"P": managed("s3:GetObject", Roles=["other"])},
            "Main/P: it is about the role other, which no template creates.",
        ),
    ],
)
def test_what_no_template_creates_is_a_doubt(resources: Resources, doubt: str) -> None:
    assert doubts(read_one(resources)) == [doubt]


def test_names_count_within_their_account() -> None:
    group = resource("IAM::Group", GroupName="Readers")
    access = read(
        stack("Main", {"G": group}),
        stack("Other", {"X": resource("IAM::User", Groups=["Readers"])}, account=B),
    )
    assert doubts(access) == ["Other/X: it is about the group Readers, which no template creates."]


# -- what people and roles are -----------------------------------------------------------------


def test_a_user_is_what_its_template_says() -> None:
    (user,) = without_doubt({"X": resource("IAM::User", UserName="ann", Path="/team/")}).users
    assert (user.kind, user.name, user.account) == (Kind.USER, "ann", A)
    assert user.arn == f"arn:aws:iam::{A}:user/team/ann"
    assert user.origin == Origin("Main", "X")


def test_a_role_is_known_by_its_logical_id_and_its_session_by_its_name() -> None:
    (found,) = without_doubt({"Web77A8B204": role()}).roles
    assert (found.kind, found.name, found.account) == (Kind.ROLE, "Web", A)
    assert found.arn == f"arn:aws:iam::{A}:role/<Main.Web>"
    assert found.session_arn == f"arn:aws:sts::{A}:assumed-role/<Main.Web>/<session>"


def test_a_trust_policy_guards_its_role() -> None:
    principal = {"AWS": [att("U"), f"arn:aws:iam::{B}:user/bob"]}
    access = without_doubt(
        {
            "U": resource("IAM::User", UserName="ann"),
            "X": role(RoleName="Data", AssumeRolePolicyDocument=trust(**principal)),
        }
    )
    guarded = guarded_by(access, "sts")
    assert (guarded.arn, guarded.account) == (f"arn:aws:iam::{A}:role/Data", A)
    assert guarded.policy is not None
    (statement,) = guarded.policy.statements
    assert statement.principals == (
        ("AWS", (f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{B}:user/bob")),
    )
    assert statement.resources == ("*",)


def test_a_reference_to_another_stack_is_followed() -> None:
    exported = {"Arn": {"Value": att("D"), "Export": {"Name": "Data"}}}
    data = stack("Data", {"D": resource("S3::Bucket")}, Outputs=exported)
    weak = {"Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Arn"}}
    for arn in (weak, {"Fn::ImportValue": "Data"}):
        objects = {"Fn::Join": ["", [arn, "/*"]]}
        policy = resource("IAM::ManagedPolicy", PolicyDocument=document(on=objects))
        user = resource("IAM::User", ManagedPolicyArns=[ref("P")])
        access = read(data, stack("Main", {"P": policy, "X": user}))
        assert doubts(access) == []
        assert access.users[0].policies[0].statements[0].resources == ("arn:aws:s3:::<Data.D>/*",)


# -- StackSets ---------------------------------------------------------------------------------


def test_what_a_stack_set_deploys_belongs_to_a_member() -> None:
    members = {"Resources": {"R": role(RoleName="PartnerData")}}
    stack_set = resource("CloudFormation::StackSet", TemplateBody=json.dumps(members))
    access = read(
        stack("Main", {"S": stack_set}), stack("Members", members["Resources"], account=None)
    )
    assert doubts(access) == []
    (found,) = access.roles
    assert (found.account, found.arn) == (
        "<AccountId>",
        "arn:aws:iam::<AccountId>:role/PartnerData",
    )


@pytest.mark.parametrize(
    "body", [{"TemplateBody": '{"Resources": {}}'}, {"TemplateURL": "https://x"}]
)
def test_a_stack_set_with_a_template_of_its_own_is_a_doubt(body: dict[str, str]) -> None:
    access = read_one({"S": resource("CloudFormation::StackSet", **body)})
    assert doubts(access) == ["Main/S: it deploys a template that is none of the assembly's."]
