"""A second opinion on who can talk to whom: AWS's rules as formulas, solved by z3.

Every layer becomes a formula over the bits of one connection: addresses, protocol, ports, the
client's port, and the port and address that a NAT gateway puts in their place. The set of ports
that a zone reaches is the projection of that formula: z3 gives a packet, the formula with that
packet's addresses and client port filled in describes every port that the same client reaches,
and the search goes on outside of it until no packet is left. No rule edge is looked at, and no
port is enumerated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import product
from pathlib import Path

import z3  # type: ignore[import-untyped]

from tests.proofs.oracle_reading import (
    ICMP,
    TCP,
    UDP,
    Entry,
    Facts,
    Interface,
    Rule,
    is_inside,
    read_assembly,
)

INTERNET, S3, UNTAGGED = "internet", "s3", "without a zone"
# No packet on a network has these addresses; an internet gateway carries none to the second kind:
# https://www.iana.org/assignments/iana-ipv4-special-registry/
_NO_HOST = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
# Examples use these as public addresses, Amazon S3 does not.
_DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
# A rectangle of first and last protocol, first and last port. Of ICMP, "ports" are 256 times the
# type plus the code; of protocols without ports there is the port 0 alone.
Claim = tuple[int, int, int, int]

_SOURCE, _DESTINATION = "source", "destination"
_ADDRESSES = {name: z3.BitVec(name, 32) for name in (_SOURCE, _DESTINATION)}
_SERVICE, _CLIENT, _NAT = "port", "client port", "NAT gateway's port"
_PORTS = {name: z3.BitVec(name, 16) for name in (_SERVICE, _CLIENT, _NAT)}
_PROTOCOL, _PORT = z3.BitVec("protocol", 8), _PORTS[_SERVICE]
# What is left out of a connection to answer "on which protocols and ports".
_ENDS = (*_ADDRESSES.values(), _PORTS[_CLIENT], _PORTS[_NAT])
_TRUE, _FALSE = z3.BoolVal(val=True), z3.BoolVal(val=False)
_HAS_PORTS = z3.Or(_PROTOCOL == TCP, _PROTOCOL == UDP)
_NO_PORTS = z3.Not(_HAS_PORTS)
_CANONICAL = z3.Or(_HAS_PORTS, _PROTOCOL == ICMP, _PORT == 0)


@dataclass(frozen=True)
class Disagreement:
    """A connection on which the oracle and a claim differ."""

    source: str
    destination: str
    packet: str
    possible: bool

    def __str__(self) -> str:
        """Say what AWS does with the packet."""
        verdict = "connects, and the claim lacks it" if self.possible else "is claimed, and blocked"
        return f"{self.source} -> {self.destination}: {self.packet} {verdict}"


@dataclass(frozen=True)
class _Entry:
    """What can pass between two zones, and what is claimed to; both are formulas."""

    source: str
    destination: str
    possible: z3.BoolRef
    claimed: z3.BoolRef

    @property
    def lacking(self) -> z3.BoolRef:
        """Possible, and not claimed."""
        return _all(self.possible, _no(self.claimed))


class Oracle:
    """Who can talk to whom, in the assembly of `directory`."""

    def __init__(self, directory: Path) -> None:
        """Read the assembly."""
        self.facts = read_assembly(directory)
        self._layers = _Layers(self.facts)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the flow table, and those that every network has."""
        return tuple(dict.fromkeys((*self.facts.zones, INTERNET, S3, UNTAGGED)))

    @property
    def named_protocols(self) -> set[int]:
        """The protocols that some rule names."""
        groups, acls = self.facts.groups.values(), self.facts.acls.values()
        rules = [rule.protocol for group in groups for rule in (*group.ingress, *group.egress)]
        rules += [entry.protocol for acl in acls for entry in acl]
        return {protocol for protocol in rules if protocol is not None}

    def allows(self, source: str, destination: str, protocol: int, port: int) -> bool:
        """Whether some client in the zone `source` gets an answer from `destination`."""
        connection = self._connection(source, destination)
        return _solve(connection, protocol == _PROTOCOL, port == _PORT) is not None

    def disagreements(
        self, claims: Mapping[tuple[str, str], Sequence[Claim]]
    ) -> list[Disagreement]:
        """Compare what AWS lets through with `claims`, by source and destination zone.

        Pairs without claims are claimed to be apart.

        Returns:
            For each pair of zones that differs, a packet that one of the two lacks.
        """
        entries = [
            _Entry(
                source,
                destination,
                self._connection(source, destination),
                _some(*map(_rectangle, claims.get((source, destination), ()))),
            )
            for source, destination in product(self.zones, repeat=2)
        ]
        found = [_excess(entry) for entry in entries if entry.claimed is not _FALSE]
        # One question for all pairs; which pair it is matters only if the answer is yes.
        if _solve(_some(*(entry.lacking for entry in entries))) is not None:
            found += [_lack(entry) for entry in entries]
        return [disagreement for disagreement in found if disagreement]

    def _connection(self, source: str, destination: str) -> z3.BoolRef:
        return _all(_CANONICAL, _some(*self._layers.paths(source, destination)))


