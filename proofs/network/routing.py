"""Reads the VPC's blocks, route tables and gateways from templates."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proofs.findings import Origin
from proofs.network.addresses import Cidr
from proofs.network.model import NatGateway, Route, RouteTable, Subnet, Target
from proofs.network.resources import CannotProveError, Resource, Resources, find

_UNSUPPORTED_TARGETS = (
    *("CarrierGatewayId", "CoreNetworkArn", "InstanceId", "LocalGatewayId", "NetworkInterfaceId"),
    *("TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId"),
)


@dataclass(frozen=True)
class Routing:
    """The VPC's own blocks, its route tables by id, and what the company announces to it."""

    cidrs: tuple[Cidr, ...]
    tables: Mapping[str, RouteTable]
    main: RouteTable
    company: tuple[Cidr, ...]


@dataclass(frozen=True)
class _Gateways:
    """Gateways attached to the VPC, and the blocks that the virtual private gateway learns."""

    internet: frozenset[str]
    vpn: frozenset[str]
    learned: Mapping[str, tuple[Cidr, ...]]


def read_routing(resources: Resources, vpc: Resource, company: tuple[Cidr, ...]) -> Routing:
    """Read blocks, tables and gateways.

    `company` are the blocks that BGP is assumed to announce over VPN and Direct Connect.
    """
    cidrs = tuple(_cidrs(resources, vpc))
    gateways = _gateways(resources, vpc, company)
    routes: dict[str, list[Route]] = defaultdict(list)
    for table, route in resources.each("EC2::Route", lambda r: _route(resources, r, gateways)):
        if route:
            routes[table].append(route)
    for table, route in _propagated(resources, gateways):
        routes[table].append(route)
    endpoints = _s3_endpoints(resources)
    local = [Route(vpc.origin.at("local route"), block, Target.LOCAL) for block in cidrs]
    tables = {
        resource.id: RouteTable(
            resource.id,
            resource.origin,
            (*local, *routes.pop(resource.id, [])),
            endpoints.get(resource.id),
        )
        for resource in resources.of("EC2::RouteTable")
    }
    for stray in [route for rest in routes.values() for route in rest]:
        resources.doubt(stray.origin, "it belongs to a route table outside the assembly")
    for table_ in tables.values():
        _check_table(resources, table_, cidrs)
    # A new VPC's main route table has the local route alone; templates cannot reach it.
    main = RouteTable(f"{vpc.id}.main", vpc.origin.at("main route table"), tuple(local))
    reached = tuple(block for g in sorted(gateways.vpn) for block in gateways.learned.get(g, ()))
    return Routing(cidrs, tables, main, reached)


def read_nat_gateways(resources: Resources, subnets: Mapping[str, Subnet]) -> dict[str, NatGateway]:
    """Read the NAT gateways by id."""

    def read(resource: Resource) -> NatGateway:
        public = resource.text("ConnectivityType", "public") == "public"
        return NatGateway(
            resource.id,
            resource.origin,
            find(subnets, resource.target("SubnetId")),
            public and resource.target("AllocationId") != "",
        )

    return {nat.id: nat for nat in resources.each("EC2::NatGateway", read)}


def check_nat_routes(
    resources: Resources, tables: Mapping[str, RouteTable], nats: set[str]
) -> None:
    """A route to a NAT gateway that is not there leads to somewhere unknown."""
    for table in tables.values():
        for route in table.routes:
            if route.target is Target.NAT_GATEWAY and route.gateway not in nats:
                resources.doubt(route.origin, f"it leads to NAT gateway {route.gateway}")


def _cidrs(resources: Resources, vpc: Resource) -> Iterator[Cidr]:
    """The VPC's own block, and those that are associated with it."""

    def associated(resource: Resource) -> Cidr | None:
        if resource.target("VpcId") != vpc.id:
            raise CannotProveError("it belongs to another VPC")
        if resource.has("CidrBlock"):
            return resource.block("CidrBlock")
        if resource.has("Ipv4IpamPoolId"):
            raise CannotProveError("it takes IPv4 addresses from a pool that no template states")
        resources.ipv6(resource.origin, "it gives the VPC IPv6 addresses")
        return None

    try:
        yield vpc.block("CidrBlock")
    except CannotProveError as error:
        resources.doubt(vpc.origin, str(error))
    for block in resources.each("EC2::VPCCidrBlock", associated):
        if block is not None:
            yield block


def _gateways(resources: Resources, vpc: Resource, company: tuple[Cidr, ...]) -> _Gateways:
    attached: dict[str, set[str]] = {"InternetGatewayId": set(), "VpnGatewayId": set()}
    for attachment in resources.of("EC2::VPCGatewayAttachment"):
        try:
            if attachment.target("VpcId") == vpc.id:
                for name, gateways in attached.items():
                    gateways.update({attachment.target(name)} - {""})
        except CannotProveError as error:
            resources.doubt(attachment.origin, str(error))
    learned = _learned(resources, company)
    return _Gateways(
        frozenset(attached["InternetGatewayId"]), frozenset(attached["VpnGatewayId"]), learned
    )


