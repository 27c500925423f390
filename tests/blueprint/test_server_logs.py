"""The record of each tier."""

import aws_cdk as cdk
import pytest

from blueprint.server_logs import ServerLogs
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
LOGS = {
    policy: ServerLogs(
        STACK,
        policy.name.capitalize(),
        tiers=["web", "app", "db"],
        retention_days=365,
        removal_policy=policy,
    )
    for policy in (cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.DESTROY)
}


def test_each_tier_has_a_log_group_of_its_own() -> None:
    groups = LOGS[cdk.RemovalPolicy.RETAIN].groups
    assert list(groups) == ["web", "app", "db"]
    assert len({group.logical_id for group in groups.values()}) == 3


def test_records_are_kept_under_the_customer_key_for_the_retention_time() -> None:
    logs = LOGS[cdk.RemovalPolicy.RETAIN]
    for group in logs.groups.values():
        properties = STACK.resource(group)["Properties"]
        key = STACK.resource(logs.node.find_child("Key"))
        assert properties["RetentionInDays"] == 365
        assert properties["KmsKeyId"] == STACK.resolve(group.kms_key_id)
        assert "logs." in str(key["Properties"]["KeyPolicy"])


@pytest.mark.parametrize(
    ("policy", "deletion"),
    [(cdk.RemovalPolicy.RETAIN, "Retain"), (cdk.RemovalPolicy.DESTROY, "Delete")],
)
def test_records_outlive_the_stack_together_with_their_key(
    policy: cdk.RemovalPolicy, deletion: str
) -> None:
    logs = LOGS[policy]
    kept = [*logs.groups.values(), logs.node.find_child("Key")]
    assert {STACK.resource(construct)["DeletionPolicy"] for construct in kept} == {deletion}
