"""Where every tier and zone has its addresses: a pure function of the VPC's CIDR.

The VPC is cut into eight equal blocks, one for a tier, and each block into four, one for an
Availability Zone. Tiers and zones that do not exist yet keep their place, so that growing moves
no subnet. One block names a whole tier in a network ACL.
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

TIER_PLACES = 8
ZONE_PLACES = 4
SUBNET_BITS = 5  # 8 tiers x 4 zones = 2^5 subnets

# /16 is the largest VPC. /22 gives /27 subnets, the smallest that take a load balancer:
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
LARGEST_PREFIX, SMALLEST_PREFIX = 16, 22


class Route(Enum):
    """Where the default route of a tier leads."""

    INTERNET_GATEWAY = "internet gateway"
    NAT = "NAT gateway, or nowhere when the VPC has none"
    NONE = "nowhere"


@dataclass(frozen=True)
class Tier:
    """A row of subnets, one a zone, that share one block of the address plan.

    `place` (0-7) is the position in the plan and never changes once deployed.
    """

    name: str
    place: int
    default_route: Route


WEB = Tier("web", 0, Route.INTERNET_GATEWAY)
APP = Tier("app", 1, Route.NAT)
DB = Tier("db", 2, Route.NONE)
# Endpoints have subnets of their own so that a network ACL can tell them from servers.
ENDPOINTS = Tier("endpoints", 3, Route.NONE)


@dataclass(frozen=True)
class AddressPlan:
    """The addresses of a VPC.

    Raises:
        ValueError: `cidr` is no IPv4 network, has host bits, or is not between /16 and /22.
    """

    cidr: str

    def __post_init__(self) -> None:
        """Refuse a network that AWS or the plan cannot cut into subnets."""
        prefix = IPv4Network(self.cidr).prefixlen
        if not LARGEST_PREFIX <= prefix <= SMALLEST_PREFIX:
            raise ValueError(
                f"VPC CIDR {self.cidr}: the plan of {TIER_PLACES} tiers x {ZONE_PLACES} zones "
                f"takes /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}"
            )

    @property
    def subnet_mask(self) -> int:
        """Prefix length of every subnet: /21 in a /16 VPC, which is 2,043 usable addresses."""
        return IPv4Network(self.cidr).prefixlen + SUBNET_BITS

    def block(self, tier: Tier) -> str:
        """The one CIDR that holds all subnets of the tier."""
        return str(list(IPv4Network(self.cidr).subnets(TIER_PLACES.bit_length() - 1))[tier.place])

    def subnet(self, tier: Tier, zone: int) -> str:
        """The CIDR of the tier's subnet in the zone numbered `zone` (0-3)."""
        block = IPv4Network(self.block(tier))
        return str(list(block.subnets(ZONE_PLACES.bit_length() - 1))[zone])
