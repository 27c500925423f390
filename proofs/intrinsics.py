"""Resolves CloudFormation's intrinsic functions over all stacks of an assembly.

A value becomes a plain JSON value, a `Reference` to a resource, or `Unknown` with the reason. An
`Unknown` is never an error by itself: whoever needs the value says "cannot prove".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, TypeAlias

from proofs.assembly import Assembly, Stack

Json: TypeAlias = Any
_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Reference:
    """What Ref or Fn::GetAtt give for a resource that is not deployed yet."""

    stack: str
    logical_id: str
    attribute: str = "Ref"


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be known before deployment, or that this module does not understand."""

    reason: str


# Attributes that are one of the resource's own properties, and so known before deployment.
_LITERAL_ATTRIBUTES = {
    ("AWS::EC2::VPC", "CidrBlock"): "CidrBlock",
    ("AWS::EC2::Subnet", "CidrBlock"): "CidrBlock",
    ("AWS::EC2::Subnet", "AvailabilityZone"): "AvailabilityZone",
    ("AWS::EC2::Subnet", "VpcId"): "VpcId",
    ("AWS::EC2::SecurityGroup", "VpcId"): "VpcId",
}


class Resolver:
    """Resolves the values of one stack."""

    def __init__(
        self,
        assembly: Assembly,
        stack: Stack,
        name_of: Callable[[Reference], str | None] = lambda _: None,
    ) -> None:
        """Resolve for `stack`; references to other stacks are looked up in `assembly`.

        `name_of` gives text for what only deployment knows, so that text can be composed of it: a
        resource, or a pseudo parameter such as `AWS::Partition`. The text has `<` where it stands
        for something unknown. None: it stays what it is; default: everything does.
        """
        self._assembly, self._stack, self._name_of = assembly, stack, name_of
        self._functions: Mapping[str, Callable[[Json], Json]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::GetAZs": self._zones,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Cidr": self._cidr,
            "Fn::ImportValue": self._import_value,
            "Fn::GetStackOutput": self._stack_output,
        }

    def resolve(self, value: Json) -> Json:
        """Give `value` with every intrinsic replaced."""
        resolved = self._resolve(value)
        return None if resolved is _NO_VALUE else resolved

    def included(self, resource: Mapping[str, Json]) -> bool | Unknown:
        """Say whether the resource's Condition holds; no Condition holds always."""
        return self._condition(resource["Condition"]) if "Condition" in resource else True

    def _resolve(self, value: Json) -> Json:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                return Unknown(f"the intrinsic function {name} is not known to the proof")
        resolved = {name: self._resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not _NO_VALUE}

    def _ref(self, name: str) -> Json:
        if name in self._stack.resources:
            return self._named(Reference(self._stack.id, name))
        if name.startswith("AWS::"):
            return self._pseudo(name)
        parameter = self._stack.template.get("Parameters", {}).get(name)
        if parameter is None:
            return Unknown(f"Ref names {name}, which the template does not have")
        if "Default" not in parameter or parameter["Type"].startswith("AWS::SSM::"):
            return Unknown(f"the parameter {name} has no value before deployment")
        value = parameter["Default"]
        is_list = "List" in parameter["Type"] and isinstance(value, str)
        return [item.strip() for item in value.split(",")] if is_list else value

    def _pseudo(self, name: str) -> Json:
        known = {
            "AWS::NoValue": _NO_VALUE,
            "AWS::AccountId": self._stack.account,
            "AWS::Region": self._stack.region,
            "AWS::StackName": self._stack.name,
        }
        value = known.get(name) or self._name_of(Reference(self._stack.id, name))
        # A name stands for itself: "com.amazonaws.${AWS::Region}.s3" says all that matters.
        return f"${{{name}}}" if value is None else value

    def _get_att(self, argument: list[str] | str) -> Json:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        name, attribute = parts[0], self._resolve(parts[1])
        resource = self._stack.resources.get(name)
        if resource is None:
            return Unknown(f"Fn::GetAtt names {name}, which the template does not have")
        literal = _LITERAL_ATTRIBUTES.get((resource["Type"], attribute))
        if literal and literal in resource.get("Properties", {}):
            return self._resolve(resource["Properties"][literal])
        return self._named(Reference(self._stack.id, name, attribute))

    def _named(self, reference: Reference) -> str | Reference:
        name = self._name_of(reference)
        return reference if name is None else name

    def _join(self, argument: list[Json]) -> Json:
        separator, items = argument[0], self._resolve(argument[1])
        if isinstance(items, Unknown):
            return items
        return _text(items, separator)

    def _sub(self, argument: str | list[Json]) -> Json:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        parts: list[Json] = []
        end = 0
        for match in _VARIABLE.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            name = match[2]
            if match[1]:
                parts.append(f"${{{name}}}")
            elif name in variables:
                parts.append(self._resolve(variables[name]))
            else:
                parts.append(self._get_att(name) if "." in name else self._ref(name))
        parts.append(text[end:])
        return _text([part for part in parts if part != ""], "")

    def _select(self, argument: list[Json]) -> Json:
        index, items = self._resolve(argument[0]), self._resolve(argument[1])
        if isinstance(items, Unknown):
            return items
        if isinstance(items, str):
            return Unknown(f"Fn::Select cannot take an item of {items}")
        try:
            return items[int(index)]
        except (IndexError, TypeError, ValueError):
            return Unknown(f"Fn::Select cannot take item {index} of {items}")

    def _split(self, argument: list[Json]) -> Json:
        text = self._resolve(argument[1])
        return text.split(argument[0]) if isinstance(text, str) else _unknown(text, "Fn::Split")

    def _zones(self, region: Json) -> list[str]:
        # Names of zones decide nothing about traffic; the order keeps them apart.
        return [f"zone {index} of {self._resolve(region) or 'the region'}" for index in range(6)]

    def _find_in_map(self, argument: list[Json]) -> Json:
        keys = [self._resolve(key) for key in argument[:3]]
        found: Json = self._stack.template.get("Mappings", {})
        for key in keys:
            if not isinstance(key, str) or key not in found:
                return Unknown(f"Fn::FindInMap finds no {key}")
            found = found[key]
        return found

    def _if(self, argument: list[Json]) -> Json:
        holds = self._condition(argument[0])
        return holds if isinstance(holds, Unknown) else self._resolve(argument[1 if holds else 2])

    def _cidr(self, argument: list[Json]) -> Json:
        block, count, bits = (self._resolve(item) for item in [*argument, 8][:3])
        try:
            network = ip_network(block)
            blocks = network.subnets(new_prefix=network.max_prefixlen - int(bits))
            return [str(next(blocks)) for _ in range(int(count))]
        except (StopIteration, TypeError, ValueError):
            return Unknown(f"Fn::Cidr cannot cut {block}")

    def _import_value(self, argument: Json) -> Json:
        name = self._resolve(argument)
        for stack in self._assembly.stacks:
            resolver = Resolver(self._assembly, stack, self._name_of)
            for output in stack.template.get("Outputs", {}).values():
                export = output.get("Export")
                if export and resolver.resolve(export["Name"]) == name:
                    return resolver.resolve(output["Value"])
        return Unknown(f"no stack of the assembly exports {name}")

    def _stack_output(self, argument: Mapping[str, Json]) -> Json:
        # What the CDK writes for "weak" references between stacks.
        name, output = self._resolve(argument["StackName"]), argument["OutputName"]
        stack = self._assembly.named(name) if isinstance(name, str) else None
        if stack is None or output not in stack.template.get("Outputs", {}):
            return Unknown(f"no stack {name} of the assembly has an output {output}")
        resolver = Resolver(self._assembly, stack, self._name_of)
        return resolver.resolve(stack.template["Outputs"][output]["Value"])

    def _condition(self, condition: Json) -> bool | Unknown:
        if isinstance(condition, str):
            conditions = self._stack.template.get("Conditions", {})
            if condition not in conditions:
                return Unknown(f"the template has no condition {condition}")
            return self._condition(conditions[condition])
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self._condition(argument)
        if name == "Fn::Equals":
            return self._equals(*(self._resolve(item) for item in argument))
        if name in ("Fn::And", "Fn::Or", "Fn::Not"):
            return _combined(name, [self._condition(item) for item in argument])
        return Unknown(f"the condition function {name} is not known to the proof")

    @staticmethod
    def _equals(left: Json, right: Json) -> bool | Unknown:
        for side in (left, right):
            if not isinstance(side, str | int | bool) or any(
                mark in str(side) for mark in ("${", "<")
            ):
                return Unknown(f"a condition compares {left} with {right}")
        return str(left) == str(right)


def _combined(name: str, truths: list[bool | Unknown]) -> bool | Unknown:
    for truth in truths:
        if isinstance(truth, Unknown):
            return truth
    return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[name]


def _text(items: list[Json], separator: str) -> Json:
    if len(items) == 1:
        return items[0]
    if all(isinstance(item, str | int) for item in items):
        return separator.join(str(item) for item in items)
    return next(
        (item for item in items if isinstance(item, Unknown)),
        Unknown(f"text is composed of {items}, known only when deployed"),
    )


def _unknown(value: Json, function: str) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(f"{function} cannot read {value}")
