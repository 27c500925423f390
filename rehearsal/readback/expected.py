"""What the templates say of networks, keys and functions, as facts."""

from collections.abc import Iterator
from typing import Any

from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_ALLOW_ALL: dict[str, Any] = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


@states("AWS::CDK::Metadata")
def _nothing(_: Deployed) -> Iterator[Fact]:
    """It exists in the template only."""
    yield from ()


@states("AWS::EC2::VPC")
def _vpc(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties,
        CidrBlock=None,
        EnableDnsHostnames=False,
        EnableDnsSupport=True,
        InstanceTenancy="default",
    )
    yield Fact(("VPC", it.physical_id), it.physical_id, value)


@states("AWS::EC2::Subnet")
def _subnet(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties, AvailabilityZone=None, CidrBlock=None, MapPublicIpOnLaunch=False, VpcId=None
    )
    yield Fact(("subnet", it.physical_id), it.physical_id, value)


@states("AWS::EC2::RouteTable")
def _route_table(it: Deployed) -> Iterator[Fact]:
    yield Fact(("route table", it.physical_id), it.physical_id, it.properties["VpcId"])


@states("AWS::EC2::SubnetRouteTableAssociation")
def _route_table_association(it: Deployed) -> Iterator[Fact]:
    subnet_id = it.properties["SubnetId"]
    yield Fact(("route table of", subnet_id), subnet_id, it.properties["RouteTableId"])


@states("AWS::EC2::Route")
def _route(it: Deployed) -> Iterator[Fact]:
    table_id, destination = it.properties["RouteTableId"], it.properties["DestinationCidrBlock"]
    target = it.properties.get("GatewayId") or it.properties["NatGatewayId"]
    yield Fact(("route", table_id, destination), table_id, target)


@states("AWS::EC2::InternetGateway")
def _internet_gateway(it: Deployed) -> Iterator[Fact]:
    yield Fact(("internet gateway", it.physical_id), it.physical_id)


@states("AWS::EC2::VPCGatewayAttachment")
def _attachment(it: Deployed) -> Iterator[Fact]:
    gateway_id = it.properties.get("VpnGatewayId") or it.properties["InternetGatewayId"]
    yield Fact(("VPC of", gateway_id), gateway_id, it.properties["VpcId"])


@states("AWS::EC2::EIP")
def _address(it: Deployed) -> Iterator[Fact]:
    domain = it.properties.get("Domain", "vpc")
    yield Fact(("elastic address", it.physical_id), it.physical_id, domain)


@states("AWS::EC2::NatGateway")
def _nat_gateway(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, AllocationId=None, SubnetId=None)
    yield Fact(("NAT gateway", it.physical_id), it.physical_id, value)


@states("AWS::EC2::SecurityGroup")
def _security_group(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, GroupDescription=None, VpcId=None)
    yield Fact(("security group", it.physical_id), it.physical_id, value)
    for rule in it.properties.get("SecurityGroupIngress") or []:
        yield _rule("ingress", it.physical_id, rule)
    # EC2 gives a group without egress an allow-all rule.
    for rule in it.properties.get("SecurityGroupEgress") or [_ALLOW_ALL]:
        yield _rule("egress", it.physical_id, rule)


@states("AWS::EC2::SecurityGroupIngress")
def _ingress(it: Deployed) -> Iterator[Fact]:
    yield _rule("ingress", it.properties["GroupId"], it.properties)


@states("AWS::EC2::SecurityGroupEgress")
def _egress(it: Deployed) -> Iterator[Fact]:
    yield _rule("egress", it.properties["GroupId"], it.properties)


def _rule(direction: str, group_id: str, rule: dict[str, Any]) -> Fact:
    peers = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId")
    peer = next(rule[key] for key in peers if key in rule)
    return rule_fact(
        direction, group_id, str(rule["IpProtocol"]), rule.get("FromPort"), rule.get("ToPort"), peer
    )


def rule_fact(  # noqa: PLR0917 - a rule has six parts
    direction: str, group_id: str, protocol: str, first: object, last: object, peer: str
) -> Fact:
    """The fact that a security group has a rule; the same words for the template and the live."""
    ports = "" if protocol == "-1" else f"/{first}-{last}"
    return Fact((direction, group_id, f"{protocol}{ports}", peer), group_id)


@states("AWS::EC2::NetworkAcl")
def _network_acl(it: Deployed) -> Iterator[Fact]:
    yield Fact(("network ACL", it.physical_id), it.physical_id, it.properties["VpcId"])


