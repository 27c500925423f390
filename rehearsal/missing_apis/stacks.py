"""Stacks: their protection from deletion."""

from collections.abc import Callable

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from rehearsal.missing_apis.patching import wrap


def install() -> None:
    """Add everything."""
    CloudFormationResponse.update_termination_protection = update_termination_protection  # type: ignore[attr-defined] # moto lacks it
    wrap(CloudFormationBackend, "delete_stack", _refuse_what_is_protected)


def update_termination_protection(self: CloudFormationResponse) -> ActionResult:
    """Protect a stack, or lift its protection."""
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _refuse_what_is_protected(
    self: CloudFormationBackend, delete: Callable[[], None], name_or_stack_id: str
) -> None:
    """CloudFormation refuses before it deletes anything; moto knows the setting and ignores it."""
    stack = self.get_stack(name_or_stack_id)
    if stack.enable_termination_protection:
        raise ValidationError(
            message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    delete()
