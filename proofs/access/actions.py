"""Sets of actions, and the kinds of actions that policies tell apart.

AWS has about twenty thousand actions. A statement looks at an action only through its patterns, so
actions that the same statements name are treated alike, and one of each kind stands for all.
"""

from collections.abc import Iterable
from functools import cache

from proofs.access.patterns import action_matcher
from proofs.access.vocabulary import all_actions, has_resource_level

# A set of actions: bit N stands for action N of the vocabulary.
Actions = int


@cache
def every_action() -> Actions:
    """All that AWS has."""
    return (1 << len(all_actions())) - 1


@cache
def named(patterns: tuple[str, ...], *, but: bool = False) -> Actions:
    """The actions that patterns name, or all others."""
    found = 0
    for pattern in patterns:
        found |= _matching(pattern)
    return every_action() & ~found if but else found


@cache
def _matching(pattern: str) -> Actions:
    if not {"*", "?"} & set(pattern):
        place = _places().get(pattern.lower())
        return 0 if place is None else 1 << place
    service, _, rest = pattern.lower().partition(":")
    one_service = rest and not {"*", "?"} & set(service)
    candidates = _services().get(service, {}) if one_service else _places()
    matches = action_matcher((pattern,))
    return sum(1 << place for name, place in candidates.items() if matches(name))


@cache
def _places() -> dict[str, int]:
    return {action.lower(): place for place, action in enumerate(all_actions())}


@cache
def _services() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, place in _places().items():
        found.setdefault(name.partition(":")[0], {})[name] = place
    return found


@cache
def without_resource_level() -> Actions:
    """The actions that only `"Resource": "*"` can allow."""
    return sum(
        1 << place for place, name in enumerate(all_actions()) if not has_resource_level(name)
    )


def kinds(whole: Actions, sets: Iterable[Actions]) -> list[Actions]:
    """Cut a set of actions along the borders of others."""
    found = [whole] if whole else []
    for cut in {part & whole for part in sets}:
        found = [part for kind in found for part in (kind & cut, kind & ~cut) if part]
    return found


def names(actions: Actions, *, most: int | None = None) -> list[str]:
    """Write the actions of a set, or the first `most` of them."""
    known, found = all_actions(), list[str]()
    while actions and len(found) != most:
        lowest = actions & -actions
        found.append(known[lowest.bit_length() - 1])
        actions ^= lowest
    return found


def by_service(actions: Actions) -> dict[str, int]:
    """How many actions of each service, by name."""
    found: dict[str, int] = {}
    while actions:
        service = first(actions).partition(":")[0]
        found[service] = (actions & _all_of(service)).bit_count()
        actions &= ~_all_of(service)
    return dict(sorted(found.items()))


@cache
def _all_of(service: str) -> Actions:
    return sum(1 << place for place in _services()[service.lower()].values())


def first(actions: Actions) -> str:
    """One action of a set."""
    return all_actions()[(actions & -actions).bit_length() - 1]


def text(actions: Actions, *, most: int = 3) -> str:
    """Write a set for a sentence: a few names, and how many more there are."""
    if actions == every_action():
        return "every action"
    found = names(actions)
    rest = len(found) - most
    return ", ".join(found[:most]) + (f" and {rest} more" if rest > 0 else "")
