"""One context for every way in which conditions come out, against many values of each kind."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.access import cells as module
from proofs.access.cells import contexts
from proofs.access.conditions import holds
from proofs.access.model import Condition, Context
from proofs.access.witnesses import OTHER
from proofs.findings import UnusableInputError

KEY, SECOND = "aws:one", "aws:two"
QUANTIFIERS = ("", "ForAllValues", "ForAnyValue")
Family = tuple[Sequence[str], Sequence[str], Sequence[str]]


def pair(name: str) -> tuple[str, str]:
    return name, name.replace("Equals", "NotEquals").replace("Like", "NotLike")


def ordered(name: str) -> tuple[str, ...]:
    sides = ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    return *pair(f"{name}Equals"), *(f"{name}{side}" for side in sides)


def texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(text) for size in range(longest + 1) for text in product(alphabet, repeat=size)]


# Operators, the values that policies name, and many values that requests may have.
FAMILIES: dict[str, Family] = {
    "texts": (
        (
            *pair("StringEquals"),
            *pair("StringLike"),
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ),
        ("a", "A", "ab", "aB", "AB", "a*", "*b", "?B", "A?", "${*}", "*"),
        texts("aAbB*x", 3),
    ),
    "numbers": (
        ordered("Numeric"),
        ("1", "2", "2.0", "2.5", "3", "1e1"),
        [str(number / 8) for number in range(-40, 120)],
    ),
    "dates": (
        ordered("Date"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "1767225605", "2026", "2026-01-02"),
        [
            f"{day}T{time}.{fraction}Z"
            for day in ("2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03")
            for time in ("00:00:00", "00:00:01", "00:00:03", "00:00:05", "00:00:06", "23:59:59")
            for fraction in ("000000", "500000")
        ],
    ),
    "addresses": (
        ("IpAddress", "NotIpAddress"),
        ("0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/30", "10.0.0.2", "10.0.0.4/31", "2001:db8::/126"),
        [
            *(f"10.0.0.{last}" for last in range(10)),
            *("0.0.0.0", "9.255.255.255", "127.255.255.255", "128.0.0.0", "255.255.255.255"),  # noqa: S104
            *(f"2001:db8::{last}" for last in range(6)),
            *("::", "2001:db7::1", "ffff::"),
        ],
    ),
    "booleans": (("Bool",), ("true", "false", "TRUE"), ("true", "false")),
    "bytes": (("BinaryEquals",), ("QQ==", "Qg=="), ("QQ==", "Qg==", "Qw==")),
    "arns": (
        (*pair("ArnEquals"), *pair("ArnLike"), "StringLike", "StringEquals"),
        ("a:a:a:a:a:a", "a:*:a:a:a:a", "a:a?:a:a:a:*", "*:*:*:*:*:*", "a:a:a:a:a:?"),
        [
            f"{first}:{second}:a:{fourth}:a:{last}"
            for first in ("a", "b")
            for second in ("", "a", "ab", "b", "bb")
            for fourth in ("a", "a:a")
            for last in ("", "a", "b", "aa", "a:a")
        ]
        + ["a"],
    ),
}


def condition(family: Family) -> st.SearchStrategy[Condition]:
    operators, values, _ = family
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)
    compared = st.builds(Condition, st.sampled_from(operators), st.just(KEY), some, st.booleans())
    null = st.builds(
        Condition, st.just("Null"), st.just(KEY), st.sampled_from([("true",), ("false",)])
    )
    return st.one_of(compared, compared, compared, null)


CONDITIONS = {name: st.lists(condition(f), min_size=1, max_size=4) for name, f in FAMILIES.items()}


def outcomes(conditions: Sequence[Condition], found: Iterable[Context]) -> list[tuple[bool, ...]]:
    return [tuple(holds(each, context) for each in conditions) for context in found]


def one_of_each(
    conditions: Sequence[Condition], everything: Iterable[Context], implied: Context | None = None
) -> None:
    found = outcomes(conditions, contexts(conditions, implied or {}))
    assert len(set(found)) == len(found)
    assert set(outcomes(conditions, everything)) <= set(found)


def single_values(family: str) -> list[Context]:
    return [{}, *({KEY: (value,)} for value in FAMILIES[family][2])]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_outcome_has_one_context(family: str) -> None:
    @settings(max_examples=30)
    @given(CONDITIONS[family])
    def check(conditions: list[Condition]) -> None:
        one_of_each(conditions, single_values(family))

    check()


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_every_outcome_has_one_context_in_many_examples(family: str) -> None:
    @settings(max_examples=1000)
    @given(CONDITIONS[family])
    def check(conditions: list[Condition]) -> None:
        one_of_each(conditions, single_values(family))

    check()


def all_of(*rows: tuple[str, str]) -> list[Condition]:
    return [Condition(operator, KEY, (value,)) for operator, value in rows]


# Conditions that hold together for few values.
TOGETHER: dict[str, list[Condition]] = {
    "between two numbers": all_of(("NumericGreaterThan", "2"), ("NumericLessThan", "2.5")),
    "between two dates": all_of(
        ("DateGreaterThan", "2026-01-01T00:00:00Z"), ("DateLessThan", "2026-01-01T00:00:01Z")
    ),
    "outside of all of version 4": all_of(("NotIpAddress", "0.0.0.0/0"), ("Null", "false")),
    "between two networks": all_of(
        ("NotIpAddress", "10.0.0.0/30"), ("NotIpAddress", "10.0.0.5"), ("IpAddress", "10.0.0.0/29")
    ),
    "another spelling": all_of(
        ("StringEqualsIgnoreCase", "ab"), ("StringLike", "?B"), ("StringNotLike", "A?")
    ),
}


@pytest.mark.parametrize("conditions", TOGETHER.values(), ids=TOGETHER)
def test_what_few_values_satisfy_is_found(conditions: list[Condition]) -> None:
    assert (True,) * len(conditions) in outcomes(conditions, contexts(conditions, {}))


def test_other_bytes_than_those_of_the_policy_are_tried() -> None:
    known = Condition("BinaryEquals", KEY, ("QQ==",), if_exists=True)
    assert sorted(outcomes([known], contexts([known], {}))) == [(False,), (True,)]


def sets(values: Sequence[str]) -> list[Context]:
    """Every request with at most three values."""
    several = chain.from_iterable(combinations(values, size) for size in range(1, 4))
    return [{}, *({KEY: chosen} for chosen in several)]


@st.composite
def quantified(draw: st.DrawFn) -> list[Condition]:
    values = st.lists(st.sampled_from(("a", "b", "a*", "ab")), min_size=1, max_size=2).map(tuple)
    operators = st.sampled_from((*pair("StringEquals"), *pair("StringLike")))
    one = st.builds(
        Condition, operators, st.just(KEY), values, st.booleans(), st.sampled_from(QUANTIFIERS)
    )
    # Without any, a key has one value.
    several = st.lists(one, min_size=1, max_size=3)
    return draw(several.filter(lambda found: any(each.quantifier for each in found)))


MANY = sets(["", "a", "b", "ab", "aa", "x"])


@settings(max_examples=60)
@given(quantified())
def test_every_outcome_of_sets_of_values_has_one_context(conditions: list[Condition]) -> None:
    one_of_each(conditions, MANY)


@pytest.mark.exhaustive
@settings(max_examples=1500)
@given(quantified())
def test_every_outcome_of_sets_of_values_has_one_context_in_many_examples(
    conditions: list[Condition],
) -> None:
    one_of_each(conditions, MANY)


def test_keys_combine_and_each_may_be_absent() -> None:
    conditions = [
        Condition("Bool", KEY, ("true",)),
        Condition("NumericLessThan", SECOND, ("5",), if_exists=True),
    ]
    single: list[tuple[str, ...] | None] = [None, ("true",), ("false",)]
    numbers: list[tuple[str, ...] | None] = [None, ("4",), ("5",), ("6",)]
    everything: list[Context] = [
        {key: value for key, value in ((KEY, one), (SECOND, two)) if value}
        for one, two in product(single, numbers)
    ]
    one_of_each(conditions, everything)
    # Absent is like false for the first and like a small number for the second.
    assert contexts(conditions, {}) == [
        {},
        {SECOND: ("5",)},
        {KEY: ("true",)},
        {KEY: ("true",), SECOND: ("5",)},
    ]


def test_without_conditions_there_is_one_context() -> None:
    assert contexts([], {}) == [{}]


def test_a_key_that_only_null_asks_about_is_absent_or_there() -> None:
    null = Condition("Null", KEY, ("true",))
    assert contexts([null], {}) == [{}, {KEY: (OTHER,)}]


def test_implied_keys_are_not_varied() -> None:
    implied = {KEY: ("a",)}
    compared = Condition("StringEquals", KEY, ("a",))
    assert contexts([compared], implied) == [{}]
    free = Condition("StringEquals", SECOND, ("${aws:one}",))
    assert contexts([free], implied) == [{}, {SECOND: ("a",)}]


def test_a_variable_of_the_principal_without_value_is_like_nothing() -> None:
    user = Condition("StringEquals", KEY, ("${aws:username}",))
    assert outcomes([user], contexts([user], {})) == [(False,)]


UNUSABLE: tuple[tuple[str, Sequence[Condition], str], ...] = (
    (
        "two free keys",
        [Condition("StringEquals", KEY, ("${aws:two}",))],
        (
            "StringEquals aws:one ${aws:two} compares two keys of a request, and nothing "
            "decides the second"
        ),
    ),
    (
        "two kinds of text",
        [Condition("NumericLessThan", KEY, ("5",)), Condition("StringLike", KEY, ("1*",))],
        "aws:one is read in several ways: NumericLessThan, StringLike",
    ),
)


@pytest.mark.parametrize(("conditions", "message"), [row[1:] for row in UNUSABLE])
def test_what_cannot_be_tried_is_an_error(conditions: Sequence[Condition], message: str) -> None:
    with pytest.raises(UnusableInputError, match=f"^{re.escape(message)}$"):
        contexts(conditions, {})


@pytest.mark.parametrize("operator", [*pair("StringEquals"), *pair("StringLike")])
def test_an_implied_key_that_is_compared_with_a_free_one_asks_for_that(operator: str) -> None:
    turned = Condition(operator, KEY, ("${aws:two}",))
    implied = {KEY: ("a*",)}
    found = contexts([turned], implied)
    everything = [{}, *({SECOND: (value,)} for value in ("a*", "ab", "a", "x"))]
    outcome = [holds(turned, {**implied, **context}) for context in found]
    assert sorted(outcome) == [False, True]
    assert {holds(turned, {**implied, **context}) for context in everything} == set(outcome)


@pytest.mark.parametrize(
    "values", [("${aws:two}x",), ("${aws:two}", "${aws:three}"), ("${aws:two, 'x'}",)]
)
def test_an_implied_key_that_is_compared_with_more_than_that_is_an_error(
    values: tuple[str, ...],
) -> None:
    with pytest.raises(UnusableInputError, match="nothing decides the second"):
        contexts([Condition("StringEquals", KEY, values)], {KEY: ("a",)})


def test_too_many_contexts_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_CONTEXTS", 3)
    bool_: Callable[[str], Condition] = lambda key: Condition("Bool", key, ("true",))  # noqa: E731
    with pytest.raises(UnusableInputError, match="aws:one, aws:two combine in 4 ways, too many"):
        contexts([bool_(KEY), bool_(SECOND)], {})
    assert len(contexts([bool_(KEY)], {})) == 2
