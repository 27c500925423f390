"""CloudFormation's engine for the stand-in: what moto does per stack, done as AWS does it.

moto creates resources lazily, updates by deleting first, forgets what it deleted, drops unknown
types with a warning and ignores deletion policies on updates. This engine orders by reference,
creates and updates before it cleans up, honours deletion policies, rolls a failed creation back,
and refuses what it cannot do.
"""

import copy
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError

from rehearsal.order import in_order, refuse_chance, refuse_waiting_for_itself
from rehearsal.resources import Live, Place, UnsupportedError, adapter
from rehearsal.resources.base import Resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass
class Deployed:
    """A resource of a stack; the names of the first three are those that moto reads."""

    logical_resource_id: str
    physical_resource_id: str
    cf_resource_type: str
    live: Live
    properties: dict[str, Any]
    definition: dict[str, Any]

    def get_cfn_attribute(self, name: str) -> str:
        """The value of `Fn::GetAtt`."""
        if name not in self.live.attributes:
            named = f"{self.logical_resource_id} ({self.cf_resource_type})"
            raise UnsupportedError(f"{named}: the stand-in has no attribute {name}")
        return self.live.attributes[name]

    def is_created(self) -> bool:
        """Always: creation waits."""
        return True


class Engine(parsing.ResourceMap):
    """The resources of one stack."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - moto's signature
        """Take what moto gives."""
        self._deployed: dict[str, Deployed] = {}
        super().__init__(*arguments, **named)

    # What moto reads

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - parameters, mappings and resources
        """A resource, parameter or pseudo parameter; None for a resource that does not exist."""
        return self._deployed.get(key) or self._parsed_resources.get(key)

    def __iter__(self) -> Iterator[str]:
        """The logical ids of what exists."""
        return iter(self._deployed)

    def __len__(self) -> int:
        """How many resources exist."""
        return len(self._deployed)

    def validate_outputs(self) -> None:
        """Outputs fail when they are resolved."""

    def load_parameters(self) -> None:
        """Keep defaults like given values: "use the previous value" may mean a default."""
        for name, parameter in self._template.get("Parameters", {}).items():
            if "Default" in parameter:
                self.input_parameters.setdefault(name, parameter["Default"])
        super().load_parameters()

    # What moto calls

    def create(self, template: dict[str, Any]) -> bool:
        """Create every resource, or none."""
        try:
            self._deploy(template)
        except ValidationError:
            # The reason that counts is the first one.
            with suppress(ValidationError):
                self.delete()
            raise
        return True

    def creation_complete(self) -> bool:
        """Always: creation waits."""
        return True

    def update(self, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
        """Create and change, then delete what is gone."""
        self._template = template
        if parameters:
            self.input_parameters = parameters
        self.load()
        self._deploy(template)

    def delete(self) -> None:
        """Delete what may be deleted, dependents first."""
        self._remove(list(self._deployed))

    # How it is done

    def _deploy(self, template: dict[str, Any]) -> None:
        definitions = {
            logical_id: definition
            for logical_id, definition in template["Resources"].items()
            if self._wanted(definition)
        }
        refuse_chance(definitions)
        refuse_waiting_for_itself(definitions, self._deployed)
        replaced = []
        for logical_id in in_order(definitions):
            before = self._deployed.get(logical_id)
            after = self._play(logical_id, definitions[logical_id], before)
            self._deployed[logical_id] = after
            if before and _is_replacement(before, after):
                replaced.append(before)
        for old in reversed(replaced):
            if old.definition.get("UpdateReplacePolicy", "Delete") != "Retain":
                self._delete(old)
        self._resource_json_map = definitions
        self._remove([name for name in self._deployed if name not in definitions])
        # Outputs refer to resources in the order of the template.
        self._deployed = {name: self._deployed[name] for name in definitions}

    def _wanted(self, definition: dict[str, Any]) -> bool:
        condition = definition.get("Condition")
        return condition is None or bool(self.lazy_condition_map[condition])

    def _play(
        self, logical_id: str, definition: dict[str, Any], before: Deployed | None
    ) -> Deployed:
        resource_type = definition["Type"]
        try:
            resource = adapter(resource_type)
            properties = self._resolve(definition.get("Properties", {}))
            resource.refuse_unknown(properties)
            place = self._place(logical_id, definition)
            live = _bring_about(resource, place, properties, before)
        except Exception as error:
            reason = f"{logical_id} ({resource_type}): {error}"
            raise ValidationError(message=reason) from error
        return Deployed(
            logical_id, live.physical_id, resource_type, live, properties, copy.copy(definition)
        )

    def _resolve(self, properties: dict[str, Any]) -> dict[str, Any]:
        # moto takes "" for us-east-1, and makes the zones' names up; it means the stack's region.
        for here in ("", {"Ref": "AWS::Region"}):
            properties = _replace(properties, {"Fn::GetAZs": here}, self._zones)
        properties = self._with_stack_outputs(properties)
        resolved: dict[str, Any] = parsing.clean_json(properties, self)
        return resolved

    def _with_stack_outputs(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Put the outputs of other stacks in; moto does not know Fn::GetStackOutput."""
        if isinstance(value, list):
            return [self._with_stack_outputs(item) for item in value]
        if not isinstance(value, dict):
            return value
        if asked := value.get("Fn::GetStackOutput"):
            return self._stack_output(parsing.clean_json(asked, self))
        return {key: self._with_stack_outputs(item) for key, item in value.items()}

    def _stack_output(self, asked: dict[str, str]) -> str:
        name, output = asked["StackName"], asked["OutputName"]
        region = asked.get("Region", self._region_name)
        if region != self._region_name or "RoleArn" in asked:
            raise UnsupportedError(
                f"the stand-in reads outputs of {self._region_name} only: {asked}"
            )
        stacks = models.cloudformation_backends[self._account_id][region].stacks.values()
        found = next((stack for stack in stacks if stack.name == name), None)
        if found is None:
            raise UnsupportedError(f"there is no stack {name} to read the output {output} of")
        outputs = {each.key: str(each.value) for each in found.output_map.values() if each}
        if output not in outputs:
            raise UnsupportedError(f"the stack {name} has no output {output}")
        return outputs[output]

    @cached_property
    def _zones(self) -> list[str]:
        ec2: EC2Client = client("ec2", self._account_id, self._region_name)
        return [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]

    def _place(self, logical_id: str, definition: dict[str, Any]) -> Place:
        return Place(
            account=self._account_id,
            region=self._region_name,
            stack_id=self.stack_id,
            stack_name=self._parsed_resources["AWS::StackName"],
            logical_id=logical_id,
            resource_type=definition["Type"],
            stack_tags=dict(self.tags or {}),
            update_policy=definition.get("UpdatePolicy", {}),
        )

    def _remove(self, logical_ids: list[str]) -> None:
        definitions = {name: self._deployed[name].definition for name in self._deployed}
        order = in_order(definitions, deleting=True)
        for logical_id in reversed(order):
            if logical_id in logical_ids:
                old = self._deployed[logical_id]
                if old.definition.get("DeletionPolicy", "Delete") != "Retain":
                    self._delete(old)
                del self._deployed[logical_id]

    def _delete(self, old: Deployed) -> None:
        place = self._place(old.logical_resource_id, old.definition)
        try:
            adapter(old.cf_resource_type).delete(place, old.live, old.properties)
        except Exception as error:
            reason = (
                f"{old.logical_resource_id} ({old.cf_resource_type}) cannot be deleted: {error}"
            )
            raise ValidationError(message=reason) from error


