"""How moto's classes are changed."""

from collections.abc import Callable
from typing import Any


def wrap(owner: type, name: str, after: Callable[..., Any]) -> None:
    """Call `after(self, call the original, arguments)` in place of the method `name`."""
    original = getattr(owner, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any method
        return after(self, lambda: original(self, *args, **kwargs), *args, **kwargs)

    setattr(owner, name, method)


def kept(backend: object, name: str) -> dict[str, Any]:
    """A collection of ours on a backend of moto's; it goes when moto resets the backend."""
    collection: dict[str, Any] = vars(backend).setdefault(name, {})
    return collection
