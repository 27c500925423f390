"""Changes that somebody makes to a live network by hand, each with its way back."""

import json
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from tests.rehearsal.live import OPEN_POLICY, Live, Tampering, Undo

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

ANYWHERE: "IpPermissionTypeDef" = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
}


def _add_ingress(live: Live) -> Undo:
    ec2, group = live.stand_in.ec2, live.one("AWS::EC2::SecurityGroup").physical_id
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ANYWHERE])
    return lambda: ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ANYWHERE])


def _add_egress(live: Live) -> Undo:
    ec2, group = live.stand_in.ec2, live.one("AWS::EC2::SecurityGroup").physical_id
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[ANYWHERE])
    return lambda: ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[ANYWHERE])


def _open_default_group(live: Live) -> Undo:
    ec2, vpc_id = live.stand_in.ec2, live.one("AWS::EC2::VPC").physical_id
    groups = ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [vpc_id]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    group = groups[0]["GroupId"]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[ANYWHERE])
    return lambda: ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[ANYWHERE])


def _delete_network_acl_entry(live: Live) -> Undo:
    ec2, entry = live.stand_in.ec2, live.one("AWS::EC2::NetworkAclEntry", Egress=False).properties
    key: dict[str, Any] = {
        "NetworkAclId": entry["NetworkAclId"],
        "RuleNumber": entry["RuleNumber"],
        "Egress": False,
    }
    ec2.delete_network_acl_entry(**key)
    rest: dict[str, Any] = {k: entry[k] for k in ("CidrBlock", "RuleAction", "PortRange")}
    return lambda: ec2.create_network_acl_entry(**key, **rest, Protocol=str(entry["Protocol"]))


def _use_default_network_acl(live: Live) -> Undo:
    ec2 = live.stand_in.ec2
    subnet_id = live.one("AWS::EC2::SubnetNetworkAclAssociation").properties["SubnetId"]
    vpc_id = live.one("AWS::EC2::VPC").physical_id
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
    default = next(acl["NetworkAclId"] for acl in acls["NetworkAcls"] if acl["IsDefault"])
    association, proper = next(
        (each["NetworkAclAssociationId"], acl["NetworkAclId"])
        for acl in acls["NetworkAcls"]
        for each in acl["Associations"]
        if each["SubnetId"] == subnet_id
    )
    moved = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=default)
    return lambda: ec2.replace_network_acl_association(
        AssociationId=moved["NewAssociationId"], NetworkAclId=proper
    )


def _route_to_internet(live: Live) -> Undo:
    ec2, subnet = live.stand_in.ec2, _subnet(live, "Db")
    table = _table_of(live, subnet)
    gateway = live.one("AWS::EC2::InternetGateway").physical_id
    where = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.create_route(**where, GatewayId=gateway)  # type: ignore[arg-type] # strings all
    return lambda: ec2.delete_route(**where)  # type: ignore[arg-type] # the same


def _replace_nat_route(live: Live) -> Undo:
    ec2, subnet = live.stand_in.ec2, _subnet(live, "App")
    table = _table_of(live, subnet)
    gateway = live.one("AWS::EC2::InternetGateway").physical_id
    route = live.one("AWS::EC2::Route", RouteTableId=table).properties
    ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return lambda: ec2.replace_route(**route)


def _use_another_route_table(live: Live) -> Undo:
    ec2 = live.stand_in.ec2
    proper, other = (_table_of(live, _subnet(live, tier)) for tier in ("Endpoints", "Web"))
    tables = ec2.describe_route_tables(RouteTableIds=[proper])["RouteTables"]
    association = tables[0]["Associations"][0]["RouteTableAssociationId"]
    moved = ec2.replace_route_table_association(AssociationId=association, RouteTableId=other)
    return lambda: ec2.replace_route_table_association(
        AssociationId=moved["NewAssociationId"], RouteTableId=proper
    )


def _stop_propagation(live: Live) -> Undo:
    ec2, propagation = live.stand_in.ec2, live.one("AWS::EC2::VPNGatewayRoutePropagation")
    where = {
        "GatewayId": propagation.properties["VpnGatewayId"],
        "RouteTableId": propagation.properties["RouteTableIds"][0],
    }
    ec2.disable_vgw_route_propagation(**where)
    return lambda: ec2.enable_vgw_route_propagation(**where)


def _public_addresses_on_launch(live: Live) -> Undo:
    ec2, subnet = live.stand_in.ec2, _subnet(live, "Db")
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    return lambda: ec2.modify_subnet_attribute(
        SubnetId=subnet, MapPublicIpOnLaunch={"Value": False}
    )


def _extra_subnet(live: Live) -> Undo:
    ec2, vpc = live.stand_in.ec2, live.one("AWS::EC2::VPC")
    # The last one, where the address plan has no tier yet.
    *_, free = IPv4Network(vpc.properties["CidrBlock"]).subnets(new_prefix=28)
    made = ec2.create_subnet(VpcId=vpc.physical_id, CidrBlock=str(free))
    subnet = made["Subnet"]["SubnetId"]
    return lambda: ec2.delete_subnet(SubnetId=subnet)


