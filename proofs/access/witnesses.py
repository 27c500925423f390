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
# Where in all patterns a text may have arrived, a bit for each place.
Places = int


@cache
def witnesses(lists: frozenset[Patterns]) -> tuple[str, ...]:
    """Give a shortest text for every set of lists that some text matches together.

    Raises:
        UnusableInputError: there are more kinds of texts than can be walked.
    """
    walk = _Walk(lists)
    found: dict[tuple[bool, ...], str] = {}
    seen, queue = {walk.start}, deque([(walk.start, "")])
    while queue:
        at, text = queue.popleft()
        found.setdefault(walk.matched(at), text)
        for character in walk.waits_for(at):
            after = walk.after(at, character)
            if after not in seen:
                seen.add(after)
                queue.append((after, text + character))
        if len(seen) > _MOST_STATES:
            raise UnusableInputError(f"{len(lists)} lists of patterns overlap in too many ways")
    return tuple(found.values())


class _Walk:
    """Lists of patterns, to be walked character by character, all at once.

    The places of a list lie side by side. Its last place stands for "matches, whatever follows".
    """

    def __init__(self, lists: frozenset[Patterns]) -> None:
        self.start = self._any = self._within = self._loops = self._bound_loops = 0
        self._waiting: dict[str, Places] = {}
        # For each list: its places, those at which it matches, and the last one.
        self._lists: list[tuple[Places, Places, Places]] = []
        self._matched: dict[Places, tuple[bool, ...]] = {}
        end = 0
        for patterns in lists:
            first, ends = end, 0
            for pattern in patterns:
                self._add(pattern, end)
                end += len(pattern.steps) + 1
                ends |= 1 << end - 1
            last = 1 << end
            end += 1
            self._lists.append(((1 << end) - (1 << first), ends | last, last))
        self._ends = sum(ends for _, ends, _ in self._lists)
        # Where a list matches whatever follows, and does not stand in its last place yet.
        self._forever = self._ends & self._loops
        self._loops |= sum(last for _, _, last in self._lists)
        within = {_COLON: self._waiting.get(_COLON, 0) | self._bound_loops | self._within}
        self._telling = [*sorted((self._waiting | within).items()), (OTHER, -1)]
        self.start = self._settled(self.start)

    def _add(self, pattern: Pattern, offset: int) -> None:
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

    def matched(self, at: Places) -> tuple[bool, ...]:
        """Which lists the text up to here matches."""
        at &= self._ends
        found = self._matched.get(at)
        if found is None:
            found = self._matched[at] = tuple(bool(at & ends) for _, ends, _ in self._lists)
        return found

    def waits_for(self, at: Places) -> list[str]:
        """The characters that make a difference here, and one that stands for all others."""
        return [character for character, places in self._telling if at & places]

    def after(self, at: Places, character: str) -> Places:
        """Where the text has arrived with one character more."""
        moved = (at & (self._waiting.get(character, 0) | self._any)) << 1 | at & self._loops
        if character != _COLON:
            moved |= at & self._bound_loops | (at & self._within) << 1
        return self._settled(moved)

    def _settled(self, at: Places) -> Places:
        """The same, with each list that matches whatever follows in its last place alone."""
        if at & self._forever:
            for places, _, last in self._lists:
                if at & places & self._forever:
                    at = at & ~places | last
        return at
