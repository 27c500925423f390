"""The frame of the mutation catalogues: one kind for every proof.

A catalogue holds single changes to the synthesized templates. The dangerous ones each name the
layer that they damage and the claim that has to find them. The benign ones change nothing that is
claimed, and no claim may find them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

Editing_contra = TypeVar("Editing_contra", contravariant=True)
E = TypeVar("E", bound="Changeable")


class Changeable(Protocol):
    """A copy of templates, to be changed."""

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the original."""


@dataclass(frozen=True)
class Mutation(Generic[Editing_contra]):
    """One dangerous change, and the claim that has to find it.

    Without environments, it is tried in those of its catalogue.
    """

    id: str
    claim: str
    change: Callable[[Editing_contra], object]
    environments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Benign(Generic[Editing_contra]):
    """One change that means nothing to any claim."""

    id: str
    change: Callable[[Editing_contra], object]
    environments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A change to be tried in one environment.

    Attributes:
        layer: What it damages; of a benign one, nothing.
        claim: What has to find it; of a benign one, nothing.
        broken: Tries it, and gives the claims that do not hold any more.
    """

    id: str
    environment: str
    layer: str
    claim: str
    broken: Callable[[], set[str]]

    @property
    def name(self) -> str:
        """Under which tests and tables show it."""
        return "-".join(filter(None, (self.environment, self.layer, self.id)))


@dataclass(frozen=True)
class Catalogue(Generic[Editing_contra]):
    """The changes that one proof is tried with.

    Attributes:
        proof: Its name.
        claims: The ids of its claims.
        layers: The dangerous changes, by what they damage.
        benign: The others.
        environments: Where a change is tried that does not say so itself.
        broken_by: Tries a change in an environment, and gives the claims that break. Raises
            ValueError if it changes nothing.
    """

    proof: str
    claims: Collection[str]
    layers: Mapping[str, tuple[Mutation[Editing_contra], ...]]
    benign: tuple[Benign[Editing_contra], ...]
    environments: tuple[str, ...]
    broken_by: Callable[[str, Callable[[Editing_contra], object]], set[str]]

    def dangers(self) -> Iterator[Trial]:
        """Every dangerous change in each of its environments."""
        for layer, mutations in self.layers.items():
            for mutation in mutations:
                yield from self._trials(mutation, layer, mutation.claim)

    def harmless(self) -> Iterator[Trial]:
        """Every benign change in each of its environments."""
        for benign in self.benign:
            yield from self._trials(benign, "", "")

    def _trials(
        self, change: Mutation[Editing_contra] | Benign[Editing_contra], layer: str, claim: str
    ) -> Iterator[Trial]:
        for environment in change.environments or self.environments:
            broken = partial(self.broken_by, environment, change.change)
            yield Trial(change.id, environment, layer, claim, broken)


def make(editor: E, change: Callable[[E], object]) -> E:
    """Change what `editor` holds.

    Raises:
        ValueError: the change changes nothing.
    """
    change(editor)
    if not editor.is_changed:
        raise ValueError("the mutation changes nothing")
    return editor
