"""One text for every way in which texts can match patterns.

A statement looks at a resource only through its patterns. So resources that match the same
patterns are treated alike, and one of each kind stands for all. There are infinitely many
resources, but few kinds; this module finds them exactly, by walking all patterns at once.

A walk remembers, for each pattern, where in it a text may have arrived. The next character matters
only if some pattern waits for just that one; every other character does the same. So each step
tries the characters that are waited for and one that nothing waits for.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from proofs.findings import UnusableInputError

# Stands for "anything else" in a text; no policy of AWS can hold it.
OTHER = "\N{HORIZONTAL ELLIPSIS}"
_MOST_STATES = 50_000
_COLON = ":"
_COLONS_OF_ARN = 5
# `${*}`, `${?}` and `${$}` stand for themselves.
_CHARACTERS = re.compile(r"\$\{([*?$])\}|(.)", re.DOTALL)
State = frozenset[int]


@dataclass(frozen=True)
class Pattern:
    """A text with wildcards, as a list of steps.

    Each step is a character, or None for any one character (`?`). `loops` are the places before
    which any text may stand (`*`); in `bound_loops`, any text without a colon.
    """

    steps: tuple[str | None, ...]
    loops: frozenset[int]
    bound_loops: frozenset[int] = frozenset()


def glob(text: str, *, segments: bool = False) -> Pattern:
    """Read a pattern with the wildcards `*` and `?`.

    Args:
        text: The pattern.
        segments: A wildcard stays within its part of an ARN, the last part excepted.
    """
    steps: list[str | None] = []
    loops, bound = set(), set()
    for escaped, character in _CHARACTERS.findall(text):
        if character == "*":
            within = segments and steps.count(_COLON) < _COLONS_OF_ARN
            (bound if within else loops).add(len(steps))
        else:
            steps.append(None if character == "?" else escaped or character)
    return Pattern(tuple(steps), frozenset(loops), frozenset(bound))


def literal(text: str) -> Pattern:
    """Read a text without wildcards."""
    return Pattern(tuple(text), frozenset())


@cache
def witnesses(patterns: frozenset[Pattern]) -> tuple[str, ...]:
    """Give a shortest text for every set of patterns that some text matches together.

    Raises:
        UnusableInputError: there are more kinds of texts than can be walked.
    """
    ordered = tuple(patterns)
    start = (State({0}),) * len(ordered)
    found: dict[tuple[bool, ...], str] = {}
    seen, queue = {start}, deque([(start, "")])
    while queue:
        state, text = queue.popleft()
        found.setdefault(_accepts(ordered, state), text)
        for character in _waited_for(ordered, state):
            after = tuple(
                _after(pattern, places, character)
                for pattern, places in zip(ordered, state, strict=True)
            )
            if after not in seen:
                seen.add(after)
                queue.append((after, text + character))
        if len(seen) > _MOST_STATES:
            raise UnusableInputError(f"{len(patterns)} patterns overlap in too many ways")
    return tuple(found.values())


def _accepts(patterns: tuple[Pattern, ...], state: tuple[State, ...]) -> tuple[bool, ...]:
    return tuple(
        len(pattern.steps) in places for pattern, places in zip(patterns, state, strict=True)
    )


def _waited_for(patterns: tuple[Pattern, ...], state: tuple[State, ...]) -> Iterator[str]:
    characters = {
        step
        for pattern, places in zip(patterns, state, strict=True)
        for place in places
        if place < len(pattern.steps) and (step := pattern.steps[place])
    }
    if any(
        places & pattern.bound_loops for pattern, places in zip(patterns, state, strict=True)
    ):
        characters.add(_COLON)
    yield from sorted(characters)
    yield OTHER


@cache
def _after(pattern: Pattern, places: State, character: str) -> State:
    after = set()
    for place in places:
        if place in pattern.loops or (place in pattern.bound_loops and character != _COLON):
            after.add(place)
        if place < len(pattern.steps) and pattern.steps[place] in {None, character}:
            after.add(place + 1)
    return frozenset(after)