def _open_endpoint_policy(live: Live) -> Undo:
    ec2, endpoint = live.stand_in.ec2, live.one("AWS::EC2::VPCEndpoint")
    proper = json.dumps(endpoint.properties["PolicyDocument"])
    where = {"VpcEndpointId": endpoint.physical_id}
    ec2.modify_vpc_endpoint(**where, PolicyDocument=OPEN_POLICY)  # type: ignore[arg-type] # strings all
    return lambda: ec2.modify_vpc_endpoint(**where, PolicyDocument=proper)  # type: ignore[arg-type] # the same


def _widen_endpoint(live: Live) -> Undo:
    ec2, endpoint = (
        live.stand_in.ec2,
        live.one("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface"),
    )
    group = [live.one("AWS::EC2::SecurityGroup").physical_id]
    where = {"VpcEndpointId": endpoint.physical_id}
    ec2.modify_vpc_endpoint(**where, AddSecurityGroupIds=group)  # type: ignore[arg-type] # strings all
    return lambda: ec2.modify_vpc_endpoint(**where, RemoveSecurityGroupIds=group)  # type: ignore[arg-type] # the same


def _stop_rotation(live: Live) -> Undo:
    kms, key = live.stand_in.client("kms"), live.one("AWS::KMS::Key").physical_id
    kms.disable_key_rotation(KeyId=key)
    return lambda: kms.enable_key_rotation(KeyId=key)


def _shorten_retention(live: Live) -> Undo:
    logs, group = live.stand_in.client("logs"), live.one("AWS::Logs::LogGroup")
    name, days = group.physical_id, group.properties["RetentionInDays"]
    logs.put_retention_policy(logGroupName=name, retentionInDays=1)
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def _log_elsewhere(live: Live) -> Undo:
    ec2, log = live.stand_in.ec2, live.one("AWS::EC2::FlowLog").properties
    other = ec2.create_flow_logs(
        ResourceIds=[log["ResourceId"]],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogGroupName="elsewhere",
        DeliverLogsPermissionArn=log["DeliverLogsPermissionArn"],
    )["FlowLogIds"]
    return lambda: ec2.delete_flow_logs(FlowLogIds=other)


def _attach_administrator(live: Live) -> Undo:
    iam, role = live.stand_in.iam, live.one("AWS::IAM::Role").physical_id
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return lambda: iam.detach_role_policy(RoleName=role, PolicyArn=arn)


def _widen_inline_policy(live: Live) -> Undo:
    iam, role = live.stand_in.iam, live.one("AWS::IAM::Role").physical_id
    policy = OPEN_POLICY.replace('"Principal": "*", ', "")
    iam.put_role_policy(RoleName=role, PolicyName="extra", PolicyDocument=policy)
    return lambda: iam.delete_role_policy(RoleName=role, PolicyName="extra")


def _subnet(live: Live, tier: str) -> str:
    tag = {"Key": "aws-cdk:subnet-name", "Value": tier}
    return next(
        each.physical_id
        for each in live.resources.values()
        if each.resource_type == "AWS::EC2::Subnet" and tag in each.properties["Tags"]
    )


def _table_of(live: Live, subnet_id: str) -> str:
    association = live.one("AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet_id)
    return str(association.properties["RouteTableId"])


TAMPERINGS: dict[str, Tampering] = {
    "ingress rule added": (_add_ingress, "ingress .* tcp/22-22 0.0.0.0/0: .* nothing, live is so"),
    "egress rule added": (_add_egress, "egress .* tcp/22-22 0.0.0.0/0: .* nothing, live is so"),
    "default security group opened": (_open_default_group, "egress sg-.* nothing, live is so"),
    "network ACL entry deleted": (_delete_network_acl_entry, "entry .* live is nothing"),
    "subnet on the default network ACL": (_use_default_network_acl, "network ACL of .* acl-"),
    "route to the internet added": (_route_to_internet, "route Vpc.* nothing, live is igw-"),
    "route changed": (_replace_nat_route, "route Vpc.* says nat-.*, live is igw-"),
    "subnet on another route table": (_use_another_route_table, "route table of VpcEndpoints"),
    "route propagation stopped": (_stop_propagation, "propagation .* live is nothing"),
    "public addresses on launch": (_public_addresses_on_launch, "MapPublicIpOnLaunch = True"),
    "subnet added": (_extra_subnet, "subnet subnet-.* nothing, live is .*/28"),
    "endpoint policy opened": (_open_endpoint_policy, "endpoint .* PolicyDocument"),
    "endpoint's groups widened": (_widen_endpoint, "endpoint .* SecurityGroupIds"),
    "key rotation stopped": (_stop_rotation, "EnableKeyRotation = False"),
    "log retention shortened": (_shorten_retention, "live is RetentionInDays = 1"),
    "policy attached": (_attach_administrator, "attached policy .*AdministratorAccess"),
    "inline policy added": (_widen_inline_policy, "inline policy .* extra"),
    "flow log added": (_log_elsewhere, "flow log .* nothing, live is .*elsewhere"),
}
