"""What is live of networks, keys and functions, as facts, by Describe calls."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.readback.account import Account
from rehearsal.readback.expected import rule_fact
from rehearsal.readback.facts import Fact, Value
from rehearsal.standin import StandIn

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        IpPermissionOutputTypeDef,
        NetworkAclEntryTypeDef,
        SecurityGroupTypeDef,
    )

_GONE = {"deleted", "deleting", "detached"}
_FIRST_RESERVED_ENTRY = 32767


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live."""
    return _Reader(account.stand_in, account.physical_ids).facts()


class _Reader(Account):
    """The account, area by area."""

    def facts(self) -> Iterator[Fact]:
        """Everything that is live."""
        if self.ids("AWS::EC2::VPC"):
            yield from self._vpcs()
            yield from self._routing()
            yield from self._gateways()
            yield from self._security_groups()
            yield from self._network_acls()
            yield from self._endpoints()
            yield from self._flow_logs()
        yield from self._on_premises()
        yield from self._keys_and_logs()
        yield from self._functions()

    def _vpcs(self) -> Iterator[Fact]:
        ec2 = self.stand_in.ec2
        for vpc in ec2.describe_vpcs(VpcIds=self.ids("AWS::EC2::VPC"))["Vpcs"]:
            vpc_id = vpc["VpcId"]
            support = ec2.describe_vpc_attribute(Attribute="enableDnsSupport", VpcId=vpc_id)
            hostnames = ec2.describe_vpc_attribute(Attribute="enableDnsHostnames", VpcId=vpc_id)
            value: Value = {
                "CidrBlock": vpc["CidrBlock"],
                "EnableDnsHostnames": hostnames["EnableDnsHostnames"]["Value"],
                "EnableDnsSupport": support["EnableDnsSupport"]["Value"],
                "InstanceTenancy": vpc["InstanceTenancy"],
            }
            yield Fact(("VPC", vpc_id), vpc_id, value)
        for subnet in ec2.describe_subnets(Filters=self.in_our_vpcs)["Subnets"]:
            value = {
                "AvailabilityZone": subnet["AvailabilityZone"],
                "CidrBlock": subnet["CidrBlock"],
                "MapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
                "VpcId": subnet["VpcId"],
            }
            yield Fact(("subnet", subnet["SubnetId"]), subnet["SubnetId"], value)

    def _routing(self) -> Iterator[Fact]:
        ec2 = self.stand_in.ec2
        lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        services = {each["PrefixListId"]: each["PrefixListName"] for each in lists}
        for table in ec2.describe_route_tables(Filters=self.in_our_vpcs)["RouteTables"]:
            table_id = table["RouteTableId"]
            if not any(association["Main"] for association in table["Associations"]):
                yield Fact(("route table", table_id), table_id, table["VpcId"])
            for association in table["Associations"]:
                if subnet_id := association.get("SubnetId"):
                    yield Fact(("route table of", subnet_id), subnet_id, table_id)
            for gateway in table.get("PropagatingVgws", []):
                yield Fact(("propagation", table_id, gateway["GatewayId"]), table_id)
            for route in table["Routes"]:
                if route.get("GatewayId") == "local":
                    continue
                prefix_list = route.get("DestinationPrefixListId")
                destination = (
                    services.get(prefix_list, prefix_list)
                    if prefix_list
                    else route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]
                )
                yield Fact(("route", table_id, destination), table_id, _target(route))

    def _gateways(self) -> Iterator[Fact]:
        ec2, vpc_ids = self.stand_in.ec2, self.ids("AWS::EC2::VPC")
        ours = set(self.ids("AWS::EC2::InternetGateway"))
        for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
            gateway_id = gateway["InternetGatewayId"]
            attached = [attachment["VpcId"] for attachment in gateway["Attachments"]]
            if gateway_id in ours or set(attached) & set(vpc_ids):
                yield Fact(("internet gateway", gateway_id), gateway_id)
                for vpc_id in attached:
                    yield Fact(("VPC of", gateway_id), gateway_id, vpc_id)
        for nat in ec2.describe_nat_gateways(Filters=self.in_our_vpcs)["NatGateways"]:
            if nat["State"] not in _GONE:
                nat_id = nat["NatGatewayId"]
                allocation = nat["NatGatewayAddresses"][0].get("AllocationId")
                value: Value = {"AllocationId": allocation, "SubnetId": nat["SubnetId"]}
                yield Fact(("NAT gateway", nat_id), nat_id, value)
        addresses = set(self.ids("AWS::EC2::EIP"))
        for address in ec2.describe_addresses()["Addresses"]:
            public = address["PublicIp"]
            if public in addresses:
                yield Fact(("elastic address", public), public, address["Domain"])

    def _security_groups(self) -> Iterator[Fact]:
        groups = self.stand_in.ec2.describe_security_groups(Filters=self.in_our_vpcs)
        for group in groups["SecurityGroups"]:
            group_id = group["GroupId"]
            if group["GroupName"] != "default":
                value: Value = {"GroupDescription": group["Description"], "VpcId": group["VpcId"]}
                yield Fact(("security group", group_id), group_id, value)
            elif "Custom::VpcRestrictDefaultSG" not in self.physical_ids:
                continue  # nobody claims that it is empty
            yield from _rules(group)

    def _network_acls(self) -> Iterator[Fact]:
        acls = self.stand_in.ec2.describe_network_acls(Filters=self.in_our_vpcs)["NetworkAcls"]
        for acl in acls:
            acl_id = acl["NetworkAclId"]
            for association in acl["Associations"]:
                subnet_id = association["SubnetId"]
                yield Fact(("network ACL of", subnet_id), subnet_id, acl_id)
            if not acl["IsDefault"]:
                yield Fact(("network ACL", acl_id), acl_id, acl["VpcId"])
                for entry in acl["Entries"]:
                    if entry["RuleNumber"] < _FIRST_RESERVED_ENTRY:
                        yield _entry(acl_id, entry)

    def _endpoints(self) -> Iterator[Fact]:
        ec2 = self.stand_in.ec2
        for endpoint in ec2.describe_vpc_endpoints(Filters=self.in_our_vpcs)["VpcEndpoints"]:
            if endpoint["State"].lower() in _GONE:
                continue
            endpoint_id = endpoint["VpcEndpointId"]
            value: Value = {
                "PolicyDocument": json.loads(endpoint["PolicyDocument"]),
                "PrivateDnsEnabled": endpoint["PrivateDnsEnabled"],
                "ServiceName": endpoint["ServiceName"],
                "VpcEndpointType": endpoint["VpcEndpointType"],
                "VpcId": endpoint["VpcId"],
                "RouteTableIds": [*sorted(endpoint["RouteTableIds"])],
                "SecurityGroupIds": [*sorted(group["GroupId"] for group in endpoint["Groups"])],
                "SubnetIds": [*sorted(endpoint["SubnetIds"])],
            }
            yield Fact(("endpoint", endpoint_id), endpoint_id, value)
        answer = ec2.describe_instance_connect_endpoints()
        for connect in answer["InstanceConnectEndpoints"]:
            if connect["VpcId"] in self.ids("AWS::EC2::VPC"):
                endpoint_id = connect["InstanceConnectEndpointId"]
                value = {
                    "PreserveClientIp": connect["PreserveClientIp"],
                    "SubnetId": connect["SubnetId"],
                    "SecurityGroupIds": [*sorted(connect["SecurityGroupIds"])],
                }
                yield Fact(("instance connect endpoint", endpoint_id), endpoint_id, value)

    def _flow_logs(self) -> Iterator[Fact]:
        vpc_ids = self.ids("AWS::EC2::VPC")
        for log in self.stand_in.ec2.describe_flow_logs()["FlowLogs"]:
            if log["ResourceId"] in vpc_ids:
                value: Value = {
                    "DeliverLogsPermissionArn": log["DeliverLogsPermissionArn"],
                    "LogGroupName": log["LogGroupName"],
                    "MaxAggregationInterval": log["MaxAggregationInterval"],
                    "ResourceId": log["ResourceId"],
                    "TrafficType": log["TrafficType"],
                }
                yield Fact(("flow log", log["FlowLogId"]), log["FlowLogId"], value)

    def _on_premises(self) -> Iterator[Fact]:
        for association_id in self.ids("AWS::DirectConnect::DirectConnectGatewayAssociation"):
            yield from _direct_connect(self.stand_in, association_id)
        for customer_id in self.ids("AWS::EC2::CustomerGateway"):
            yield from _customer_gateway(self.stand_in, customer_id)
        for vpn_id in self.ids("AWS::EC2::VPNConnection"):
            yield from _vpn_connection(self.stand_in, vpn_id)
        for gateway_id in self.ids("AWS::EC2::VPNGateway"):
            answer = self.stand_in.ec2.describe_vpn_gateways(VpnGatewayIds=[gateway_id])
            for gateway in answer["VpnGateways"]:
                if gateway["State"] not in _GONE:
                    yield Fact(("VPN gateway", gateway_id), gateway_id, gateway["Type"])
                for attachment in gateway["VpcAttachments"]:
                    if attachment["State"] not in _GONE:
                        yield Fact(("VPC of", gateway_id), gateway_id, attachment["VpcId"])

    def _keys_and_logs(self) -> Iterator[Fact]:
        kms, logs = self.stand_in.client("kms"), self.stand_in.client("logs")
        for key_id in self.ids("AWS::KMS::Key"):
            value: Value = {
                "EnableKeyRotation": kms.get_key_rotation_status(KeyId=key_id)[
                    "KeyRotationEnabled"
                ],
                "KeyPolicy": json.loads(
                    kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
                ),
                "State": kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"],
            }
            yield Fact(("key", key_id), key_id, value)
        for name in self.ids("AWS::Logs::LogGroup"):
            for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
                if group["logGroupName"] == name:
                    value = {
                        "KmsKeyId": group.get("kmsKeyId"),
                        "RetentionInDays": group.get("retentionInDays"),
                    }
                    yield Fact(("log group", name), name, value)

    def _functions(self) -> Iterator[Fact]:
        for name in self.ids("AWS::Lambda::Function"):
            function = self.stand_in.client("lambda").get_function(FunctionName=name)
            keys = ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout")
            configuration = function["Configuration"]
            logging = configuration["LoggingConfig"]
            value: Value = {
                **{key: configuration.get(key) for key in keys},
                **{key: logging[key] for key in ("LogFormat", "LogGroup")},
            }
            yield Fact(("function", name), name, value)


