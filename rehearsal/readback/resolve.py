"""Reads a template with the physical ids that a deployment gave: Ref, Fn::GetAtt and the rest."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.assembly import Assembly, Stack
from rehearsal.readback.attributes import ATTRIBUTES
from rehearsal.standin import StandIn

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

_VARIABLE = re.compile(r"\$\{([^!}]+)\}")


class UnresolvedError(Exception):
    """A value of a template that this reader cannot work out."""


@dataclass(frozen=True)
class Deployed:
    """A resource of a template that was deployed."""

    stack: str
    logical_id: str
    resource_type: str
    physical_id: str
    properties: dict[str, Any]
    stack_tags: Mapping[str, str]
    peers: "Mapping[str, Deployed]" = field(repr=False)
    """All resources of the stack, by physical id."""


def deployed_stacks(
    stand_in: StandIn, assembly: Assembly
) -> "Iterator[tuple[Stack, StackTypeDef]]":
    """The stacks that exist now, as CloudFormation describes them.

    A destruction that AWS refused half-way has removed some stacks already.
    """
    for account in assembly.accounts:
        pages = stand_in.of(account).cloudformation.get_paginator("describe_stacks").paginate()
        existing = {stack["StackName"]: stack for page in pages for stack in page["Stacks"]}
        for stack in assembly.stacks_of(account):
            if stack.name in existing:
                yield stack, existing[stack.name]


def deployed_resources(stand_in: StandIn, assembly: Assembly) -> Iterator[tuple[Stack, str, str]]:
    """What the stacks that exist now hold: stack, logical id and physical id."""
    for stack, _ in deployed_stacks(stand_in, assembly):
        for logical_id, physical_id in Resolver(stand_in, stack).physical_ids.items():
            yield stack, logical_id, physical_id


class Resolver:
    """Works out the values in one deployed stack's template."""

    def __init__(self, stand_in: StandIn, stack: Stack) -> None:
        """Ask CloudFormation for the stack's physical ids."""
        stand_in = stand_in.of(stack.account)
        self._stand_in = stand_in
        self._stack = stack
        pages = stand_in.cloudformation.get_paginator("list_stack_resources")
        self.physical_ids = {
            summary["LogicalResourceId"]: summary["PhysicalResourceId"]
            for page in pages.paginate(StackName=stack.name)
            for summary in page["StackResourceSummaries"]
        }
        self._pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stand_in.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][
                0
            ]["StackId"],
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def resources(self) -> list[Deployed]:
        """The resources that the template says exist, resolved.

        Raises:
            UnresolvedError: a value cannot be worked out, or a resource is not in the stack.
        """
        found: list[Deployed] = []
        peers: dict[str, Deployed] = {}
        for logical_id, definition in self._stack.template["Resources"].items():
            condition = definition.get("Condition")
            if condition and not self._condition(condition):
                continue
            if logical_id not in self.physical_ids:
                raise UnresolvedError(f"{self._stack.name}/{logical_id} was not deployed")
            found.append(
                Deployed(
                    stack=self._stack.name,
                    logical_id=logical_id,
                    resource_type=definition["Type"],
                    physical_id=self.physical_ids[logical_id],
                    properties=self.value(definition.get("Properties", {})),
                    stack_tags=self._stack.tags,
                    peers=peers,
                )
            )
            peers.setdefault(found[-1].physical_id, found[-1])
        return found

    def value(self, value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """Work out `value`.

        Raises:
            UnresolvedError: it holds a function that is not known here.
        """
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            function, argument = next(iter(value.items()))
            if function == "Ref":
                return self._ref(argument)
            if function in self._functions:
                return self._functions[function](self, argument)
            if function.startswith("Fn::"):
                raise UnresolvedError(f"{self._stack.name}: {function} is not known here")
        return {key: self.value(item) for key, item in value.items()}

    def _ref(self, name: str) -> str:
        found = self.physical_ids.get(name) or self._pseudo.get(name)
        if found is None:
            raise UnresolvedError(f"{self._stack.name}: Ref {name} is not known here")
        return found

    def _get_att(self, argument: list[str] | str) -> str:
        logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
        resource_type = self._stack.template["Resources"][logical_id]["Type"]
        ask = ATTRIBUTES.get((resource_type, name))
        if ask is None:
            raise UnresolvedError(f"{self._stack.name}: {resource_type}.{name} is not known here")
        return ask(self._stand_in, self.physical_ids[logical_id])

    def _join(self, argument: list[Any]) -> str:
        separator, parts = argument
        return str(separator).join(str(self.value(part)) for part in parts)

    def _select(self, argument: list[Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
        index, items = argument
        return self.value(items)[int(index)]

    def _sub(self, argument: str) -> str:
        def variable(match: re.Match[str]) -> str:
            name = match.group(1)
            return self._get_att(name) if "." in name else self._ref(name)

        return _VARIABLE.sub(variable, argument)

    def _stack_output(self, argument: dict[str, Any]) -> str:
        asked = self.value(argument)
        described = self._stand_in.cloudformation.describe_stacks(StackName=asked["StackName"])
        for output in described["Stacks"][0].get("Outputs", []):
            if output["OutputKey"] == asked["OutputName"]:
                return output["OutputValue"]
        raise UnresolvedError(f"{asked['StackName']} has no output {asked['OutputName']}")

    def _zones(self, _: object) -> list[str]:
        zones = self._stand_in.ec2.describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in zones]

    def _if(self, argument: list[Any]) -> Any:  # noqa: ANN401 - JSON in, JSON out
        condition, yes, no = argument
        return self.value(yes if self._condition(condition) else no)

    def _condition(self, name: str) -> bool:
        return bool(self.value(self._stack.template["Conditions"][name]))

    _functions: Mapping[str, Callable[["Resolver", Any], Any]] = {
        "Condition": _condition,
        "Fn::Base64": lambda self, text: base64.b64encode(self.value(text).encode()).decode(),
        "Fn::And": lambda self, items: all(self.value(items)),
        "Fn::Equals": lambda self, items: self.value(items[0]) == self.value(items[1]),
        "Fn::GetAZs": _zones,
        "Fn::GetAtt": _get_att,
        "Fn::GetStackOutput": _stack_output,
        "Fn::If": _if,
        "Fn::Join": _join,
        "Fn::Not": lambda self, items: not self.value(items[0]),
        "Fn::Or": lambda self, items: any(self.value(items)),
        "Fn::Select": _select,
        "Fn::Split": lambda self, items: self.value(items[1]).split(items[0]),
        "Fn::Sub": _sub,
    }
