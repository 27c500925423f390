"""Makes something from an object once, and remembers it as long as the object lives."""

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """A function of large frozen objects, remembered by identity.

    `functools.cache` would hash them, which costs more than it saves, and keep them for ever.
    """

    def __init__(self, make: Callable[[Key], Value]) -> None:
        """Remember what `make` gives."""
        self._make = make
        self._made: dict[int, tuple[weakref.ref[Key], Value]] = {}

    def __call__(self, key: Key) -> Value:
        """What `make` gives for this object."""
        found = self._made.get(id(key))
        if found is None:
            number = id(key)
            forget = weakref.ref(key, lambda _: self._made.pop(number, None))
            found = self._made[number] = (forget, self._make(key))
        return found[1]
