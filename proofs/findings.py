"""What a proof says: claims, and findings where a claim does not hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CANNOT_PROVE = "cannot-prove"


class UnusableInputError(Exception):
    """The input is not something that a proof can read; the message is one clear line."""


@dataclass(frozen=True, order=True)
class Origin:
    """Where something stands: a resource of a template, and the position inside it.

    For a live account, `stack` is the account's id and `logical_id` the resource's id.
    """

    stack: str
    logical_id: str
    position: str = ""

    def at(self, position: str) -> "Origin":
        """The same resource, at `position`: "ingress #2" or "inbound 700"."""
        return Origin(self.stack, self.logical_id, position)

    def __str__(self) -> str:
        """Give the origin as findings write it."""
        return f"{self.stack}/{self.logical_id}" + (f" {self.position}" if self.position else "")


@dataclass(frozen=True)
class Finding:
    """One reason why a claim does not hold.

    `message` is a sentence for a person and carries the counterexample; `packet` is the same
    counterexample for a program, where there is one.
    """

    claim: str
    message: str
    origins: tuple[Origin, ...] = ()
    suggestion: str = ""
    packet: Mapping[str, str | int] | None = None

    @property
    def stack(self) -> str:
        """The stack of the first resource that the finding names; empty: none is named."""
        return self.origins[0].stack if self.origins else ""

    @property
    def logical_ids(self) -> tuple[str, ...]:
        """The resources that the finding names, each once."""
        return tuple(dict.fromkeys(origin.logical_id for origin in self.origins))

    @property
    def positions(self) -> tuple[str, ...]:
        """The rules inside those resources."""
        return tuple(dict.fromkeys(o.position for o in self.origins if o.position))

    def __str__(self) -> str:
        """Give message and suggestion as one paragraph."""
        return self.message + (f" Suggested: {self.suggestion}" if self.suggestion else "")


@dataclass(frozen=True)
class Claim:
    """What was proved, or was not."""

    id: str
    description: str
    holds: bool


def claims_of(descriptions: Mapping[str, str], findings: Sequence[Finding]) -> tuple[Claim, ...]:
    """Give each claim its verdict: it holds unless a finding names it."""
    false = {finding.claim for finding in findings}
    return tuple(Claim(id_, text, id_ not in false) for id_, text in descriptions.items())
