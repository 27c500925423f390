"""Every policy document passes parliament; what it gets wrong is a row here, never silent."""

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs.flat import flat_shipped

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports pkg_resources, which says that it is going
    import parliament  # type: ignore[import-untyped] # it has no types

ACCOUNT, REGION = "111122223333", "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
# What the ARN of a resource looks like, so that parliament can compare it with the action.
ARNS = {
    "AWS::Backup::BackupVault": f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{{}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::IAM::User": f"arn:aws:iam::{ACCOUNT}:user/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}
# (what it says, about what): why it is wrong. Its data are of April 2025.
MISTAKES = {
    **{
        (
            "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
            f"arn:aws:s3:::* s3:{action} s3:PutBucketPolicy",
        ): "a boundary, which gives no right and stays whatever a bucket's policy says"
        for action in ("DeleteObject", "GetObject", "PutObject")
    },
    ("UNKNOWN_ACTION", "signin:AuthorizeOAuth2Access"): "newer than its data: `aws login`",
    ("UNKNOWN_ACTION", "signin:CreateOAuth2Token"): "newer than its data: `aws login`",
    (
        "UNKNOWN_CONDITION_FOR_ACTION",
        "iam:PermissionsBoundary iam:DeleteRole",
    ): "IAM's own page lists the key for this action since 2018",
    (
        "Exception",
        "ec2-instance-connect:MaxTunnelDuration",
    ): "compares names with another spelling of maxTunnelDuration and stops",
    (
        "RESOURCE_MISMATCH",
        "ec2:ModifySecurityGroupRules",
    ): "asks for groups and rules in one statement; they need different conditions",
    (
        "RESOURCE_MISMATCH",
        "ssmmessages:OpenDataChannel",
    ): "knows no resource; AWS's policies for end users name sessions",
    (
        "RESOURCE_MISMATCH",
        "ssm:SendCommand",
    ): "asks for servers and documents in one statement; they need different conditions",
    (
        "RESOURCE_MISMATCH",
        "ssm:DescribeInstancePatchStates ssm:DescribeInstancePatches",
    ): "asks for managed instances of other clouds beside those of EC2",
}


def documents(environment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    resources = flat_shipped(environment)["Resources"]
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, _written(resource["Properties"]["PolicyDocument"], resources)


def _written(value: Any, resources: dict[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - JSON, by its shapes
    match value:
        case {"Ref": name} if name in PSEUDO:
            return PSEUDO[name]
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return ARNS[resources[name]["Type"]].format(name.lower())
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda variable: PSEUDO[variable[1]], text)
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_written(part, resources) for part in parts)
        case dict():
            return {key: _written(item, resources) for key, item in value.items()}
        case list():
            return [_written(item, resources) for item in value]
        case _:
            return value


def complaints(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What parliament says of each statement by itself: one that stops it must not hide others."""
    for statement in document["Statement"]:
        alone = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        try:
            findings = parliament.analyze_policy_string(alone).findings
        except Exception as error:  # noqa: BLE001 - it raises nothing more exact
            yield "Exception", str(error).split()[-1]
            continue
        for finding in findings:
            yield finding.issue, _subject(finding.detail)


def _subject(detail: object) -> str:
    if isinstance(detail, list):
        return " ".join(sorted({item["action"] for item in detail}))
    words = str(detail).split()
    return " ".join(word for word in words if ":" in word)


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_parliament_finds_nothing_but_its_known_mistakes(environment: str) -> None:
    found = {
        (name, complaint)
        for name, document in documents(environment)
        for complaint in complaints(document)
    }
    assert {(name, complaint) for name, complaint in found if complaint not in MISTAKES} == set()


def test_every_known_mistake_is_still_made() -> None:
    found = {
        complaint
        for environment in ("sandbox", "production")
        for _, document in documents(environment)
        for complaint in complaints(document)
    }
    assert MISTAKES.keys() - found == set()


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"Action": "s3:GetObjct"}, "UNKNOWN_ACTION"),
        (
            {"Condition": {"Bool": {"aws:MultiFactorAuthPresnt": "true"}}},
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
        ({"Condition": {"Bol": {"aws:MultiFactorAuthPresent": "true"}}}, "UNKNOWN_OPERATOR"),
        ({"Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
    ],
)
def test_a_misspelt_policy_is_found(change: dict[str, object], issue: str) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/key",
        **change,
    }
    assert issue in {name for name, _ in complaints({"Statement": [statement]})}
