"""The contexts that a request can come in: one of each kind that its policies tell apart.

A condition looks at one key. So for each key, values that satisfy the same conditions are treated
alike; every combination of one such value a key is tried, each key being absent among them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from itertools import combinations, product

from proofs.access.conditions import holds
from proofs.access.model import Condition, Context
from proofs.access.patterns import has_variables, substitute
from proofs.access.patterns import literal as text_of
from proofs.access.principals import PRINCIPAL_KEYS
from proofs.access.witnesses import OTHER, Patterns, glob, literal, witnesses
from proofs.findings import UnusableInputError

_MOST_CONTEXTS = 20_000
Value = tuple[str, ...]
# What a key has that is not there.
ABSENT: Value | None = None


def contexts(conditions: Iterable[Condition], implied: Context) -> list[Context]:
    """One context for every way in which the conditions can come out.

    Args:
        conditions: Every condition that has a say.
        implied: The keys that the request itself decides; they have that value and no other.

    Raises:
        UnusableInputError: a condition compares a key with another one that nothing decides, or
            there are too many combinations to try.
    """
    by_key: dict[str, list[Condition]] = {}
    for condition in dict.fromkeys(conditions):
        if condition.key not in implied:
            by_key.setdefault(condition.key, []).append(condition)
    cells = {key: _cells(key, of_key, implied) for key, of_key in sorted(by_key.items())}
    count = 1
    for of_key in cells.values():
        count *= len(of_key)
    if count > _MOST_CONTEXTS:
        raise UnusableInputError(f"{', '.join(cells)} combine in {count} ways, too many to try")
    return [
        {key: value for key, value in zip(cells, chosen, strict=True) if value is not ABSENT}
        for chosen in product(*cells.values())
    ]


def _cells(key: str, conditions: Sequence[Condition], implied: Context) -> list[Value | None]:
    """The values of one key, one for every way in which its conditions can come out."""
    found: dict[tuple[bool, ...], Value | None] = {}
    for value in _candidates(conditions, implied):
        context = {**implied, **({} if value is ABSENT else {key: value})}
        outcome = tuple(holds(condition, context) for condition in conditions)
        found.setdefault(outcome, value)
    return list(found.values())


def _candidates(conditions: Sequence[Condition], implied: Context) -> Iterator[Value | None]:
    yield ABSENT
    single = dict.fromkeys(
        value
        for family, values in _FAMILIES.items()
        if (texts := list(_texts(family, conditions, implied)))
        for value in values(texts)
    ) or {OTHER: None}
    yield from ((value,) for value in single)
    if any(condition.quantifier for condition in conditions):
        # Several values at once: every set of them.
        for size in range(2, len(single) + 1):
            yield from combinations(single, size)


def _texts(
    family: str, conditions: Sequence[Condition], implied: Context
) -> Iterator[tuple[str, str]]:
    """The operators of a family with the values that they compare with."""
    for condition in conditions:
        if condition.operator.startswith(family):
            for value in condition.values:
                known = substitute(value, implied, PRINCIPAL_KEYS | implied.keys())
                if known and has_variables(known):
                    raise UnusableInputError(
                        f"{condition.operator} {condition.key} {value} compares two keys of a "
                        "request, and nothing decides the second"
                    )
                # None: a variable without a value, which no value equals.
                if known is not None:
                    yield condition.operator, known


def _strings(texts: list[tuple[str, str]]) -> Iterator[str]:
    patterns: set[Patterns] = set()
    for operator, text in texts:
        for spelling in {text, text.lower(), text.upper()} if "IgnoreCase" in operator else {text}:
            like = operator.endswith("Like")
            patterns.add(frozenset({glob(spelling) if like else literal(text_of(spelling))}))
    yield from witnesses(frozenset(patterns))


def _arns(texts: list[tuple[str, str]]) -> Iterator[str]:
    yield from witnesses(frozenset(frozenset({glob(text, segments=True)}) for _, text in texts))


def _numbers(texts: list[tuple[str, str]]) -> Iterator[str]:
    for _, text in texts:
        number = Decimal(text)
        yield from (str(number + step) for step in (-1, 0, 1))


def _dates(texts: list[tuple[str, str]]) -> Iterator[str]:
    for _, text in texts:
        date = datetime.fromisoformat(text)
        yield from ((date + timedelta(seconds=step)).isoformat() for step in (-1, 0, 1))


def _addresses(texts: list[tuple[str, str]]) -> Iterator[str]:
    for _, text in texts:
        network = ip_network(text, strict=False)
        first, last = network.network_address, network.broadcast_address
        yield from (str(first), str(last))
        # The neighbours; some blocks have none on one side.
        if int(first):
            yield str(first - 1)
        if int(last) + 1 < 1 << network.max_prefixlen:
            yield str(last + 1)


def _as_they_are(texts: list[tuple[str, str]]) -> Iterator[str]:
    yield from (text for _, text in texts)


def _booleans(_: list[tuple[str, str]]) -> Iterator[str]:
    yield from ("true", "false")


# By what the names of operators begin with, or with Not.
_FAMILIES: Mapping[str, Callable[[list[tuple[str, str]]], Iterator[str]]] = {
    "String": _strings,
    "Arn": _arns,
    "Numeric": _numbers,
    "Date": _dates,
    "IpAddress": _addresses,
    "NotIpAddress": _addresses,
    "Bool": _booleans,
    "BinaryEquals": _as_they_are,
}
