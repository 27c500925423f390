"""Who may use a key beside the account's own policies."""

from typing import Any

import aws_cdk as cdk
import pytest

from blueprint.customer_key import CustomerKey, LogsKey, VolumesKey
from tests.blueprint.small_stack import SmallStack
from tests.policies import listed

STACK = SmallStack()
RETAINED = CustomerKey(STACK, "Retained", removal_policy=cdk.RemovalPolicy.RETAIN)
DESTROYED = CustomerKey(STACK, "Destroyed", removal_policy=cdk.RemovalPolicy.DESTROY)
LOGS = LogsKey(STACK, "Logs", removal_policy=cdk.RemovalPolicy.DESTROY)
VOLUMES = VolumesKey(STACK, "Volumes", removal_policy=cdk.RemovalPolicy.DESTROY)


def of(key: CustomerKey) -> dict[str, Any]:
    return STACK.resource(key)


def beside_iam(key: CustomerKey) -> list[dict[str, Any]]:
    """The statements behind the first, which leaves the key to policies of the account."""
    first, *others = of(key)["Properties"]["KeyPolicy"]["Statement"]
    root = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::111122223333:root"]]}
    assert (first["Principal"], first["Action"]) == ({"AWS": root}, "kms:*")
    return list(others)


@pytest.mark.parametrize("key", [RETAINED, DESTROYED, LOGS, VOLUMES])
def test_every_key_rotates(key: CustomerKey) -> None:
    assert of(key)["Properties"]["EnableKeyRotation"] is True


def test_a_key_outlives_the_stack_only_if_told_to() -> None:
    assert [of(key)["DeletionPolicy"] for key in (RETAINED, DESTROYED)] == ["Retain", "Delete"]


def test_a_key_is_for_the_account_alone() -> None:
    assert beside_iam(RETAINED) == []


@pytest.mark.parametrize("key", [LOGS, VOLUMES])
def test_whoever_uses_a_key_beside_iam_does_so_by_named_actions(key: CustomerKey) -> None:
    for statement in beside_iam(key):
        assert not any("*" in action for action in listed(statement["Action"]))


def test_the_logs_service_is_tied_to_log_groups_of_the_account() -> None:
    (statement,) = beside_iam(LOGS)
    service = STACK.resolve(f"logs.eu-west-1.{STACK.url_suffix}")
    assert statement["Principal"] == {"Service": service}
    arn = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert arn["Fn::Join"][1][-1] == ":logs:eu-west-1:111122223333:log-group:*"


def test_anyone_means_auto_scaling_of_this_account() -> None:
    statements = beside_iam(VOLUMES)
    assert len(statements) == 2
    for statement in statements:
        assert statement["Principal"] == {"AWS": "*"}
        # Not ArnLike: a pattern could match the role of somebody else.
        role = statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]["Fn::Join"][1]
        assert role[-1] == (
            ":iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/"
            "AWSServiceRoleForAutoScaling"
        )


def test_grants_are_for_aws_services_only() -> None:
    granting = [s for s in beside_iam(VOLUMES) if "kms:CreateGrant" in s["Action"]]
    assert [s["Action"] for s in granting] == ["kms:CreateGrant"]
    assert granting[0]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
