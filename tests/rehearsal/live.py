"""A deployed stack to tamper with."""

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.readback.resolve import Deployed
from rehearsal.standin import StandIn

OPEN_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", '
    '"Action": "*", "Resource": "*"}]}'
)
Undo = Callable[[], object]


@dataclass(frozen=True)
class Live:
    """The deployed resources of the network, to tamper with."""

    stand_in: StandIn
    resources: dict[str, Deployed]

    def one(self, resource_type: str, **properties: object) -> Deployed:
        """The first resource of a type whose properties are these."""
        return next(
            each
            for each in self.resources.values()
            if each.resource_type == resource_type
            and all(each.properties.get(key) == value for key, value in properties.items())
        )


Tampering = tuple[Callable[[Live], Undo], str]
"""What somebody changes by hand, and the pattern of the difference that reading back finds."""
