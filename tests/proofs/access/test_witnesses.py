"""One text for every way in which texts match patterns, against all texts of a small alphabet."""

import re
from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.access import witnesses as module
from proofs.access.witnesses import OTHER, glob, literal, witnesses
from proofs.findings import UnusableInputError

# A list of patterns as a policy has it: one of them has to match.
Texts = tuple[str, ...]
Lists = tuple[Texts, ...]

_TOKEN = re.compile(r"\$\{[*?$]\}|.", re.DOTALL)
_LONGEST = 4
_ARN_PARTS = 6


def all_texts(alphabet: str, longest: int) -> list[str]:
    return ["".join(text) for size in range(longest + 1) for text in product(alphabet, repeat=size)]


SHORT = all_texts(f"ab*{OTHER}", _LONGEST)
# Two characters in each of the first parts would be too many; the last part may hold colons.
ARNS = [":".join(parts) for parts in product(("", "a", "aa", OTHER), ("", "a"), *([("",)] * 3))]
ARNS = [f"{front}:{last}" for front in ARNS for last in all_texts(f"a:{OTHER}", 2)]


def matches(pattern: str, text: str) -> bool:
    """What a pattern means, written another way: token by token, with every choice for `*`."""
    places = {0}
    for step in _TOKEN.findall(pattern):
        if step == "*":
            places = set(range(min(places, default=len(text) + 1), len(text) + 1))
        else:
            wanted = None if step == "?" else step[-2] if len(step) > 1 else step
            places = {p + 1 for p in places if p < len(text) and wanted in {None, text[p]}}
    return len(text) in places


def matches_arn(pattern: str, text: str) -> bool:
    """The same, each part of the ARN for itself."""
    parts, texts = pattern.split(":", _ARN_PARTS - 1), text.split(":", _ARN_PARTS - 1)
    return len(parts) == len(texts) and all(map(matches, parts, texts))


def vectors(lists: Lists, texts: Iterable[str], *, arn: bool = False) -> list[tuple[bool, ...]]:
    """Which of the lists match each text."""
    match = matches_arn if arn else matches
    return [tuple(any(match(p, text) for p in patterns) for patterns in lists) for text in texts]


def found(lists: Lists, *, arn: bool = False) -> tuple[str, ...]:
    return witnesses(
        frozenset(frozenset(glob(text, segments=arn) for text in patterns) for patterns in lists)
    )


def complete(lists: Lists, everything: list[str], *, arn: bool = False) -> None:
    texts = found(lists, arn=arn)
    ways = vectors(lists, texts, arn=arn)
    assert len(set(ways)) == len(ways)
    by_force: dict[tuple[bool, ...], int] = {}
    for way, text in zip(vectors(lists, everything, arn=arn), everything, strict=True):
        by_force[way] = min(len(text), by_force.get(way, len(text)))
    assert by_force.keys() <= set(ways)
    # A shortest one of each kind.
    sizes = dict(zip(ways, map(len, texts), strict=True))
    assert all(sizes[way] <= size for way, size in by_force.items())


def tokens(*choices: str, longest: int = 3) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(choices), max_size=longest).map("".join)


def lists_of(pattern: st.SearchStrategy[str]) -> st.SearchStrategy[Lists]:
    patterns = st.lists(pattern, min_size=1, max_size=2).map(tuple)
    return st.lists(patterns, min_size=1, max_size=3).map(tuple)


LISTS = lists_of(tokens("a", "b", "*", "?", "${*}"))
ARN_LISTS = lists_of(
    st.builds(
        "{}:{}:::{}".format,
        tokens("a", "*", "?", longest=2),
        tokens("a", "*", longest=1),
        tokens("a", "*", "?", ":", longest=2),
    ).map(lambda text: text.replace(":::", "::::"))
)


@settings(max_examples=80)
@given(LISTS)
def test_every_way_to_match_has_one_shortest_text(lists: Lists) -> None:
    complete(lists, SHORT)


@settings(max_examples=40)
@given(ARN_LISTS)
def test_every_way_to_match_arns_has_one_shortest_text(lists: Lists) -> None:
    complete(lists, ARNS, arn=True)


@pytest.mark.exhaustive
@settings(max_examples=2000)
@given(LISTS)
def test_every_way_to_match_has_one_shortest_text_in_many_examples(lists: Lists) -> None:
    complete(lists, SHORT)


@pytest.mark.exhaustive
@settings(max_examples=800)
@given(ARN_LISTS)
def test_every_way_to_match_arns_has_one_shortest_text_in_many_examples(lists: Lists) -> None:
    complete(lists, ARNS, arn=True)


ROWS: tuple[tuple[Lists, set[str]], ...] = (
    # What matches nothing is a text too, and it is the empty one where it can be.
    ((("a",),), {"", "a"}),
    ((("*",),), {""}),
    (((),), {""}),
    (((), ("a",)), {"", "a"}),
    # A character that no pattern waits for stands for all others.
    ((("?",),), {"", OTHER}),
    ((("a?", "b"),), {"", "b"}),
    ((("a*",), ("*b",)), {"", "a", "b", "ab"}),
    # Escapes stand for themselves.
    ((("${*}",),), {"", "*"}),
    ((("${$}", "${?}x"),), {"", "$"}),
    # One that is within the other, and two that exclude each other.
    ((("a*",), ("ab",)), {"", "a", "ab"}),
    ((("a",), ("b",)), {"", "a", "b"}),
)


@pytest.mark.parametrize(("lists", "texts"), ROWS)
def test_the_texts_of_small_lists(lists: Lists, texts: set[str]) -> None:
    assert set(found(lists)) == texts


def test_no_lists_have_one_text() -> None:
    assert witnesses(frozenset()) == ("",)


def test_wildcards_stay_within_their_part_of_an_arn() -> None:
    wide = ("a:*:c:d:e:f",)
    assert set(found((wide,), arn=True)) == {"", "a::c:d:e:f"}
    # Without segments, the star swallows the other parts.
    assert "a:b:c:d:e:f:c:d:e:f" in found((wide, ("a:b:c:d:e:f:c:d:e:f",)))
    assert vectors((wide,), ["a:b:c:d:e:f:c:d:e:f"]) == [(True,)]
    question, colon = ("a?::::::x",), ("a:::::::x",)
    # No part holds a colon, but for the last.
    assert vectors((question, colon), found((question, colon), arn=True), arn=True) == [
        (False, False),
        *[(False, True), (True, False)],
    ]


def test_a_wildcard_of_the_last_part_of_an_arn_takes_colons() -> None:
    texts = found((("a:b:c:d:e:f*",), ("a:b:c:d:e:f:g",)), arn=True)
    assert set(texts) == {"", "a:b:c:d:e:f", "a:b:c:d:e:f:g"}


def test_a_literal_knows_no_wildcards_and_may_ignore_the_case() -> None:
    assert set(witnesses(frozenset({frozenset({literal("*?")})}))) == {"", "*?"}
    patterns = (literal("ab", ignore_case=True), glob("?B"), glob("A?"))
    texts = set(witnesses(frozenset(frozenset({pattern}) for pattern in patterns)))
    assert texts >= {"", "ab", "aB", "Ab", "AB"}


def test_too_many_ways_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_STATES", 100)
    with pytest.raises(UnusableInputError, match="1 lists of patterns overlap in too many ways"):
        found((("*a????????",),))
