"""What stands where: VPC, availability zones, tiers, and what has an interface in them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proofs.assembly import Assembly
from proofs.network import Network, flows_of, read_network
from proofs.network.addresses import cidr
from proofs.network.model import Subnet, Target

_BALANCER = "load-balancer"
_NO_TIER = {_BALANCER, "instance-connect", "interface-endpoints"}
# Zones of the flow table that carry an interface are drawn as the types of the resources say.
NAT_GATEWAY = "AWS::EC2::NatGateway"


@dataclass(frozen=True)
class Place:
    """Resources of one type, of one zone of the flow table, in one availability zone."""

    zone: str
    availability_zone: int
    type: str
    count: int


@dataclass(frozen=True)
class Tier:
    """Subnets with the same addresses: one in each availability zone.

    `zones` are those of the flow table that stand there; `way_out` says where the default route
    leads, empty: there is none.
    """

    name: str
    cidr: str
    zones: tuple[str, ...]
    way_out: str


@dataclass(frozen=True)
class Topology:
    """The picture without its arrows."""

    vpc: str
    availability_zones: tuple[str, ...]
    tiers: tuple[Tier, ...]
    places: tuple[Place, ...]
    has_vpn: bool


def topology(assembly: Assembly) -> Topology:
    """Read what stands where from the templates, as the network proof does."""
    network = read_network(assembly)
    names = _availability_zones(assembly, network)
    order = tuple(dict.fromkeys(names.values()))
    zones = {
        zone.name: zone.cidrs[0]
        for flow in flows_of(assembly)
        for zone in (flow.source, flow.destination)
        if any(str(group.zone) == zone.name for group in network.groups)
    }
    return Topology(
        ", ".join(map(str, network.cidrs)),
        order,
        tuple(_tiers(network, zones)),
        tuple(_places(assembly, network, {name: order.index(az) for name, az in names.items()})),
        any(route.target is Target.VPN_GATEWAY for s in network.subnets for route in s.table.routes)
        or bool(network.company),
    )


def _availability_zones(assembly: Assembly, network: Network) -> dict[str, str]:
    """The name of the availability zone of each subnet; `zone 1` where the account decides."""
    stacks = {stack.id: stack for stack in assembly.stacks}
    return {
        subnet.id: _zone_name(
            stacks[subnet.origin.stack]
            .resources[subnet.origin.logical_id]["Properties"]
            .get("AvailabilityZone")
        )
        for subnet in network.subnets
    }


def _zone_name(value: Any) -> str:  # noqa: ANN401 -- a value of a template
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and "Fn::Select" in value:
        return f"zone {int(value['Fn::Select'][0]) + 1}"
    return "any zone"


def _tiers(network: Network, zones: Mapping[str, str]) -> Iterable[Tier]:
    by_block: dict[str, list[str]] = {}
    for zone, block in zones.items():
        by_block.setdefault(block, []).append(zone)
    subnets = sorted(network.subnets, key=lambda subnet: subnet.cidr)
    for block, names in sorted(by_block.items(), key=lambda item: _first(item[0])):
        inside = [s for s in subnets if _covers(block, s)]
        balanced = sorted(names, key=lambda name: _BALANCER not in name)
        # A tier is called like its servers; where there are none, endpoints stand.
        name = next((each for each in balanced if each not in _NO_TIER), "endpoints")
        name = name.removesuffix(f"-{_BALANCER}")
        yield Tier(name, block, tuple(balanced), _way_out(inside))


def _first(block: str) -> tuple[int, ...]:
    return tuple(map(int, block.partition("/")[0].split(".")))


def _covers(block: str, subnet: Subnet) -> bool:
    return cidr(block).covers(subnet.cidr)


def _way_out(subnets: Iterable[Subnet]) -> str:
    """Where packets to the internet go."""
    anywhere = 8 << 24  # 8.0.0.0: a public address
    routes = [subnet.table.lookup(anywhere) for subnet in subnets]
    return next((route.target.value for route in routes if route), "")


def _places(assembly: Assembly, network: Network, where: Mapping[str, int]) -> Iterable[Place]:
    types = {
        (stack.id, logical_id): resource["Type"]
        for stack in assembly.stacks
        for logical_id, resource in stack.resources.items()
    }
    counts: Counter[tuple[str, int, str]] = Counter()
    for interface in network.interfaces:
        kind = types.get((interface.origin.stack, interface.origin.logical_id))
        if interface.hypothetical or kind is None:
            continue
        for zone in interface.zones:
            counts[zone, where[interface.subnet.id], kind] += 1
    for gateway in network.nat_gateways.values():
        counts["", where[gateway.subnet.id], NAT_GATEWAY] += 1
    return (Place(*key, count) for key, count in sorted(counts.items()))
