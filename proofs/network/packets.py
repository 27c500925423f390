"""The plain packet evaluator: follows one packet there and its answer back, hop by hop.

Everything that the proof knows about how AWS forwards and filters stands in this file:

* `way` says which checks a packet meets between two ends, and where routing stops it. It reads
  addresses only.
* `verdict` says what one check does to one packet. It reads the remote address, the protocol and
  one port.
* `evaluate` puts the two together for one packet, and tells what happened at every hop.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/ pages security-group-rules.html,
nacl-rules.html, route-tables-priority, vpc-nat-gateway.html and gateway-endpoints.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proofs.findings import Origin
from proofs.network.addresses import Cidr, address_text
from proofs.network.model import (
    Interface,
    NatGateway,
    Network,
    NetworkAcl,
    Route,
    Rule,
    Subnet,
    Target,
    everything,
)
from proofs.network.ranges import ICMP, TCP, UDP, ports_text, protocol_name

# NAT gateways pick the port of their own side from this range:
# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
NAT_PORTS = (1024, 65535)


@dataclass(frozen=True)
class End:
    """One end of a connection: an address, and the interface that holds it inside the VPC.

    `s3` marks an address of Amazon S3, which a gateway endpoint's route takes. `zone` is what
    people call an end outside the VPC; nothing is decided by it.
    """

    address: int
    interface: Interface | None = None
    s3: bool = False
    zone: str = ""

    def __str__(self) -> str:
        """Name the end for people."""
        if self.interface:
            return f"{self.interface.name} ({address_text(self.address)})"
        if self.s3:
            return "Amazon S3"
        address = address_text(self.address)
        return f"{self.zone} ({address})" if self.zone else address


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection; for ICMP the destination port is type * 256 + code.

    `nat_port` is the port that a NAT gateway picks, where one is on the way.
    """

    source: End
    destination: End
    protocol: int
    destination_port: int
    source_port: int = 49152
    nat_port: int = 49152

    def data(self) -> Mapping[str, str | int]:
        """The packet as plain values for programs."""
        ports: dict[str, str | int] = {}
        if self.protocol in (TCP, UDP):
            ports = {"source_port": self.source_port, "destination_port": self.destination_port}
        elif self.protocol == ICMP:
            ports = {"type": self.destination_port >> 8, "code": self.destination_port & 255}
        return {
            "source": str(self.source),
            "destination": str(self.destination),
            "protocol": protocol_name(self.protocol),
            **ports,
        }

    def __str__(self) -> str:
        """Write the packet as a sentence would."""
        port = self.destination_port
        what = ports_text(protocol_name(self.protocol), ((port, port),))
        return f"{self.source} reaches {self.destination} on {what}"


class Port(StrEnum):
    """Which number of the connection a check compares with the ports of its rows."""

    SERVER = "request"
    CLIENT = "answer"
    NAT = "answer to the NAT gateway"


@dataclass(frozen=True)
class Check:
    """One filter on the way: the groups of an interface, or a subnet's network ACL."""

    guard: Interface | NetworkAcl
    egress: bool
    remote: End
    port: Port

    @property
    def layer(self) -> str:
        """The name of the layer, as findings use it."""
        return "network ACL" if isinstance(self.guard, NetworkAcl) else "security group"


@dataclass(frozen=True)
class Way:
    """The checks between two ends. `obstacle` says why routing carries no connection at all."""

    checks: tuple[Check, ...] = ()
    target: Target = Target.LOCAL
    nat: NatGateway | None = None
    s3_endpoint: Origin | None = None
    routes: tuple[Origin, ...] = ()
    obstacle: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a check does, and the row that decides; no row: the implicit deny."""

    passes: bool
    rule: Rule | None


@dataclass(frozen=True)
class Hop:
    """What happened at one place: a sentence, and the rows and routes it rests on."""

    layer: str
    passes: bool
    text: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Decision:
    """What becomes of a connection, hop by hop; it stands if every hop lets it pass."""

    packet: Packet
    hops: tuple[Hop, ...]

    @property
    def passes(self) -> bool:
        """Say whether the request arrives and the answer comes back."""
        return all(hop.passes for hop in self.hops)

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The rows and routes that the decision rests on."""
        hops = self.hops if self.passes else [hop for hop in self.hops if not hop.passes]
        return tuple(dict.fromkeys(origin for hop in hops for origin in hop.origins))

    def path(self) -> str:
        """Tell the hops that matter: all of them, or those that stop the packet."""
        hops = self.hops if self.passes else [hop for hop in self.hops if not hop.passes]
        return "; ".join(dict.fromkeys(hop.text for hop in hops))


