"""What applies to a request: the statements of every layer, and what is decided about them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from proofs.access.conditions import Check
from proofs.access.model import Condition, Context, Endpoint, Statement
from proofs.access.selection import Selected

SOURCE_ENDPOINT = "aws:sourcevpce"


@dataclass(frozen=True)
class Decision:
    """What AWS answers.

    Attributes:
        allowed: The answer.
        reason: One clause for a person.
        statements: Those that decided: the deny, or one allow of every layer.
    """

    allowed: bool
    reason: str
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, eq=False)
class Passage:
    """An endpoint that the request may come through, with the statements of its policy."""

    endpoint: Endpoint
    denies: tuple[Selected, ...]
    allows: tuple[Selected, ...]

    def carries(self, context: Context) -> bool:
        """Say whether the request comes through the endpoint."""
        return self.endpoint.id in context.get(SOURCE_ENDPOINT, ())


@dataclass(frozen=True, eq=False)
class Applicable:
    """All statements about a request, by layer; only conditions are left to check.

    Attributes:
        denies: Of any layer but the endpoints'.
        identity: Allows of the principal's own policies.
        boundary: Allows of its boundary; None: it has none.
        session: Allows of the session's policies; None: it has none.
        itself: Allows of the resource's policy that name the principal itself, or everyone.
        limited: The same, naming the role behind the session.
        account: The same, naming the account.
        passages: The endpoints of the action's service.
        combine: How the layers make a decision.
        where: The account of the resource, for people.
        asks: What else the decision asks the context.
    """

    denies: tuple[Selected, ...]
    identity: tuple[Selected, ...]
    boundary: tuple[Selected, ...] | None
    session: tuple[Selected, ...] | None
    itself: tuple[Selected, ...]
    limited: tuple[Selected, ...]
    account: tuple[Selected, ...]
    passages: tuple[Passage, ...]
    combine: "Combine"
    where: str = ""
    asks: tuple[Check, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints whose policies count if the request comes through them."""
        return tuple(passage.endpoint for passage in self.passages)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the context still decides, each once. Keys that the request fixes are settled."""
        return tuple(dict.fromkeys(c for s in self.statements for c in s.conditions))

    @property
    def statements(self) -> tuple[Selected, ...]:
        """All of them."""
        layers = (
            self.denies,
            self.identity,
            self.boundary or (),
            self.session or (),
            self.itself,
            self.limited,
            self.account,
            *(passage.denies for passage in self.passages),
            *(passage.allows for passage in self.passages),
        )
        return tuple(selected for layer in layers for selected in layer)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Everything that the decision asks the context, each once."""
        checks = [check for selected in self.statements for check in selected.checks]
        through = [passage.carries for passage in self.passages]
        return tuple(dict.fromkeys([*checks, *through, *self.asks]))

    @cached_property
    def known(self) -> dict[tuple[bool, ...], Decision]:
        """The decisions so far, by what the checks answered."""
        return {}


Combine = Callable[[Applicable, Context], Decision]
