"""Finds policies and those who carry them in synthesized templates, and changes them.

Resources are found by what people call them: their name, or their logical id without the CDK's
hash. Statements are found by any text in them, such as a Sid, an action or a condition key.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proofs.assembly import Assembly
from tests.proofs.template_editor import JsonObject, Part, TemplateEditor

_HASH = re.compile(r"[0-9A-F]{8}$")
_NAMES = ("UserName", "GroupName", "RoleName")
_DOCUMENTS = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "AccessPolicy")


@dataclass
class AccessEditor:
    """A copy of the templates of an assembly, to be changed; each is copied when it is needed."""

    original: Assembly
    _copies: dict[str, TemplateEditor] = field(init=False, default_factory=dict)

    @property
    def assembly(self) -> Assembly:
        """The templates as they are now."""
        return Assembly(
            tuple(
                replace(stack, template=self._copies[stack.id].template)
                if stack.id in self._copies
                else stack
                for stack in self.original.stacks
            )
        )

    @property
    def is_changed(self) -> bool:
        """Whether any template differs from the original."""
        return any(copy.is_changed for copy in self._copies.values())

    def stack(self, name: str) -> TemplateEditor:
        """The template of a stack."""
        if name not in self._copies:
            (found,) = (stack for stack in self.original.stacks if stack.id == name)
            self._copies[name] = TemplateEditor(dict(found.template))
        return self._copies[name]

    def part(self, kind: str, name: str) -> Part:
        """The resource of a type ("IAM::Role") that people call by this name."""
        (found,) = (
            (stack.id, logical_id)
            for stack in self.original.stacks
            for logical_id, resource in stack.resources.items()
            if resource["Type"] == f"AWS::{kind}" and name in _called(logical_id, resource)
        )
        copy = self.stack(found[0])
        return next(part for part in copy.all(kind) if part.name == found[1])

    def user(self, name: str) -> Part:
        """A user."""
        return self.part("IAM::User", name)

    def group(self, name: str) -> Part:
        """A group."""
        return self.part("IAM::Group", name)

    def role(self, name: str) -> Part:
        """A role."""
        return self.part("IAM::Role", name)

    def attach(self, part: Part, policy: object) -> None:
        """Attach a managed policy: a Ref, or the name of one of AWS's."""
        arn = f"arn:aws:iam::aws:policy/{policy}" if isinstance(policy, str) else policy
        part.properties.setdefault("ManagedPolicyArns", []).append(arn)

    def policy(self, name: str, text: str) -> JsonObject:
        """The statement with this text, of a managed policy."""
        return statement(self.part("IAM::ManagedPolicy", name), text)

    def trust(self, role: str) -> JsonObject:
        """The first statement of a role's trust policy."""
        return statements(self.role(role))[0]

    def bucket(self, text: str) -> JsonObject:
        """The statement with this text, of the data bucket's policy."""
        return statement(self.part("S3::BucketPolicy", "DataPolicy"), text)

    def endpoint(self, text: str) -> JsonObject:
        """The statement with this text, of the S3 endpoint's policy."""
        return statement(self.part("EC2::VPCEndpoint", "S3Endpoint"), text)

    def grant(self, name: str, action: str | list[str], on: object = "*", **more: object) -> None:
        """Let a managed policy allow more."""
        rows = statements(self.part("IAM::ManagedPolicy", name))
        rows.append({"Effect": "Allow", "Action": action, "Resource": on, **more})


def ref(part: Part) -> JsonObject:
    """A reference to a resource, from within its stack."""
    return {"Ref": part.name}


def arn_of(part: Part) -> JsonObject:
    """The ARN of a resource, from within its stack."""
    return {"Fn::GetAtt": [part.name, "Arn"]}


def document(*rows: JsonObject) -> JsonObject:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(rows)}


def allow(action: str | list[str], on: object = "*", **more: object) -> JsonObject:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def trusting(**principal: object) -> JsonObject:
    """A trust policy."""
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


def statements(part: Part) -> list[JsonObject]:
    """The statements of the policy that a resource carries, or is."""
    name = next(name for name in _DOCUMENTS if name in part.properties)
    rows: list[JsonObject] = part.properties[name]["Statement"]
    return rows


def statement(part: Part, text: str) -> JsonObject:
    """The first statement with this text in it."""
    for row in statements(part):
        if f'"{text}"' in json.dumps(row):
            return row
    raise ValueError(f"{part.name} has no statement with {text}")


def drop(part: Part, text: str) -> None:
    """Remove the first statement with this text in it."""
    statements(part).remove(statement(part, text))


def unless(row: JsonObject, key: str) -> None:
    """Drop the condition on a key."""
    conditions = row["Condition"]
    (operator,) = (operator for operator, keys in conditions.items() if key in keys)
    del conditions[operator][key]
    if not conditions[operator]:
        del conditions[operator]
    if not conditions:
        del row["Condition"]


def asks(row: JsonObject, operator: str, key: str, value: object) -> None:
    """Put one condition in place of that on the key, or beside the others."""
    if any(key in keys for keys in row.get("Condition", {}).values()):
        unless(row, key)
    row.setdefault("Condition", {}).setdefault(operator, {})[key] = value


def turn(row: JsonObject, operator: str, other: str) -> None:
    """Put another operator in place of one."""
    conditions = row["Condition"]
    conditions[other] = conditions.pop(operator)


def swap(row: JsonObject, element: str, other: str, value: object = None) -> None:
    """Put one element in place of another: `NotAction` for `Action`; default: with its value."""
    old = row.pop(element)
    row[other] = old if value is None else value


def more(row: JsonObject, element: str, *values: object) -> None:
    """Lengthen the list of an element."""
    old = row[element]
    row[element] = [*(old if isinstance(old, list) else [old]), *values]


def less(row: JsonObject, element: str, *values: object) -> None:
    """Shorten the list of an element."""
    row[element] = [value for value in row[element] if value not in values]


def _called(logical_id: str, resource: Mapping[str, Any]) -> Iterator[object]:
    yield _HASH.sub("", logical_id)
    properties = resource.get("Properties", {})
    yield from (properties[name] for name in _NAMES if name in properties)
