"""The oracle's own reading of CloudFormation: JSON in, plain facts about the network out.

It shares nothing with `proofs` or `blueprint`, so that a mistake in one is not repeated here. What
it does not know it refuses.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

Properties = Mapping[str, Any]

TCP, UDP, ICMP = 6, 17, 1
_NUMBERS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": 58}
# Resources of EC2 that say nothing about who can talk to whom over IPv4, or that the reader
# takes together with the resource they belong to.
_NO_TRAFFIC = {
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NetworkInsightsAccessScope",
    "AWS::EC2::VPNGateway",
}


class UnreadableError(Exception):
    """The template holds something that the oracle does not know."""


@dataclass(frozen=True)
class Rule:
    """A rule of a security group; `protocol` None is every protocol, `peer` a CIDR or a group."""

    protocol: int | None
    first: int
    last: int
    peer: str


@dataclass
class Group:
    """A security group; `zone` is its tag."""

    zone: str | None
    ingress: list[Rule] = field(default_factory=list)
    egress: list[Rule] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """A row of a network ACL; `first` and `last` are ports, or type and code of ICMP."""

    number: int
    egress: bool
    allow: bool
    cidr: str
    protocol: int | None
    first: int
    last: int


@dataclass
class RouteTable:
    """Routes to CIDRs, as target by CIDR; propagated ones yield to static ones."""

    static: dict[str, str] = field(default_factory=dict)
    propagated: set[str] = field(default_factory=set)
    reaches_s3: bool = False


@dataclass(frozen=True)
class Subnet:
    """A subnet; `acl` None is the VPC's default network ACL, which allows everything."""

    cidr: str
    table: str
    acl: str | None


@dataclass(frozen=True)
class Interface:
    """Network interfaces of one kind in one subnet, one or more: others may follow."""

    subnet: str
    groups: frozenset[str]
    public: bool


@dataclass
class Facts:
    """Everything the templates say about traffic over IPv4."""

    vpc: str = ""
    zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    acls: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, RouteTable] = field(default_factory=lambda: defaultdict(RouteTable))
    internet_gateways: set[str] = field(default_factory=set)
    private_gateways: set[str] = field(default_factory=set)
    # What the company announces, by virtual private gateway.
    announced: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    nat_subnets: dict[str, str] = field(default_factory=dict)
    public_nats: set[str] = field(default_factory=set)
    interfaces: list[Interface] = field(default_factory=list)


