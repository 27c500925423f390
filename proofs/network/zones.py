"""Zones of the flow table, and the addresses that stand for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from blueprint.flows import ANYWHERE, INTERNET, Flow, Zone
from proofs.network.addresses import (
    DOCUMENTATION,
    EVERYTHING,
    NOT_ROUTED,
    NOT_UNICAST,
    Cidr,
    cidr,
    within,
)
from proofs.network.model import Network
from proofs.network.packets import End

# The zone behind the virtual private gateway, by its name in the flow table.
ON_PREMISES = "on-premises"


@dataclass(frozen=True)
class Zones:
    """The zones of a flow table, sorted by where they are.

    `inside` are those that stand in the VPC.
    """

    flows: tuple[Flow, ...]
    inside: frozenset[str] = frozenset()

    @cached_property
    def all(self) -> tuple[Zone, ...]:
        """Every zone that a row names, in the order of the rows."""
        ends = (zone for flow in self.flows for zone in (flow.source, flow.destination))
        return tuple(dict.fromkeys(ends))

    @cached_property
    def named(self) -> dict[str, tuple[Cidr, ...]]:
        """The blocks of every zone that is not "anywhere"."""
        return {
            zone.name: tuple(map(cidr, zone.cidrs))
            for zone in self.all
            if ANYWHERE not in zone.cidrs
        }

    @cached_property
    def company(self) -> tuple[Cidr, ...]:
        """The blocks of the company's network behind the private connection."""
        return self.named.get(ON_PREMISES, ())

    def in_vpc(self, vpc: tuple[Cidr, ...]) -> "Zones":
        """The same zones, knowing which of them stand in the VPC with these blocks."""
        inside = (
            name
            for name, blocks in self.named.items()
            if any(block.overlaps(other) for block in blocks for other in vpc)
        )
        return Zones(self.flows, frozenset(inside))

    def holding(self, block: Cidr) -> frozenset[str]:
        """The named zones that hold the whole block: those of a subnet."""
        return frozenset(
            name for name, blocks in self.named.items() if any(b.covers(block) for b in blocks)
        )

    def at(self, address: int) -> frozenset[str]:
        """The named zones that hold the address."""
        return frozenset(name for name, blocks in self.named.items() if within(address, blocks))


@dataclass(frozen=True)
class Cell:
    """Addresses that no rule, route or zone tells apart, with one of them to stand for all.

    `zones` are the zones of the flow table that the cell counts for; none: it is an address that
    the table does not speak of (private space outside the VPC, free addresses inside it).
    """

    address: int
    zones: frozenset[str]
    public: bool = False

    def end(self, *, s3: bool = False) -> End:
        """The cell as the end of a connection."""
        names = [f"the {name}" if name == INTERNET.name else name for name in sorted(self.zones)]
        return End(self.address, s3=s3, zone=" and ".join(names))


class Cutting:
    """Cuts the address space at every edge that anything in the network compares with.

    All that the evaluator asks of an address is in which blocks it lies. Two addresses in the same
    blocks are therefore treated alike, so one of them stands for all: cutting at every edge and
    joining the pieces that lie in the same blocks leaves few cells, and loses no address.
    """

    def __init__(self, network: Network, zones: Zones) -> None:
        """Cut for `network`, with the zones of the table as further edges."""
        self._network, self._zones = network, zones
        named = (block for blocks in zones.named.values() for block in blocks)
        # A cell never spans the border of a subnet: its addresses are the subnet's interfaces.
        self._blocks = tuple(sorted({*_blocks(network), *named}))
        self._edges = sorted({edge for b in self._blocks for edge in (b.first, b.last + 1)})

    @cached_property
    def outside(self) -> tuple[Cell, ...]:
        """Every address outside the VPC's subnets, as cells."""
        subnets = tuple(subnet.cidr for subnet in self._network.subnets)
        return tuple(
            self._cell(address)
            for address in self._pieces(EVERYTHING)
            if not within(address, subnets) and not within(address, NOT_UNICAST)
        )

    @cached_property
    def s3(self) -> tuple[End, ...]:
        """Addresses that Amazon S3 may have: public ones that no zone claims.

        In a network whose rules name no other public block this is one cell, which only
        0.0.0.0/0 matches. Blocks for documentation are not Amazon's.
        """
        return tuple(
            cell.end(s3=True)
            for cell in self.outside
            if cell.zones == {INTERNET.name} and not within(cell.address, DOCUMENTATION)
        )

    def inside(self, block: Cidr) -> tuple[int, ...]:
        """One address for each cell of a subnet; AWS keeps the first four and the last for itself.

        https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
        """
        return self._pieces((block.first + 4, block.last - 1))

    def _cell(self, address: int) -> Cell:
        # Free addresses of a zone inside the VPC are no interface's: no traffic is theirs.
        named = self._zones.at(address) - self._zones.inside
        public = self._network.is_public(address)
        internet = {INTERNET.name} if public and not named else set()
        return Cell(address, named | internet, public)

    def _pieces(self, span: tuple[int, int]) -> tuple[int, ...]:
        first, last = span
        starts = [first, *(edge for edge in self._edges if first < edge <= last)]
        by_blocks: dict[tuple[Cidr, ...], int] = {}
        for start in starts:
            by_blocks.setdefault(tuple(b for b in self._blocks if start in b), start)
        return tuple(by_blocks.values())


def _blocks(network: Network) -> Iterable[Cidr]:
    """Every block that the evaluator compares an address with."""
    yield from network.cidrs
    yield from network.company
    yield from (*NOT_UNICAST, *NOT_ROUTED, *DOCUMENTATION)
    for subnet in network.subnets:
        yield subnet.cidr
        yield from (route.destination for route in subnet.table.routes)
    rules = [rule for group in network.groups for rule in (*group.ingress, *group.egress)] + [
        rule for acl in network.acls for _, rule in (*acl.ingress, *acl.egress)
    ]
    yield from (rule.peer for rule in rules if isinstance(rule.peer, Cidr))