def evaluate(network: Network, packet: Packet, *, doubt: bool = True) -> Decision:
    """Follow the packet and its answer.

    `doubt` says what doubtful rows count for: True lets the packet through (for "cannot" claims),
    False stops it (for "can" claims).
    """
    path = way(network, packet.source, packet.destination)
    hops = [_route_hop(path)]
    for check in () if path.obstacle else path.checks:
        if applies(check, packet.protocol):
            port = {
                Port.SERVER: packet.destination_port,
                Port.CLIENT: packet.source_port,
                Port.NAT: packet.nat_port,
            }[check.port]
            hops.append(_hop(check, verdict(check, packet.protocol, port, doubt=doubt)))
    if path.nat and packet.protocol not in (TCP, UDP, ICMP):
        hops.append(Hop("routes", passes=False, text="NAT carries TCP, UDP and ICMP", origins=()))
    return Decision(packet, tuple(hops))


def way(network: Network, source: End, destination: End) -> Way:
    """The checks between two ends of which at least one is an interface of the VPC."""
    client, server = source.interface, destination.interface
    if client and server:
        return _inside(client, source, server, destination)
    if client:
        return _outward(network, client, source, destination)
    if server:
        return _inward(network, server, source)
    return Way(obstacle="neither end is in the VPC")


def applies(check: Check, protocol: int) -> bool:
    """TCP and UDP need the answer to come back; ICMP and others have done harm by arriving."""
    return check.port is Port.SERVER or protocol in (TCP, UDP)


def verdict(check: Check, protocol: int, port: int, *, doubt: bool) -> Verdict:
    """What one check does with one packet: the first row that matches decides.

    In a network ACL that is the row with the lowest number. A security group only has rows that
    allow, so their order does not matter there.
    """
    for rule in rows(check):
        counts = not rule.doubtful or rule.allow is doubt
        if counts and rule.matches_traffic(protocol, port):
            return Verdict(rule.allow, rule)
    return Verdict(passes=False, rule=None)


def rows(check: Check) -> tuple[Rule, ...]:
    """The rows that are about the check's remote end, in the order in which they count."""
    if isinstance(check.guard, NetworkAcl):
        numbered = check.guard.egress if check.egress else check.guard.ingress
        return tuple(rule for _, rule in numbered if _is_peer(rule, check.remote))
    if not check.guard.filtered:
        return (everything(check.guard.origin),)
    return tuple(
        rule
        for group in check.guard.groups
        for rule in (group.egress if check.egress else group.ingress)
        if _is_peer(rule, check.remote)
    )


def _is_peer(rule: Rule, remote: End) -> bool:
    if isinstance(rule.peer, Cidr):
        return remote.address in rule.peer
    # A group stands for the interfaces that carry it, never for addresses outside the VPC.
    return remote.interface is not None and rule.peer in remote.interface.group_ids


def _inside(client: Interface, source: End, server: Interface, destination: End) -> Way:
    """Between two interfaces of the VPC: the local route always leads there."""
    groups = (
        Check(client, egress=True, remote=destination, port=Port.SERVER),
        Check(server, egress=False, remote=source, port=Port.SERVER),
    )
    return Way(groups + _between(client.subnet, source, server.subnet, destination))


def _between(near: Subnet, source: End, far: Subnet, destination: End) -> tuple[Check, ...]:
    """Network ACLs guard the border of a subnet, so they see nothing inside one."""
    if near.id == far.id:
        return ()
    return (
        Check(near.acl, egress=True, remote=destination, port=Port.SERVER),
        Check(far.acl, egress=False, remote=source, port=Port.SERVER),
        Check(far.acl, egress=True, remote=source, port=Port.CLIENT),
        Check(near.acl, egress=False, remote=destination, port=Port.CLIENT),
    )


def _inward(network: Network, server: Interface, source: End) -> Way:
    """From outside to an interface: through a gateway that the answer leaves by as well."""
    route = server.subnet.table.lookup(source.address)
    checks = (
        Check(server, egress=False, remote=source, port=Port.SERVER),
        Check(server.subnet.acl, egress=False, remote=source, port=Port.SERVER),
        Check(server.subnet.acl, egress=True, remote=source, port=Port.CLIENT),
    )
    return _by_gateway(network, server, source, route, checks)


