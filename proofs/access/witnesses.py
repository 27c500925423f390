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
from dataclasses import dataclass
from functools import cache

from proofs.findings import UnusableInputError

# Stands for "anything else" in a text; no policy of AWS can hold it.
OTHER = "\N{HORIZONTAL ELLIPSIS}"
_MOST_STATES = 50_000
_COLON = ":"
# A step that takes any one character but a colon.
_WITHIN = ""
_COLONS_OF_ARN = 5
# `${*}`, `${?}` and `${$}` stand for themselves.
_CHARACTERS = re.compile(r"\$\{([*?$])\}|(.)", re.DOTALL)


# Compared by identity, which is quick; `glob` and `literal` give each text one pattern.
@dataclass(frozen=True, eq=False)
class Pattern:
    """A text with wildcards, as a list of steps.

    Each step is a character or several of which one has to come, or None for any one character
    (`?`), or an empty text for any but a colon. `loops` are the places before which any text may
    stand (`*`); in `bound_loops`, any text without a colon.
    """

    steps: tuple[str | None, ...]
    loops: frozenset[int]
    bound_loops: frozenset[int] = frozenset()


@cache
def glob(text: str, *, segments: bool = False) -> Pattern:
    """Read a pattern with the wildcards `*` and `?`.

    Args:
        text: The pattern.
        segments: A wildcard stays within its part of an ARN, the last part excepted.
    """
    steps: list[str | None] = []
    loops: set[int] = set()
    bound: set[int] = set()
    for escaped, character in _CHARACTERS.findall(text):
        within = segments and steps.count(_COLON) < _COLONS_OF_ARN
        if character == "*":
            (bound if within else loops).add(len(steps))
        elif character == "?":
            steps.append(_WITHIN if within else None)
        else:
            steps.append(escaped or character)
    return Pattern(tuple(steps), frozenset(loops), frozenset(bound))


@cache
def literal(text: str, *, ignore_case: bool = False) -> Pattern:
    """Read a text without wildcards."""
    steps = map(_spellings, text) if ignore_case else text
    return Pattern(tuple(steps), frozenset())


def _spellings(character: str) -> str:
    """The character, small and capital."""
    both = {character, character.lower(), character.upper()}
    return "".join(sorted(each for each in both if len(each) == 1))


# Several patterns of which one has to match, as a statement lists them.
Patterns = frozenset[Pattern]
# Where in the patterns of a list a text may have arrived, a bit for each place.
Places = int
# Whatever follows, the text matches, or does not.
_FOREVER, _NEVER = -1, 0
_SETTLED = (_FOREVER, _NEVER)


@cache
def witnesses(lists: frozenset[Patterns]) -> tuple[str, ...]:
    """Give a shortest text for every set of lists that some text matches together.

    Raises:
        UnusableInputError: there are more kinds of texts than can be walked.
    """
    walks = [_walk(patterns) for patterns in lists]
    start = tuple(walk.start for walk in walks)
    found: dict[tuple[bool, ...], str] = {}
    seen, queue = {start}, deque([(start, "")])
    while queue:
        places, text = queue.popleft()
        found.setdefault(
            tuple([walk.accepts(at) for walk, at in zip(walks, places, strict=True)]), text
        )
        # Most lists are settled by the first few characters.
        open_ = [place for place, at in enumerate(places) if at not in _SETTLED]
        characters = {OTHER}.union(*[walks[place].waits_for(places[place]) for place in open_])
        for character in sorted(characters):
            after = list(places)
            for place in open_:
                after[place] = walks[place].after(places[place], character)
            state = tuple(after)
            if state not in seen:
                seen.add(state)
                queue.append((state, text + character))
        if len(seen) > _MOST_STATES:
            raise UnusableInputError(f"{len(lists)} lists of patterns overlap in too many ways")
    return tuple(found.values())


class _Walk:
    """A list of patterns, to be walked character by character."""

    def __init__(self, patterns: Patterns) -> None:
        self._waiting: dict[str, Places] = {}
        self.start = self._any = self._within = 0
        self._loops = self._bound_loops = self._end = 0
        offset = 0
        for pattern in patterns:
            self.start |= 1 << offset
            for place, step in enumerate(pattern.steps, offset):
                if step is None:
                    self._any |= 1 << place
                elif step == _WITHIN:
                    self._within |= 1 << place
                for character in step or ():
                    self._waiting[character] = self._waiting.get(character, 0) | 1 << place
            self._loops |= sum(1 << offset + place for place in pattern.loops)
            self._bound_loops |= sum(1 << offset + place for place in pattern.bound_loops)
            self._end |= 1 << offset + len(pattern.steps)
            offset += len(pattern.steps) + 1
        self.start = self._settled(self.start)
        # Many texts arrive in the same places.
        self._waits: dict[Places, set[str]] = {}
        self._after: dict[tuple[Places, str], Places] = {}

    def accepts(self, at: Places) -> bool:
        """Whether the text up to here matches."""
        return bool(at & self._end)

    def waits_for(self, at: Places) -> set[str]:
        """The characters that make a difference here."""
        found = self._waits.get(at)
        if found is None:
            found = {character for character, waiting in self._waiting.items() if at & waiting}
            if at & (self._bound_loops | self._within):
                found.add(_COLON)
            self._waits[at] = found
        return found

    def after(self, at: Places, character: str) -> Places:
        """Where the text has arrived with one character more."""
        step = at, character
        found = self._after.get(step)
        if found is None:
            moved = (at & (self._waiting.get(character, 0) | self._any)) << 1 | at & self._loops
            if character != _COLON:
                moved |= at & self._bound_loops | (at & self._within) << 1
            found = self._after[step] = self._settled(moved)
        return found

    def _settled(self, at: Places) -> Places:
        return _FOREVER if at & self._end & self._loops else at


_walk = cache(_Walk)