def _bring_about(
    resource: Resource, place: Place, properties: dict[str, Any], before: Deployed | None
) -> Live:
    if before is None or before.cf_resource_type != place.resource_type:
        return resource.create(place, properties)
    if before.properties == properties:
        return before.live
    if resource.needs_replacement(before.properties, properties):
        return resource.create(place, properties)
    return resource.update(place, before.live, before.properties, properties)


def _is_replacement(before: Deployed, after: Deployed) -> bool:
    moved = before.live.physical_id != after.live.physical_id
    return moved and adapter(before.cf_resource_type).new_id_is_replacement(
        before.properties, after.properties
    )


def _replace(value: object, old: object, new: object) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if value == old:
        return new
    if isinstance(value, dict):
        return {key: _replace(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, old, new) for item in value]
    return value


def _delete_stack(self: models.CloudFormationBackend, name_or_stack_id: str) -> None:
    """Forget a stack after its resources are deleted; moto does it before, even when that fails."""
    stack = self.get_stack(name_or_stack_id)
    exports = [export.name for export in stack.exports]
    stack.delete()
    self.stacks.pop(stack.stack_id, None)
    self.deleted_stacks[stack.stack_id] = stack
    for export in exports:
        self.exports.pop(export, None)


def install() -> None:
    """Make every stack of the stand-in use this engine."""
    models.CloudFormationBackend.delete_stack = _delete_stack  # type: ignore[method-assign] # on purpose
    models.ResourceMap = Engine  # type: ignore[attr-defined] # moto imports it there
    apply = models.ChangeSet.apply

    # moto forgets the outputs of a stack that a change set creates.
    def apply_with_outputs(self: Any) -> None:  # noqa: ANN401 - moto's change set
        apply(self)
        self.stack.template_dict = self.template_dict
        self.stack.output_map = self.stack._create_output_map()  # noqa: SLF001 - moto offers no other way

    models.ChangeSet.apply = apply_with_outputs  # type: ignore[method-assign] # on purpose
