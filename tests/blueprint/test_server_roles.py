"""What servers can do, and the most that they ever can."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from blueprint.server_logs import ServerLogs
from blueprint.server_roles import ServerRole, systems_manager, write_logs
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
LOGS = ServerLogs(
    STACK,
    "Logs",
    tiers=["app", "db"],
    retention_days=30,
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
BOUNDARY = iam.ManagedPolicy.from_managed_policy_name(STACK, "Boundary", "most")
ROLE = ServerRole(
    STACK,
    "AppRole",
    tier="app",
    boundary=BOUNDARY,
    statements=[*systems_manager(STACK), write_logs(LOGS.groups["app"])],
)


def statements() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = STACK.one("AWS::IAM::ManagedPolicy")["PolicyDocument"][
        "Statement"
    ]
    return found


def test_only_ec2_assumes_the_role() -> None:
    (trust,) = STACK.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
    }


def test_the_role_stays_within_the_boundary_and_all_it_can_do_is_in_one_policy() -> None:
    role = STACK.one("AWS::IAM::Role")
    assert role["PermissionsBoundary"] == STACK.resolve(BOUNDARY.managed_policy_arn)
    assert "Policies" not in role
    assert "ManagedPolicyArns" not in role
    policy = STACK.one("AWS::IAM::ManagedPolicy")
    assert policy["Roles"] == [STACK.resolve(ROLE.role.role_name)]


def test_a_server_writes_into_the_log_group_of_its_tier_only() -> None:
    (writing,) = [s for s in statements() if any("logs:" in action for action in s["Action"])]
    assert writing["Resource"] == STACK.resolve(LOGS.groups["app"].attr_arn)
    assert "logs:CreateLogGroup" not in writing["Action"]


@pytest.mark.parametrize("service", ["ec2messages", "s3", "iam", "sts", "kms", "secretsmanager"])
def test_the_agent_asks_for_nothing_but_systems_manager(service: str) -> None:
    # ec2messages: agents since 3.3.40.0 do without, so its endpoint is one less to pay.
    actions = [action for row in systems_manager(STACK) for action in row.actions]
    assert not any(action.startswith(f"{service}:") for action in actions)


@pytest.mark.parametrize(
    "dangerous", ["ssm:GetParameter", "ssm:GetParameters", "ssm:SendCommand", "ssm:StartSession"]
)
def test_a_server_reads_no_parameters_and_commands_no_other_server(dangerous: str) -> None:
    # A break-glass key pair is a parameter: /ec2/keypair/ID.
    assert not any(
        dangerous in s["Action"] or "ssm:*" in s["Action"] or "*" in s["Action"]
        for s in statements()
    )


def test_every_wildcard_has_a_reason_and_no_row_has_one_in_vain() -> None:
    for row in systems_manager(STACK):
        assert bool(row.wildcard) == any("*" in arn for arn in row.resources)
    assert not write_logs(LOGS.groups["app"]).wildcard
