"""Values of policy documents: what they have to be, and the error that says what they are."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any


class PolicyError(Exception):
    """The document has something that the proof does not understand; `reason` says what."""

    def __init__(self, reason: str) -> None:
        """Keep the reason: one clause for a person."""
        super().__init__(reason)
        self.reason = reason


def string(value: Json) -> str | None:
    """A text as itself; None for anything else."""
    return value if isinstance(value, str) else None


def scalar(value: Json) -> str | None:
    """A value of a condition: JSON's own booleans and numbers count as their texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else string(value)


def texts(value: Json, what: str, read: Callable[[Json], str | None] = string) -> tuple[str, ...]:
    """One text or a list of texts, none of them anything else.

    Raises:
        PolicyError: The list is empty, or something in it is no text.
    """
    values = value if isinstance(value, list) else [value]
    require(bool(values), f"{what} is empty")
    found = []
    for one in values:
        text = read(one)
        if text is None:
            raise PolicyError(f"{what} is {kind_of(one)}, no text")
        found.append(text)
    return tuple(found)


def known_elements(row: Mapping[str, Json], known: frozenset[str], what: str) -> None:
    """Require that an object has no other elements.

    Raises:
        PolicyError: It has.
    """
    for element in row:
        require(element in known, f"the element {element!r} is unknown in {what}")


def kind_of(value: Json) -> str:
    """What a value is, with the reason where it says one."""
    reason = getattr(value, "reason", "")
    return f"not known: {reason}" if reason else f"a {type(value).__name__}"


def require(condition: bool, reason: str) -> None:  # noqa: FBT001 - reads like an assertion
    """Go on only if the condition holds.

    Raises:
        PolicyError: It does not; `reason` says what is wrong.
    """
    if not condition:
        raise PolicyError(reason)
