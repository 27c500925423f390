"""What the flow table says about two zones, and what it implies for each layer alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from blueprint.flows import ANY_CLIENT_PORTS, ANYWHERE, INTERNET, S3, Flow, Zone
from proofs.network.addresses import cidr
from proofs.network.ranges import Ranges, difference, intersection, union
from proofs.network.zones import ON_PREMISES, Zones

Traffic = dict[str, Ranges]


@dataclass(frozen=True)
class _Pass:
    """What one row lets cross the border of a subnet of `near`, in one direction."""

    near: Zone
    far: Zone
    protocol: str
    ports: tuple[int, int]
    is_answer: bool = False


@dataclass(frozen=True)
class Expectations:
    """The flow table as questions with answers in ports by protocol."""

    zones: Zones

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The rows."""
        return self.zones.flows

    def between(
        self, source: str, destination: str, *, internet: bool, via: frozenset[str] | None
    ) -> Traffic:
        """What may pass from zone to zone.

        Rows for the internet count for whatever comes or goes through the internet gateway
        (`internet`), so for the management network too. `via` are the zones of the NAT gateway
        on the way; None: there is none. The row and the way must agree about it.
        """
        return _sum(
            _row(flow)
            for flow in self.flows
            if _is(flow.source, source, internet=internet)
            and _is(flow.destination, destination, internet=internet)
            and (flow.via is None if via is None else flow.via and flow.via.name in via)
        )

    def within_subnet(self, source: str, destination: str) -> Traffic:
        """What rows for the internet imply between two interfaces of one subnet.

        A server that may call anywhere on a port, and a neighbour that serves anywhere on it, can
        talk: security groups cannot tell the neighbour from the internet, and network ACLs see
        nothing inside a subnet. AWS has no way to prevent it, so the table implies it.
        """
        out = _sum(
            _row(flow)
            for flow in self.flows
            if flow.source.name == source and ANYWHERE in flow.destination.cidrs
        )
        back = _sum(
            _row(flow)
            for flow in self.flows
            if flow.destination.name == destination and ANYWHERE in flow.source.cidrs
        )
        return {name: intersection(ranges, back.get(name, ())) for name, ranges in out.items()}

    def nat_ports(self, via: Zone, protocol: str) -> Ranges:
        """The ports of a NAT gateway in `via` whose answers must come back.

        All that it picks from, but those that the tier serves to named zones: its network ACL
        keeps these closed to the internet, and cannot tell an answer from a request.
        """
        closed = self._served_to_named(frozenset({via.name})).get(protocol, ())
        return difference((ANY_CLIENT_PORTS,), closed)

    def group(self, zone: str, remote: frozenset[str], address: int, *, egress: bool) -> Traffic:
        """What the group of `zone` may let through in one direction, whatever the rest does.

        `remote` are the zones of the interface at the other end; empty: there is no interface. A
        row counts if it names one of them, or a zone outside the VPC whose blocks hold the address:
        a group cannot tell the internet from the rest of 0.0.0.0/0.
        """
        return _sum(
            _row(flow)
            for flow in self.flows
            for near, far in (_ends(flow, egress=egress),)
            if near.name == zone
            and (far.name in remote or (far.name not in self.zones.inside and _holds(far, address)))
        )

    def acl(self, zones: frozenset[str], address: int, *, egress: bool, ours: bool) -> Traffic:
        """What the network ACL of a subnet in `zones` may let through, whatever the rest does.

        Requests and answers of the rows whose blocks hold the address. `ours` says that it is an
        address of the VPC or of the company's network, which "anywhere" never means. Answers from
        elsewhere never open a port that the tier serves to named zones only.
        """
        passes = [
            item
            for item in self._passes[egress]
            if item.near.name in zones and _holds(item.far, address, anywhere=not ours)
        ]
        requests = _sum((p.protocol, p.ports) for p in passes if not p.is_answer)
        answers = _sum((p.protocol, p.ports) for p in passes if p.is_answer)
        if not ours and not egress:
            closed = self._served_to_named(zones)
            answers = {
                protocol: difference(ranges, closed.get(protocol, ()))
                for protocol, ranges in answers.items()
            }
        both = [*requests.items(), *answers.items()]
        return _sum((protocol, range_) for protocol, ranges in both for range_ in ranges)

    def leads_to_internet(self, zones: frozenset[str]) -> bool:
        """Say whether a row joins one of the zones with public addresses, without NAT."""
        return any(
            flow.via is None and near.name in zones and self.is_public(far)
            for flow in self.flows
            for near, far in (_ends(flow, egress=True), _ends(flow, egress=False))
        )

    def serves_internet(self, zones: frozenset[str]) -> bool:
        """Say whether public addresses may open connections to one of the zones."""
        return any(
            flow.destination.name in zones and self.is_public(flow.source) for flow in self.flows
        )

    def nat_zones(self, zones: frozenset[str]) -> frozenset[str]:
        """The zones whose NAT gateways carry rows of `zones`."""
        return frozenset(
            flow.via.name for flow in self.flows if flow.via and flow.source.name in zones
        )

    def talks_with(self, zones: frozenset[str], other: str) -> bool:
        """Say whether a row joins one of the zones with `other`."""
        return any(
            near.name in zones and far.name == other
            for flow in self.flows
            for near, far in (_ends(flow, egress=True), _ends(flow, egress=False))
        )

    def is_public(self, zone: Zone) -> bool:
        """Say whether the zone is outside the VPC and reached through an internet gateway."""
        return zone.name not in {S3.name, ON_PREMISES} | self.zones.inside

    @cached_property
    def _passes(self) -> Mapping[bool, tuple[_Pass, ...]]:
        return {
            egress: tuple(item for flow in self.flows for item in _passes(flow, egress=egress))
            for egress in (False, True)
        }

    def _served_to_named(self, zones: frozenset[str]) -> Traffic:
        return _sum(
            _row(flow)
            for flow in self.flows
            if flow.destination.name in zones and ANYWHERE not in flow.source.cidrs
        )