@cache
def _rectangle(claim: Claim) -> z3.BoolRef:
    protocol, last_protocol, port, last_port = claim
    return z3.And(
        z3.ULE(protocol, _PROTOCOL),
        z3.ULE(_PROTOCOL, last_protocol),
        z3.ULE(port, _PORT),
        z3.ULE(_PORT, last_port),
    )


def _lack(entry: _Entry) -> Disagreement | None:
    """A packet that passes and is not claimed."""
    model = _solve(entry.lacking)
    if model is None:
        return None
    source, destination = (IPv4Address(_number(model, address)) for address in _ADDRESSES.values())
    client = _number(model, _PORTS[_CLIENT])
    packet = f"{source}:{client} to {destination}, {_target(model)}"
    return Disagreement(entry.source, entry.destination, packet, possible=True)


def _excess(entry: _Entry) -> Disagreement | None:
    """A protocol and port that is claimed, and that no packet passes on."""
    reached = _FALSE
    while (rest := _solve(entry.claimed, _no(reached))) is not None:
        model = _solve(entry.possible, entry.claimed, _no(reached))
        if model is None:
            return Disagreement(entry.source, entry.destination, _target(rest), possible=False)
        # Every port that this one client reaches, not just the one that was found.
        ends = [(end, model.eval(end, model_completion=True)) for end in _ENDS]
        reached = _some(reached, z3.simplify(z3.substitute(entry.possible, *ends)))
    return None


def _solve(*formulas: z3.BoolRef) -> z3.ModelRef | None:
    formula = _all(*formulas)
    if formula is _FALSE or z3.is_false(formula := z3.simplify(formula)):
        return None
    solver = z3.SimpleSolver()
    solver.add(formula)
    return solver.model() if solver.check() == z3.sat else None


def _number(model: z3.ModelRef, name: z3.BitVecRef) -> int:
    value: int = model.eval(name, model_completion=True).as_long()
    return value


def _target(model: z3.ModelRef) -> str:
    return f"protocol {_number(model, _PROTOCOL)} port {_number(model, _PORT)}"


def _all(*formulas: z3.BoolRef) -> z3.BoolRef:
    """All of the formulas; constants fall out here, because most of them are."""
    if any(formula is _FALSE for formula in formulas):
        return _FALSE
    open_ = [formula for formula in formulas if formula is not _TRUE]
    return z3.And(open_) if len(open_) > 1 else next(iter(open_), _TRUE)


def _some(*formulas: z3.BoolRef) -> z3.BoolRef:
    """Some of the formulas."""
    if any(formula is _TRUE for formula in formulas):
        return _TRUE
    open_ = [formula for formula in formulas if formula is not _FALSE]
    return z3.Or(open_) if len(open_) > 1 else next(iter(open_), _FALSE)


