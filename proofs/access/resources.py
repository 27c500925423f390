"""Resources of all templates with their values resolved to text, and readers that refuse doubt."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from proofs.access.arns import ACCOUNT, Names
from proofs.access.documents import PolicyError, PolicyType
from proofs.access.model import Policy
from proofs.access.policies import policy_of
from proofs.access.resource_types import READ, is_known, policies_in
from proofs.assembly import Assembly, Stack
from proofs.findings import CANNOT_PROVE, Finding, Origin
from proofs.intrinsics import Reference, Unknown

T = TypeVar("T")


class CannotProveError(Exception):
    """Something about access cannot be known from the templates; the message says what."""


@dataclass(frozen=True)
class Resource:
    """A resource of a template.

    Attributes:
        account: Whose it is, `<AccountId>` where any account may deploy it.
        label: Its logical id without the CDK's hash.
        values: Its properties, resolved.
        names: The names of everything.
    """

    origin: Origin
    type: str
    account: str
    label: str
    values: Mapping[str, Any]
    names: Names

    def name(self, attribute: str = "Ref") -> str:
        """What Ref or Fn::GetAtt give for it.

        Raises:
            CannotProveError: its name is not known before deployment.
        """
        origin = self.origin
        name = self.names.name_of(Reference(origin.stack, origin.logical_id, attribute))
        if name is None:
            raise CannotProveError("its name is not known before deployment")
        return name

    def text(self, name: str) -> str:
        """The property as text; empty: it is not there.

        Raises:
            CannotProveError: it is no text that is known before deployment.
        """
        value = self.values.get(name)
        return "" if value is None else _text(name, value)

    def texts(self, name: str) -> tuple[str, ...]:
        """The property as a list of texts; a single text counts as a list of one.

        Raises:
            CannotProveError: it is none that is known before deployment.
        """
        value = self.values.get(name) or []
        return tuple(_text(name, item) for item in (value if isinstance(value, list) else [value]))

    def policy(
        self,
        name: str,
        label: str,
        *,
        type_: PolicyType = PolicyType.IDENTITY,
        values: Mapping[str, Any] | None = None,
    ) -> Policy:
        """The policy document in a property.

        Args:
            name: Of the property.
            label: What people call the policy.
            type_: Default: a policy of users, groups and roles.
            values: What has the property; default: the resource.

        Raises:
            CannotProveError: it cannot be understood.
        """
        document = (self.values if values is None else values).get(name)
        unknown = next(_not_text(document), None)
        if unknown is not None or not isinstance(document, dict):
            raise CannotProveError(f"{name}: {_why(document if unknown is None else unknown)}")
        return self.written(document, label, type_)

    def written(self, document: Mapping[str, object], label: str, type_: PolicyType) -> Policy:
        """The policy that a document means which the resource has.

        Raises:
            CannotProveError: it cannot be understood.
        """
        try:
            return policy_of(document, label, self.origin, type_)
        except PolicyError as error:
            raise CannotProveError(f"{label}: {error}") from error

    def parts(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """The objects of a list.

        Raises:
            CannotProveError: it is no such list.
        """
        value = self.values.get(name) or []
        if not isinstance(value, list):
            raise CannotProveError(f"{name}: {_why(value)}")
        for item in value:
            if not isinstance(item, dict):
                raise CannotProveError(f"{name}: {_why(item)}")
        return tuple(value)


class Resources:
    """Everything in an assembly that can carry permissions, with the findings made on the way."""

    def __init__(self, assembly: Assembly) -> None:
        """Resolve what the proof reads; what has an unknown type becomes a finding."""
        # Each once: several readers may come across the same.
        self._findings: dict[str, Finding] = {}
        self._by_type: dict[str, list[Resource]] = {}
        self._names = Names(assembly)
        for stack in assembly.stacks:
            if "Transform" in stack.template:
                origin = Origin(stack.id, "Transform")
                self.doubt(origin, "a macro rewrites the template when it is deployed")
            for logical_id, resource in stack.resources.items():
                self._add(stack, logical_id, resource)

    def of(self, resource_type: str) -> list[Resource]:
        """The resources of a type, "IAM::Role" for AWS::IAM::Role."""
        return self._by_type.get(f"AWS::{resource_type}", [])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What could not be read."""
        return tuple(self._findings.values())

    def doubt(self, origin: Origin, why: str) -> None:
        """Note what cannot be read."""
        message = f"cannot prove: {origin}: {why}."
        self._findings[message] = Finding(CANNOT_PROVE, message, (origin,))

    def each(self, resource_type: str, read: Callable[[Resource], T]) -> Iterator[T]:
        """Read every resource of a type; one that cannot be read becomes a finding."""
        for resource in self.of(resource_type):
            try:
                yield read(resource)
            except CannotProveError as error:
                self.doubt(resource.origin, str(error))

    def _add(self, stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> None:
        origin, kind = Origin(stack.id, logical_id), str(resource["Type"])
        resolver = self._names.resolver(stack)
        included = resolver.included(resource)
        if included is False:
            return
        if not is_known(kind):
            why = f"it has the type {kind}, and the proof does not know whom it gives rights"
            self.doubt(origin, why)
        if kind not in READ:
            for name in policies_in(resource.get("Properties", {})):
                self.doubt(origin, f"{name} of {kind} looks like a policy that the proof ignores")
            return
        if isinstance(included, Unknown):
            self.doubt(origin, f"its condition: {included.reason}")
        properties = resolver.resolve(resource.get("Properties", {}))
        if isinstance(properties, Unknown):
            self.doubt(origin, properties.reason)
            return
        account, label = stack.account or ACCOUNT, self._names.symbol(stack.id, logical_id)
        found = Resource(origin, kind, account, label, properties, self._names)
        self._by_type.setdefault(kind, []).append(found)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise CannotProveError(f"{name}: {_why(value)}")
    return value


def _why(value: object) -> str:
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, Reference):
        where = f"{value.stack}/{value.logical_id}"
        return f"the proof has no name for {value.attribute} of {where}"
    return f"it is {value}, which the proof does not understand"


def _not_text(value: object) -> Iterator[Reference | Unknown]:
    """What in a value could not be resolved."""
    if isinstance(value, Reference | Unknown):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _not_text(item)
    elif isinstance(value, list):
        for item in value:
            yield from _not_text(item)
