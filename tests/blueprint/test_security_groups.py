"""Security groups hold exactly the rows of the flow table."""

from collections.abc import Sequence

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from blueprint.flows import HTTPS, INTERNET, SSH, Flow, Zone, tcp
from blueprint.security_groups import ZoneSecurityGroups

WEB = Zone("web", ("10.0.0.0/19",))
APP = Zone("app", ("10.0.32.0/19",))
NOTHING_OUT = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}


def template_of(flows: Sequence[Flow]) -> assertions.Template:
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )
    ZoneSecurityGroups(stack, "Groups", vpc=vpc, zones=[WEB, APP], flows=flows)
    return assertions.Template.from_stack(stack)


def test_zones_with_a_group_are_named_by_group_and_others_by_cidr() -> None:
    template = template_of(
        [Flow(INTERNET, WEB, HTTPS, "Customers"), Flow(WEB, APP, tcp(8080), "Requests")]
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "Tags": [{"Key": "blueprint:zone", "Value": "web"}],
            "SecurityGroupIngress": [
                {
                    "CidrIp": "0.0.0.0/0",
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "Description": "Customers",
                }
            ],
        },
    )
    for kind, peer in (("Ingress", "SourceSecurityGroupId"), ("Egress", "Destination")):
        rules = template.find_resources(f"AWS::EC2::SecurityGroup{kind}")
        assert len(rules) == 1
        (rule,) = (rule["Properties"] for rule in rules.values())
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 8080, 8080)
        assert any(key.startswith(peer) for key in rule)


@pytest.mark.parametrize("flows", [[], [Flow(WEB, APP, tcp(8080), "Requests")]])
def test_a_group_without_a_row_to_an_address_still_has_an_inline_egress_rule(
    flows: Sequence[Flow],
) -> None:
    groups = template_of(flows).find_resources("AWS::EC2::SecurityGroup")
    for group in groups.values():
        (egress,) = group["Properties"]["SecurityGroupEgress"]
        assert NOTHING_OUT.items() <= egress.items()


def test_two_groups_may_call_each_other() -> None:
    # Inline rules would make a dependency cycle that CloudFormation refuses.
    template = template_of(
        [Flow(WEB, APP, tcp(8080), "Requests"), Flow(APP, WEB, SSH, "The other way")]
    )
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 2)
    template.resource_count_is("AWS::EC2::SecurityGroupEgress", 2)


def test_one_rule_carries_every_purpose_of_the_same_address_and_port() -> None:
    s3 = Zone("s3", ("0.0.0.0/0",))
    template = template_of([Flow(APP, INTERNET, HTTPS, "Updates"), Flow(APP, s3, HTTPS, "Objects")])
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupEgress": [
                {
                    "CidrIp": "0.0.0.0/0",
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "Description": "Updates; Objects",
                }
            ]
        },
    )
