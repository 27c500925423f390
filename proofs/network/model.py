"""The network as the proof sees it: value objects, read from templates or from a live account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from proofs.findings import Finding, Origin
from proofs.network.addresses import NOT_ROUTED, NOT_UNICAST, Cidr, within
from proofs.network.ranges import ALL, Range


@dataclass(frozen=True)
class Rule:
    """One row of a security group or a network ACL.

    `protocol` None means every protocol. `ports` holds ports, or type * 256 + code for ICMP.
    `peer` is the remote end: a block of addresses, or the id of a security group.
    `doubtful` rows count where they would break a claim and nowhere else: an allow row for
    "cannot", a deny row for "can".
    """

    origin: Origin
    protocol: int | None
    ports: Range
    peer: Cidr | str
    allow: bool = True
    doubtful: bool = False

    def matches_traffic(self, protocol: int, port: int) -> bool:
        """Say whether the row is about this protocol and port."""
        return self.protocol in (None, protocol) and self.ports[0] <= port <= self.ports[1]


@dataclass(frozen=True)
class SecurityGroup:
    """A security group: everything that no row allows is blocked; answers always pass."""

    id: str
    origin: Origin
    zone: str | None
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    is_default: bool = False
    # No egress row in the template: EC2 adds one that allows everything.
    egress_missing: bool = False


@dataclass(frozen=True)
class NetworkAcl:
    """A network ACL: the first row that matches decides; without one, the packet is dropped.

    Rows are `(number, rule)`, sorted by number.
    """

    id: str
    origin: Origin
    ingress: tuple[tuple[int, Rule], ...]
    egress: tuple[tuple[int, Rule], ...]


class Target(Enum):
    """Where a route leads."""

    LOCAL = "the VPC itself"
    INTERNET_GATEWAY = "the internet gateway"
    NAT_GATEWAY = "a NAT gateway"
    VPN_GATEWAY = "the virtual private gateway"
    NOWHERE = "a gateway that is not attached"


@dataclass(frozen=True)
class Route:
    """One route of a route table. `gateway` is the id of the NAT gateway, where it leads to one."""

    origin: Origin
    destination: Cidr
    target: Target
    gateway: str = ""
    propagated: bool = False


@dataclass(frozen=True)
class RouteTable:
    """A route table. `s3_endpoint` is the gateway endpoint that takes Amazon S3's addresses."""

    id: str
    origin: Origin
    routes: tuple[Route, ...]
    s3_endpoint: Origin | None = None

    def lookup(self, address: int) -> Route | None:
        """The route with the longest prefix; on a tie a static route beats a propagated one.

        https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
        """
        matching = [route for route in self.routes if address in route.destination]
        return max(
            matching,
            key=lambda route: (route.destination.prefix, not route.propagated),
            default=None,
        )


@dataclass(frozen=True)
class Subnet:
    """A subnet with the network ACL and the route table that apply to it.

    `explicit_acl` and `explicit_table` are False where it falls back to the VPC's default ACL or
    main route table.
    """

    id: str
    origin: Origin
    cidr: Cidr
    acl: NetworkAcl
    table: RouteTable
    explicit_acl: bool = True
    explicit_table: bool = True
    gives_public_addresses: bool = False

    @property
    def is_public(self) -> bool:
        """Say whether some route leads to the internet gateway."""
        return any(route.target is Target.INTERNET_GATEWAY for route in self.table.routes)


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway. `has_public_address`: it has an elastic address and is of the public kind."""

    id: str
    origin: Origin
    subnet: Subnet
    has_public_address: bool


@dataclass(frozen=True)
class Interface:
    """A network interface, or all interfaces of one kind in one subnet.

    `hypothetical` ones stand for servers that are not deployed yet: one for each zone's group in
    each subnet of the zone. `filtered` is False for what no security group guards (a network
    load balancer without one).
    """

    name: str
    origin: Origin
    subnet: Subnet
    groups: tuple[SecurityGroup, ...]
    has_public_address: bool
    hypothetical: bool = False
    filtered: bool = True
    zones: frozenset[str] = field(init=False)
    group_ids: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """An interface belongs to every zone whose group it carries."""
        zones = frozenset(group.zone for group in self.groups if group.zone)
        object.__setattr__(self, "zones", zones)
        object.__setattr__(self, "group_ids", tuple(group.id for group in self.groups))


@dataclass(frozen=True)
class Network:
    """One VPC with everything that decides about its traffic.

    `company` are the blocks behind the virtual private gateway: what routing tells the VPC about.
    `doubts` are findings made while reading: what could not be read, and every trace of IPv6.
    """

    origin: Origin
    cidrs: tuple[Cidr, ...]
    subnets: tuple[Subnet, ...]
    groups: tuple[SecurityGroup, ...]
    acls: tuple[NetworkAcl, ...]
    nat_gateways: Mapping[str, NatGateway]
    interfaces: tuple[Interface, ...]
    company: tuple[Cidr, ...] = ()
    doubts: tuple[Finding, ...] = ()

    def is_public(self, address: int) -> bool:
        """Say whether an internet gateway carries packets to and from the address."""
        return not (within(address, NOT_ROUTED + NOT_UNICAST) or within(address, self.cidrs))


def everything(origin: Origin, *, allow: bool = True, doubtful: bool = False) -> Rule:
    """The row that matches every packet."""
    return Rule(origin, None, ALL[0], Cidr(0, 2**32 - 1), allow, doubtful)
