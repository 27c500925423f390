"""Daily backups of servers, found by the tag that their template gives them."""

import json
from typing import Any

import pytest
from aws_cdk import aws_kms as kms
from moto.iam.aws_managed_policies import aws_managed_policies_data

from blueprint.server_backups import ServerBackups
from tests.blueprint.small_stack import SmallStack
from tests.policies import listed

STACK = SmallStack()
KEY = kms.Key.from_key_arn(STACK, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1")
ServerBackups(
    STACK, "Backups", tiers=["app", "db"], tags={"stage": "x"}, retention_days=35, key=KEY
)
# Statements of AWS's policy for EC2, those for copies left out, and for volumes under a key:
# https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
DOCUMENTED = {
    "BackupVaultPermissions",
    "EBSResourcePermissions",
    "EC2Permissions",
    "EC2TagPermissions",
    "GetResourcesPermissions",
    "KMSCreateGrantPermissions",
    "KMSEC2Permissions",
    "KMSPermissions",
}


def selections() -> list[dict[str, Any]]:
    found = STACK.all_of("AWS::Backup::BackupSelection")
    return [selection["Properties"]["BackupSelection"] for selection in found]


def test_servers_of_the_tiers_are_backed_up_and_no_others() -> None:
    conditions = [selection["Conditions"]["StringEquals"] for selection in selections()]
    assert conditions == [
        [
            {"ConditionKey": "aws:ResourceTag/blueprint:tier", "ConditionValue": tier},
            {"ConditionKey": "aws:ResourceTag/stage", "ConditionValue": "x"},
        ]
        for tier in ("app", "db")
    ]


def test_a_server_is_backed_up_once_and_whatever_the_account_has_opted_in_to() -> None:
    for selection in selections():
        # A tag list alone would add each tagged volume, and would ask the account's opt-in.
        assert "ListOfTags" not in selection
        ((arn,),) = [selection["Resources"]]
        assert arn["Fn::Join"][1][-1] == ":ec2:*:*:instance/*"


def test_backups_are_encrypted_kept_and_deleted_by_nobody() -> None:
    (vault,) = STACK.all_of("AWS::Backup::BackupVault")
    assert vault["DeletionPolicy"] == "Retain"
    assert vault["Properties"]["EncryptionKeyArn"] == KEY.key_arn
    (denial,) = vault["Properties"]["AccessPolicy"]["Statement"]
    assert (denial["Effect"], denial["Principal"]) == ("Deny", {"AWS": "*"})
    assert "backup:DeleteRecoveryPoint" in denial["Action"]
    (rule,) = STACK.one("AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}


def test_the_role_has_of_awss_own_policy_what_backups_of_servers_need_and_no_more() -> None:
    awss = json.loads(aws_managed_policies_data)["AWSBackupServiceRolePolicyForBackup"]
    needed = {
        action
        for statement in awss["Document"]["Statement"]
        if statement["Sid"] in DOCUMENTED
        for action in listed(statement["Action"])
    }
    (policy,) = STACK.all_of("AWS::IAM::ManagedPolicy")
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {action for one in statements for action in listed(one["Action"])} == needed
    # What names no resource reads; all else is about servers, their backups, the vault or the key.
    anywhere = {action for one in statements if one["Resource"] == "*" for action in one["Action"]}
    assert all(action.startswith(("ec2:Describe", "tag:Get")) for action in anywhere)


def test_the_policy_of_the_role_is_its_boundary_too() -> None:
    role = STACK.one("AWS::IAM::Role")
    assert role["ManagedPolicyArns"] == [role["PermissionsBoundary"]]


def test_only_the_backup_service_assumes_the_role() -> None:
    (trust,) = STACK.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}


def test_a_plan_that_backs_up_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Empty backs up no tier"):
        ServerBackups(SmallStack(), "Empty", tiers=[], tags={}, retention_days=35, key=KEY)