def _passes(flow: Flow, *, egress: bool) -> Iterator[_Pass]:
    """Where a row crosses borders of subnets: there, back, and at the NAT gateway's subnet."""
    source, destination, via = flow.source, flow.destination, flow.via
    protocol, ports = _row(flow)
    client = source.client_ports
    if egress:
        yield _Pass(source, destination, protocol, ports)
        yield _Pass(destination, source, protocol, client, is_answer=True)
        if via:
            yield _Pass(via, destination, protocol, ports)
            yield _Pass(via, source, protocol, client, is_answer=True)
    else:
        yield _Pass(destination, source, protocol, ports)
        yield _Pass(source, destination, protocol, client, is_answer=True)
        if via:
            yield _Pass(via, source, protocol, ports)
            yield _Pass(via, destination, protocol, ANY_CLIENT_PORTS, is_answer=True)


def _ends(flow: Flow, *, egress: bool) -> tuple[Zone, Zone]:
    """The row's near and far end, seen from who sends or who receives the request."""
    return (flow.source, flow.destination) if egress else (flow.destination, flow.source)


def _is(zone: Zone, name: str, *, internet: bool) -> bool:
    return zone.name == name or (internet and zone.name == INTERNET.name)


def _holds(zone: Zone, address: int, *, anywhere: bool = True) -> bool:
    return any(address in cidr(block) for block in zone.cidrs if anywhere or block != ANYWHERE)


def _row(flow: Flow) -> tuple[str, tuple[int, int]]:
    return flow.ports.protocol.value, (flow.ports.first, flow.ports.last)


def _sum(items: Iterable[tuple[str, tuple[int, int]]]) -> Traffic:
    found: dict[str, list[tuple[int, int]]] = {}
    for protocol, ports in items:
        found.setdefault(protocol, []).append(ports)
    return {protocol: union(ranges) for protocol, ranges in found.items()}