def _learned(resources: Resources, company: tuple[Cidr, ...]) -> dict[str, tuple[Cidr, ...]]:
    """What each virtual private gateway learns: static routes of its VPNs, else BGP's."""
    learned: dict[str, list[Cidr]] = defaultdict(list)
    gateway_of: dict[str, str] = {}

    def connection(resource: Resource) -> tuple[str, bool]:
        if resource.has("TransitGatewayId"):
            raise CannotProveError("it ends at a transit gateway")
        gateway_of[resource.id] = resource.target("VpnGatewayId")
        return gateway_of[resource.id], resource.flag("StaticRoutesOnly")

    for gateway, is_static in resources.each("EC2::VPNConnection", connection):
        learned[gateway] += [] if is_static else company
    for gateway in resources.each(
        "DirectConnect::DirectConnectGatewayAssociation", lambda r: r.target("AssociatedGatewayId")
    ):
        learned[gateway] += company
    for connection_id, block in resources.each(
        "EC2::VPNConnectionRoute",
        lambda r: (r.target("VpnConnectionId"), r.block("DestinationCidrBlock")),
    ):
        learned[gateway_of.get(connection_id, "")].append(block)
    return {gateway: tuple(dict.fromkeys(blocks)) for gateway, blocks in learned.items()}


def _propagated(resources: Resources, gateways: _Gateways) -> Iterator[tuple[str, Route]]:
    for resource in resources.of("EC2::VPNGatewayRoutePropagation"):
        try:
            gateway, tables = resource.target("VpnGatewayId"), resource.targets("RouteTableIds")
        except CannotProveError as error:
            resources.doubt(resource.origin, str(error))
            continue
        for block in gateways.learned.get(gateway, ()) if gateway in gateways.vpn else ():
            for table in tables:
                yield table, Route(resource.origin, block, Target.VPN_GATEWAY, propagated=True)


def _route(
    resources: Resources, resource: Resource, gateways: _Gateways
) -> tuple[str, Route | None]:
    table = resource.target("RouteTableId")
    if resource.has("DestinationIpv6CidrBlock") or resource.has("EgressOnlyInternetGatewayId"):
        resources.ipv6(resource.origin, "it is a route for IPv6")
        return table, None
    for name in (*_UNSUPPORTED_TARGETS, "DestinationPrefixListId"):
        if resource.has(name):
            raise CannotProveError(f"the proof does not follow routes with {name}")
    block = resource.block("DestinationCidrBlock")
    if resource.has("NatGatewayId"):
        return table, Route(
            resource.origin, block, Target.NAT_GATEWAY, resource.target("NatGatewayId")
        )
    return table, Route(resource.origin, block, _gateway_target(resources, resource, gateways))


def _gateway_target(resources: Resources, resource: Resource, gateways: _Gateways) -> Target:
    gateway = resource.target("GatewayId")
    if gateway in gateways.internet:
        return Target.INTERNET_GATEWAY
    if gateway in gateways.vpn:
        return Target.VPN_GATEWAY
    known = (*resources.of("EC2::InternetGateway"), *resources.of("EC2::VPNGateway"))
    if gateway in {other.id for other in known}:
        return Target.NOWHERE
    raise CannotProveError(f"it leads to {gateway or 'nothing that the proof knows'}")


def _s3_endpoints(resources: Resources) -> dict[str, Origin]:
    """The gateway endpoint for S3 of each route table."""

    def read(resource: Resource) -> tuple[Origin, tuple[str, ...]]:
        kind = resource.text("VpcEndpointType", "Gateway")
        if kind == "Interface":
            return resource.origin, ()
        service = resource.text("ServiceName")
        if kind != "Gateway" or not service.endswith(".s3"):
            raise CannotProveError(f"the proof does not know {kind} endpoints for {service}")
        return resource.origin, resource.targets("RouteTableIds")

    return {
        table: origin
        for origin, tables in resources.each("EC2::VPCEndpoint", read)
        for table in tables
    }


def _check_table(resources: Resources, table: RouteTable, cidrs: tuple[Cidr, ...]) -> None:
    static: set[Cidr] = set()
    for route in table.routes:
        if route.target is Target.LOCAL:
            continue
        if any(block.covers(route.destination) for block in cidrs):
            resources.doubt(route.origin, "it diverts traffic inside the VPC")
        if not route.propagated and route.destination in static:
            resources.doubt(route.origin, f"{table.origin} has another route with its destination")
        static |= set() if route.propagated else {route.destination}
