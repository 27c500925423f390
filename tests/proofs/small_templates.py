"""Parts of small networks, as CloudFormation resources; merge them with `|`.

The VPC is 10.0.0.0/16. Each part is named by its logical id and refers to others by theirs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

Resources = dict[str, dict[str, Any]]
Template = dict[str, Any]

ANYWHERE = "0.0.0.0/0"
VPC_CIDR = "10.0.0.0/16"
WEB_CIDR, APP_CIDR, DB_CIDR = "10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"
MANAGEMENT_CIDR, COMPANY_CIDR = "203.0.113.0/24", "192.168.0.0/16"
ZONES = {
    "web": WEB_CIDR,
    "app": APP_CIDR,
    "db": DB_CIDR,
    "internet": ANYWHERE,
    "management": MANAGEMENT_CIDR,
    "on-premises": COMPANY_CIDR,
    "s3": ANYWHERE,
}
ALL_PORTS = (0, 65535)


@dataclass(frozen=True)
class Traffic:
    """Protocol and range of a rule: ports, or type and code of ICMP; "-1" is everything."""

    protocol: str
    first: int = -1
    last: int = -1


EVERYTHING = Traffic("-1")


def tcp(first: int, last: int | None = None) -> Traffic:
    """TCP to one port, or to the range `first` to `last`."""
    return Traffic("tcp", first, first if last is None else last)


def udp(first: int, last: int | None = None) -> Traffic:
    """UDP to one port, or to the range `first` to `last`."""
    return Traffic("udp", first, first if last is None else last)


@dataclass(frozen=True)
class Row:
    """A row of a network ACL."""

    number: int
    traffic: Traffic = EVERYTHING
    cidr: str = ANYWHERE
    allow: bool = True
    egress: bool = False


def vpc(**properties: object) -> Resources:
    """The VPC, with an internet gateway and a virtual private gateway attached; BGP over a VPN."""
    return {
        "CustomerGateway": _resource(
            "CustomerGateway", Type="ipsec.1", BgpAsn=65000, IpAddress="198.51.100.10"
        ),
        "Vpn": _resource(
            "VPNConnection",
            Type="ipsec.1",
            CustomerGatewayId=_ref("CustomerGateway"),
            VpnGatewayId=_ref("Vgw"),
        ),
        "Vpc": _resource("VPC", CidrBlock=VPC_CIDR, **properties),
        "Igw": _resource("InternetGateway"),
        "IgwAttachment": _resource(
            "VPCGatewayAttachment", VpcId=_ref("Vpc"), InternetGatewayId=_ref("Igw")
        ),
        "Vgw": _resource("VPNGateway", Type="ipsec.1"),
        "VgwAttachment": _resource(
            "VPCGatewayAttachment", VpcId=_ref("Vpc"), VpnGatewayId=_ref("Vgw")
        ),
    }


def subnet(
    name: str, cidr: str, *, table: str | None = None, acl: str | None = None, **more: object
) -> Resources:
    """A subnet and what it is explicitly associated with."""
    parts = {name: _resource("Subnet", VpcId=_ref("Vpc"), CidrBlock=cidr, **more)}
    if table:
        parts[f"{name}Table"] = _resource(
            "SubnetRouteTableAssociation", SubnetId=_ref(name), RouteTableId=_ref(table)
        )
    if acl:
        parts[f"{name}Acl"] = _resource(
            "SubnetNetworkAclAssociation", SubnetId=_ref(name), NetworkAclId=_id(acl)
        )
    return parts


def route_table(name: str, routes: Mapping[str, str] | None = None) -> Resources:
    """A route table; `routes` are targets by CIDR: Igw, Vgw, or a NAT gateway."""
    parts = {name: _resource("RouteTable", VpcId=_ref("Vpc"))}
    for number, (cidr, target) in enumerate((routes or {}).items()):
        key = "GatewayId" if target in {"Igw", "Vgw"} else "NatGatewayId"
        parts[f"{name}Route{number}"] = _resource(
            "Route",
            RouteTableId=_ref(name),
            DestinationCidrBlock=cidr,
            **{key: _ref(target)},
        )
    return parts


def nat_gateway(name: str, in_subnet: str) -> Resources:
    """A public NAT gateway."""
    return {
        f"{name}Address": _resource("EIP", Domain="vpc"),
        name: _resource(
            "NatGateway",
            SubnetId=_ref(in_subnet),
            AllocationId={"Fn::GetAtt": [f"{name}Address", "AllocationId"]},
        ),
    }


def private_nat_gateway(name: str, in_subnet: str) -> Resources:
    """A private NAT gateway."""
    return {
        name: _resource("NatGateway", SubnetId=_ref(in_subnet), ConnectivityType="private"),
    }


def s3_endpoint(*tables: str) -> Resources:
    """The gateway endpoint of Amazon S3."""
    service = {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".s3"]]}
    return {
        "S3": _resource(
            "VPCEndpoint",
            VpcId=_ref("Vpc"),
            ServiceName=service,
            VpcEndpointType="Gateway",
            RouteTableIds=[_ref(table) for table in tables],
        )
    }


def propagation(*tables: str) -> Resources:
    """Routes of the virtual private gateway, announced to route tables."""
    return {
        "Propagation": _resource(
            "VPNGatewayRoutePropagation",
            VpnGatewayId=_ref("Vgw"),
            RouteTableIds=[_ref(table) for table in tables],
        )
    }


def static_vpn_routes(*cidrs: str) -> Resources:
    """A VPN with static routes in the place of BGP."""
    parts = {"Vpn": {**vpc()["Vpn"]}}
    parts["Vpn"]["Properties"] = {**parts["Vpn"]["Properties"], "StaticRoutesOnly": True}
    for number, cidr in enumerate(cidrs):
        parts[f"VpnRoute{number}"] = _resource(
            "VPNConnectionRoute", VpnConnectionId=_ref("Vpn"), DestinationCidrBlock=cidr
        )
    return parts


def network_acl(name: str, rows: Iterable[Row] = ()) -> Resources:
    """A network ACL."""
    parts = {name: _resource("NetworkAcl", VpcId=_ref("Vpc"))}
    for row in rows:
        direction = "Out" if row.egress else "In"
        parts[f"{name}{direction}{row.number}"] = acl_entry(name, row)
    return parts


def acl_entry(acl: str, row: Row) -> dict[str, Any]:
    """One row as a resource."""
    traffic = row.traffic
    number = {"tcp": 6, "udp": 17, "icmp": 1}.get(traffic.protocol) or int(traffic.protocol)
    range_: dict[str, Any] = {}
    if traffic.protocol != "icmp" and traffic.first != -1:
        range_ = {"PortRange": {"From": traffic.first, "To": traffic.last}}
    elif traffic.protocol == "icmp":
        range_ = {"Icmp": {"Type": traffic.first, "Code": traffic.last}}
    return _resource(
        "NetworkAclEntry",
        NetworkAclId=_id(acl),
        RuleNumber=row.number,
        Egress=row.egress,
        RuleAction="allow" if row.allow else "deny",
        Protocol=number,
        CidrBlock=row.cidr,
        **range_,
    )


def security_group(
    name: str,
    zone: str | None,
    *,
    ingress: Sequence[tuple[Traffic, str]] = (),
    egress: Sequence[tuple[Traffic, str]] | None = None,
) -> Resources:
    """A security group with inline rules; `egress` None leaves the property away."""
    tags = [{"Key": "blueprint:zone", "Value": zone}] if zone else []
    properties: dict[str, Any] = {"GroupDescription": name, "VpcId": _ref("Vpc"), "Tags": tags}
    if ingress:
        properties["SecurityGroupIngress"] = [_rule(*rule, "Source") for rule in ingress]
    if egress is not None:
        properties["SecurityGroupEgress"] = [_rule(*rule, "Destination") for rule in egress]
    return {name: _resource("SecurityGroup", **properties)}


def standalone(name: str, group: str, traffic: Traffic, peer: str, *, egress: bool) -> Resources:
    """A rule as a resource of its own."""
    kind, side = ("Egress", "Destination") if egress else ("Ingress", "Source")
    rule = _rule(traffic, peer, side)
    return {name: _resource(f"SecurityGroup{kind}", GroupId=_group(group), **rule)}


def interface(
    name: str, in_subnet: str, groups: Sequence[str], *, public: bool = False
) -> Resources:
    """A network interface, with an Elastic IP address when it is `public`."""
    parts = {
        name: _resource(
            "NetworkInterface",
            SubnetId=_ref(in_subnet),
            GroupSet=[_group(group) for group in groups],
        )
    }
    if public:
        parts[f"{name}Eip"] = _resource("EIP", Domain="vpc")
        parts[f"{name}EipAssociation"] = _resource(
            "EIPAssociation",
            AllocationId={"Fn::GetAtt": [f"{name}Eip", "AllocationId"]},
            NetworkInterfaceId=_ref(name),
        )
    return parts


def instance(name: str, in_subnet: str, group: str, **card: object) -> Resources:
    """A server whose address is what the subnet gives, unless `card` says something else."""
    primary = {
        "DeviceIndex": "0",
        "SubnetId": _ref(in_subnet),
        "GroupSet": [_group(group)],
        **card,
    }
    return {name: _resource("Instance", ImageId="ami-12345678", NetworkInterfaces=[primary])}


def template(resources: Resources, zones: Mapping[str, str] | None = None) -> Template:
    """A template with a flow table that names every zone, and so asks about every pair."""
    named = dict(ZONES if zones is None else zones)
    return {
        "Metadata": {"FlowTable": flow_table_naming(named)},
        "Resources": resources,
    }


def flow_table_naming(zones: Mapping[str, str]) -> dict[str, Any]:
    """A flow table in which every zone has a row."""
    first = next(iter(zones))
    return {
        "zones": {
            name: {"cidrs": [cidr], "client_ports": [1024, 65535]} for name, cidr in zones.items()
        },
        "rows": [
            {
                "source": first,
                "destination": name,
                "ports": "tcp/1",
                "via": None,
                "purpose": "Names the zone",
            }
            for name in zones
        ],
    }


def write_assembly(directory: Path, content: Template) -> Path:
    """Write a cloud assembly of one stack, and return its directory."""
    directory.mkdir(parents=True, exist_ok=True)
    manifest = {
        "version": "55.0.0",
        "artifacts": {
            "Network": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "Network.template.json"},
                "displayName": "Network",
            }
        },
    }
    (directory / "manifest.json").write_text(json.dumps(manifest))
    (directory / "Network.template.json").write_text(json.dumps(content))
    return directory


def halves(cidr: str) -> tuple[str, str]:
    """The two halves of a CIDR."""
    lower, upper = IPv4Network(cidr).subnets()
    return str(lower), str(upper)


def _resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _id(acl: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [acl, "Id"]}


def _group(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "GroupId"]}


def _rule(traffic: Traffic, peer: str, side: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"IpProtocol": traffic.protocol}
    if traffic.protocol in {"tcp", "udp", "icmp"} or traffic.first != -1:
        rule |= {"FromPort": traffic.first, "ToPort": traffic.last}
    if "/" in peer:
        return rule | {"CidrIp": peer}
    return rule | {f"{side}SecurityGroupId": _group(peer)}