def read_assembly(directory: Path) -> Facts:
    """Read every template that the manifest names.

    Raises:
        UnreadableError: a template holds something that the oracle does not know.
    """
    manifest = json.loads((directory / "manifest.json").read_text())
    templates = {
        artifact["properties"].get("stackName", name): json.loads(
            (directory / artifact["properties"]["templateFile"]).read_text()
        )
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return _Reader(templates).facts


class _Reader:
    """Collects the facts of templates whose logical ids differ."""

    def __init__(self, templates: dict[str, dict[str, Any]]) -> None:
        self.facts = Facts()
        self._by_type: dict[str, dict[str, Properties]] = defaultdict(dict)
        # What one stack says and another may read: by the name of an export, or stack and output.
        self._exports: dict[Any, Any] = {}
        for stack, template in templates.items():
            for name, output in template.get("Outputs", {}).items():
                self._exports[stack, name] = output["Value"]
                if "Export" in output:
                    self._exports[output["Export"]["Name"]] = output["Value"]
        for template in templates.values():
            parameters = template.get("Parameters", {})
            for name, resource in template.get("Resources", {}).items():
                properties = _resolve(resource.get("Properties", {}), parameters, self._exports)
                self._by_type[resource["Type"]][name] = properties
            table = template.get("Metadata", {}).get("FlowTable", {"zones": {}})
            for name, zone in table["zones"].items():
                self.facts.zones[name] = tuple(zone["cidrs"])
        self._read_layers()
        self._read_interfaces()
        unknown = {
            name
            for name in self._by_type
            if name.startswith(("AWS::EC2::", "AWS::AutoScaling::", "AWS::RDS::"))
        } - _NO_TRAFFIC
        if unknown:
            raise UnreadableError(f"the oracle does not know {sorted(unknown)}")

    def _all(self, kind: str) -> dict[str, Properties]:
        return self._by_type.pop(f"AWS::EC2::{kind}", {})

    def _read_layers(self) -> None:
        vpcs = self._all("VPC")
        if len(vpcs) != 1:
            raise UnreadableError(f"the oracle knows one VPC, not {len(vpcs)}")
        self.facts.vpc = next(iter(vpcs.values()))["CidrBlock"]
        self._read_groups()
        self._read_acls()
        self._read_routes()
        self._read_announcements()
        self._read_subnets()

    def _read_groups(self) -> None:
        groups = self.facts.groups
        for name, properties in self._all("SecurityGroup").items():
            tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
            group = groups[name] = Group(tags.get("blueprint:zone"))
            # EC2 adds this rule to a group that is created without egress rules.
            everything = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
            for row in properties.get("SecurityGroupIngress") or []:
                group.ingress += _rule(row, "Source")
            for row in properties.get("SecurityGroupEgress") or everything:
                group.egress += _rule(row, "Destination")
        for row in self._all("SecurityGroupIngress").values():
            groups[row["GroupId"]].ingress += _rule(row, "Source")
        for row in self._all("SecurityGroupEgress").values():
            groups[row["GroupId"]].egress += _rule(row, "Destination")

    def _read_acls(self) -> None:
        for name in self._all("NetworkAcl"):
            self.facts.acls[name] = []
        for row in self._all("NetworkAclEntry").values():
            if "CidrBlock" not in row:
                continue  # IPv6
            protocol = None if int(row["Protocol"]) == -1 else int(row["Protocol"])
            first, last = 0, 65535
            if protocol in {TCP, UDP} and "PortRange" in row:
                first, last = int(row["PortRange"]["From"]), int(row["PortRange"]["To"])
            elif protocol == ICMP:
                icmp = row.get("Icmp", {})
                first, last = int(icmp.get("Type", -1)), int(icmp.get("Code", -1))
            self.facts.acls[row["NetworkAclId"]].append(
                Entry(
                    int(row["RuleNumber"]),
                    row.get("Egress", False) in {True, "true"},
                    row["RuleAction"] == "allow",
                    row["CidrBlock"],
                    protocol,
                    first,
                    last,
                )
            )

    def _read_routes(self) -> None:
        facts = self.facts
        for attachment in self._all("VPCGatewayAttachment").values():
            if "InternetGatewayId" in attachment:
                facts.internet_gateways.add(attachment["InternetGatewayId"])
            if "VpnGatewayId" in attachment:
                facts.private_gateways.add(attachment["VpnGatewayId"])
        for name, nat in self._all("NatGateway").items():
            facts.nat_subnets[name] = nat["SubnetId"]
            if nat.get("ConnectivityType", "public") == "public" and "AllocationId" in nat:
                facts.public_nats.add(name)
        self._all("RouteTable")
        for route in self._all("Route").values():
            target = route.get("GatewayId") or route.get("NatGatewayId")
            if "DestinationCidrBlock" not in route or target is None:
                raise UnreadableError(f"the oracle does not know the route {route}")
            facts.tables[route["RouteTableId"]].static[route["DestinationCidrBlock"]] = target
        for propagation in self._all("VPNGatewayRoutePropagation").values():
            for table in propagation["RouteTableIds"]:
                facts.tables[table].propagated.add(propagation["VpnGatewayId"])

    def _read_announcements(self) -> None:
        """Static routes of a VPN, or what BGP announces: the company's CIDRs."""
        announced, company = self.facts.announced, self.facts.zones.get("on-premises", ())
        for association in self._by_type.pop(
            "AWS::DirectConnect::DirectConnectGatewayAssociation", {}
        ).values():
            announced[association["AssociatedGatewayId"]] |= set(company)
        connections = self._all("VPNConnection")
        for connection in connections.values():
            if connection.get("StaticRoutesOnly") not in {True, "true"}:
                announced[connection["VpnGatewayId"]] |= set(company)
        for route in self._all("VPNConnectionRoute").values():
            gateway = connections[route["VpnConnectionId"]]["VpnGatewayId"]
            announced[gateway].add(route["DestinationCidrBlock"])

    def _read_subnets(self) -> None:
        tables = {
            row["SubnetId"]: row["RouteTableId"]
            for row in self._all("SubnetRouteTableAssociation").values()
        }
        acls = {
            row["SubnetId"]: row["NetworkAclId"]
            for row in self._all("SubnetNetworkAclAssociation").values()
        }
        self._automatic = set()
        for name, properties in self._all("Subnet").items():
            # Without an association, the main route table: it holds the local route alone.
            self.facts.subnets[name] = Subnet(
                properties["CidrBlock"], tables.get(name, "main"), acls.get(name)
            )
            if properties.get("MapPublicIpOnLaunch") in {True, "true"}:
                self._automatic.add(name)

    def _read_interfaces(self) -> None:
        addressed = {
            row.get("NetworkInterfaceId") or row.get("InstanceId")
            for row in self._all("EIPAssociation").values()
        } | {row.get("InstanceId") for row in self._by_type.get("AWS::EC2::EIP", {}).values()}
        for name, row in self._all("NetworkInterface").items():
            self._add(name, row["SubnetId"], row.get("GroupSet"), public=name in addressed)
        self._read_servers(addressed)
        self._read_balancers()
        for name, row in self._all("InstanceConnectEndpoint").items():
            self._add(name, row["SubnetId"], row.get("SecurityGroupIds"), public=False)
        for name, row in self._all("VPCEndpoint").items():
            if row.get("VpcEndpointType", "Gateway") == "Interface":
                for subnet in row["SubnetIds"]:
                    self._add(
                        f"{name} in {subnet}", subnet, row.get("SecurityGroupIds"), public=False
                    )
            elif row["ServiceName"].endswith(".s3"):
                for table in row.get("RouteTableIds", []):
                    self.facts.tables[table].reaches_s3 = True
            else:
                raise UnreadableError(f"the oracle does not know the endpoint {name}")

    def _read_servers(self, addressed: set[str | None]) -> None:
        launches = {
            name: row["LaunchTemplateData"] for name, row in self._all("LaunchTemplate").items()
        }
        for name, row in self._all("Instance").items():
            launched = launches.get(row.get("LaunchTemplate", {}).get("LaunchTemplateId"), {})
            own = {**launched, **row}
            for card in own.get("NetworkInterfaces", [own]):
                self._add_card(name, card, card["SubnetId"], public=name in addressed)
        for name, row in self._by_type.pop("AWS::AutoScaling::AutoScalingGroup", {}).items():
            launched = launches[row["LaunchTemplate"]["LaunchTemplateId"]]
            for subnet in row["VPCZoneIdentifier"]:
                for card in launched.get("NetworkInterfaces", [launched]):
                    self._add_card(f"{name} in {subnet}", card, subnet)

    def _read_balancers(self) -> None:
        balancers = self._by_type.pop("AWS::ElasticLoadBalancingV2::LoadBalancer", {})
        for name, row in balancers.items():
            public = row.get("Scheme", "internet-facing") == "internet-facing"
            for subnet in row["Subnets"]:
                self._add(f"{name} in {subnet}", subnet, row.get("SecurityGroups"), public=public)

    def _add_card(self, name: str, card: Properties, subnet: str, *, public: bool = False) -> None:
        """Add a network card as a launch describes it; absent a wish, the subnet decides."""
        asked = card.get("AssociatePublicIpAddress", subnet in self._automatic)
        groups = card.get("GroupSet") or card.get("Groups") or card.get("SecurityGroupIds")
        self._add(name, subnet, groups, public=public or asked in {True, "true"})

    def _add(self, name: str, subnet: str, groups: list[str] | None, *, public: bool) -> None:
        if not groups or not set(groups) <= set(self.facts.groups):
            raise UnreadableError(f"{name} carries a group that the oracle does not know")
        self.facts.interfaces.append(Interface(subnet, frozenset(groups), public))


def _rule(row: Properties, side: str) -> Iterator[Rule]:
    peer = row.get("CidrIp") or row.get(f"{side}SecurityGroupId")
    if "CidrIpv6" in row:
        return
    if peer is None:
        raise UnreadableError(f"the oracle does not know the peer of {row}")
    name = str(row["IpProtocol"])
    protocol = None if name == "-1" else _NUMBERS.get(name) or int(name)
    first, last = int(row.get("FromPort", -1)), int(row.get("ToPort", -1))
    if protocol in {TCP, UDP} and -1 in {first, last}:
        first, last = 0, 65535
    yield Rule(protocol, first, last, peer)


def _resolve(  # noqa: C901 - one case a function
    value: Any,  # noqa: ANN401 - JSON
    parameters: Properties,
    exports: Mapping[Any, Any],
) -> Any:  # noqa: ANN401 - JSON
    """The value with its intrinsic functions worked out."""

    def deep(inner: Any) -> Any:  # noqa: ANN401 - JSON
        return _resolve(inner, parameters, exports)

    result = value
    match value:
        case list():
            result = [deep(item) for item in value]
        case {"Ref": str(name)}:
            result = parameters.get(name, {}).get("Default", name)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            identity = attribute in {"GroupId", "Id", "AllocationId"}
            result = name if identity else f"{name}.{attribute}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            result = separator.join(str(part) for part in deep(parts))
        case {"Fn::Select": [index, items]}:
            parts = deep(items)
            # What only deployment knows, such as a stack's id, has no parts yet.
            result = parts[int(index)] if int(index) < len(parts) else f"{index} of {parts}"
        case {"Fn::Split": [str(separator), text]}:
            result = str(deep(text)).split(separator)
        case {"Fn::GetAZs": _}:
            result = [f"zone-{number}" for number in range(6)]
        case {"Fn::ImportValue": str(name)}:
            result = deep(exports[name])
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(name)}}:
            result = deep(exports[stack, name])
        case dict():
            result = {key: deep(item) for key, item in value.items()}
    return result


@cache
def is_inside(cidr: str, block: str) -> bool:
    """Whether every address of `cidr` is one of `block`."""
    return IPv4Network(cidr).subnet_of(IPv4Network(block))
