"""Every synthesis ends with every validation, and nothing is acknowledged in vain."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from app import add_validations, build_app
from stacks.environment import Environment
from stacks.loading import load_environment
from tests.conftest import Assembly

PLUGINS = {
    "AccessProof",
    "CloudFormation Validate",
    "NetworkProof",
    "AwsSolutions",
    "HIPAA.Security",
    "NIST.800.53.R4",
    "NIST.800.53.R5",
    "PCI.DSS.321",
    "Serverless",
}
ACKNOWLEDGED = str(cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY)


def violations(report: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for plugin in report.get("pluginReports", []):
        for violation in plugin["violations"]:
            paths = [construct["constructPath"] for construct in violation["violatingConstructs"]]
            yield plugin["pluginName"], violation["ruleName"], paths


def acknowledgements(assembly: Assembly) -> Iterator[tuple[str, str, str]]:
    for stack in assembly.directory.glob("*.metadata.json"):
        for path, entries in assembly.read(stack.name).items():
            for entry in entries:
                if entry["type"] == ACKNOWLEDGED:
                    for rule, reason in entry["data"].items():
                        yield path.removeprefix("/"), rule, reason


def suppressed(assembly: Assembly) -> Iterator[tuple[str, str]]:
    for plugin in assembly.validation_report["pluginReports"]:
        for violation in plugin.get("suppressedViolations", []):
            for construct in violation["violatingConstructs"]:
                rule = f"{plugin['pluginName'].replace(' ', '-')}::{violation['ruleName']}"
                yield rule, construct["constructPath"]


def test_every_finding_of_every_pack_is_fixed_or_acknowledged(assembly: Assembly) -> None:
    assert list(violations(assembly.validation_report)) == []


def test_each_pack_and_proof_is_registered(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    ec2.CfnInstance(stack, "Instance", monitoring=False)
    ec2.CfnSecurityGroup(
        stack,
        "Open",
        group_description="Open",
        security_group_ingress=[
            ec2.CfnSecurityGroup.IngressProperty(ip_protocol="-1", cidr_ip="0.0.0.0/0")
        ],
    )
    lambda_.CfnFunction(
        stack,
        "Function",
        role="arn:aws:iam::111122223333:role/x",
        code=lambda_.CfnFunction.CodeProperty(zip_file="x"),
        runtime="python3.8",
        handler="index.handler",
    )
    add_validations(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = Assembly(load_environment("sandbox"), tmp_path).validation_report
    assert {plugin for plugin, _, _ in violations(report)} == PLUGINS


def in_vain(assembly: Assembly) -> list[str]:
    found = list(suppressed(assembly))
    return [
        f"{path} acknowledges {rule}, which finds nothing there: remove it"
        for path, rule, _ in acknowledgements(assembly)
        if not any(
            rule == found_rule and (found_path + "/").startswith(path + "/")
            for found_rule, found_path in found
        )
    ]


def test_every_acknowledgement_matches_a_finding(assembly: Assembly) -> None:
    assert in_vain(assembly) == []


def test_every_acknowledgement_argues(assembly: Assembly) -> None:
    seen = list(acknowledgements(assembly))
    assert seen
    for path, rule, reason in seen:
        assert "::" in rule, f"{path}: a bare id hides the finding: {rule}"
        assert "Unsafe " in reason, f"{path}: say what would make {rule} unsafe"
        assert len(re.findall(r"\w+", reason)) >= 15, f"{path}: argue {rule}"


def test_a_dangerous_change_stops_synthesis(
    tmp_path: Path, environment_of: Callable[..., Environment]
) -> None:
    app = build_app(environment_of(), outdir=tmp_path)
    stack = app.node.find_child("Network")
    assert isinstance(stack, cdk.Stack)
    ec2.CfnSecurityGroupIngress(
        stack,
        "Hole",
        group_id="sg-1",
        ip_protocol="tcp",
        from_port=22,
        to_port=22,
        cidr_ip="0.0.0.0/0",
    )
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
