"""AWS Backup: selections, new versions of plans, and the policies of vaults."""

import json
from typing import Any
from uuid import uuid4

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse

from rehearsal.missing_apis.patching import kept, wrap

_ACCESS_POLICY = r"{0}/backup-vaults/(?P<name>[^/]+)/access-policy/?$"


def install() -> None:
    """Add everything."""
    urls.url_paths[_ACCESS_POLICY] = BackupResponse.dispatch
    for answer in (
        create_backup_selection,
        delete_backup_selection,
        delete_backup_vault_access_policy,
        get_backup_selection,
        get_backup_vault_access_policy,
        list_backup_selections,
        put_backup_vault_access_policy,
        update_backup_plan,
    ):
        setattr(BackupResponse, answer.__name__, answer)
    wrap(BackupBackend, "delete_backup_plan", _refuse_while_selections)


def _refuse_while_selections(self: BackupBackend, delete: Any, backup_plan_id: str) -> Any:  # noqa: ANN401 - moto's
    """AWS refuses to delete a plan that selects something."""
    if kept(self, "selections").get(backup_plan_id):
        raise InvalidRequestException("Related backup plan selections must be deleted first")
    return delete()


def _selections(self: BackupResponse) -> dict[str, Any]:
    plan_id = self._get_param("backupPlanId")
    self.backup_backend.get_backup_plan(plan_id, None)
    selections: dict[str, Any] = kept(self.backup_backend, "selections").setdefault(plan_id, {})
    return selections


def create_backup_selection(self: BackupResponse) -> str:
    """Add a selection to a plan."""
    selection_id, plan_id = str(uuid4()), self._get_param("backupPlanId")
    _selections(self)[selection_id] = self._get_param("BackupSelection")
    return json.dumps({"SelectionId": selection_id, "BackupPlanId": plan_id})


def get_backup_selection(self: BackupResponse) -> str:
    """Give a selection of a plan."""
    selection_id, plan_id = self._get_param("selectionId"), self._get_param("backupPlanId")
    if selection_id not in _selections(self):
        raise ResourceNotFoundException(f"Backup selection {selection_id} not found")
    selection = _selections(self)[selection_id]
    return json.dumps(
        {"SelectionId": selection_id, "BackupPlanId": plan_id, "BackupSelection": selection}
    )


def list_backup_selections(self: BackupResponse) -> str:
    """Name the selections of a plan."""
    plan_id = self._get_param("backupPlanId")
    found = [
        {
            "SelectionId": selection_id,
            "SelectionName": selection["SelectionName"],
            "BackupPlanId": plan_id,
            "IamRoleArn": selection["IamRoleArn"],
        }
        for selection_id, selection in _selections(self).items()
    ]
    return json.dumps({"BackupSelectionsList": found})


def delete_backup_selection(self: BackupResponse) -> str:
    """Take a selection from a plan."""
    _selections(self).pop(self._get_param("selectionId"), None)
    return "{}"


def update_backup_plan(self: BackupResponse) -> str:
    """Write a new version of a plan; it keeps its id."""
    backend, plan_id = self.backup_backend, self._get_param("backupPlanId")
    old = backend.get_backup_plan(plan_id, None)
    new = Plan(self._get_param("BackupPlan"), old.creator_request_id, backend)
    new.backup_plan_id, new.backup_plan_arn = old.backup_plan_id, old.backup_plan_arn
    backend.plans[plan_id] = new
    return json.dumps(new.to_dict())


def _policies(self: BackupResponse) -> tuple[dict[str, Any], str]:
    name = self._get_param("backupVaultName")
    self.backup_backend.describe_backup_vault(name)
    return kept(self.backup_backend, "access_policies"), name


def put_backup_vault_access_policy(self: BackupResponse) -> str:
    """Give a vault a policy."""
    policies, name = _policies(self)
    policies[name] = self._get_param("Policy")
    return "{}"


def get_backup_vault_access_policy(self: BackupResponse) -> str:
    """Give the policy of a vault."""
    policies, name = _policies(self)
    if name not in policies:
        raise ResourceNotFoundException(f"Backup vault {name} has no policy")
    return json.dumps({"BackupVaultName": name, "Policy": policies[name]})


def delete_backup_vault_access_policy(self: BackupResponse) -> str:
    """Take the policy from a vault."""
    policies, name = _policies(self)
    policies.pop(name, None)
    return "{}"