def _outward(network: Network, client: Interface, source: End, destination: End) -> Way:
    """From an interface to the outside: by gateway endpoint, NAT gateway or another gateway."""
    subnet, table = client.subnet, client.subnet.table
    checks = (
        Check(client, egress=True, remote=destination, port=Port.SERVER),
        Check(subnet.acl, egress=True, remote=destination, port=Port.SERVER),
        Check(subnet.acl, egress=False, remote=destination, port=Port.CLIENT),
    )
    if destination.s3:
        if table.s3_endpoint is None:
            return Way(checks, obstacle=f"route table {table.origin} has no S3 gateway endpoint")
        return Way(checks, s3_endpoint=table.s3_endpoint, routes=(table.s3_endpoint,))
    route = table.lookup(destination.address)
    if route and route.target is Target.NAT_GATEWAY:
        return _through_nat(network, client, source, destination, route)
    return _by_gateway(network, client, destination, route, checks)


def _by_gateway(
    network: Network,
    near: Interface,
    outside: End,
    route: Route | None,
    checks: tuple[Check, ...],
) -> Way:
    obstacle = _no_gateway(network, near, outside, route)
    if obstacle or route is None:
        return Way(checks, obstacle=obstacle)
    return Way(checks, route.target, routes=(route.origin,))


def _through_nat(
    network: Network, client: Interface, source: End, outside: End, route: Route
) -> Way:
    """Two hops: to the NAT gateway's subnet, and from there with the gateway's own address."""
    nat = network.nat_gateways.get(route.gateway)
    if nat is None:
        return Way(obstacle=f"route {route.origin} leads to no NAT gateway of this network")
    border = nat.subnet.acl
    checks = (
        Check(client, egress=True, remote=outside, port=Port.SERVER),
        *_between(client.subnet, source, nat.subnet, outside),
        Check(border, egress=True, remote=outside, port=Port.SERVER),
        Check(border, egress=False, remote=outside, port=Port.NAT),
    )
    onward = nat.subnet.table.lookup(outside.address)
    obstacle = _nat_obstacle(network, nat, outside, onward)
    if obstacle or onward is None:
        return Way(checks, nat=nat, obstacle=obstacle)
    return Way(checks, onward.target, nat, routes=(route.origin, onward.origin))


def _no_gateway(network: Network, near: Interface, outside: End, route: Route | None) -> str:
    """Why no gateway carries a connection between an interface and the outside; empty: one does."""
    table = near.subnet.table.origin
    if route is None:
        return f"route table {table} has no route for {address_text(outside.address)}"
    if route.target is Target.INTERNET_GATEWAY:
        if not near.has_public_address:
            return f"{near.name} has no public address"
        if not network.is_public(outside.address):
            return "an internet gateway carries public addresses only"
        return ""
    return _not_company(network, outside, route, table)


def _nat_obstacle(network: Network, nat: NatGateway, outside: End, route: Route | None) -> str:
    table = nat.subnet.table.origin
    if route is None:
        return f"route table {table} of NAT gateway {nat.origin} has no route"
    if route.target is Target.INTERNET_GATEWAY:
        if not nat.has_public_address:
            return f"NAT gateway {nat.origin} has no public address"
        return "" if network.is_public(outside.address) else "the address is not public"
    return _not_company(network, outside, route, table)


def _not_company(network: Network, outside: End, route: Route, table: Origin) -> str:
    if route.target is not Target.VPN_GATEWAY:
        return f"route table {table} leads to {route.target.value}"
    if not any(outside.address in block for block in network.company):
        return "nobody announces the address behind the virtual private gateway"
    return ""


def _route_hop(path: Way) -> Hop:
    if path.obstacle:
        return Hop("routes", passes=False, text=path.obstacle, origins=path.routes)
    if path.s3_endpoint:
        text = f"gateway endpoint {path.s3_endpoint} takes it to Amazon S3"
    elif not path.routes:
        text = "the local route leads there"
    else:
        nat = f" through NAT gateway {path.nat.origin}" if path.nat else ""
        text = f"route {path.routes[-1]} leads to {path.target.value}{nat}"
    return Hop("routes", passes=True, text=text, origins=path.routes)


def _hop(check: Check, result: Verdict) -> Hop:
    guard = check.guard
    direction = "outbound" if check.egress else "inbound"
    layer = f"{check.layer} {direction}"
    if result.rule:
        action = "allows" if result.rule.allow else "denies"
        text = f"{check.layer} {result.rule.origin} {action} the {check.port.value}"
        return Hop(layer, result.passes, text, (result.rule.origin,))
    origins = (
        (guard.origin,)
        if isinstance(guard, NetworkAcl)
        else tuple(group.origin for group in guard.groups)
    )
    names = " and ".join(map(str, origins))
    text = f"{check.layer} {names} has no {direction} row for the {check.port.value}"
    return Hop(layer, result.passes, text, origins)
