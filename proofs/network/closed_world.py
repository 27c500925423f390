"""The central claim: what the network lets through is the flow table, no packet more or less."""

from collections.abc import Iterator

from blueprint.flows import Flow
from proofs.findings import Finding
from proofs.network.expectations import Expectations, Traffic
from proofs.network.matrix import Analysis, Pair, Passage, is_internet, witness
from proofs.network.packets import Decision, Packet, Port, evaluate
from proofs.network.ranges import ALL, NONE, Ranges, difference, ports_text, union

CLOSED_WORLD = "closed-world"
_NUMBERS = {"tcp": 6, "udp": 17}

# Same source zone, destination zone, protocol and kind of way: one finding, not one a subnet.
_Key = tuple[str, str, int, bool, frozenset[str] | None]


def closed_world(analysis: Analysis) -> list[Finding]:
    """Compare everything that passes with the table, and every row with what surely passes."""
    return [*_more(analysis), *_less(analysis)]


def _more(analysis: Analysis) -> Iterator[Finding]:
    """What passes and has no row: between any pair of interfaces, with any packet."""
    expectations = analysis.expectations
    allowed: dict[_Key, Ranges] = {}
    extra: dict[_Key, list[tuple[Passage, Ranges]]] = {}
    for passage in analysis.passages:
        for key in _keys(analysis, passage):
            if key not in allowed:
                allowed[key] = _expected(expectations, key).get(analysis.protocols[key[2]], ())
            rest = difference(passage.ports, allowed[key])
            if rest and _same_subnet(passage.pair):
                implied = expectations.within_subnet(key[0], key[1])
                rest = difference(rest, implied.get(analysis.protocols[key[2]], ()))
            if rest:
                extra.setdefault(key, []).append((passage, rest))
    for key, found in extra.items():
        yield _extra_finding(analysis, key, found)


def _same_subnet(pair: Pair) -> bool:
    ends = (pair.source.interface, pair.destination.interface)
    return len({end.subnet.id if end else "" for end in ends}) == 1


def _keys(analysis: Analysis, passage: Passage) -> Iterator[_Key]:
    pair = passage.pair
    nat = pair.way.nat
    via = analysis.zones.holding(nat.subnet.cidr) if nat else None
    for source in sorted(pair.source_zones):
        for destination in sorted(pair.destination_zones):
            yield source, destination, passage.protocol, is_internet(pair.way), via


def _expected(expectations: Expectations, key: _Key) -> Traffic:
    source, destination, _, internet, via = key
    return expectations.between(source, destination, internet=internet, via=via)


def _extra_finding(analysis: Analysis, key: _Key, found: list[tuple[Passage, Ranges]]) -> Finding:
    source, destination, protocol, _, via = key
    passage, rest = found[0]
    decision = witness(analysis, passage, rest[0][0])
    ports = ports_text(
        analysis.protocols[protocol], union(range_ for _, ranges in found for range_ in ranges)
    )
    through = "" if via is None else f" through NAT in {', '.join(sorted(via)) or 'no zone'}"
    message = (
        f"{source} reaches {destination} on {ports}{through}, and no row of the flow table says "
        f"so. For example {decision.packet}: {decision.path()}."
    )
    return Finding(
        CLOSED_WORLD,
        message,
        decision.origins,
        f"narrow or remove one of these rules, or add a row {source} -> {destination} {ports}",
        decision.packet.data(),
    )


def _less(analysis: Analysis) -> Iterator[Finding]:
    """Rows that do not work between some pair of subnets, or not from every client port."""
    by_zones: dict[tuple[str, str], list[Pair]] = {}
    for pair in analysis.pairs:
        ends = (pair.source.interface, pair.destination.interface)
        if all(end is None or end.hypothetical for end in ends):
            for source in pair.source_zones:
                for destination in pair.destination_zones:
                    by_zones.setdefault((source, destination), []).append(pair)
    for flow in analysis.zones.flows:
        pairs = by_zones.get((flow.source.name, flow.destination.name), [])
        finding = _missing(analysis, flow, pairs)
        if finding:
            yield finding


def _missing(analysis: Analysis, flow: Flow, pairs: list[Pair]) -> Finding | None:
    if not pairs:
        message = f"the flow table says {flow}, and the network has no such interfaces."
        suggestion = "create the zone's subnets and its security group, or remove the row"
        return Finding(CLOSED_WORLD, message, (analysis.network.origin,), suggestion)
    for pair in pairs:
        failing = _failing(analysis, flow, pair)
        if failing:
            message = (
                f"the flow table says {flow}, and it does not work from "
                f"{failing.packet.source} to {failing.packet.destination}: {_why(flow, failing)}."
            )
            suggestion = "restore the missing rule or route, or remove the row from the flow table"
            origins = failing.origins or (analysis.network.origin,)
            return Finding(CLOSED_WORLD, message, origins, suggestion, failing.packet.data())
    return None


def _failing(analysis: Analysis, flow: Flow, pair: Pair) -> Decision | None:
    """A packet of the row that is stopped between the pair, if there is one."""
    protocol = _NUMBERS[flow.ports.protocol.value]
    passing = analysis.surely.way(pair.way, protocol)
    wanted: dict[Port, Ranges] = {
        Port.SERVER: ((flow.ports.first, flow.ports.last),),
        Port.CLIENT: (flow.source.client_ports,),
        Port.NAT: NONE,
    }
    if pair.way.nat and flow.via:
        ports = analysis.expectations.nat_ports(flow.via, flow.ports.protocol.value)
        wanted[Port.NAT] = ports
    lacking = {kind: difference(ranges, passing[kind]) for kind, ranges in wanted.items()}
    if not any(lacking.values()) and _takes(analysis, flow, pair):
        return None
    # One number of each kind: one that fails where some do, else any that is wanted.
    number = {kind: (lacking[kind] or wanted[kind] or ALL)[0][0] for kind in wanted}
    packet = Packet(
        pair.source,
        pair.destination,
        protocol,
        number[Port.SERVER],
        number[Port.CLIENT],
        number[Port.NAT],
    )
    return evaluate(analysis.network, packet, doubt=False)


def _takes(analysis: Analysis, flow: Flow, pair: Pair) -> bool:
    """Say whether the pair's way goes through NAT where, and only where, the row says so."""
    if pair.way.nat is None:
        return flow.via is None
    return flow.via is not None and flow.via.name in analysis.zones.holding(
        pair.way.nat.subnet.cidr
    )


def _why(flow: Flow, failing: Decision) -> str:
    if failing.passes:
        return f"it goes another way than the row says ({failing.path()})"
    client = failing.packet.source_port
    return f"{failing.path()} (client port {client} of {flow.source.client_ports})"