def _target(route: Mapping[str, Any]) -> str:
    targets = ("GatewayId", "NatGatewayId", "TransitGatewayId", "NetworkInterfaceId", "InstanceId")
    return next((str(route[key]) for key in targets if route.get(key)), "something else")


def _rules(group: "SecurityGroupTypeDef") -> Iterator[Fact]:
    group_id = group["GroupId"]
    directions: list[tuple[str, list[IpPermissionOutputTypeDef]]] = [
        ("ingress", group["IpPermissions"]),
        ("egress", group["IpPermissionsEgress"]),
    ]
    for direction, permissions in directions:
        for permission in permissions:
            peers = [
                *(pair["GroupId"] for pair in permission["UserIdGroupPairs"]),
                *(block["CidrIp"] for block in permission["IpRanges"]),
                *(block["CidrIpv6"] for block in permission["Ipv6Ranges"]),
                *(each["PrefixListId"] for each in permission["PrefixListIds"]),
            ]
            ports = permission.get("FromPort"), permission.get("ToPort")
            for peer in peers:
                yield rule_fact(direction, group_id, permission["IpProtocol"], *ports, peer)


def _entry(acl_id: str, entry: "NetworkAclEntryTypeDef") -> Fact:
    ports, icmp = entry.get("PortRange"), entry.get("IcmpTypeCode")
    value: Value = {
        "Protocol": entry["Protocol"],
        "RuleAction": entry["RuleAction"],
        "CidrBlock": entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
        "Ports": f"{ports['From']}-{ports['To']}" if ports else None,
        "Icmp": f"{icmp['Type']}/{icmp['Code']}" if icmp else None,
    }
    direction = "egress" if entry["Egress"] else "ingress"
    return Fact(("entry", acl_id, direction, str(entry["RuleNumber"])), acl_id, value)


