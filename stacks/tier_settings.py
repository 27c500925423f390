"""`[[network.tiers]]`: tiers beside web, app and db."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field

from blueprint.address_plan import ENDPOINTS, TIER_PLACES, Route, Tier
from stacks.fields import Section, ServicePort, between, refuse, text

# Behind the last place that the blueprint itself takes.
FIRST_FREE_PLACE = ENDPOINTS.place + 1
# Tiers and zones of traffic that have these names already. (Those with a hyphen are no names here.)
TAKEN = frozenset({"app", "db", "endpoints", "internet", "management", "s3", "web"})


class MoreTier(Section):
    """`[[network.tiers]]`: one tier more, without a default route, that another tier reaches."""

    name: Annotated[
        str, text(r"[a-z][a-z0-9]{1,15}", "2 to 16 small letters and digits, from a letter")
    ] = Field(description="What it is called")
    place: Annotated[int, between(FIRST_FREE_PLACE, TIER_PLACES - 1)] = Field(
        description="Its place in the address plan, which never changes once deployed"
    )
    reached_from: Literal["web", "app", "db"] = Field(
        description="The tier whose servers open connections to it"
    )
    port: ServicePort = Field(description="Where it listens")

    @property
    def tier(self) -> Tier:
        """The tier in the address plan."""
        return Tier(self.name, self.place, Route.NONE)


def apart_from_others(tiers: tuple[MoreTier, ...]) -> tuple[MoreTier, ...]:
    """Refuse tiers that have the name or the place of another."""
    for tier in tiers:
        if tier.name in TAKEN:
            refuse(f"{tier.name!r} is there already", "another name", "the name of the tier")
    for key in ("name", "place"):
        counts = Counter(getattr(tier, key) for tier in tiers)
        twice = [value for value, count in counts.items() if count > 1]
        if twice:
            refuse(f"{key} {twice[0]!r} is taken twice", f"each {key} once", "one of the two")
    return tiers
