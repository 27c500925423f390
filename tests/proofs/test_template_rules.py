"""AWS's rules for templates, run natively, find what the CDK's own plugin finds."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from cloudformation_validate import CompositeEngine

from proofs import template_rules
from proofs.template_rules import TemplateRules
from tests.conftest import Assembly

# The CDK's own plugin takes seconds to start: one process has it.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("the-cdks-rules")]

BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket"}


def bucket(**properties: object) -> dict[str, Any]:
    return BUCKET | {"Properties": properties}


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


SUBNET = resource(
    "AWS::EC2::Subnet", VpcId="vpc-1", CidrBlock="10.0.0.0/24", AvailabilityZone="eu-west-1a"
)
# Which the region of these tests does not have.
ELSEWHERE = "mac1.metal"
STATEMENT = {"Effect": "Maybe", "Action": "s3:*"}
# Resources with something wrong in them, and one rule that says so.
WRONG: Mapping[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("F0001", {}),
    "unknown property": ("F3002", {"A": bucket(Colour="blue"), "B": bucket(Colour="blue")}),
    "wrong type": ("F3012", {"A": bucket(BucketName=["a"])}),
    "unknown value": ("W3045", {"A": bucket(AccessControl="Everyone")}),
    "missing property": ("F3003", {"A": resource("AWS::IAM::Role")}),
    "unknown type": ("F3006", {"A": resource("AWS::S3::Pail")}),
    "unknown reference": ("F1020", {"A": bucket(BucketName={"Ref": "Nobody"})}),
    "cycle": ("F3004", {"A": BUCKET | {"DependsOn": "B"}, "B": BUCKET | {"DependsOn": "A"}}),
    "name of a zone": ("W3010", {"A": SUBNET}),
    "instance type": ("E3628", {"A": resource("AWS::EC2::Instance", InstanceType="t9.huge")}),
    "instance type elsewhere": (
        "E3628",
        {"A": resource("AWS::EC2::Instance", InstanceType=ELSEWHERE)},
    ),
    "account": ("E1151", {"A": SUBNET | {"Properties": {"VpcId": {"Ref": "AWS::AccountId"}}}}),
    "policy": (
        "E3510",
        {"A": resource("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": [STATEMENT]})},
    ),
}
# The same for rules that the CDK leaves out.
LEFT_OUT: Mapping[str, dict[str, Any]] = {
    "W1020": {"A": bucket(BucketName={"Fn::Sub": "plain"})},
    "W3005": {
        "A": BUCKET,
        "B": resource("AWS::S3::BucketPolicy", Bucket={"Ref": "A"}, PolicyDocument={})
        | {"DependsOn": ["A"]},
    },
    "W3697": {"A": resource("AWS::AutoScaling::LaunchConfiguration", InstanceType="t3.micro")},
    "W9013": {
        "A": resource(
            "AWS::Lambda::Function",
            Role="arn:aws:iam::111122223333:role/x",
            Code={"ZipFile": "x"},
            Runtime="python3.13",
            Handler="index.handler",
        )
    },
}


@jsii.implements(cdk.IPolicyValidationContext)
class Context:
    """The templates of stacks, as the CDK hands them to a plugin."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    @property
    def app_construct(self) -> cdk.App:
        raise AssertionError("no plugin of rules about templates asks for the app")

    @property
    def template_paths(self) -> list[str]:
        return [str(path) for path in self._paths]

    @property
    def account_id(self) -> str:
        return "111122223333"

    @property
    def region(self) -> str:
        return "eu-south-2"

    @property
    def stack_templates(self) -> list[cdk.PolicyValidationStack]:
        return [
            cdk.PolicyValidationStack(
                stack_construct_path=path.name,
                template_path=str(path),
                account_id=self.account_id,
                region=self.region,
            )
            for path in self._paths
        ]


@cache
def the_cdks() -> cdk.CloudFormationValidatePlugin:
    """The CDK's own plugin, which takes seconds to start."""
    return cdk.CloudFormationValidatePlugin()


Plugin = TemplateRules | cdk.CloudFormationValidatePlugin
# Rule and severity, what is said, where.
Finding = tuple[str, str, str, str, str, str, str, tuple[str, ...], bool]


def findings(plugin: Plugin, context: Context) -> list[Finding]:
    report = plugin.validate(context)
    return sorted(
        (
            violation.rule_name,
            violation.severity or "",
            violation.description,
            violation.fix or "",
            str(violation.rule_metadata),
            resource.construct_path or "",
            resource.resource_logical_id or "",
            (resource.template_path or "", *resource.locations),
            report.success,
        )
        for violation in report.violations
        for resource in violation.violating_resources
    )


def written(folder: Path, resources: dict[str, Any]) -> Path:
    path = folder / "Stack.template.json"
    path.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    return path


def rules(found: Sequence[Finding]) -> set[str]:
    return {rule for rule, *_ in found}


def test_they_are_the_same_rules_in_the_same_version() -> None:
    ours, the_others = TemplateRules(), the_cdks()
    assert (ours.name, ours.version) == (the_others.name, the_others.version)
    assert sorted(ours.rule_ids) == sorted(the_others.rule_ids or [])


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_found_alike(wrong: str, tmp_path: Path) -> None:
    rule, resources = WRONG[wrong]
    context = Context([written(tmp_path, resources)])
    found = findings(TemplateRules(), context)
    assert rule in rules(found)
    assert found == findings(the_cdks(), context)


@pytest.mark.parametrize("rule", LEFT_OUT)
def test_what_the_cdk_leaves_out_is_left_out(rule: str, tmp_path: Path) -> None:
    path = written(tmp_path, LEFT_OUT[rule])
    diagnostics = CompositeEngine().validate_template(path).diagnostics
    assert rule in {diagnostic.rule_id for diagnostic in diagnostics}
    found = findings(TemplateRules(), Context([path]))
    assert rule not in rules(found)
    assert found == findings(the_cdks(), Context([path]))


def test_what_is_shipped_is_judged_alike(assembly: Assembly) -> None:
    context = Context(sorted(assembly.directory.glob("*.template.json")))
    assert findings(TemplateRules(), context) == findings(the_cdks(), context)


def synthesized(tmp_path: Path, properties: dict[str, Any]) -> None:
    app = cdk.App(
        outdir=str(tmp_path),
        builtin_cloud_formation_validation=False,
        context={"@aws-cdk/core:validateAgainstDefaultRules": True},
    )
    cdk.CfnResource(cdk.Stack(app, "Stack"), "A", type="AWS::EC2::Instance", properties=properties)
    cdk.Validations.of(app).add_plugins(TemplateRules())
    app.synth()


def test_what_is_wrong_stops_synthesis(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesized(tmp_path, {"InstanceType": "t9.huge"})


def test_rules_that_cannot_be_read_are_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: Future[CompositeEngine] = Future()
    broken.set_exception(OSError("the library is cut off"))
    monkeypatch.setattr(template_rules, "_engine", lambda: broken)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesized(tmp_path, {"InstanceType": "t3.micro"})
