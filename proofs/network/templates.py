"""Puts the network of a cloud assembly together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from proofs.assembly import Assembly
from proofs.findings import UnusableInputError
from proofs.network.filters import Filters, read_filters
from proofs.network.hypothetical import hypothetical_interfaces
from proofs.network.interfaces import read_interfaces
from proofs.network.model import Network, Subnet
from proofs.network.resources import CannotProveError, Resource, Resources, find
from proofs.network.routing import Routing, check_nat_routes, read_nat_gateways, read_routing
from proofs.network.zones import Zones


def network_of(assembly: Assembly, zones: Zones) -> Network:
    """Read the network; what cannot be read is in `Network.doubts`.

    Raises:
        UnusableInputError: there is no VPC.
    """
    resources = Resources(assembly)
    vpc = _the_vpc(resources)
    _check_vpc(resources, vpc)
    filters = read_filters(resources, vpc)
    routing = read_routing(resources, vpc, zones.company)
    subnets = {
        subnet.id: subnet
        for subnet in resources.each("EC2::Subnet", _subnet_reader(resources, filters, routing))
    }
    for resource in resources.of("EC2::SubnetCidrBlock"):
        resources.ipv6(resource.origin, "it gives a subnet IPv6 addresses")
    nats = read_nat_gateways(resources, subnets)
    check_nat_routes(resources, routing.tables, set(nats))
    groups = tuple(filters.groups.values())
    interfaces = (
        *hypothetical_interfaces(tuple(subnets.values()), groups, zones),
        *read_interfaces(resources, subnets, filters),
    )
    network = Network(
        origin=vpc.origin,
        cidrs=routing.cidrs,
        subnets=tuple(subnets.values()),
        groups=groups,
        acls=tuple(filters.acls.values()),
        nat_gateways=nats,
        interfaces=interfaces,
        company=routing.company,
    )
    return replace(network, doubts=tuple(resources.findings))


def _the_vpc(resources: Resources) -> Resource:
    vpcs = resources.of("EC2::VPC")
    if not vpcs:
        raise UnusableInputError("the assembly has no VPC to prove anything about")
    for other in vpcs[1:]:
        resources.doubt(other.origin, "it is a second VPC, and the proof is about one")
    return vpcs[0]


def _check_vpc(resources: Resources, vpc: Resource) -> None:
    """Everything that is read as part of the VPC says that it is."""

    def belongs(resource: Resource) -> None:
        if resource.target("VpcId") != vpc.id:
            raise CannotProveError(f"it is not in {vpc.origin}, the VPC that is proved")

    for kind in ("Subnet", "RouteTable", "NetworkAcl", "SecurityGroup", "VPCEndpoint"):
        for _ in resources.each(f"EC2::{kind}", belongs):
            pass


def _subnet_reader(
    resources: Resources, filters: Filters, routing: Routing
) -> Callable[[Resource], Subnet]:
    acl_of = _associations(resources, "NetworkAcl")
    table_of = _associations(resources, "RouteTable")

    def read(resource: Resource) -> Subnet:
        for name in ("Ipv6CidrBlock", "Ipv6Native", "AssignIpv6AddressOnCreation"):
            if resource.text(name, "false").lower() != "false":
                resources.ipv6(resource.origin, f"{name} gives the subnet IPv6 addresses")
        acl, table = acl_of.get(resource.id), table_of.get(resource.id)
        return Subnet(
            resource.id,
            resource.origin,
            resource.block("CidrBlock"),
            find(filters.acls, acl) if acl else filters.default_acl,
            find(routing.tables, table) if table else routing.main,
            explicit_acl=acl is not None,
            explicit_table=table is not None,
            gives_public_addresses=resource.flag("MapPublicIpOnLaunch"),
        )

    return read


def _associations(resources: Resources, kind: str) -> Mapping[str, str]:
    """The ACL or route table of each subnet."""
    found: dict[str, str] = {}

    def pairs() -> Iterator[tuple[Resource, str, str]]:
        def read(resource: Resource) -> tuple[Resource, str, str]:
            return resource, resource.target("SubnetId"), resource.target(f"{kind}Id")

        return resources.each(f"EC2::Subnet{kind}Association", read)

    for resource, subnet, other in pairs():
        if subnet in found:
            resources.doubt(resource.origin, "another resource associates the same subnet")
        found[subnet] = other
    return found