def _direct_connect(stand_in: StandIn, association_id: str) -> Iterator[Fact]:
    answer = stand_in.client("directconnect").describe_direct_connect_gateway_associations(
        associationId=association_id
    )
    for association in answer["directConnectGatewayAssociations"]:
        prefixes = association["allowedPrefixesToDirectConnectGateway"]
        value: Value = {
            "AssociatedGatewayId": association["associatedGateway"]["id"],
            "DirectConnectGatewayId": association["directConnectGatewayId"],
            "Prefixes": sorted(prefix["cidr"] for prefix in prefixes),
        }
        yield Fact(("Direct Connect association", association_id), association_id, value)


def _customer_gateway(stand_in: StandIn, gateway_id: str) -> Iterator[Fact]:
    answer = stand_in.ec2.describe_customer_gateways(CustomerGatewayIds=[gateway_id])
    for gateway in answer["CustomerGateways"]:
        if gateway["State"] not in _GONE:
            keys = ("BgpAsn", "IpAddress", "Type")
            value: Value = {key: str(dict(gateway)[key]) for key in keys}
            yield Fact(("customer gateway", gateway_id), gateway_id, value)


def _vpn_connection(stand_in: StandIn, vpn_id: str) -> Iterator[Fact]:
    answer = stand_in.ec2.describe_vpn_connections(VpnConnectionIds=[vpn_id])
    for vpn in answer["VpnConnections"]:
        if vpn["State"] in _GONE:
            continue
        value: Value = {
            "CustomerGatewayId": vpn["CustomerGatewayId"],
            "StaticRoutesOnly": vpn["Options"]["StaticRoutesOnly"],
            "Type": vpn["Type"],
            "VpnGatewayId": vpn["VpnGatewayId"],
        }
        yield Fact(("VPN connection", vpn_id), vpn_id, value)
        for route in vpn.get("Routes", []):
            yield Fact(("static route", vpn_id, route["DestinationCidrBlock"]), vpn_id)
