"""Resources of a template with their values resolved, and readers that refuse what they cannot."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from proofs.assembly import Assembly
from proofs.findings import CANNOT_PROVE, Finding, Origin
from proofs.intrinsics import Reference, Resolver, Unknown
from proofs.network.addresses import Cidr, cidr
from proofs.network.resource_types import CUSTOM, READ, RESTRICT_DEFAULT_GROUP, is_known

T = TypeVar("T")
NO_IPV6 = "no-ipv6"
_ID_ATTRIBUTES = frozenset(
    ("Ref", "Id", "GroupId", "VpcId", "SubnetId", "RouteTableId", "AllocationId", "NatGatewayId")
)


class CannotProveError(Exception):
    """Something about traffic cannot be known from the templates; the message says what."""


@dataclass(frozen=True)
class Values:
    """Resolved values of one resource, or of a part of it."""

    origin: Origin
    values: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Say whether the property is there."""
        return self.values.get(name) is not None

    def known(self, name: str) -> Any:  # noqa: ANN401 -- any JSON value
        """The property's value; None: it is not there.

        Raises:
            CannotProveError: the value cannot be known before deployment.
        """
        value = self.values.get(name)
        if isinstance(value, Unknown):
            raise CannotProveError(f"{name}: {value.reason}")
        return value

    def text(self, name: str, default: str = "") -> str:
        """The property as text."""
        value = self.known(name)
        if isinstance(value, Reference | dict | list):
            raise CannotProveError(f"{name} is {value}, not text known before deployment")
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """The property as yes or no."""
        value = self.text(name, str(default)).lower()
        if value not in ("true", "false"):
            raise CannotProveError(f"{name} is {value!r}, neither true nor false")
        return value == "true"

    def number(self, name: str, default: int | None = None) -> int:
        """The property as a whole number."""
        text = self.text(name)
        if not text and default is not None:
            return default
        try:
            return int(text)
        except ValueError:
            raise CannotProveError(f"{name} is {text!r}, not a number") from None

    def block(self, name: str) -> Cidr:
        """The property as an IPv4 block."""
        text = self.text(name)
        try:
            return cidr(text)
        except ValueError:
            raise CannotProveError(f"{name} is {text!r}, not an IPv4 block") from None

    def target(self, name: str) -> str:
        """The resource that the property names, as an id of the proof; empty: none."""
        return "" if self.known(name) is None else _id(name, self.known(name))

    def targets(self, name: str) -> tuple[str, ...]:
        """The resources that a list names."""
        value = self.known(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise CannotProveError(f"{name} is {value}, not a list")
        return tuple(_id(name, item) for item in value)

    def parts(self, name: str) -> tuple["Values", ...]:
        """The objects of a list; a single object counts as a list of one."""
        value = self.known(name)
        items = [] if value is None else value if isinstance(value, list) else [value]
        for item in items:
            if not isinstance(item, dict):
                reason = item.reason if isinstance(item, Unknown) else f"holds {item}"
                raise CannotProveError(f"{name}: {reason}")
        return tuple(Values(self.origin, item) for item in items)

    def part(self, name: str) -> "Values":
        """One object; an empty one where it is not there."""
        parts = self.parts(name)
        return parts[0] if parts else Values(self.origin, {})


@dataclass(frozen=True)
class Resource(Values):
    """A resource of a template."""

    type: str

    @property
    def id(self) -> str:
        """The id by which the proof knows the resource."""
        return f"{self.origin.stack}/{self.origin.logical_id}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags whose values are plain text."""
        return {
            part.text("Key"): part.text("Value")
            for part in self.parts("Tags")
            if not isinstance(part.values.get("Value"), Reference | Unknown)
        }


class Resources:
    """All resources of an assembly, by type, with the findings made while reading them."""

    def __init__(self, assembly: Assembly) -> None:
        """Resolve every resource; what has an unknown type becomes a finding."""
        self.findings: list[Finding] = []
        self._by_type: dict[str, list[Resource]] = {}
        for stack in assembly.stacks:
            resolver = Resolver(assembly, stack)
            if "Transform" in stack.template:
                origin = Origin(stack.id, "Transform")
                self.doubt(origin, "a macro rewrites the template when it is deployed")
            for logical_id, resource in stack.resources.items():
                self._add(Origin(stack.id, logical_id), resource, resolver)
        self._check_custom()
        self._check_stack_sets(assembly)

    def of(self, resource_type: str) -> list[Resource]:
        """The resources of a type, "EC2::VPC" for AWS::EC2::VPC."""
        return self._by_type.get(f"AWS::{resource_type}", [])

    def custom(self, resource_type: str) -> list[Resource]:
        """The custom resources of a type."""
        return self._by_type.get(resource_type, [])

    def doubt(self, origin: Origin, why: str, claim: str = CANNOT_PROVE) -> None:
        """Note what cannot be read."""
        message = f"cannot prove: {origin}: {why}." if claim == CANNOT_PROVE else why
        self.findings.append(Finding(claim, message, (origin,)))

    def ipv6(self, origin: Origin, what: str) -> None:
        """Note a trace of IPv6: the flow table has none, so the proof shows that there is none."""
        self.doubt(origin, f"{origin}: {what}, and the flow table has no IPv6.", NO_IPV6)

    def each(self, resource_type: str, read: Callable[[Resource], T]) -> Iterator[T]:
        """Read every resource of a type; one that cannot be read becomes a finding."""
        for resource in self.of(resource_type):
            try:
                yield read(resource)
            except CannotProveError as error:
                self.doubt(resource.origin, str(error))

    def _add(self, origin: Origin, resource: Mapping[str, Any], resolver: Resolver) -> None:
        included = resolver.included(resource)
        kind = str(resource["Type"])
        if isinstance(included, Unknown) and kind in READ:
            self.doubt(origin, f"its condition: {included.reason}")
        if included is False:
            return
        if not is_known(kind):
            self.doubt(origin, f"it has the type {kind}, and the proof does not know its traffic")
        properties = resolver.resolve(resource.get("Properties", {}))
        if isinstance(properties, Unknown):
            self.doubt(origin, properties.reason)
            return
        found = Resource(origin, properties, kind)
        self._by_type.setdefault(kind, []).append(found)

    def _check_custom(self) -> None:
        """A custom resource that is told of a network resource may change it."""
        network = {
            (resource.origin.stack, resource.origin.logical_id)
            for kind, resources in self._by_type.items()
            if kind.startswith("AWS::EC2::")
            for resource in resources
        }
        for kind, resources in self._by_type.items():
            if CUSTOM.fullmatch(kind) and kind != RESTRICT_DEFAULT_GROUP:
                for resource in resources:
                    if network & set(_references(resource.values)):
                        self.doubt(resource.origin, "custom code works on network resources")

    def _check_stack_sets(self, assembly: Assembly) -> None:
        """A StackSet deploys what its template says: that must be among the templates read here."""
        for stack_set in self.of("CloudFormation::StackSet"):
            body = _parsed(stack_set.values.get("TemplateBody"))
            if not any(body == stack.template for stack in assembly.stacks):
                self.doubt(stack_set.origin, "it deploys a template that is none of the assembly's")


def find(known: Mapping[str, T], name: str) -> T:
    """The thing with this id.

    Raises:
        CannotProveError: there is none in the assembly.
    """
    if name not in known:
        raise CannotProveError(f"{name} is not part of this network")
    return known[name]


def _parsed(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _references(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 -- any JSON value
    if isinstance(value, Reference):
        yield value.stack, value.logical_id
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _id(name: str, value: Any) -> str:  # noqa: ANN401 -- any JSON value
    if isinstance(value, Reference):
        stem = f"{value.stack}/{value.logical_id}"
        return stem if value.attribute in _ID_ATTRIBUTES else f"{stem}.{value.attribute}"
    if isinstance(value, str):
        return value
    reason = value.reason if isinstance(value, Unknown) else f"is {value}"
    raise CannotProveError(f"{name}: {reason}")
