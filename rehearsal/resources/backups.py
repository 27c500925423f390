"""Backup vaults, plans, and what the plans select."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient


def _backup(place: Place) -> "BackupClient":
    backup: BackupClient = client("backup", place.account, place.region)
    return backup


@resource(
    "AWS::Backup::BackupVault",
    replaces=["BackupVaultName", "EncryptionKeyArn"],
    in_place=["AccessPolicy"],
)
class Vault(Resource):
    """A vault for recovery points."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the vault."""
        name = properties["BackupVaultName"]
        answer = _backup(place).create_backup_vault(
            BackupVaultName=name,
            BackupVaultTags=place.tags({}),
            EncryptionKeyArn=properties["EncryptionKeyArn"],
        )
        attributes = {"BackupVaultArn": answer["BackupVaultArn"], "BackupVaultName": name}
        return self.update(place, Live(name, attributes), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the access policy."""
        if "AccessPolicy" in new:
            _backup(place).put_backup_vault_access_policy(
                BackupVaultName=live.physical_id, Policy=json.dumps(new["AccessPolicy"])
            )
        elif "AccessPolicy" in old:
            _backup(place).delete_backup_vault_access_policy(BackupVaultName=live.physical_id)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the vault; AWS refuses one with recovery points in it."""
        _backup(place).delete_backup_vault(BackupVaultName=live.physical_id)


@resource("AWS::Backup::BackupPlan", in_place=["BackupPlan"])
class Plan(Resource):
    """A plan: when backups are made, into which vault, and how long they are kept."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the plan."""
        answer = _backup(place).create_backup_plan(
            BackupPlan=_plan(properties), BackupPlanTags=place.tags({})
        )
        return _live(answer["BackupPlanId"], answer["BackupPlanArn"], answer["VersionId"])

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write a new version of the plan."""
        answer = _backup(place).update_backup_plan(
            BackupPlanId=live.physical_id, BackupPlan=_plan(new)
        )
        return _live(answer["BackupPlanId"], answer["BackupPlanArn"], answer["VersionId"])

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the plan; AWS refuses one with selections."""
        _backup(place).delete_backup_plan(BackupPlanId=live.physical_id)


def _live(plan_id: str, arn: str, version: str) -> Live:
    return Live(plan_id, {"BackupPlanArn": arn, "BackupPlanId": plan_id, "VersionId": version})


def _plan(properties: Properties) -> Any:  # noqa: ANN401 - boto3's type is private
    """The plan in the API's words, which are not quite CloudFormation's."""
    plan = dict(properties["BackupPlan"])
    rules = [
        {"TargetBackupVaultName" if key == "TargetBackupVault" else key: rule[key] for key in rule}
        for rule in plan.pop("BackupPlanRule")
    ]
    return {**plan, "Rules": rules}


@resource("AWS::Backup::BackupSelection", replaces=["BackupPlanId", "BackupSelection"])
class Selection(Resource):
    """What a plan backs up, and with which role."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the selection."""
        plan_id, selection = properties["BackupPlanId"], properties["BackupSelection"]
        answer = _backup(place).create_backup_selection(
            BackupPlanId=plan_id, BackupSelection=selection
        )
        selection_id = answer["SelectionId"]
        attributes = {"BackupPlanId": plan_id, "SelectionId": selection_id, "Id": selection_id}
        return Live(f"{selection_id}_{plan_id}", attributes)

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the selection."""
        _backup(place).delete_backup_selection(
            BackupPlanId=properties["BackupPlanId"], SelectionId=live.attributes["SelectionId"]
        )
