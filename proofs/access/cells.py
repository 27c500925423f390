"""The contexts that a request can come in: one of each kind that its policies tell apart.

A condition looks at one key. So for each key, values that satisfy the same conditions are treated
alike; every combination of one such value a key is tried, each key being absent among them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import combinations, pairwise, product

from proofs.access.conditions import bound, holds, moment
from proofs.access.model import Condition, Context
from proofs.access.patterns import escape, has_variables, substitute, variables
from proofs.access.patterns import literal as text_of
from proofs.access.principals import PRINCIPAL_KEYS
from proofs.access.witnesses import OTHER, Pattern, glob, literal, witnesses
from proofs.findings import UnusableInputError

_MOST_CONTEXTS = 20_000
# One variable without a default, and nothing else.
_VARIABLE = re.compile(r"\$\{[^{},]+\}")
Value = tuple[str, ...]


def contexts(conditions: Iterable[Condition], implied: Context) -> list[Context]:
    """One context for every way in which the conditions can come out.

    Args:
        conditions: Every condition that has a say.
        implied: The keys that the request itself decides; they have that value and no other.

    Raises:
        UnusableInputError: a condition compares a key with another one that nothing decides, or
            there are too many combinations to try.
    """
    by_key: dict[str, dict[Condition, Condition]] = {}
    for condition in dict.fromkeys(conditions):
        asking = _asking(condition, implied)
        if asking:
            by_key.setdefault(asking.key, {})[condition] = asking
    cells = {key: _values(key, of_key, implied) for key, of_key in sorted(by_key.items())}
    count = 1
    for of_key in cells.values():
        count *= len(of_key)
    if count > _MOST_CONTEXTS:
        raise UnusableInputError(f"{', '.join(cells)} combine in {count} ways, too many to try")
    return [
        {key: value for key, value in zip(cells, chosen, strict=True) if value is not None}
        for chosen in product(*cells.values())
    ]


def _values(
    key: str, conditions: Mapping[Condition, Condition], implied: Context
) -> list[Value | None]:
    """The cells of a key. Most conditions compare with nothing that the request implies."""
    if any(has_variables(value) for condition in conditions for value in condition.values):
        return _cells(key, conditions, implied)
    return _alike(key, tuple(conditions))


@cache
def _alike(key: str, conditions: tuple[Condition, ...]) -> list[Value | None]:
    """The cells of a key that are the same for every request, found once."""
    return _cells(key, {condition: condition for condition in conditions}, {})


def _asking(condition: Condition, implied: Context) -> Condition | None:
    """The condition as one about a key that nothing decides; None: it is settled.

    `StringEquals aws:PrincipalAccount ${aws:ResourceAccount}` asks for the second key, which has to
    have the value that the first one is known to have.
    """
    if condition.key not in implied:
        return condition
    known = bound(condition, implied, PRINCIPAL_KEYS | implied.keys())
    free = {value for value in known.values if has_variables(value)}
    if not free:
        return None
    only = free.pop()
    if free or not _VARIABLE.fullmatch(only):
        raise _two_keys(condition)
    (key,) = variables(only)
    return Condition(condition.operator, key, tuple(map(escape, implied[condition.key])))


def _two_keys(condition: Condition) -> UnusableInputError:
    return UnusableInputError(
        f"{condition.operator} {condition.key} {', '.join(condition.values)} compares two keys of "
        "a request, and nothing decides the second"
    )


def _cells(
    key: str, conditions: Mapping[Condition, Condition], implied: Context
) -> list[Value | None]:
    """The values of one key, one for every way in which its conditions can come out.

    Args:
        key: What varies.
        conditions: Each as it is, and as one about the key.
        implied: What does not vary.
    """
    found: dict[tuple[bool, ...], Value | None] = {}
    for value in _candidates(list(conditions.values()), implied):
        context = implied if value is None else {**implied, key: value}
        outcome = tuple(holds(condition, context) for condition in conditions)
        found.setdefault(outcome, value)
    return list(found.values())


def _candidates(conditions: Sequence[Condition], implied: Context) -> Iterator[Value | None]:
    yield None  # absent
    single = list(dict.fromkeys(_single(conditions, implied))) or [OTHER]
    yield from ((value,) for value in single)
    if any(condition.quantifier for condition in conditions):
        # Several values at once: every set of those that differ. An empty one counts as none.
        kinds: dict[tuple[object, ...], str] = {}
        for value in single:
            context = {**implied, conditions[0].key: (value,)}
            outcome = tuple(holds(condition, context) for condition in conditions)
            kinds.setdefault((value == "", *outcome), value)
        for size in range(2, len(kinds) + 1):
            yield from combinations(kinds.values(), size)


def _single(conditions: Sequence[Condition], implied: Context) -> Iterator[str]:
    """Values that stand for all which the key may have, for the one kind of text that it is."""
    found: dict[_Values, list[_Text]] = {}
    for condition in conditions:
        family = next((name for name in _FAMILIES if condition.operator.startswith(name)), None)
        if family:
            found.setdefault(_FAMILIES[family], []).extend(_texts(condition, implied))
    if len(found) > 1:
        operators = ", ".join(dict.fromkeys(condition.operator for condition in conditions))
        raise UnusableInputError(f"{conditions[0].key} is read in several ways: {operators}")
    for values, texts in found.items():
        yield from values(texts)


def _texts(condition: Condition, implied: Context) -> Iterator["_Text"]:
    """The operator with each of the values that it compares with."""
    for value in condition.values:
        known = substitute(value, implied, PRINCIPAL_KEYS | implied.keys())
        if known and has_variables(known):
            raise _two_keys(condition)
        # None: a variable without a value, which no value equals.
        if known is not None:
            yield condition.operator, known


def _patterns(texts: list["_Text"]) -> Iterator[str]:
    lists = {frozenset({_pattern(*text)}) for text in texts}
    # An empty text is no value to `ForAllValues` and `ForAnyValue`: it stands for itself alone.
    found = witnesses(frozenset(lists | {frozenset({literal("")})}))
    yield from sorted(found, key=lambda text: text == "")


def _pattern(operator: str, text: str) -> Pattern:
    if "Arn" in operator:
        return glob(text, segments=True)
    if operator.endswith("Like"):
        return glob(text)
    return literal(text_of(text), ignore_case=operator.endswith("IgnoreCase"))


def _numbers(texts: list["_Text"]) -> Iterator[str]:
    points = sorted({Decimal(text) for _, text in texts})
    # One below, each, one between two neighbours, one above.
    for number in points:
        yield from (str(number + step) for step in (-1, 0, 1))
    yield from (str((one + other) / 2) for one, other in pairwise(points))


def _dates(texts: list["_Text"]) -> Iterator[str]:
    points = sorted({date for _, text in texts if (date := moment(text))})
    for date in points:
        yield from ((date + timedelta(seconds=step)).isoformat() for step in (-1, 0, 1))
    yield from ((one + (other - one) / 2).isoformat() for one, other in pairwise(points))


def _addresses(texts: list["_Text"]) -> Iterator[str]:
    for _, text in texts:
        network = ip_network(text, strict=False)
        first, last = network.network_address, network.broadcast_address
        yield from (str(first), str(last))
        # The neighbours; some blocks have none on one side.
        if int(first):
            yield str(first - 1)
        if int(last) + 1 < 1 << network.max_prefixlen:
            yield str(last + 1)
    # Everybody may come by either version.
    yield from (str(IPv4Address(0)), str(IPv6Address(0)))


def _bytes(texts: list["_Text"]) -> Iterator[str]:
    yield from (text for _, text in texts)
    yield OTHER


def _booleans(_: list["_Text"]) -> Iterator[str]:
    yield from ("true", "false")


# An operator with a value that it compares with.
_Text = tuple[str, str]
_Values = Callable[[list[_Text]], Iterator[str]]
# By what the names of operators begin with, or with Not.
_FAMILIES: Mapping[str, _Values] = {
    "String": _patterns,
    "Arn": _patterns,
    "Numeric": _numbers,
    "Date": _dates,
    "IpAddress": _addresses,
    "NotIpAddress": _addresses,
    "Bool": _booleans,
    "BinaryEquals": _bytes,
}
