"""Backups: what the templates say, and what is live."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import states

# What AWS Backup does where a rule is silent.
_UNSAID: dict[str, Value] = {
    "CompletionWindowMinutes": 10080,
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 480,
}
_NAMES = {"TargetBackupVaultName": "TargetBackupVault"}


@states("AWS::Backup::BackupVault")
def _vault(it: Deployed) -> Iterator[Fact]:
    key = it.properties["EncryptionKeyArn"]
    yield _vault_fact(it.physical_id, key, it.properties.get("AccessPolicy"))


@states("AWS::Backup::BackupPlan")
def _plan(it: Deployed) -> Iterator[Fact]:
    plan = it.properties["BackupPlan"]
    rules: Value = [{**_UNSAID, **rule} for rule in plan["BackupPlanRule"]]
    yield Fact(("backup plan", it.physical_id), it.physical_id, rules)


@states("AWS::Backup::BackupSelection")
def _selection(it: Deployed) -> Iterator[Fact]:
    yield _selection_fact(it.properties["BackupPlanId"], it.properties["BackupSelection"])


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' vaults and plans; an unstated selection is a difference."""
    backup = account.stand_in.client("backup")
    for name in account.ids("AWS::Backup::BackupVault"):
        vault = backup.describe_backup_vault(BackupVaultName=name)
        yield _vault_fact(name, vault["EncryptionKeyArn"], _policy(backup, name))
    for plan_id in account.ids("AWS::Backup::BackupPlan"):
        rules = backup.get_backup_plan(BackupPlanId=plan_id)["BackupPlan"]["Rules"]
        value: Value = [_as_templates_say(rule) for rule in rules]
        yield Fact(("backup plan", plan_id), plan_id, value)
        selections = backup.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
        for each in selections:
            answer = backup.get_backup_selection(
                BackupPlanId=plan_id, SelectionId=each["SelectionId"]
            )
            yield _selection_fact(plan_id, answer["BackupSelection"])


def _vault_fact(name: str, key: str, policy: Value) -> Fact:
    return Fact(("backup vault", name), name, {"EncryptionKeyArn": key, "AccessPolicy": policy})


def _policy(backup: Any, vault: str) -> Value:  # noqa: ANN401 - `StandIn.client` cannot know
    try:
        policy: Value = json.loads(
            backup.get_backup_vault_access_policy(BackupVaultName=vault)["Policy"]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return policy


def _as_templates_say(rule: dict[str, Any]) -> Value:
    named = {_NAMES.get(key, key): value for key, value in rule.items()}
    return {key: value for key, value in named.items() if key != "RuleId"}


def _selection_fact(plan_id: str, selection: dict[str, Any]) -> Fact:
    value: Value = {k: v for k, v in selection.items() if v and k != "SelectionName"}
    return Fact(("backup selection", plan_id, selection["SelectionName"]), plan_id, value)
