"""The reachability matrix: who can really talk to whom, for every packet.

The method is exact and exhaustive, and this is the argument. A connection is five numbers: source
and destination address, protocol, destination port and source port. The evaluator
(`proofs.network.packets`) reads them in three ways only:

1. Which way a packet takes, and which rows are about it, depends on the addresses, and only on
   which blocks they lie in. `Cutting` cuts the address space at every edge of every block; inside a
   cell nothing changes, so one address of each cell is tried.
2. Which protocols a row is about depends on the protocol's number alone. Every number that some
   row names is tried, and one number that no row names stands for all the others.
3. A check compares one port with the ranges of its rows: the request's checks the destination port,
   the answer's checks the client's port, the NAT gateway's checks the port that the gateway picks.
   `Passing` cuts the ports at every edge of those rows and asks the evaluator's own `verdict` about
   one port of each piece.

No check reads two ports, so a connection passes exactly when its destination port passes every
request check *and* its source port passes every answer check: the set of passing packets between
two cells is the product of an intersection of port sets each. Nothing is sampled and nothing is
rounded. Each entry's witness goes through `evaluate` again, as one whole packet; if the two
disagreed, the proof would stop instead of answering.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from proofs.findings import Origin
from proofs.network.expectations import Expectations
from proofs.network.model import Interface, Network, NetworkAcl, Target
from proofs.network.packets import (
    NAT_PORTS,
    Check,
    Decision,
    End,
    Packet,
    Port,
    Way,
    applies,
    evaluate,
    rows,
    verdict,
    way,
)
from proofs.network.ranges import (
    ALL,
    ICMP,
    NONE,
    OTHER_PROTOCOLS,
    TCP,
    UDP,
    Ranges,
    intersection,
    protocol_name,
    union,
)
from proofs.network.zones import Cutting, Zones

UNTAGGED = "without a zone"
_PREFERRED_CLIENT_PORT = 49152
_NO_PORTS, _ALL_PORTS = dict.fromkeys(Port, NONE), dict.fromkeys(Port, ALL)


@dataclass(frozen=True)
class Pair:
    """What can pass between one source and one destination, with the zones they count for."""

    source: End
    destination: End
    source_zones: frozenset[str]
    destination_zones: frozenset[str]
    way: Way


@dataclass(frozen=True)
class Passage:
    """What passes between a pair for one protocol: any destination port with any client port."""

    pair: Pair
    protocol: int
    ports: Ranges
    client_ports: Ranges
    nat_ports: Ranges = ALL

    def packet(self, port: int | None = None) -> Packet:
        """One packet that passes; `port` default: the first."""
        return Packet(
            self.pair.source,
            self.pair.destination,
            self.protocol,
            self.ports[0][0] if port is None else port,
            _pick(self.client_ports),
            _pick(self.nat_ports),
        )


@dataclass(frozen=True)
class Reach:
    """One entry of the matrix.

    `ports` is what some pair of interfaces can do: ranges for tcp and udp, type * 256 + code for
    icmp, and the whole range for protocols without ports. `client_ports` are the source ports for
    which the answer comes back between at least one pair. `witnesses` prove `ports`, one decision
    for each protocol; `blocked_by` names the layers that block everything, where nothing passes.
    """

    source: str
    destination: str
    ports: Mapping[str, Ranges]
    client_ports: Mapping[str, Ranges]
    witnesses: tuple[Decision, ...]
    blocked_by: tuple[str, ...]

    @property
    def rules(self) -> tuple[Origin, ...]:
        """The rows and routes that let the witnesses through."""
        return tuple(dict.fromkeys(o for w in self.witnesses for o in w.origins))


class Passing:
    """Answers, for each check, which ports pass; remembers the answers."""

    def __init__(self, *, doubt: bool) -> None:
        """Count doubtful rows for `doubt`, as `evaluate` does."""
        self._doubt = doubt
        self._known: dict[tuple[object, ...], Ranges] = {}

    def ports(self, check: Check, protocol: int) -> Ranges:
        """The ports that the check lets through for the protocol."""
        # All that the verdict depends on, the port excepted.
        key = (_guard_key(check), check.egress, check.remote.address, protocol)
        if key not in self._known:
            self._known[key] = self._cut(check, protocol)
        return self._known[key]

    def way(self, path: Way, protocol: int) -> Mapping[Port, Ranges]:
        """The ports of each kind that pass all checks of a way; none if something stops it."""
        if path.obstacle or (path.nat and protocol not in (TCP, UDP, ICMP)):
            return _NO_PORTS
        passing = dict(_ALL_PORTS)
        if path.nat and protocol in (TCP, UDP):
            passing[Port.NAT] = (NAT_PORTS,)
        for check in path.checks:
            if applies(check, protocol):
                passing[check.port] = intersection(passing[check.port], self.ports(check, protocol))
                if passing[check.port] == NONE:
                    return _NO_PORTS
        return passing

    def _cut(self, check: Check, protocol: int) -> Ranges:
        mine = [rule for rule in rows(check) if rule.protocol in (None, protocol)]
        edges = {edge for rule in mine for edge in (rule.ports[0], rule.ports[1] + 1)}
        starts = sorted({0, *edges} - {65536})
        pieces = zip(starts, [*(start - 1 for start in starts[1:]), 65535], strict=True)
        return union(
            (first, last)
            for first, last in pieces
            if verdict(check, protocol, first, doubt=self._doubt).passes
        )


@dataclass(frozen=True)
class Analysis:
    """Everything that claims ask about a network: its cells, its pairs and what passes them."""

    network: Network
    zones: Zones
    cutting: Cutting = field(init=False)
    can: Passing = field(init=False)
    surely: Passing = field(init=False)

    def __post_init__(self) -> None:
        """Cut the address space; `can` counts doubtful rows as open, `surely` as closed."""
        object.__setattr__(self, "cutting", Cutting(self.network, self.zones))
        object.__setattr__(self, "can", Passing(doubt=True))
        object.__setattr__(self, "surely", Passing(doubt=False))

    @cached_property
    def expectations(self) -> Expectations:
        """What the flow table says."""
        return Expectations(self.zones)

    @cached_property
    def protocols(self) -> dict[int, str]:
        """Every protocol that some row names, and one that stands for all others."""
        rules = [r for g in self.network.groups for r in (*g.ingress, *g.egress)]
        rules += [r for a in self.network.acls for _, r in (*a.ingress, *a.egress)]
        also = sorted({rule.protocol for rule in rules if rule.protocol is not None})
        named = list(dict.fromkeys((TCP, UDP, ICMP, *also)))
        other = next((number for number in range(255, -1, -1) if number not in named), None)
        names = {number: protocol_name(number) for number in named}
        return names if other is None else names | {other: OTHER_PROTOCOLS}

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of ends between which a way exists or could exist."""
        return tuple(self._pairs())

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Everything that passes, doubtful rows counted as open."""
        return tuple(
            Passage(pair, protocol, passing[Port.SERVER], passing[Port.CLIENT], passing[Port.NAT])
            for pair in self.pairs
            if not pair.way.obstacle
            for protocol in self.protocols
            for passing in (self.can.way(pair.way, protocol),)
            if all(passing.values())
        )

    @cached_property
    def ends(self) -> tuple[tuple[End, frozenset[str]], ...]:
        """Every interface at one address of each cell of its subnet, with its zones."""
        return tuple(
            (End(address, interface), interface.zones or frozenset({UNTAGGED}))
            for interface in self.network.interfaces
            for address in self.cutting.inside(interface.subnet.cidr)
        )

    def _pairs(self) -> Iterator[Pair]:
        for source, source_zones in self.ends:
            for destination, destination_zones in self.ends:
                # An interface is paired with itself, too: others of its kind may follow.
                yield self._pair(source, destination, source_zones, destination_zones)
        for cell in self.cutting.outside:
            if cell.zones:
                for end, zones in self.ends:
                    yield self._pair(cell.end(), end, cell.zones, zones)
                    yield self._pair(end, cell.end(), zones, cell.zones)
        for s3 in self.cutting.s3:
            for end, zones in self.ends:
                yield self._pair(end, s3, zones, frozenset({"s3"}))

    def _pair(
        self, source: End, destination: End, from_: frozenset[str], to: frozenset[str]
    ) -> Pair:
        return Pair(source, destination, from_, to, way(self.network, source, destination))


def matrix_of(analysis: Analysis) -> dict[tuple[str, str], Reach]:
    """The matrix of every ordered pair of zones of which at least one is inside the VPC."""
    passages: dict[tuple[str, str], list[Passage]] = {}
    for passage in analysis.passages:
        for entry in _entries(passage.pair):
            passages.setdefault(entry, []).append(passage)
    pairs: dict[tuple[str, str], list[Pair]] = {}
    for pair in analysis.pairs:
        for entry in _entries(pair):
            pairs.setdefault(entry, []).append(pair)
    return {
        entry: _reach(analysis, entry, members, passages.get(entry, []))
        for entry, members in pairs.items()
    }


def _reach(
    analysis: Analysis, entry: tuple[str, str], pairs: list[Pair], passages: list[Passage]
) -> Reach:
    ports: dict[str, Ranges] = {}
    clients: dict[str, Ranges] = {}
    witnesses = []
    for number, name in analysis.protocols.items():
        mine = [passage for passage in passages if passage.protocol == number]
        if not mine:
            continue
        ports[name] = union(range_ for passage in mine for range_ in passage.ports)
        if number in (TCP, UDP):
            clients[name] = union(range_ for p in mine for range_ in p.client_ports)
        witnesses.append(witness(analysis, mine[0]))
    blocked = () if ports else _blocking_layers(analysis, pairs)
    return Reach(*entry, ports, clients, tuple(witnesses), blocked)


def witness(analysis: Analysis, passage: Passage, port: int | None = None) -> Decision:
    """One whole packet of a passage, followed hop by hop.

    Raises:
        AssertionError: the evaluator does not let it through, so the method has an error.
    """
    decision = evaluate(analysis.network, passage.packet(port))
    if not decision.passes:
        raise AssertionError(f"the proof contradicts itself: {decision.packet}: {decision.path()}")
    return decision


def _blocking_layers(analysis: Analysis, pairs: list[Pair]) -> tuple[str, ...]:
    """The layers that would block every pair, even if the others were open."""
    layers = {"security groups": False, "network ACLs": False, "routes": False}
    for pair in pairs:
        layers["routes"] |= not pair.way.obstacle
        for layer, kind in (("security groups", Interface), ("network ACLs", NetworkAcl)):
            layers[layer] = layers[layer] or _layer_passes(analysis, pair, kind)
    return tuple(name for name, passes in layers.items() if not passes) or (
        "no single layer, but all together",
    )


def _layer_passes(analysis: Analysis, pair: Pair, kind: type[Interface] | type[NetworkAcl]) -> bool:
    checks = tuple(check for check in pair.way.checks if isinstance(check.guard, kind))
    return any(
        all(analysis.can.way(Way(checks), protocol).values()) for protocol in analysis.protocols
    )


def _entries(pair: Pair) -> Iterator[tuple[str, str]]:
    return ((a, b) for a in sorted(pair.source_zones) for b in sorted(pair.destination_zones))


def _guard_key(check: Check) -> tuple[object, ...]:
    guard = check.guard
    if isinstance(guard, NetworkAcl):
        return (guard.id,)
    remote = check.remote.interface
    return (guard.group_ids, guard.filtered, remote.group_ids if remote else None)


def _pick(ranges: Ranges) -> int:
    """A port of the set; a usual client port if it is there."""
    if any(first <= _PREFERRED_CLIENT_PORT <= last for first, last in ranges):
        return _PREFERRED_CLIENT_PORT
    return ranges[0][0]


def is_internet(path: Way) -> bool:
    """Say whether the way leads through the internet gateway."""
    return path.target is Target.INTERNET_GATEWAY
