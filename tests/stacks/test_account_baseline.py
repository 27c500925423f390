"""What every account of an organization gets, and that a StackSet can carry it."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template as Synthesized
from constructs import Construct
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from app import build_app
from blueprint.account_baseline import LONGEST_TEMPLATE_BODY, AccountBaseline, Targets
from stacks.account_baseline import Where
from stacks.partner_settings import Organization
from tests.conftest import Assembly
from tests.policies import Template, managed, of_type, problems, without_code
from tests.readable import policy
from tests.stacks.test_network_stack import PolicySnapshot

A, B, ADMINISTRATOR = "111122223333", "444455556666", "777788889999"
OTHER = "222233334444"
STACKS = ("AccountBaseline", "Identity")
NAMES = ("account-baseline-identity", "account-baseline-analyzer")


@pytest.fixture
def assembly(everything: Assembly) -> Assembly:
    return everything


def stack_sets(assembly: Assembly) -> dict[str, dict[str, Any]]:
    found = of_type(assembly.read("AccountBaseline.template.json"), "AWS::CloudFormation::StackSet")
    return {properties["StackSetName"]: properties for properties in found.values()}


def brought(assembly: Assembly, name: str) -> Template:
    template: Template = json.loads(stack_sets(assembly)[name]["TemplateBody"])
    return template


@pytest.fixture
def identity(assembly: Assembly) -> Template:
    return brought(assembly, NAMES[0])


# What the StackSets are


@pytest.mark.parametrize("name", NAMES)
def test_aws_deploys_to_every_account_that_joins(name: str, assembly: Assembly) -> None:
    properties = stack_sets(assembly)[name]
    assert properties["PermissionModel"] == "SERVICE_MANAGED"
    assert properties["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert properties["CallAs"] == "SELF"
    for group in properties["StackInstancesGroup"]:
        assert group["DeploymentTargets"]["OrganizationalUnitIds"] == ["ou-ab12-3cd4ef56"]


@pytest.mark.parametrize("name", NAMES)
def test_an_account_that_refuses_the_template_keeps_it_from_no_other(
    name: str, assembly: Assembly
) -> None:
    preferences = stack_sets(assembly)[name]["OperationPreferences"]
    assert preferences == {"FailureTolerancePercentage": 100}


def left_out(properties: dict[str, Any]) -> dict[str, list[str]]:
    """The accounts that get nothing, by region."""
    groups = properties["StackInstancesGroup"]
    for group in groups:
        assert group["DeploymentTargets"].get("AccountFilterType", "DIFFERENCE") == "DIFFERENCE"
    found = {
        region: group["DeploymentTargets"].get("Accounts", [])
        for group in groups
        for region in group["Regions"]
    }
    assert len(found) == sum(len(group["Regions"]) for group in groups)
    return found


def test_the_own_account_is_left_out_where_it_has_all_of_this(assembly: Assembly) -> None:
    identity, analyzer = (left_out(stack_sets(assembly)[name]) for name in NAMES)
    assert identity == {"eu-west-1": [A, OTHER]}
    # Its own analyzer sees one region.
    assert analyzer == {"eu-west-1": [A, OTHER], "us-east-1": [OTHER]}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [Targets(["eu-west-1"], [A])]),
        ({"regions": ("us-east-1",)}, [Targets(["us-east-1"], [])]),
        ({"except_accounts": (A,)}, [Targets(["eu-west-1"], [A])]),
        ({"analyzer": "off"}, []),
    ],
)
def test_analyzers_come_where_the_environment_asks_for_them(
    settings: dict[str, Any], expected: list[Targets]
) -> None:
    units = ("ou-ab12-3cd4ef56",)
    organization = Organization(
        id="o-a1b2c3d4e5", account=ADMINISTRATOR, organizational_units=units, **settings
    )
    assert Where(organization, A, "eu-west-1").analyzers == expected


def test_only_the_administrator_deploys_and_only_stack_sets(assembly: Assembly) -> None:
    manifest = assembly.read("manifest.json")["artifacts"]
    assert manifest["AccountBaseline"]["environment"] == f"aws://{ADMINISTRATOR}/eu-west-1"
    resources = assembly.read("AccountBaseline.template.json")["Resources"].values()
    assert [resource["Type"] for resource in resources] == ["AWS::CloudFormation::StackSet"] * 2
    stacks = {name for name, part in manifest.items() if part["type"].endswith("formation:stack")}
    assert not {name for name in stacks if "Member" in name}


def test_a_delegated_administrator_calls_as_one() -> None:
    stack = cdk.Stack()
    AccountBaseline(
        stack,
        "Baseline",
        name="x",
        description="x",
        template={},
        organizational_units=["ou-ab12-3cd4ef56"],
        targets=[Targets(["eu-west-1"])],
        delegated_administrator=True,
    )
    template = dict(Synthesized.from_stack(stack).to_json())
    (properties,) = of_type(template, "AWS::CloudFormation::StackSet").values()
    assert properties["CallAs"] == "DELEGATED_ADMIN"
    assert "AccountFilterType" not in properties["StackInstancesGroup"][0]["DeploymentTargets"]


def test_a_template_beyond_the_quota_is_refused_with_its_size() -> None:
    def baseline(size: int) -> AccountBaseline:
        return AccountBaseline(
            cdk.Stack(),
            "Baseline",
            name="big",
            description="x",
            template={"x": "y" * (size - len('{"x":""}'))},
            organizational_units=["ou-ab12-3cd4ef56"],
            targets=[Targets(["eu-west-1"])],
        )

    assert baseline(LONGEST_TEMPLATE_BODY)
    with pytest.raises(ValueError, match=r"big has 51201 bytes. Allowed: 51200. Change: "):
        baseline(LONGEST_TEMPLATE_BODY + 1)


# What they bring


def test_each_account_gets_password_policy_role_and_analyzer(assembly: Assembly) -> None:
    identity, analyzer = (brought(assembly, name) for name in NAMES)
    (passwords,) = of_type(identity, "Custom::AccountPasswordPolicy").values()
    assert passwords["Policy"]["MinimumPasswordLength"] == 14
    assert of_type(identity, "AWS::IAM::Role")
    assert list(of_type(analyzer, "AWS::AccessAnalyzer::Analyzer").values()) == [
        {"Type": "ACCOUNT"}
    ]
    # IAM is one for all regions: what it has comes in one.
    assert not any(":IAM:" in resource["Type"] for resource in analyzer["Resources"].values())


def test_templates_fit_and_need_no_file_parameter_or_bootstrapped_account(
    assembly: Assembly,
) -> None:
    for name in NAMES:
        body = stack_sets(assembly)[name]["TemplateBody"]
        assert len(body.encode()) <= LONGEST_TEMPLATE_BODY
        assert not {"Parameters", "Rules"} & set(brought(assembly, name))
        assert "S3Bucket" not in body
        assert "cdk-hnb659fds" not in body
    assert not list(assembly.directory.glob("assembly-*/asset.*"))


def partner_role(template: Template) -> dict[str, Any]:
    (role,) = (
        role
        for role in of_type(template, "AWS::IAM::Role").values()
        if role.get("RoleName") == "PartnerData"
    )
    return role


def trust_of(role: dict[str, Any]) -> str:
    """The trust policy, with the partition that accounts fill in filled in."""
    text = json.dumps(role["AssumeRolePolicyDocument"])
    template = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{B}:root"]]}
    user = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{B}:user/alice"]]}
    return text.replace(json.dumps(template), f'"arn:aws:iam::{B}:root"').replace(
        json.dumps(user), f'"arn:aws:iam::{B}:user/alice"'
    )


def same_role(identity: Template, own: Template) -> None:
    (role,) = of_type(own, "AWS::IAM::Role").values()
    members = partner_role(identity)
    assert trust_of(members) == trust_of(role)
    assert members["MaxSessionDuration"] == role["MaxSessionDuration"]
    assert members["ManagedPolicyArns"] == [members["PermissionsBoundary"]]


def rights(template: Template) -> Iterator[dict[str, Any]]:
    (policy,) = (row["Ref"] for row in partner_role(template)["ManagedPolicyArns"])
    yield from (row.statement for row in managed(template) if row.policy == policy)


def rights_stay_in_the_account_and_its_data_bucket(identity: Template, servers: Template) -> None:
    (bucket,) = (name for name in of_type(servers, "AWS::S3::Bucket") if "AccessLogs" not in name)
    arn = ["arn:", {"Ref": "AWS::Partition"}, f":s3:::servers-{bucket.lower()}-*"]
    objects = [*arn[:2], f"{arn[2]}/shared/*"]
    listing, data, key = rights(identity)
    own = {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}
    assert listing["Resource"] == {"Fn::Join": ["", arn]}
    assert listing["Condition"] == {
        "StringLike": {"s3:prefix": ["shared/*"]},
        "StringEquals": own,
    }
    assert data["Resource"] == {"Fn::Join": ["", objects]}
    assert data["Condition"] == {"StringEquals": own}
    assert data["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert {"Ref": "AWS::AccountId"} in key["Resource"]["Fn::Join"][1]
    assert set(key["Condition"]["StringEquals"]) == {"kms:ViaService"}
    assert key["Condition"]["StringLike"] == {
        "kms:EncryptionContext:aws:s3:arn": [{"Fn::Join": ["", part]} for part in (arn, objects)]
    }


def test_the_role_trusts_whom_that_of_the_own_account_trusts(
    assembly: Assembly, identity: Template
) -> None:
    same_role(identity, assembly.read("CrossAccountRole.template.json"))


def test_a_weaker_trust_in_members_is_found(assembly: Assembly, identity: Template) -> None:
    (statement,) = partner_role(identity)["AssumeRolePolicyDocument"]["Statement"]
    statement["Condition"]["BoolIfExists"] = statement["Condition"].pop("Bool")
    with pytest.raises(AssertionError):
        same_role(identity, assembly.read("CrossAccountRole.template.json"))


def test_rights_stay_in_the_account_and_its_data_bucket(
    assembly: Assembly, identity: Template
) -> None:
    rights_stay_in_the_account_and_its_data_bucket(identity, assembly.read("Servers.template.json"))


@pytest.mark.parametrize("row", range(3))
def test_wider_rights_in_members_are_found(
    row: int, assembly: Assembly, identity: Template
) -> None:
    changed = copy.deepcopy(identity)
    list(rights(changed))[row]["Condition"].popitem()
    with pytest.raises((AssertionError, KeyError)):
        rights_stay_in_the_account_and_its_data_bucket(
            changed, assembly.read("Servers.template.json")
        )


def test_members_of_the_group_reach_the_roles_of_the_organization(assembly: Assembly) -> None:
    rows = managed(assembly.read("TrustedAccount.template.json"))
    (row,) = (row for row in rows if row.statement.get("Sid") == "AssumeRoleOfMembers")
    assert row.resources == ["arn:aws:iam::*:role/PartnerData"]
    assert row.conditions == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        "StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"},
    }


def test_aws_knows_every_action_resource_and_condition(
    assembly: Assembly, identity: Template
) -> None:
    trusted = assembly.read("TrustedAccount.template.json")
    assert problems([*managed(identity), *managed(trusted)]) == []


def test_template_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    template = assembly.read("AccountBaseline.template.json")
    for properties in of_type(template, "AWS::CloudFormation::StackSet").values():
        properties["TemplateBody"] = without_code(json.loads(properties["TemplateBody"]))
    assert template == snapshot(extension_class=JSONSnapshotExtension)


def test_policy_is_the_reviewed_one(identity: Template, snapshot: SnapshotAssertion) -> None:
    assert policy(identity) == snapshot(extension_class=PolicySnapshot)


# That the StackSets' templates are validated like all others


def test_what_stack_sets_bring_is_validated(assembly: Assembly) -> None:
    validated = {
        construct["constructPath"]
        for plugin in assembly.validation_report["pluginReports"]
        for violation in plugin["suppressedViolations"]
        for construct in violation["violatingConstructs"]
    }
    assert any(path.startswith("AccountBaseline/Members/Identity/") for path in validated)


@pytest.mark.exhaustive
def test_what_no_shipped_environment_has_passes_cfn_lint(assembly: Assembly) -> None:
    templates = list(assembly.directory.glob("assembly-*/*.template.json"))
    assert len(templates) == 2
    # The identity stack with SAML and OpenID Connect.
    templates += [assembly.directory / f"{name}.template.json" for name in STACKS]
    result = subprocess.run(  # noqa: S603 (templates of this test)
        [Path(sys.executable).with_name("cfn-lint"), *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.exhaustive
def test_a_danger_in_a_members_template_stops_synthesis(
    everything: Assembly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def danger(scope: Construct, construct_id: str, **_: object) -> None:
        anything = iam.PolicyStatement(actions=["*"], resources=["*"])
        iam.ManagedPolicy(scope, construct_id, statements=[anything])

    monkeypatch.setattr("stacks.account_baseline.AccessAnalyzers", danger)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        build_app(everything.environment, outdir=tmp_path).synth()
    report = (tmp_path / "validation-report.json").read_text(encoding="utf-8")
    assert "AccountBaseline/Members/Analyzer/AccessAnalyzers" in report