@states("AWS::EC2::NetworkAclEntry")
def _network_acl_entry(it: Deployed) -> Iterator[Fact]:
    entry, acl_id = it.properties, it.properties["NetworkAclId"]
    direction = "egress" if entry.get("Egress", False) else "ingress"
    ports = entry.get("PortRange")
    icmp = entry.get("Icmp")
    value: Value = {
        "Protocol": str(entry["Protocol"]),
        "RuleAction": entry["RuleAction"],
        "CidrBlock": entry["CidrBlock"],
        "Ports": f"{ports['From']}-{ports['To']}" if ports else None,
        "Icmp": f"{icmp['Type']}/{icmp['Code']}" if icmp else None,
    }
    yield Fact(("entry", acl_id, direction, str(entry["RuleNumber"])), acl_id, value)


@states("AWS::EC2::SubnetNetworkAclAssociation")
def _network_acl_association(it: Deployed) -> Iterator[Fact]:
    subnet_id = it.properties["SubnetId"]
    yield Fact(("network ACL of", subnet_id), subnet_id, it.properties["NetworkAclId"])


@states("AWS::EC2::VPCEndpoint")
def _endpoint(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties,
        PolicyDocument=None,
        PrivateDnsEnabled=False,
        ServiceName=None,
        VpcEndpointType="Gateway",
        VpcId=None,
    )
    for key in ("RouteTableIds", "SecurityGroupIds", "SubnetIds"):
        value[key] = sorted(it.properties.get(key, []))
    yield Fact(("endpoint", it.physical_id), it.physical_id, value)
    for table_id in it.properties.get("RouteTableIds", []):
        service = it.properties["ServiceName"]
        yield Fact(("route", table_id, service), table_id, it.physical_id)


@states("AWS::EC2::InstanceConnectEndpoint")
def _instance_connect_endpoint(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, PreserveClientIp=False, SubnetId=None)
    value["SecurityGroupIds"] = sorted(it.properties.get("SecurityGroupIds", []))
    yield Fact(("instance connect endpoint", it.physical_id), it.physical_id, value)


@states("AWS::EC2::FlowLog")
def _flow_log(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties,
        DeliverLogsPermissionArn=None,
        LogGroupName=None,
        MaxAggregationInterval=600,
        ResourceId=None,
        TrafficType=None,
    )
    yield Fact(("flow log", it.physical_id), it.physical_id, value)


@states("AWS::EC2::VPNGateway")
def _vpn_gateway(it: Deployed) -> Iterator[Fact]:
    yield Fact(("VPN gateway", it.physical_id), it.physical_id, it.properties["Type"])


@states("AWS::EC2::VPNGatewayRoutePropagation")
def _propagation(it: Deployed) -> Iterator[Fact]:
    for table_id in it.properties["RouteTableIds"]:
        yield Fact(("propagation", table_id, it.properties["VpnGatewayId"]), table_id)


@states("AWS::EC2::CustomerGateway")
def _customer_gateway(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, IpAddress=None, Type=None)
    value["BgpAsn"] = str(it.properties["BgpAsn"])
    yield Fact(("customer gateway", it.physical_id), it.physical_id, value)


@states("AWS::EC2::VPNConnection")
def _vpn_connection(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties, CustomerGatewayId=None, StaticRoutesOnly=False, Type=None, VpnGatewayId=None
    )
    yield Fact(("VPN connection", it.physical_id), it.physical_id, value)


@states("AWS::EC2::VPNConnectionRoute")
def _vpn_connection_route(it: Deployed) -> Iterator[Fact]:
    connection_id = it.properties["VpnConnectionId"]
    key = ("static route", connection_id, it.properties["DestinationCidrBlock"])
    yield Fact(key, connection_id)


@states("AWS::DirectConnect::DirectConnectGatewayAssociation")
def _direct_connect(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, AssociatedGatewayId=None, DirectConnectGatewayId=None)
    value["Prefixes"] = sorted(it.properties.get("AllowedPrefixesToDirectConnectGateway", []))
    yield Fact(("Direct Connect association", it.physical_id), it.physical_id, value)


@states("AWS::KMS::Key")
def _key(it: Deployed) -> Iterator[Fact]:
    value: Value = {
        "EnableKeyRotation": it.properties.get("EnableKeyRotation", False),
        "KeyPolicy": it.properties["KeyPolicy"],
        "State": "Enabled",
    }
    yield Fact(("key", it.physical_id), it.physical_id, value)


@states("AWS::Logs::LogGroup")
def _log_group(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, KmsKeyId=None, RetentionInDays=None)
    yield Fact(("log group", it.physical_id), it.physical_id, value)


@states("AWS::Lambda::Function")
def _function(it: Deployed) -> Iterator[Fact]:
    value = settings(
        it.properties, Description="", Handler=None, MemorySize=128, Role=None, Runtime=None
    )
    value["Timeout"] = it.properties.get("Timeout", 3)
    logging = it.properties.get("LoggingConfig", {})
    value["LogFormat"] = logging.get("LogFormat", "Text")
    value["LogGroup"] = logging.get("LogGroup", f"/aws/lambda/{it.physical_id}")
    yield Fact(("function", it.physical_id), it.physical_id, value)
