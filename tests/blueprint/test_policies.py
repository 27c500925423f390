"""Rows of statements become a policy, without a wildcard that has no reason, as IAM takes it."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from blueprint.groups import PeopleGroup
from blueprint.mfa import RequireMfa
from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy
from tests.blueprint.small_stack import SmallStack

ROLES = "arn:aws:iam::111122223333:role/"
REASON = "A test of every way to write an ARN. Unsafe elsewhere."


def findings(outdir: Path, *, reason: str) -> list[str]:
    """What AwsSolutions says of a policy whose wildcards stand behind every kind of reference."""
    app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    bucket = s3.CfnBucket(stack, "Bucket")
    arns = [
        "*",
        f"{bucket.attr_arn}/app/*",
        f"arn:aws:s3:::{bucket.ref}*",
        stack.format_arn(service="ec2", resource="instance", resource_name="*"),
        stack.format_arn(service="ssm", account="", resource="document", resource_name="*"),
    ]
    StatementPolicy(
        stack,
        "Policy",
        description="Test",
        statements=[Statement("Rows", ["s3:GetObject"], arns, wildcard=reason)],
    )
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with suppress(RuntimeError):  # ValidationFailed; the report says of what
        app.synth()
    report = json.loads((outdir / "validation-report.json").read_text())
    return [
        violation["ruleName"]
        for pack in report["pluginReports"]
        for violation in pack["violations"]
        if "IAM" in violation["ruleName"]
    ]


def test_a_reason_answers_a_wildcard_behind_every_kind_of_reference(tmp_path: Path) -> None:
    assert findings(tmp_path, reason=REASON) == []


def test_a_wildcard_without_a_reason_stops_synthesis(tmp_path: Path) -> None:
    assert len(findings(tmp_path, reason="")) == 5


def test_the_policy_says_what_its_rows_say() -> None:
    stack = SmallStack()
    condition = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    arn = "arn:aws:kms:eu-west-1:111122223333:key/1"
    policy = StatementPolicy(
        stack,
        "Policy",
        description="Test",
        statements=[Statement("Key", ["kms:Decrypt"], [arn], condition)],
    )
    policy.allow(Statement("Names", ["s3:ListAllMyBuckets"], ["*"], wildcard=NO_RESOURCE_LEVEL))
    document: dict[str, Any] = stack.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]
    assert document["Statement"] == [
        {
            "Sid": "Key",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": arn,
            "Condition": condition,
        },
        {"Sid": "Names", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    ]


def synthesize(resources: Sequence[str]) -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False)
    StatementPolicy(
        cdk.Stack(app, "Stack"),
        "Policy",
        description="Assumes roles",
        statements=[Statement("Roles", ["sts:AssumeRole"], resources)],
    )
    template: dict[str, Any] = app.synth().get_stack_by_name("Stack").template
    return template


def names(count: int) -> list[str]:
    """Names of 34 characters: 37 each in a document that has 110 without them."""
    return [f"{ROLES}{number}" for number in range(100, 100 + count)]


def test_a_policy_up_to_the_quota_is_written() -> None:
    (policy,) = synthesize(names(163))["Resources"].values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] == names(163)


def test_a_longer_one_is_refused_with_its_length() -> None:
    with pytest.raises(RuntimeError, match=r"6,178 characters\. Allowed: 6,144\. Change: split"):
        synthesize(names(164))


def test_values_that_only_deployment_knows_count_as_long_as_they_may_be() -> None:
    unknown = [cdk.Fn.import_value(f"Role{number}") for number in range(60)]
    with pytest.raises(RuntimeError, match=r"Allowed: 6,144"):
        synthesize(unknown)


def test_an_eleventh_policy_is_refused() -> None:
    stack = cdk.Stack()
    require_mfa = RequireMfa(stack, "RequireMfa", maximum_age_hours=12)
    nine = {f"Policy{number}": "" for number in range(9)}
    PeopleGroup(stack, "Ten", name="Ten", require_mfa=require_mfa, aws_managed=nine)
    with pytest.raises(
        ValueError, match=r"Eleven has 11 policies, RequireMfa included\. Allowed: 10"
    ):
        PeopleGroup(
            stack,
            "Eleven",
            name="Eleven",
            require_mfa=require_mfa,
            aws_managed={**nine, "One": ""},
        )
