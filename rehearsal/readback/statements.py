"""What resource types state: each says, as facts, what its line in a template means."""

from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed

_Statement = Callable[[Deployed], Iterator[Fact]]
_STATEMENTS: dict[str, _Statement] = {}


class NotReadBackError(Exception):
    """A resource type that nothing here compares."""


def expected_facts(resource: Deployed) -> Iterator[Fact]:
    """The facts that `resource` states.

    Raises:
        NotReadBackError: its type is not compared.
    """
    custom = resource.resource_type.startswith("Custom::")
    statement = _STATEMENTS.get(resource.resource_type)
    if statement is None and not custom:
        raise NotReadBackError(
            f"{resource.stack}/{resource.logical_id}: {resource.resource_type} is not read back"
        )
    # A custom resource states nothing by itself: what it brings about is compared.
    yield from statement(resource) if statement else ()


def states(resource_type: str) -> Callable[[_Statement], _Statement]:
    """Register what `resource_type` states."""

    def register(statement: _Statement) -> _Statement:
        _STATEMENTS[resource_type] = statement
        return statement

    return register


def settings(properties: dict[str, Any], **defaults: Value) -> dict[str, Value]:
    """The properties that `defaults` names, or what they are when the template is silent."""
    return {key: properties.get(key, default) for key, default in defaults.items()}
