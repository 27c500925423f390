"""What a CloudFormation resource type is to the stand-in: create, update and delete it.

The adapters speak the public AWS API to the stand-in, as CloudFormation does to AWS, and know
nothing of how the stand-in works inside.
"""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import random
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef
    from mypy_boto3_iam import IAMClient

Properties = Mapping[str, Any]


class UnsupportedError(Exception):
    """The stand-in would not do what the template says."""


@dataclass(frozen=True)
class Live:
    """A resource that exists: what `Ref` and `Fn::GetAtt` give."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a resource lives, and which template line it comes from."""

    account: str
    region: str
    stack_id: str
    stack_name: str
    logical_id: str
    resource_type: str
    stack_tags: Mapping[str, str]
    update_policy: Mapping[str, Any]

    @cached_property
    def ec2(self) -> "EC2Client":
        """EC2 in this account and region."""
        ec2: EC2Client = client("ec2", self.account, self.region)
        return ec2

    @cached_property
    def iam(self) -> "IAMClient":
        """IAM in this account."""
        iam: IAMClient = client("iam", self.account, self.region)
        return iam

    def generated_name(self, longest: int = 255) -> str:
        """A name as CloudFormation makes them up: stack, logical id, random suffix."""
        suffix = "".join(random.choices(string.ascii_uppercase + string.digits, k=12))  # noqa: S311 - a name, no secret
        stem = f"{self.stack_name}-{self.logical_id}"[: longest - len(suffix) - 1]
        return f"{stem}-{suffix}"

    def tags(self, properties: Properties) -> dict[str, str]:
        """The stack's tags and the resource's own; the resource's win."""
        own = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        return {**self.stack_tags, **own}

    def ec2_tags(
        self, kind: "ResourceTypeType", properties: Properties
    ) -> "list[TagSpecificationTypeDef]":
        """`TagSpecifications` of an EC2 call; none when there is no tag."""
        tags = [{"Key": key, "Value": value} for key, value in self.tags(properties).items()]
        return [{"ResourceType": kind, "Tags": tags}] if tags else []  # type: ignore[typeddict-item] # a tag is written as a plain dict

    def retag_ec2(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Bring the tags of an EC2 resource up to date."""
        before, after = self.tags(old), self.tags(new)
        if gone := before.keys() - after.keys():
            self.ec2.delete_tags(Resources=[physical_id], Tags=[{"Key": key} for key in gone])
        if after:
            tags = [{"Key": key, "Value": value} for key, value in after.items()]
            self.ec2.create_tags(Resources=[physical_id], Tags=tags)  # type: ignore[arg-type] # a tag is written as a plain dict


class Resource(ABC):
    """A resource type. Properties that are in neither set are errors: nothing is ignored."""

    name: ClassVar[str]
    replaces: ClassVar[frozenset[str]]
    """Properties whose change makes a new resource and deletes the old one."""
    in_place: ClassVar[frozenset[str]]
    """Properties whose change keeps the resource."""
    waits_for: ClassVar[str] = ""
    """A type whose creation this one's waits for, which is made at the same time; often none."""

    @abstractmethod
    def create(self, place: Place, properties: Properties) -> Live:
        """Create the resource."""

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change `in_place` properties; the resource keeps its physical id unless AWS moves it."""
        raise UnsupportedError(f"{place.resource_type} cannot be updated here")

    @abstractmethod
    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the resource."""

    def refuse_unknown(self, properties: Iterable[str]) -> None:
        """Refuse properties that this adapter would drop.

        Raises:
            UnsupportedError: one of `properties` is not understood.
        """
        if unknown := sorted(set(properties) - self.replaces - self.in_place):
            raise UnsupportedError(
                f"{self.name}: the stand-in does not understand {', '.join(unknown)}"
            )

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether CloudFormation would replace the resource to get from `old` to `new`."""
        return any(old.get(key) != new.get(key) for key in self.replaces)

    def new_id_is_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether a new physical id means that the old resource is still there, to be deleted."""
        return self.needs_replacement(old, new)


def only(known: Iterable[str], value: Properties, where: str) -> Properties:
    """Return `value`, an object inside a property, when it holds `known` keys only.

    Raises:
        UnsupportedError: it holds another one, which the adapter would drop.
    """
    if unknown := sorted(value.keys() - set(known)):
        raise UnsupportedError(f"the stand-in does not understand {', '.join(unknown)} in {where}")
    return value


RESOURCES: dict[str, Resource] = {}


def resource(
    name: str,
    *,
    replaces: Iterable[str] = (),
    in_place: Iterable[str] = (),
    waits_for: str = "",
) -> Callable[[type[Resource]], type[Resource]]:
    """Register the decorated adapter for the resource type `name`."""

    def register(adapter: type[Resource]) -> type[Resource]:
        adapter.name = name
        adapter.replaces = frozenset(replaces)
        adapter.in_place = frozenset(in_place)
        adapter.waits_for = waits_for
        RESOURCES[name] = adapter()
        return adapter

    return register
