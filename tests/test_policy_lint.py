"""Every policy document passes parliament; what it gets wrong is a row here, never silent."""

import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.proofs.flat import flat_shipped
from tests.readable import POLICIES
from tests.synthesis import EVERYTHING, shipped_assembly

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
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{{}}"
MOST_SHOWN = 3
# What the ARN of a resource looks like, so that parliament can compare it with the action.
ARNS = {
    "AWS::Backup::BackupVault": f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{{}}",
    "AWS::EC2::VPCEndpoint": "vpce-0123456789abcdef0",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "AWS::IAM::OIDCProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{{}}",
    "AWS::IAM::Role": ROLE,
    "AWS::IAM::SAMLProvider": f"arn:aws:iam::{ACCOUNT}:saml-provider/{{}}",
    "AWS::IAM::User": f"arn:aws:iam::{ACCOUNT}:user/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}
UNKNOWN_KEY, ESCALATION = "UNKNOWN_CONDITION_FOR_ACTION", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"
GITHUB, CONTEXT = "token.actions.githubusercontent.com", "kms:EncryptionContext:aws:logs:arn"
NEWER, APART = "newer than its data: `aws login`", "they need different conditions"
LOGS_KEY = "what AWS asks for on CloudWatch Logs' key; the condition shuts this one"
DENIED = "a denial of everything, which is about more than this resource or key; nobody gets it"
# The policy and its statement, what parliament says, about what: why it is wrong. Its data are of
# April 2025.
MISTAKES = {
    **{
        (
            f"{stack}CustomS3AutoDeleteObjectsCustomResourceProviderBoundary.ListAndClose",
            ESCALATION,
            f"arn:aws:s3:::* s3:{action} s3:PutBucketPolicy",
        ): "a boundary, which gives no right and stays whatever a bucket's policy says"
        # Two stacks have it; tests read both as one.
        for stack in ("", "Audit")
        for action in ("DeleteObject", "GetObject", "PutObject")
    },
    **{
        (f"{policy}.{sid}", "UNKNOWN_ACTION", f"signin:{action}"): NEWER
        for policy in ("RequireMfa", "GroupRequireMfa")
        for sid in ("CommandLine", "NoMfa", "OldMfa", "OldMfaSignsInAnew")
        for action in ("AuthorizeOAuth2Access", "CreateOAuth2Token")
    },
    **{
        ("DeployRole", UNKNOWN_KEY, f"{GITHUB}:{key} sts:AssumeRoleWithWebIdentity"): (
            "knows no keys of issuers, which have the names of their hosts"
        )
        for key in ("aud", "sub")
    },
    (
        "DevelopersPolicy.BoundedRoles",
        UNKNOWN_KEY,
        "iam:PermissionsBoundary iam:DeleteRole",
    ): "IAM's own page lists the key for this action since 2018",
    **{
        (f"NetworkOperatorsPolicy.{sid}", "RESOURCE_MISMATCH", "ec2:ModifySecurityGroupRules"): (
            f"asks for groups and rules in one statement; {APART}"
        )
        for sid in ("Rules", "RulesOfGroups")
    },
    (
        "ServerOperatorsPolicy.DataChannel",
        "RESOURCE_MISMATCH",
        "ssmmessages:OpenDataChannel",
    ): "knows no resource; AWS's policies for end users name sessions",
    (
        "ServerOperatorsPolicy.Patches",
        "RESOURCE_MISMATCH",
        "ssm:DescribeInstancePatchStates ssm:DescribeInstancePatches",
    ): "asks for managed instances of other clouds beside those of EC2",
    **{
        (f"ServerOperatorsPolicy.{sid}", "RESOURCE_MISMATCH", "ssm:SendCommand"): (
            f"asks for servers and documents in one statement; {APART}"
        )
        for sid in ("Patching", "Servers")
    },
    (
        "ServerOperatorsPolicy.Tunnel",
        "Exception",
        "ec2-instance-connect:MaxTunnelDuration",
    ): "compares names with another spelling of maxTunnelDuration and stops",
    **{
        (key, issue, subject): why
        for key in ("FlowLogsKey", "LogsKey", "PasswordPolicyKey", "TrailKey")
        for issue, subject, why in (
            ("MISMATCHED_TYPE", "mismatch:", "the context that is compared is an ARN"),
            (UNKNOWN_KEY, f"{CONTEXT} kms:DescribeKey", LOGS_KEY),
        )
    },
    **{
        (key, "MISMATCHED_TYPE", "mismatch:"): "the context that is compared is an ARN"
        for key in ("AlertsKey", "BreakGlassAlertsKey")
    },
    **{
        (f"{bucket}Policy", issue, subject): why
        for bucket in (
            "AccessLogs",
            "ConfigurationArchive",
            "Data",
            "DataAccessLogs",
            "TrailArchive",
        )
        for issue, subject, why in (
            ("MISMATCHED_TYPE", "mismatch: s3:TlsVersion", "takes 1.2 for no number"),
            ("RESOURCE_MISMATCH", "s3:ListAccessGrants and 10 more", DENIED),
            *(
                (
                    ESCALATION,
                    f"arn:aws:s3:::{bucket.lower()} s3:{action} s3:PutBucketPolicy",
                    DENIED,
                )
                for action in ("GetObject", "PutObject")
            ),
            (UNKNOWN_KEY, "s3:TlsVersion s3:InitiateReplication", DENIED),
            (UNKNOWN_KEY, "s3:TlsVersion s3:PutAccessPointPublicAccessBlock", DENIED),
        )
    },
}


def templates() -> Iterator[dict[str, Any]]:
    for environment in ("sandbox", "production", EVERYTHING):
        yield flat_shipped(environment)
    for path in shipped_assembly(EVERYTHING).glob("assembly-*/*.template.json"):
        yield json.loads(path.read_text(encoding="utf-8"))


def documents(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of one type of resource, by the name of the resource without its hash."""
    for template in templates():
        resources = template["Resources"]
        for name, resource in resources.items():
            if resource["Type"] == kind and POLICIES[kind] in resource["Properties"]:
                document = _written(resource["Properties"][POLICIES[kind]], resources)
                yield name[:-8], _of_identity(ROLE.format(name[:-8].lower()), document)


def _of_identity(arn: str, document: dict[str, Any]) -> dict[str, Any]:
    """A resource's own policy as one of an identity, which is all that parliament knows.

    A role's trust policy names no resource: it is about the role, whose ARN is `arn`.
    """
    for statement in document["Statement"]:
        statement.pop("Principal", None)
        statement.setdefault("Resource", arn)
    return document


def _written(value: Any, resources: dict[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - JSON, by its shapes
    match value:
        case {"Ref": name} if name in PSEUDO:
            return PSEUDO[name]
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return ARNS[resources[name]["Type"]].format(name[:-8].lower())
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda variable: PSEUDO[variable[1]], text)
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_written(part, resources) for part in parts)
        case dict():
            return {key: _written(item, resources) for key, item in value.items()}
        case list():
            return [_written(item, resources) for item in value]
        case bool() | int() | float():
            return json.dumps(value)  # the same to IAM, and more than parliament can read
        case _:
            return value


def complaints(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Sid, issue and subject; of each statement alone, so that none hides another's."""
    for statement in document["Statement"]:
        for issue, subject in _complaints(json.dumps(statement, sort_keys=True)):
            yield statement.get("Sid", ""), issue, subject


@cache
def _complaints(text: str) -> list[tuple[str, str]]:
    statement = json.loads(text)
    alone = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        findings = parliament.analyze_policy_string(alone).findings
    except Exception as error:
        # It stops at this condition key, of which it has another spelling; the rest is read too.
        key = str(error).split()[-1]
        rest = {
            operator: {each: value for each, value in keys.items() if each.lower() != key.lower()}
            for operator, keys in statement["Condition"].items()
        }
        if rest == statement["Condition"]:
            raise
        rest = {operator: keys for operator, keys in rest.items() if keys}
        return [("Exception", key), *_complaints(json.dumps({**statement, "Condition": rest}))]
    return [(finding.issue, _subject(finding.detail)) for finding in findings]


def _subject(detail: object) -> str:
    if isinstance(detail, list):
        actions = sorted({each["action"] if isinstance(each, dict) else each for each in detail})
        shown = " ".join(actions)
        return shown if len(actions) <= MOST_SHOWN else f"{actions[0]} and {len(actions) - 1} more"
    words = str(detail).split()
    return " ".join(word for word in words if ":" in word)


@cache
def found(kind: str) -> set[tuple[str, str, str]]:
    return {
        (f"{name}.{sid}".rstrip("."), issue, subject)
        for name, document in documents(kind)
        for sid, issue, subject in complaints(document)
        # All resources are the one whose policy it is.
        if kind == "AWS::IAM::ManagedPolicy" or issue != "RESOURCE_STAR"
    }


@pytest.mark.parametrize("kind", POLICIES)
def test_parliament_finds_nothing_but_its_known_mistakes(kind: str) -> None:
    assert found(kind) - MISTAKES.keys() == set()


def test_every_known_mistake_is_still_made() -> None:
    assert MISTAKES.keys() - set().union(*map(found, POLICIES)) == set()


@pytest.mark.parametrize("kind", POLICIES)
def test_every_type_has_documents_to_read(kind: str) -> None:
    assert any(document["Statement"] for _, document in documents(kind))


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
    assert issue in {issue for _, issue, _ in complaints({"Statement": [statement]})}


def test_what_stops_parliament_hides_nothing_else_of_the_statement() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "ec2-instance-connect:OpenTunnel",
        "Resource": "*",
        "Condition": {
            "NumericLessThanEquals": {"ec2-instance-connect:maxTunnelDuration": "3600"},
            "Bool": {"aws:MultiFactorAuthPresnt": "true"},
        },
    }
    found = {issue for _, issue, _ in complaints({"Statement": [statement]})}
    assert {"Exception", "UNKNOWN_CONDITION_FOR_ACTION"} <= found
