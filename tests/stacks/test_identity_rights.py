"""Who may do what in the account, and under which conditions (IA-4)."""

from typing import Any

import pytest

from stacks.environment import Environment
from tests.conftest import Assembly
from tests.policies import (
    ENROL,
    READING,
    REPLACE,
    Change,
    Template,
    access_level,
    changed,
    flat,
    managed,
    of_group,
    of_type,
    problems,
    statement_of,
)

# What each group may write in the services of those who watch.
WATCHERS = ("access-analyzer", "cloudtrail", "config", "iam", "kms", "sso", "organizations")
WRITES = {
    "NetworkOperators": ENROL | REPLACE,
    "ServerOperators": ENROL | REPLACE | {"kms:CreateGrant"},
    "Developers": ENROL
    | REPLACE
    | {
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PassRole",
        "iam:PutRolePolicy",
    },
    "Auditors": ENROL | REPLACE,
}
TAG = "aws:ResourceTag/blueprint:environment"


def aws_managed(template: Template) -> dict[str, list[str]]:
    return {
        group["GroupName"]: [
            flat(arn).rpartition("/")[2] for arn in group["ManagedPolicyArns"] if "Ref" not in arn
        ]
        for group in of_type(template, "AWS::IAM::Group").values()
    }


def test_aws_writes_the_policies_of_administrators_and_auditors_only(assembly: Assembly) -> None:
    assert aws_managed(assembly.identity) == {
        "Administrators": ["AdministratorAccess"],
        "NetworkOperators": [],
        "ServerOperators": [],
        "Developers": [],
        "Auditors": ["SecurityAudit"],
    }


def written(template: Template, group: str) -> set[str]:
    """The actions of those who watch that a group may write, on whatever resource."""
    allowed = {action for row in of_group(template, group) if row.allows for action in row.actions}
    return {
        action
        for action in allowed
        if action.startswith(tuple(f"{service}:" for service in WATCHERS))
        and access_level(action) not in READING
    }


@pytest.mark.parametrize("group", list(WRITES))
def test_only_administrators_write_to_iam_the_trail_the_recorder_and_the_keys(
    assembly: Assembly, group: str
) -> None:
    assert written(assembly.identity, group) == WRITES[group]


@pytest.mark.parametrize(
    "action",
    [
        "iam:*",
        "iam:Put*",
        "IAM:deleteUSER",
        "*",
        "cloudtrail:StopLogging",
        "config:Stop*",
        "kms:ScheduleKeyDeletion",
        "iam:DeleteRolePermissionsBoundary",
    ],
)
def test_a_right_to_write_there_is_found(production: Assembly, action: str) -> None:
    for group, expected in WRITES.items():
        policy = of_group(production.identity, group)[-1].policy

        def add(template: Template, policy: str = policy) -> None:
            document = template["Resources"][policy]["Properties"]["PolicyDocument"]
            document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": "*"})

        assert written(changed(production.identity, add), group) != expected


def taggers(template: Template) -> set[str]:
    return {
        action
        for group in WRITES
        for row in of_group(template, group)
        if row.allows
        for action in row.actions
        if access_level(action) == "Tagging"
    }


def test_nobody_who_is_limited_by_a_tag_can_set_one(assembly: Assembly) -> None:
    assert taggers(assembly.identity) == set()

    def tag(template: Template) -> None:
        statement_of(template, "Servers")["Action"].append("ec2:CreateTags")

    assert taggers(changed(assembly.identity, tag)) == {"ec2:CreateTags"}


# Statements of operators that change something without looking at the tag, each argued in its row.
UNTAGGED = {
    "Analyse": "analyses change nothing that they analyse",
    "DataChannel": "opens with the token of a session that its owner started",
    "Look": "starts Reachability Analyzer's engine, which reads",
    "OwnSessions": "the service marks a session with its owner",
    "Patching": "AWS's document; the instance is tagged",
    "RulesOfGroups": "the rule; its group is tagged",
    "SessionDocuments": "documents; the instance is tagged",
}


