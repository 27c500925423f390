"""Reading templates: every intrinsic, every kind of interface, and never a silent skip."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from blueprint.flows import INTERNET, ZONE_TAG, Flow, Zone, tcp
from proofs.assembly import Assembly, Stack, read_assembly
from proofs.findings import CANNOT_PROVE, Origin, UnusableInputError
from proofs.intrinsics import Reference, Resolver, Unknown
from proofs.network import Network, read_network
from proofs.network.model import Interface, Target
from tests.proofs.assemblies import Resources, assembly_of

WEB = Zone("web", ("10.0.0.0/20",))
FLOWS = (Flow(INTERNET, WEB, tcp(443), "customers"),)


def ec2_resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def small(**more: dict[str, Any]) -> Resources:
    """A VPC with one public subnet and one security group."""
    return {
        "Vpc": ec2_resource("VPC", CidrBlock="10.0.0.0/16"),
        "Igw": ec2_resource("InternetGateway"),
        "Attachment": ec2_resource(
            "VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, InternetGatewayId={"Ref": "Igw"}
        ),
        "Subnet": ec2_resource("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
        "Table": ec2_resource("RouteTable", VpcId={"Ref": "Vpc"}),
        "TableAssociation": ec2_resource(
            "SubnetRouteTableAssociation",
            SubnetId={"Ref": "Subnet"},
            RouteTableId={"Ref": "Table"},
        ),
        "Route": ec2_resource(
            "Route",
            RouteTableId={"Ref": "Table"},
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId={"Ref": "Igw"},
        ),
        "Group": ec2_resource(
            "SecurityGroup",
            VpcId={"Ref": "Vpc"},
            Tags=[{"Key": ZONE_TAG, "Value": "web"}],
            SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
        ),
        **more,
    }


def network_of(resources: Resources, **sections: object) -> Network:
    return read_network(assembly_of(resources, **sections), flows=FLOWS)


def doubts(network: Network, claim: str = CANNOT_PROVE) -> list[str]:
    return [finding.message for finding in network.doubts if finding.claim == claim]


def real(network: Network) -> list[Interface]:
    return [interface for interface in network.interfaces if not interface.hypothetical]


# -- intrinsics --------------------------------------------------------------------------------

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Cidr": {"Type": "String", "Default": "10.1.0.0/16"},
        "Ports": {"Type": "CommaDelimitedList", "Default": "80, 443"},
        "Open": {"Type": "String"},
    },
    "Mappings": {"Size": {"eu-west-1": {"cidr": "10.2.0.0/16"}}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Cidr"}, "10.1.0.0/16"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
        "Who": {"Fn::Equals": [{"Ref": "Open"}, "x"]},
    },
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}}},
    },
}
OTHER: dict[str, Any] = {
    "Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup"}},
    "Outputs": {
        "GroupId": {
            "Value": {"Fn::GetAtt": ["Group", "GroupId"]},
            "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-group"}},
        }
    },
}


def resolve(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    here = Stack("Here", "Here", TEMPLATE, None, "111122223333", "eu-west-1")
    there = Stack("There", "There", OTHER)
    return Resolver(Assembly((here, there)), here).resolve(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Vpc"}, Reference("Here", "Vpc")),
        ({"Ref": "Cidr"}, "10.1.0.0/16"),
        ({"Ref": "Ports"}, ["80", "443"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "${AWS::Partition}"),
        ({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "10.1.0.0/16"),
        ({"Fn::GetAtt": "Vpc.CidrBlock"}, "10.1.0.0/16"),
        ({"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]},
         Reference("Here", "Vpc", "DefaultSecurityGroup")),
        ({"Fn::Join": [".", ["com.amazonaws", {"Ref": "AWS::Region"}, "s3"]]},
         "com.amazonaws.eu-west-1.s3"),
        ({"Fn::Join": ["", [{"Ref": "Vpc"}]]}, Reference("Here", "Vpc")),
        ({"Fn::Sub": "${AWS::Region}-${!x}-${Cidr}"}, "eu-west-1-${x}-10.1.0.0/16"),
        ({"Fn::Sub": ["${a}", {"a": {"Ref": "Vpc"}}]}, Reference("Here", "Vpc")),
        ({"Fn::Select": ["1", {"Ref": "Ports"}]}, "443"),
        ({"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Cidr"}]}]}, "10.1.0.0"),
        ({"Fn::Select": [1, {"Fn::Cidr": [{"Ref": "Cidr"}, 2, "8"]}]}, "10.1.1.0/24"),
        ({"Fn::FindInMap": ["Size", {"Ref": "AWS::Region"}, "cidr"]}, "10.2.0.0/16"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}}, {}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Fn::ImportValue": "There-group"}, Reference("There", "Group", "GroupId")),
        ({"Fn::GetStackOutput": {"StackName": "There", "OutputName": "GroupId"}},
         Reference("There", "Group", "GroupId")),
    ],
)  # fmt: skip
def test_intrinsic_is_resolved(value: object, expected: object) -> None:
    assert resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Missing"},
        {"Ref": "Open"},
        {"Fn::GetAtt": ["Missing", "Id"]},
        {"Fn::If": ["Who", 1, 2]},
        {"Fn::If": ["Missing", 1, 2]},
        {"Fn::ImportValue": "nobody"},
        {"Fn::GetStackOutput": {"StackName": "Nobody", "OutputName": "x"}},
        {"Fn::Select": [7, ["a"]]},
        {"Fn::FindInMap": ["Size", "nowhere", "cidr"]},
        {"Fn::Transform": {"Name": "macro"}},
        {"Fn::Join": ["/", [{"Ref": "Vpc"}, "16"]]},
    ],
)
def test_what_cannot_be_known_is_unknown_with_a_reason(value: object) -> None:
    result = resolve(value)
    assert isinstance(result, Unknown)
    assert result.reason


def test_zones_differ() -> None:
    zones = [resolve({"Fn::Select": [index, {"Fn::GetAZs": ""}]}) for index in range(3)]
    assert len(set(zones)) == 3


def test_cdk_weak_references_between_stacks_are_followed(tmp_path: Path) -> None:
    flag = {"@aws-cdk/core:defaultCrossStackReferences": "weak"}
    app = cdk.App(outdir=str(tmp_path), context=flag, builtin_cloud_formation_validation=False)
    producer, consumer = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
    vpc = ec2.CfnVPC(producer, "Vpc", cidr_block="10.0.0.0/16")
    ec2.CfnSubnet(consumer, "Subnet", vpc_id=vpc.ref, cidr_block="10.0.0.0/24")
    app.synth()
    assert "Fn::GetStackOutput" in (tmp_path / "Consumer.template.json").read_text()
    network = read_network(read_assembly(tmp_path), flows=FLOWS)
    assert [subnet.origin for subnet in network.subnets] == [Origin("Consumer", "Subnet")]
    assert doubts(network) == []


# -- never a silent skip -----------------------------------------------------------------------


def test_the_small_network_is_understood() -> None:
    network = network_of(small())
    assert doubts(network) == []
    assert [subnet.is_public for subnet in network.subnets] == [True]


@pytest.mark.parametrize(
    ("resource", "word"),
    [
        (ec2_resource("VPCPeeringConnection", VpcId={"Ref": "Vpc"}), "VPCPeeringConnection"),
        (ec2_resource("TransitGatewayAttachment", VpcId={"Ref": "Vpc"}), "TransitGateway"),
        (ec2_resource("SomethingNew", VpcId={"Ref": "Vpc"}), "SomethingNew"),
        (ec2_resource("PrefixList", Entries=[]), "PrefixList"),
        ({"Type": "AWS::NetworkFirewall::Firewall", "Properties": {}}, "NetworkFirewall"),
        ({"Type": "AWS::GlobalAccelerator::Accelerator", "Properties": {}}, "GlobalAccelerator"),
        ({"Type": "AWS::ECS::Service", "Properties": {}}, "ECS"),
        ({"Type": "AWS::CloudFormation::Stack", "Properties": {}}, "CloudFormation::Stack"),
        ({"Type": "Custom::Anything", "Properties": {"Group": {"Ref": "Group"}}}, "custom code"),
        (ec2_resource("VPC", CidrBlock="10.9.0.0/16"), "second VPC"),
        (ec2_resource("Route", RouteTableId={"Ref": "Table"}, DestinationCidrBlock="10.9.0.0/16",
                      VpcPeeringConnectionId="pcx-1"), "VpcPeeringConnectionId"),
        (ec2_resource("Route", RouteTableId={"Ref": "Table"}, DestinationCidrBlock="10.0.1.0/24",
                      GatewayId={"Ref": "Igw"}), "inside the VPC"),
        (ec2_resource("Route", RouteTableId={"Ref": "Table"}, DestinationCidrBlock="0.0.0.0/0",
                      GatewayId={"Ref": "Igw"}), "another route"),
        (ec2_resource("Route", RouteTableId={"Ref": "Table"}, DestinationPrefixListId="pl-1",
                      GatewayId={"Ref": "Igw"}), "DestinationPrefixListId"),
        (ec2_resource("SecurityGroupIngress", GroupId={"Ref": "Group"}, IpProtocol="tcp",
                      FromPort=1, ToPort=1, SourcePrefixListId="pl-1"), "SourcePrefixListId"),
        (ec2_resource("SecurityGroupIngress", GroupId={"Ref": "Group"}, IpProtocol="tcp",
                      CidrIp="10.0.0.0/8"), "ports"),
        (ec2_resource("SecurityGroupIngress", GroupId={"Ref": "Group"}, IpProtocol="tcp",
                      FromPort=1, ToPort=1, CidrIp={"Fn::Transform": "x"}), "Transform"),
        (ec2_resource("SecurityGroupIngress", GroupId={"Ref": "Group"}, IpProtocol="tcp",
                      FromPort=1, ToPort=1, SourceSecurityGroupId="sg-1"), "outside"),
        (ec2_resource("SecurityGroupIngress", GroupId="sg-1", IpProtocol="-1",
                      CidrIp="10.0.0.0/8"), "sg-1"),
        (ec2_resource("VPCEndpoint", VpcId={"Ref": "Vpc"}, VpcEndpointType="Gateway",
                      ServiceName="com.amazonaws.eu-west-1.dynamodb"), "dynamodb"),
        (ec2_resource("InstanceConnectEndpoint", SubnetId={"Ref": "Subnet"}), "client's address"),
        (ec2_resource("Instance", SubnetId={"Ref": "Subnet"}, SecurityGroups=["name"]), "by name"),
        (ec2_resource("Instance", ImageId="ami-1"), "default VPC"),
        (ec2_resource("VPNConnection", TransitGatewayId="tgw-1"), "transit gateway"),
        (ec2_resource("SecurityGroup", Tags=[]), "is not in"),
        (ec2_resource("Subnet", VpcId="vpc-1", CidrBlock="10.9.0.0/24"), "is not in"),
    ],
)  # fmt: skip
def test_what_the_proof_does_not_know_is_a_finding(resource: dict[str, Any], word: str) -> None:
    messages = doubts(network_of(small(Extra=resource)))
    assert any(word in message for message in messages), messages


@pytest.mark.parametrize(
    "kind",
    ["AWS::IAM::Role", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::Logs::LogGroup",
     "AWS::EC2::FlowLog", "AWS::CDK::Metadata", "Custom::PasswordPolicy", "AWS::Lambda::Function"],
)  # fmt: skip
def test_types_without_traffic_are_no_finding(kind: str) -> None:
    assert doubts(network_of(small(Extra={"Type": kind, "Properties": {}}))) == []


BROUGHT: dict[str, Any] = {"Resources": {"Role": {"Type": "AWS::IAM::Role"}}}


def brought_by(properties: dict[str, object], *beside: Stack) -> list[str]:
    kind = "AWS::CloudFormation::StackSet"
    resources = small(StackSet={"Type": kind, "Properties": properties})
    stacks = assembly_of(resources).stacks + beside
    return doubts(read_network(Assembly(stacks), flows=FLOWS))


def test_a_stack_set_that_brings_what_is_read_here_is_no_finding() -> None:
    body = json.dumps(BROUGHT)
    assert brought_by({"TemplateBody": body}, Stack("Brought", "Brought", BROUGHT)) == []


@pytest.mark.parametrize(
    "properties",
    [
        {"TemplateBody": json.dumps(BROUGHT | {"Transform": "x"})},
        {"TemplateBody": "Resources: {}"},
        {"TemplateBody": {"Ref": "Role"}},
        {"TemplateURL": "https://example.com/template"},
    ],
)
def test_a_stack_set_that_brings_anything_else_is_a_finding(properties: dict[str, object]) -> None:
    (message,) = brought_by(properties, Stack("Brought", "Brought", BROUGHT))
    assert "none of the assembly" in message


def test_a_macro_is_a_finding() -> None:
    network = network_of(small(), Transform="AWS::Serverless-2016-10-31")
    assert any("macro" in message for message in doubts(network))


def test_a_resource_under_an_unknown_condition_is_a_finding() -> None:
    extra = ec2_resource("RouteTable", VpcId={"Ref": "Vpc"}) | {"Condition": "Who"}
    network = network_of(
        small(Extra=extra),
        Parameters={"Open": {"Type": "String"}},
        Conditions={"Who": {"Fn::Equals": [{"Ref": "Open"}, "x"]}},
    )
    assert any("condition" in message for message in doubts(network))


def test_a_resource_under_a_false_condition_is_not_there() -> None:
    extra = ec2_resource("Something", VpcId={"Ref": "Vpc"}) | {"Condition": "No"}
    network = network_of(small(Extra=extra), Conditions={"No": {"Fn::Equals": ["a", "b"]}})
    assert doubts(network) == []


def test_without_a_vpc_the_input_is_unusable() -> None:
    with pytest.raises(UnusableInputError, match="no VPC"):
        network_of({})


@pytest.mark.parametrize(
    "resource",
    [
        ec2_resource("VPCCidrBlock", VpcId={"Ref": "Vpc"}, AmazonProvidedIpv6CidrBlock=True),
        ec2_resource("SubnetCidrBlock", SubnetId={"Ref": "Subnet"}, Ipv6CidrBlock="2001:db8::/64"),
        ec2_resource("Route", RouteTableId={"Ref": "Table"}, DestinationIpv6CidrBlock="::/0",
                     GatewayId={"Ref": "Igw"}),
        ec2_resource("SecurityGroupIngress", GroupId={"Ref": "Group"}, IpProtocol="-1",
                     CidrIpv6="::/0"),
        ec2_resource("NetworkAclEntry", NetworkAclId={"Fn::GetAtt": ["Vpc", "DefaultNetworkAcl"]},
                     RuleNumber=1, RuleAction="allow", Protocol=-1, Ipv6CidrBlock="::/0"),
    ],
)  # fmt: skip
def test_every_trace_of_ipv6_is_a_finding(resource: dict[str, Any]) -> None:
    assert doubts(network_of(small(Extra=resource)), "no-ipv6")


# -- interfaces --------------------------------------------------------------------------------

IN_SUBNET = {"SubnetId": {"Ref": "Subnet"}}
GROUPS = [{"Fn::GetAtt": ["Group", "GroupId"]}]
LAUNCH = ec2_resource("LaunchTemplate", LaunchTemplateData={"SecurityGroupIds": GROUPS})


@pytest.mark.parametrize(
    ("resources", "public"),
    [
        ({"I": ec2_resource("Instance", **IN_SUBNET, SecurityGroupIds=GROUPS)}, False),
        ({"I": ec2_resource("Instance", NetworkInterfaces=[
            IN_SUBNET | {"GroupSet": GROUPS, "AssociatePublicIpAddress": True}])}, True),
        ({"I": ec2_resource("Instance", **IN_SUBNET, LaunchTemplate={
            "LaunchTemplateId": {"Ref": "L"}}), "L": LAUNCH}, False),
        ({"I": ec2_resource("Instance", **IN_SUBNET, SecurityGroupIds=GROUPS),
          "E": ec2_resource("EIP", InstanceId={"Ref": "I"})}, True),
        ({"I": ec2_resource("NetworkInterface", **IN_SUBNET, GroupSet=GROUPS),
          "E": ec2_resource("EIPAssociation", NetworkInterfaceId={"Ref": "I"})}, True),
        ({"I": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
            "VPCZoneIdentifier": [{"Ref": "Subnet"}],
            "LaunchTemplate": {"LaunchTemplateId": {"Ref": "L"}}}}, "L": LAUNCH}, False),
        ({"I": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
            "Subnets": [{"Ref": "Subnet"}], "SecurityGroups": GROUPS}}}, True),
        ({"I": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
            "Scheme": "internal", "Subnets": [{"Ref": "Subnet"}],
            "SecurityGroups": GROUPS}}}, False),
        ({"I": {"Type": "AWS::RDS::DBInstance", "Properties": {
            "DBSubnetGroupName": {"Ref": "S"}, "VPCSecurityGroups": GROUPS,
            "PubliclyAccessible": True}},
          "S": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {
              "SubnetIds": [{"Ref": "Subnet"}]}}}, True),
        ({"I": ec2_resource("VPCEndpoint", VpcId={"Ref": "Vpc"}, ServiceName="x",
                            VpcEndpointType="Interface",
                            SubnetIds=[{"Ref": "Subnet"}], SecurityGroupIds=GROUPS)}, False),
        ({"I": ec2_resource("InstanceConnectEndpoint", **IN_SUBNET, PreserveClientIp=False,
                            SecurityGroupIds=GROUPS)}, False),
        ({"I": {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {
            "SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": GROUPS}}}}, False),
    ],
)  # fmt: skip
def test_every_kind_of_interface_is_read(resources: Resources, public: bool) -> None:  # noqa: FBT001
    network = network_of(small(**resources))
    assert doubts(network) == []
    (interface,) = real(network)
    assert interface.origin.logical_id == "I"
    assert interface.zones == {"web"}
    assert interface.has_public_address is public


def test_an_interface_without_groups_carries_the_default_group() -> None:
    (interface,) = real(network_of(small(I=ec2_resource("Instance", **IN_SUBNET))))
    assert [group.is_default for group in interface.groups] == [True]


def test_a_network_load_balancer_without_groups_is_guarded_by_none() -> None:
    balancer = {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Type": "network", "Subnets": [{"Ref": "Subnet"}]},
    }
    (interface,) = real(network_of(small(I=balancer)))
    assert not interface.filtered


# -- routing -----------------------------------------------------------------------------------


def test_a_gateway_that_is_not_attached_leads_nowhere() -> None:
    resources = small()
    del resources["Attachment"]
    (subnet,) = network_of(resources).subnets
    assert [route.target for route in subnet.table.routes] == [Target.LOCAL, Target.NOWHERE]


def test_longest_prefix_wins_and_static_beats_propagated() -> None:
    company = Zone("on-premises", ("192.168.0.0/16",))
    flows = (*FLOWS, Flow(company, WEB, tcp(22), "administrators"))
    resources = small(
        Vgw=ec2_resource("VPNGateway"),
        VgwAttachment=ec2_resource(
            "VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, VpnGatewayId={"Ref": "Vgw"}
        ),
        Connection=ec2_resource("VPNConnection", VpnGatewayId={"Ref": "Vgw"}),
        Propagation=ec2_resource(
            "VPNGatewayRoutePropagation",
            VpnGatewayId={"Ref": "Vgw"},
            RouteTableIds=[{"Ref": "Table"}],
        ),
        Static=ec2_resource(
            "Route",
            RouteTableId={"Ref": "Table"},
            DestinationCidrBlock="192.168.0.0/17",
            GatewayId={"Ref": "Igw"},
        ),
    )
    network = read_network(assembly_of(resources), flows=flows)
    table = network.subnets[0].table
    low, high = 0xC0A80001, 0xC0A88001
    routes = [table.lookup(address) for address in (low, high)]
    assert [route.target for route in routes if route] == [
        Target.INTERNET_GATEWAY,
        Target.VPN_GATEWAY,
    ]
    resources["Static"]["Properties"]["DestinationCidrBlock"] = "192.168.0.0/16"
    tied = read_network(assembly_of(resources), flows=flows).subnets[0].table.lookup(high)
    assert tied is not None
    assert tied.target is Target.INTERNET_GATEWAY