def _no(formula: z3.BoolRef) -> z3.BoolRef:
    """Not the formula."""
    constants = {id(_TRUE): _FALSE, id(_FALSE): _TRUE}
    return constants[id(formula)] if id(formula) in constants else z3.Not(formula)


@dataclass(frozen=True)
class _Peer:
    """The other end, as a rule sees it."""

    address: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Layers:
    """Security groups, network ACLs and routes as formulas."""

    facts: Facts

    def __post_init__(self) -> None:
        # A network asks for the same formula often.
        for name in ("interfaces", "groups_allow", "acl_allows", "leads", "goes_out", "in_zone"):
            object.__setattr__(self, name, cache(getattr(self, name)))

    def paths(self, source: str, destination: str) -> Iterator[z3.BoolRef]:
        """Every way from one zone to another."""
        senders, receivers = self.interfaces(source), self.interfaces(destination)
        if self._is_inside(source) and self._is_inside(destination):
            for sender, receiver in product(senders, receivers):
                yield self._inside(sender, receiver)
        elif self._is_inside(source) and destination == S3:
            for sender in senders:
                yield self._to_s3(sender)
        elif self._is_inside(source):
            for sender in senders:
                yield from self._out(sender, destination)
        elif self._is_inside(destination) and source != S3:
            for receiver in receivers:
                yield self._in(source, receiver)

    def _is_inside(self, zone: str) -> bool:
        if zone in {INTERNET, S3, UNTAGGED}:
            return zone == UNTAGGED
        return all(is_inside(cidr, self.facts.vpc) for cidr in self.facts.zones[zone])

    def interfaces(self, zone: str) -> list[Interface]:
        """The interfaces that exist, and those that the zone's groups allow for."""
        facts = self.facts
        if zone == UNTAGGED:
            tagged = {name for name, group in facts.groups.items() if group.zone}
            return [interface for interface in facts.interfaces if not interface.groups & tagged]
        tagged = {name for name, group in facts.groups.items() if group.zone == zone}
        possible = [
            Interface(subnet, frozenset({name}), self._reaches_internet(subnet))
            for name, (subnet, place) in product(sorted(tagged), facts.subnets.items())
            if any(is_inside(place.cidr, cidr) for cidr in facts.zones[zone])
        ]
        real = [interface for interface in facts.interfaces if interface.groups & tagged]
        return list(dict.fromkeys(possible + real))

    def _reaches_internet(self, subnet: str) -> bool:
        table = self.facts.tables[self.facts.subnets[subnet].table]
        return bool(self.facts.internet_gateways & set(table.static.values()))

    # Ways

    def _inside(self, sender: Interface, receiver: Interface) -> z3.BoolRef:
        return _all(
            self._at(sender, _SOURCE),
            self._at(receiver, _DESTINATION),
            _ADDRESSES[_SOURCE] != _ADDRESSES[_DESTINATION],
            self.groups_allow(sender.groups, _Peer(_DESTINATION, receiver.groups), egress=True),
            self.groups_allow(receiver.groups, _Peer(_SOURCE, sender.groups), egress=False),
            self._between(sender.subnet, receiver.subnet),
        )

    def _to_s3(self, sender: Interface) -> z3.BoolRef:
        facts, peer = self.facts, _Peer(_DESTINATION)
        if not facts.tables[facts.subnets[sender.subnet].table].reaches_s3:
            return _FALSE
        return _all(
            self._at(sender, _SOURCE),
            self.in_zone(_DESTINATION, S3),
            self.groups_allow(sender.groups, peer, egress=True),
            self._leaves(sender.subnet, peer, _CLIENT),
        )

    def _out(self, sender: Interface, zone: str) -> Iterator[z3.BoolRef]:
        facts, peer = self.facts, _Peer(_DESTINATION)
        table = facts.subnets[sender.subnet].table
        base = _all(
            self._at(sender, _SOURCE),
            self.in_zone(_DESTINATION, zone),
            self.groups_allow(sender.groups, peer, egress=True),
        )
        yield _all(
            base,
            self._leaves(sender.subnet, peer, _CLIENT),
            self.goes_out(table, _DESTINATION, public=sender.public),
        )
        for nat, place in facts.nat_subnets.items():
            yield _all(
                base,
                _some(_HAS_PORTS, _PROTOCOL == ICMP),
                # The sender's connection, whose answers bear the destination's address, ...
                self.leads(table, _DESTINATION, frozenset({nat})),
                self._between(sender.subnet, place),
                # ... and the NAT gateway's own.
                self.goes_out(
                    facts.subnets[place].table, _DESTINATION, public=nat in facts.public_nats
                ),
                self._leaves(place, peer, _NAT),
                z3.UGE(_PORTS[_NAT], 1024),
            )

    def _in(self, zone: str, receiver: Interface) -> z3.BoolRef:
        table, peer = self.facts.subnets[receiver.subnet].table, _Peer(_SOURCE)
        return _all(
            self.in_zone(_SOURCE, zone),
            self._at(receiver, _DESTINATION),
            self.groups_allow(receiver.groups, peer, egress=False),
            self._enters(receiver.subnet, peer),
            # The answer takes the way that the request came.
            self.goes_out(table, _SOURCE, public=receiver.public),
        )

    # Places

    def in_zone(self, address: str, zone: str) -> z3.BoolRef:
        """Whether the address belongs to a zone outside of the VPC; the internet is the rest."""
        if zone not in {INTERNET, S3}:
            return _in_any(address, self.facts.zones[zone])
        named = [
            cidr
            for name, cidrs in self.facts.zones.items()
            for cidr in cidrs
            if name not in {INTERNET, S3}
        ]
        taken = (*named, *(_DOCUMENTATION if zone == S3 else ()))
        return _all(self._is_public(address), _no(_in_any(address, taken)))

    def _is_public(self, address: str) -> z3.BoolRef:
        return _no(_in_any(address, (self.facts.vpc, *_NO_HOST, *_PRIVATE)))

    def _at(self, interface: Interface, address: str) -> z3.BoolRef:
        return _within(address, self.facts.subnets[interface.subnet].cidr)

    # Security groups

    def groups_allow(self, groups: frozenset[str], peer: _Peer, *, egress: bool) -> z3.BoolRef:
        """Whether a rule of some group lets the request through; answers always pass."""
        facts = [self.facts.groups[name] for name in groups]
        rules = [rule for group in facts for rule in (group.egress if egress else group.ingress)]
        return _some(*[_rule_matches(rule, peer) for rule in rules])

    # Network ACLs

    def _between(self, here: str, there: str) -> z3.BoolRef:
        if here == there:
            return _TRUE
        return _all(
            self._leaves(here, _Peer(_DESTINATION), _CLIENT), self._enters(there, _Peer(_SOURCE))
        )

    def _leaves(self, subnet: str, peer: _Peer, client_port: str) -> z3.BoolRef:
        """A connection out of the subnet: the request leaves, the answer comes back."""
        acl = self.facts.subnets[subnet].acl
        return _all(
            self.acl_allows(acl, peer.address, _SERVICE, egress=True),
            _some(_NO_PORTS, self.acl_allows(acl, peer.address, client_port, egress=False)),
        )

    def _enters(self, subnet: str, peer: _Peer) -> z3.BoolRef:
        """A connection into the subnet: the request comes in, the answer leaves."""
        acl = self.facts.subnets[subnet].acl
        return _all(
            self.acl_allows(acl, peer.address, _SERVICE, egress=False),
            _some(_NO_PORTS, self.acl_allows(acl, peer.address, _CLIENT, egress=True)),
        )

    def acl_allows(self, acl: str | None, peer: str, port: str, *, egress: bool) -> z3.BoolRef:
        """Whether the first row that matches is an allow; `port` is the packet's destination."""
        if acl is None:
            return _TRUE
        entries = [entry for entry in self.facts.acls[acl] if entry.egress is egress]
        verdict = _FALSE
        for entry in sorted(entries, key=_rule_number, reverse=True):
            matches = _entry_matches(entry, peer, port)
            verdict = _some(matches, verdict) if entry.allow else _all(_no(matches), verdict)
        return verdict

    # Routes

    def goes_out(self, table: str, address: str, *, public: bool) -> z3.BoolRef:
        """Whether a gateway of the VPC connects an interface with the address.

        `public` says whether the interface has a public address.
        """
        facts = self.facts
        company = _some(
            *[
                _all(
                    _in_any(address, facts.announced[gateway]),
                    self.leads(table, address, frozenset({gateway})),
                )
                for gateway in sorted(facts.private_gateways)
            ]
        )
        if not public:
            return company
        internet = _all(
            self._is_public(address),
            self.leads(table, address, frozenset(facts.internet_gateways)),
        )
        return _some(company, internet)

    def leads(self, table: str, address: str, goals: frozenset[str]) -> z3.BoolRef:
        """Whether the most specific route to the address is one to `goals`."""
        routes = self.facts.tables[table]
        targets = {
            cidr: gateway
            for gateway in sorted(routes.propagated & self.facts.private_gateways)
            for cidr in self.facts.announced[gateway]
        }
        # Of two routes to one CIDR, the static one counts.
        targets |= routes.static
        verdict = _FALSE
        for cidr in sorted(targets, key=_length):
            matches = _within(address, cidr)
            verdict = (
                _some(matches, verdict) if targets[cidr] in goals else _all(_no(matches), verdict)
            )
        return _all(verdict, _no(_within(address, self.facts.vpc)))


