"""Facts about objects of AWS, from the templates or from the live account, and how they differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Value = bool | int | str | None | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Fact:
    """One statement about one object.

    `key` says what is stated (a kind, the physical ids, whatever else tells two statements apart)
    and `value` says it. `owner` is the physical id of the object whose line in a template a reader
    would look up.
    """

    key: tuple[str, ...]
    owner: str
    value: Value = True


@dataclass(frozen=True)
class Difference:
    """A fact that the templates and the live account do not share."""

    stack: str
    logical_id: str
    fact: str
    template: str
    live: str

    def __str__(self) -> str:
        """One line a person can read."""
        where = f"{self.stack}/{self.logical_id}"
        return f"{where}: {self.fact}: the template says {self.template}, live is {self.live}"


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison."""

    objects: int
    differences: tuple[Difference, ...]


def compare(
    expected: Iterable[Fact], live: Iterable[Fact], names: Mapping[str, tuple[str, str]]
) -> Verdict:
    """Compare the facts; `names` gives the stack and logical id of a physical id."""
    said = {fact.key: fact for fact in expected}
    found = {fact.key: fact for fact in live}
    differences = []
    for key in sorted(said.keys() | found.keys()):
        one, other = said.get(key), found.get(key)
        if one and other and one.value == other.value:
            continue
        owner = (one or found[key]).owner
        stack, logical_id = names.get(owner, ("no stack", owner))
        readable = " ".join(names[part][1] if part in names else part for part in key)
        shown = _values(one, other)
        differences.append(Difference(stack, logical_id, readable, *shown))
    return Verdict(len(said), tuple(differences))


def _values(one: Fact | None, other: Fact | None) -> tuple[str, str]:
    """What both sides say; of two objects, the parts that differ."""
    if one and other and isinstance(one.value, dict) and isinstance(other.value, dict):
        left, right = one.value, other.value
        keys = [k for k in sorted(left.keys() | right.keys()) if left.get(k) != right.get(k)]
        return (
            ", ".join(f"{key} = {left.get(key)}" for key in keys),
            ", ".join(f"{key} = {right.get(key)}" for key in keys),
        )
    return _value(one), _value(other)


def _value(fact: Fact | None) -> str:
    if fact is None:
        return "nothing"
    return "so" if fact.value is True else str(fact.value)