def untagged(template: Template, environment: Environment) -> set[str]:
    """What operators may change without the environment's tag, or anywhere but in its region."""
    region = environment.region or {"Ref": "AWS::Region"}
    rows = [
        row
        for group in ("NetworkOperators", "ServerOperators")
        for row in of_group(template, group)
        if row.allows and any(access_level(action) not in READING for action in row.actions)
    ]
    self_service = {"OwnUser", "NewDevice", "ReplaceOwnDevice", "DeleteDevice"}
    found = set()
    for row in rows:
        equals = row.conditions.get("StringEquals", {})
        sid = str(row.statement["Sid"])
        tagged = equals.get(TAG) == environment.name
        in_region = equals.get("aws:RequestedRegion") == region
        regional = all(f":{flat(region)}:" in arn for arn in row.resources)
        if not tagged or not (in_region or regional):
            found.add(sid)
    return found - self_service


def test_operators_change_only_what_carries_the_tag_in_the_region(assembly: Assembly) -> None:
    assert untagged(assembly.identity, assembly.environment) == set(UNTAGGED)


@pytest.mark.parametrize("sid", ["Rules", "Servers", "Tunnels", "Tunnel", "KeyForAMinute"])
@pytest.mark.parametrize("key", [TAG, "aws:RequestedRegion"])
def test_a_missing_tag_is_found(production: Assembly, sid: str, key: str) -> None:
    def forget(template: Template) -> None:
        row = statement_of(template, sid)
        row["Resource"] = "*"
        row["Condition"]["StringEquals"].pop(key)

    twin = changed(production.identity, forget)
    assert sid in untagged(twin, production.environment)


def test_servers_start_with_their_key_and_by_no_other_way(production: Assembly) -> None:
    row = statement_of(production.identity, "StartWithEncryptedVolumes")
    assert row["Action"] == "kms:CreateGrant"
    assert row["Condition"] == {
        "Bool": {"kms:GrantIsForAWSResource": "true"},
        "StringEquals": {
            TAG: "production",
            "aws:RequestedRegion": "ap-northeast-1",
            "kms:ViaService": {
                "Fn::Join": ["", ["ec2.ap-northeast-1.", {"Ref": "AWS::URLSuffix"}]]
            },
        },
    }


def other_documents(template: Template) -> set[str]:
    """The documents of Systems Manager that operators may run beside those that they need."""
    documents = {
        arn.rpartition(":")[2]
        for row in of_group(template, "ServerOperators")
        for arn in row.resources
        if ":document/" in arn
    }
    return documents ^ {
        "document/AWS-RunPatchBaseline",
        "document/AWS-StartPortForwardingSession",
        "document/SSM-SessionManagerRunShell",
    }


def test_an_operator_can_open_the_sessions_that_he_can_start(assembly: Assembly) -> None:
    # Session Manager's plugin signs its requests since version 1.2.764.0, now the oldest supported.
    row = statement_of(assembly.identity, "DataChannel")
    assert row["Action"] == "ssmmessages:OpenDataChannel"
    own = statement_of(assembly.identity, "OwnSessions")
    assert row["Resource"] == own["Resource"]


def test_sessions_and_commands_run_only_the_documents_that_are_named(assembly: Assembly) -> None:
    assert other_documents(assembly.identity) == set()


@pytest.mark.parametrize("document", ["AWS-RunShellScript", "*"])
def test_another_document_is_found(production: Assembly, document: str) -> None:
    arn = f"arn:aws:ssm:ap-northeast-1::document/{document}"
    twin = changed(production.identity, _set("Patching", Resource=arn))
    assert f"document/{document}" in other_documents(twin)


