"""Reads the deployed network: Describe calls of EC2 into the same model that templates give.

It reads nothing else, and nothing at all before it knows that the account is the right one: a
stand-in on this machine, or the account that the caller named.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from blueprint.flows import ZONE_TAG, Flow
from proofs.findings import CANNOT_PROVE, Finding, Origin, UnusableInputError
from proofs.network.addresses import Cidr, cidr
from proofs.network.filters import group_ports, icmp, read_protocol
from proofs.network.hypothetical import hypothetical_interfaces
from proofs.network.model import (
    Interface,
    NatGateway,
    Network,
    NetworkAcl,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Target,
)
from proofs.network.ranges import ALL, ICMP, TCP, UDP
from proofs.network.resources import NO_IPV6, CannotProveError
from proofs.network.zones import Zones

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_IMPLICIT_DENY = 32767

Item = Mapping[str, Any]


def live_network(flows: Sequence[Flow], *, account: str | None) -> Network:
    """Read the network that AWS_ENDPOINT_URL and the usual AWS variables lead to.

    Raises:
        UnusableInputError: neither is the endpoint this machine nor `account` the caller's, the
            account cannot be read, or it has no VPC with groups of the flow table's zones.
    """
    try:
        caller = _checked_account(account)
        client: EC2Client = boto3.client("ec2")
        return _Reader(client, caller, Zones(tuple(flows))).network()
    except (BotoCoreError, ClientError) as error:
        raise UnusableInputError(f"the live account cannot be read: {error}") from error


def _checked_account(account: str | None) -> str:
    host = urlparse(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    if host not in LOOPBACK and account is None:
        raise UnusableInputError(
            "--live reads a stand-in on this machine (AWS_ENDPOINT_URL); for a real account say "
            "which one with --live-account ACCOUNT_ID"
        )
    caller = boto3.client("sts").get_caller_identity()["Account"]
    if account is not None and caller != account:
        raise UnusableInputError(f"the credentials are for the account {caller}, not {account}")
    return caller


@dataclass
class _Reader:
    """One reading of one account."""

    client: "EC2Client"
    account: str
    zones: Zones
    doubts: list[Finding] = field(default_factory=list)

    def network(self) -> Network:
        """Read the VPC whose security groups carry zones."""
        vpc_id = self._vpc_id()
        vpc = self._all("describe_vpcs", "Vpcs", VpcIds=[vpc_id])[0]
        cidrs = tuple(
            cidr(block["CidrBlock"])
            for block in vpc.get("CidrBlockAssociationSet", [])
            if block.get("CidrBlockState", {}).get("State", "associated") == "associated"
        ) or (cidr(vpc["CidrBlock"]),)
        if vpc.get("Ipv6CidrBlockAssociationSet"):
            self._ipv6(self._at(vpc_id), "the VPC has IPv6 addresses")
        groups = self._groups(vpc_id)
        subnets = self._subnets(vpc_id, cidrs)
        interfaces = (
            *hypothetical_interfaces(tuple(subnets.values()), groups, self.zones),
            *self._interfaces(vpc_id, subnets, {group.id: group for group in groups}),
        )
        acls = {subnet.acl.id: subnet.acl for subnet in subnets.values()}
        return Network(
            self._at(vpc_id),
            cidrs,
            tuple(subnets.values()),
            groups,
            tuple(acls.values()),
            self._nat_gateways(vpc_id, subnets),
            interfaces,
            self._company(vpc_id),
            tuple(self.doubts),
        )

    def _vpc_id(self) -> str:
        tagged = self._all(
            "describe_security_groups",
            "SecurityGroups",
            Filters=[{"Name": "tag-key", "Values": [ZONE_TAG]}],
        )
        vpcs = sorted({str(group["VpcId"]) for group in tagged})
        if len(vpcs) != 1:
            found = ", ".join(vpcs) or "none"
            raise UnusableInputError(
                f"security groups with the tag {ZONE_TAG} are in the VPCs: {found}; need one"
            )
        return vpcs[0]

    # -- security groups -----------------------------------------------------------------------

    def _groups(self, vpc_id: str) -> tuple[SecurityGroup, ...]:
        found = self._all("describe_security_groups", "SecurityGroups", Filters=_of(vpc_id))
        groups = tuple(
            SecurityGroup(
                group["GroupId"],
                self._at(group["GroupId"]),
                _tags(group).get(ZONE_TAG),
                tuple(self._group_rules(group, "ingress", "IpPermissions")),
                tuple(self._group_rules(group, "egress", "IpPermissionsEgress")),
                is_default=group["GroupName"] == "default",
            )
            for group in found
        )
        known = {group.id for group in groups}
        for group in groups:
            for rule in (*group.ingress, *group.egress):
                if isinstance(rule.peer, str) and rule.peer not in known:
                    self._doubt(rule.origin, f"it names {rule.peer}, a group of another VPC")
        return groups

    def _group_rules(self, group: Item, direction: str, key: str) -> Iterator[Rule]:
        for index, permission in enumerate(group.get(key, []), 1):
            origin = self._at(group["GroupId"]).at(f"{direction} #{index}")
            try:
                protocol = read_protocol(permission["IpProtocol"])
                ports = group_ports(protocol, permission.get("FromPort"), permission.get("ToPort"))
            except CannotProveError as error:
                self._doubt(origin, str(error))
                continue
            if permission.get("PrefixListIds"):
                self._doubt(origin, "it names a prefix list")
            for range_ in permission.get("Ipv6Ranges", []):
                self._ipv6(origin, f"the rule names {range_['CidrIpv6']}")
            peers: list[Cidr | str] = [cidr(r["CidrIp"]) for r in permission.get("IpRanges", [])]
            peers += [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])]
            yield from (Rule(origin, protocol, ports, peer) for peer in peers)

    # -- subnets, network ACLs, route tables ---------------------------------------------------

    def _subnets(self, vpc_id: str, cidrs: tuple[Cidr, ...]) -> dict[str, Subnet]:
        acls = self._all("describe_network_acls", "NetworkAcls", Filters=_of(vpc_id))
        tables = self._all("describe_route_tables", "RouteTables", Filters=_of(vpc_id))
        endpoints = self._s3_endpoints(vpc_id)
        acl_of = {a["SubnetId"]: acl for acl in acls for a in acl.get("Associations", [])}
        table_of = {
            a["SubnetId"]: table
            for table in tables
            for a in table.get("Associations", [])
            if "SubnetId" in a
        }
        main = next(t for t in tables if any(a.get("Main") for a in t.get("Associations", [])))
        default = next(acl for acl in acls if acl.get("IsDefault"))
        read_acl = {acl["NetworkAclId"]: self._acl(acl) for acl in acls}
        read_table = {
            table["RouteTableId"]: self._table(table, cidrs, endpoints) for table in tables
        }
        subnets: dict[str, Subnet] = {}
        for item in self._all("describe_subnets", "Subnets", Filters=_of(vpc_id)):
            name = item["SubnetId"]
            if item.get("Ipv6CidrBlockAssociationSet"):
                self._ipv6(self._at(name), "the subnet has IPv6 addresses")
            acl, table = acl_of.get(name, default), table_of.get(name, main)
            subnets[name] = Subnet(
                name,
                self._at(name),
                cidr(item["CidrBlock"]),
                read_acl[acl["NetworkAclId"]],
                read_table[table["RouteTableId"]],
                explicit_acl=not acl.get("IsDefault"),
                explicit_table=name in table_of,
                gives_public_addresses=bool(item.get("MapPublicIpOnLaunch")),
            )
        return subnets

    def _acl(self, acl: Item) -> NetworkAcl:
        origin = self._at(acl["NetworkAclId"])
        rows: dict[bool, list[tuple[int, Rule]]] = {False: [], True: []}
        for entry in acl.get("Entries", []):
            egress, number = entry["Egress"], entry["RuleNumber"]
            where = origin.at(f"{'outbound' if egress else 'inbound'} {number}")
            if number >= _IMPLICIT_DENY:
                continue
            if "Ipv6CidrBlock" in entry:
                if entry["RuleAction"] == "allow":
                    self._ipv6(where, f"the row allows {entry['Ipv6CidrBlock']}")
                continue
            rows[egress].append((number, _entry(entry, where)))
        inbound, outbound = (
            tuple(sorted(rows[egress], key=lambda row: row[0])) for egress in (False, True)
        )
        return NetworkAcl(acl["NetworkAclId"], origin, inbound, outbound)

    def _table(
        self, table: Item, cidrs: tuple[Cidr, ...], endpoints: Mapping[str, Origin]
    ) -> RouteTable:
        name = table["RouteTableId"]
        origin = self._at(name)
        routes = [Route(origin.at("local route"), block, Target.LOCAL) for block in cidrs]
        for item in table.get("Routes", []):
            route = self._route(item, origin, cidrs)
            if route:
                routes.append(route)
        if table.get("PropagatingVgws"):
            routes += [
                Route(origin.at("propagation"), block, Target.VPN_GATEWAY, propagated=True)
                for block in self.zones.company
            ]
        return RouteTable(name, origin, tuple(routes), endpoints.get(name))

    def _route(self, item: Item, table: Origin, cidrs: tuple[Cidr, ...]) -> Route | None:
        gateway = item.get("GatewayId") or item.get("NatGatewayId") or ""
        if gateway == "local" or gateway.startswith("vpce-"):
            return None
        if "DestinationIpv6CidrBlock" in item:
            self._ipv6(table, f"it has a route for {item['DestinationIpv6CidrBlock']}")
            return None
        if "DestinationCidrBlock" not in item:
            self._doubt(table, "it has a route for a prefix list")
            return None
        block = cidr(item["DestinationCidrBlock"])
        origin = table.at(f"route {block}")
        if any(own.covers(block) for own in cidrs):
            self._doubt(origin, "it diverts traffic inside the VPC")
        if item.get("State") == "blackhole":
            return Route(origin, block, Target.NOWHERE)
        kinds = {
            "igw": Target.INTERNET_GATEWAY,
            "nat": Target.NAT_GATEWAY,
            "vgw": Target.VPN_GATEWAY,
        }
        target = kinds.get(gateway.partition("-")[0])
        if target is None:
            self._doubt(origin, "the proof does not know where it leads")
            return None
        propagated = item.get("Origin") == "EnableVgwRoutePropagation"
        return Route(origin, block, target, gateway, propagated)

    def _s3_endpoints(self, vpc_id: str) -> dict[str, Origin]:
        found: dict[str, Origin] = {}
        for endpoint in self._all("describe_vpc_endpoints", "VpcEndpoints", Filters=_of(vpc_id)):
            origin = self._at(endpoint["VpcEndpointId"])
            if endpoint.get("VpcEndpointType", "Gateway") == "Interface":
                continue
            if not endpoint["ServiceName"].endswith(".s3"):
                self._doubt(origin, f"the proof does not know {endpoint['ServiceName']}")
            found |= dict.fromkeys(endpoint.get("RouteTableIds", []), origin)
        return found

    # -- gateways and interfaces ---------------------------------------------------------------

    def _nat_gateways(self, vpc_id: str, subnets: Mapping[str, Subnet]) -> dict[str, NatGateway]:
        return {
            nat["NatGatewayId"]: NatGateway(
                nat["NatGatewayId"],
                self._at(nat["NatGatewayId"]),
                subnets[nat["SubnetId"]],
                any("PublicIp" in a or "AllocationId" in a for a in nat["NatGatewayAddresses"]),
            )
            for nat in self._all("describe_nat_gateways", "NatGateways", Filter=_of(vpc_id))
            if nat.get("State") not in ("deleted", "deleting", "failed")
        }

    def _company(self, vpc_id: str) -> tuple[Cidr, ...]:
        """The company's blocks, where a virtual private gateway with a connection is attached."""
        attached = {
            gateway["VpnGatewayId"]
            for gateway in self._all("describe_vpn_gateways", "VpnGateways")
            for attachment in gateway.get("VpcAttachments", [])
            if attachment.get("VpcId") == vpc_id and attachment.get("State") == "attached"
        }
        return self.zones.company if attached else ()

    def _interfaces(
        self, vpc_id: str, subnets: Mapping[str, Subnet], groups: Mapping[str, SecurityGroup]
    ) -> Iterator[Interface]:
        found = self._all("describe_network_interfaces", "NetworkInterfaces", Filters=_of(vpc_id))
        for item in found:
            kind = item.get("InterfaceType", "interface")
            name = item["NetworkInterfaceId"]
            if kind in ("nat_gateway", "natGateway"):
                continue
            if item.get("Ipv6Addresses"):
                self._ipv6(self._at(name), "the interface has IPv6 addresses")
            carried = tuple(groups[group["GroupId"]] for group in item.get("Groups", []))
            yield Interface(
                name,
                self._at(name),
                subnets[item["SubnetId"]],
                carried,
                has_public_address="PublicIp" in item.get("Association", {}),
                filtered=bool(carried) or kind != "network_load_balancer",
            )

    # -- notes and calls -----------------------------------------------------------------------

    def _at(self, resource_id: str) -> Origin:
        return Origin(self.account, resource_id)

    def _doubt(self, origin: Origin, why: str) -> None:
        self.doubts.append(Finding(CANNOT_PROVE, f"cannot prove: {origin}: {why}.", (origin,)))

    def _ipv6(self, origin: Origin, what: str) -> None:
        message = f"{origin}: {what}, and the flow table has no IPv6."
        self.doubts.append(Finding(NO_IPV6, message, (origin,)))

    def _all(self, operation: str, key: str, **arguments: Any) -> list[Item]:  # noqa: ANN401
        """Every item of every page."""
        call: Callable[..., Item] = getattr(self.client, operation)
        items: list[Item] = []
        token: dict[str, str] = {}
        while True:
            page = call(**arguments, **token)
            items += page[key]
            if not page.get("NextToken"):
                return items
            token = {"NextToken": page["NextToken"]}


def _entry(entry: Item, origin: Origin) -> Rule:
    protocol = read_protocol(str(entry["Protocol"]))
    ports = ALL[0]
    if protocol in (TCP, UDP):
        span = entry.get("PortRange", {})
        ports = (span.get("From", ports[0]), span.get("To", ports[1]))
    elif protocol == ICMP:
        kind = entry.get("IcmpTypeCode", {})
        ports = icmp(kind.get("Type", -1), kind.get("Code", -1))
    return Rule(origin, protocol, ports, cidr(entry["CidrBlock"]), entry["RuleAction"] == "allow")


def _of(vpc_id: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


def _tags(item: Item) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