def _in_any(address: str, cidrs: Iterable[str]) -> z3.BoolRef:
    return _some(*[_within(address, cidr) for cidr in cidrs])


@cache
def _within(address: str, cidr: str) -> z3.BoolRef:
    # EC2 clears the bits behind the prefix.
    network = IPv4Network(cidr, strict=False)
    free = network.max_prefixlen - network.prefixlen
    if not network.prefixlen:
        return _TRUE
    bits = z3.Extract(network.max_prefixlen - 1, free, _ADDRESSES[address])
    return bits == int(network.network_address) >> free


def _rule_number(entry: Entry) -> int:
    return entry.number


def _length(cidr: str) -> int:
    return IPv4Network(cidr, strict=False).prefixlen


def _rule_matches(rule: Rule, peer: _Peer) -> z3.BoolRef:
    if "/" in rule.peer:
        inside = _within(peer.address, rule.peer)
    else:
        inside = _TRUE if rule.peer in peer.groups else _FALSE
    return _all(inside, _traffic(rule.protocol, rule.first, rule.last, _SERVICE))


def _entry_matches(entry: Entry, peer: str, port: str) -> z3.BoolRef:
    return _all(_within(peer, entry.cidr), _traffic(entry.protocol, entry.first, entry.last, port))


@cache
def _traffic(protocol: int | None, first: int, last: int, port: str) -> z3.BoolRef:
    """Protocol and port range of a rule; of ICMP, `first` is the type and `last` the code."""
    if protocol is None:
        return _TRUE
    if protocol == ICMP:
        # -1 is any code, or any type; then the code is -1 as well.
        kind, code = z3.Extract(15, 8, _PORT), z3.Extract(7, 0, _PORT)
        parts = [] if first == -1 else [kind == first] + ([] if last == -1 else [code == last])
    elif protocol in {TCP, UDP}:
        parts = [z3.ULE(first, _PORTS[port]), z3.ULE(_PORTS[port], last)]
    else:
        parts = []
    return _all(protocol == _PROTOCOL, *parts)