def boundary_gaps(template: Template) -> list[str]:
    """Ways for Developers to a role that has more than the boundary."""
    (boundary,) = (key for key in template["Resources"] if key.startswith("DevelopersBoundary"))
    gaps = []
    for row in of_group(template, "Developers"):
        changes = {
            action
            for action in row.actions - ENROL - REPLACE
            if action.startswith("iam:") and access_level(action) not in READING
        }
        if not row.allows or not changes:
            continue
        if not all(arn.endswith(":role/developers/*") for arn in row.resources):
            gaps.append(f"{row.statement['Sid']} reaches other roles")
        if changes == {"iam:PassRole"}:
            services = row.conditions.get("StringEquals", {}).get("iam:PassedToService")
            gaps += [] if services == "lambda.amazonaws.com" else ["roles for other services"]
        elif row.conditions != {"ArnEquals": {"iam:PermissionsBoundary": {"Ref": boundary}}}:
            gaps.append(f"{row.statement['Sid']} without the boundary")
    within = [row for row in managed(template) if row.policy == boundary]
    most = {action for row in within if row.allows for action in row.actions}
    gaps += sorted(most - {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"})
    return gaps


def test_developers_make_only_roles_that_stay_within_the_boundary(assembly: Assembly) -> None:
    assert boundary_gaps(assembly.identity) == []


def _set(sid: str, **parts: Any) -> Change:  # noqa: ANN401 (the values of a template)
    return lambda template: statement_of(template, sid).update(parts)


@pytest.mark.parametrize(
    "change",
    [
        _set("BoundedRoles", Condition={}),
        _set("BoundedRoles", Condition={"ArnEquals": {"iam:PermissionsBoundary": "arn:x"}}),
        _set("BoundedRoles", Condition={"ArnEqualsIfExists": {"iam:PermissionsBoundary": "x"}}),
        _set("BoundedRoles", Resource="arn:aws:iam::111122223333:role/*"),
        _set("PassRoles", Condition={}),
        _set("PassRoles", Resource="*"),
        _set("LookAtRoles", Action=["iam:Get*", "iam:DeleteRolePermissionsBoundary"]),
        _set("Stacks", Action="iam:CreatePolicyVersion", Resource="*"),
        _set("Logs", Action="s3:*"),
    ],
)
def test_a_way_around_the_boundary_is_found(production: Assembly, change: Change) -> None:
    assert boundary_gaps(changed(production.identity, change))


def test_functions_of_developers_stay_out_of_the_network(assembly: Assembly) -> None:
    (row,) = (
        row
        for row in of_group(assembly.identity, "Developers")
        if row.allows and row.actions & {"lambda:CreateFunction"}
    )
    assert row.conditions["Null"] == {"lambda:VpcIds": "true"}
    assert {"lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"} == row.actions


@pytest.mark.parametrize(
    ("group", "stack"),
    [("NetworkOperators", "Network-"), ("ServerOperators", "Servers-"), ("Developers", "Servers-")],
)
def test_people_read_the_logs_of_their_job(assembly: Assembly, group: str, stack: str) -> None:
    groups = {
        arn.partition(":log-group:")[2]
        for row in of_group(assembly.identity, group)
        for arn in row.resources
        if ":log-group:" in arn
    }
    assert groups - {"/aws/lambda/developers-*"} == {f"{stack}*"}


def test_aws_knows_every_action_condition_and_resource_of_every_policy(assembly: Assembly) -> None:
    for stack in ("Servers", "Identity"):
        assert problems(managed(assembly.read(f"{stack}.template.json"))) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("Servers", Action="ec2:StartInstance"), "no action ec2:StartInstance"),
        (_set("Servers", Action="ec2:Destroy*"), "no action ec2:Destroy*"),
        (_set("Servers", Resource="*"), "has resources (instance"),
        (_set("Servers", Action="ec2:DescribeInstances"), "ec2:DescribeInstances is never granted"),
        (_set("Servers", Resource="arn:aws:ec2:x:1:volume/*"), "is never granted"),
        (_set("DataChannel", Resource="arn:aws:ssm:x:1:document/*"), "is never granted"),
        (
            _set("Servers", Condition={"StringEquals": {"aws:RequestdRegion": "x"}}),
            "no condition key aws:requestdregion",
        ),
        (
            _set("OwnSessions", Condition={"StringEquals": {TAG: "x"}}),
            "ssm:ResumeSession has no condition key",
        ),
        (
            _set("NoMfa", Condition={"BoolIfExists": {"aws:MultiFactorPresent": "false"}}),
            "aws:multifactorpresent is no global",
        ),
    ],
)
def test_what_aws_does_not_know_is_found(
    production: Assembly, change: Change, problem: str
) -> None:
    found = problems(managed(changed(production.identity, change)))
    assert any(problem in text for text in found)
