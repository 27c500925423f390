"""A stack for one construct, with the network that a construct asks for and does not make."""

from functools import cache
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct


class SmallStack(cdk.Stack):
    """Two zones with a subnet each, and a security group; they are referred to, not created."""

    def __init__(self) -> None:
        super().__init__(
            cdk.App(builtin_cloud_formation_validation=False),
            "Stack",
            env=cdk.Environment(account="111122223333", region="eu-west-1"),
        )
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-1",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-1", "subnet-2"],
            private_subnet_route_table_ids=["rtb-1", "rtb-2"],
        )
        self.subnets = self.vpc.private_subnets
        self.security_group = ec2.SecurityGroup.from_security_group_id(self, "Group", "sg-1")

    def resource(self, construct: IConstruct) -> dict[str, Any]:
        """The resource of a construct, as the template has it. The first call synthesizes."""
        child = construct.node.default_child or construct
        logical_id: str = self.resolve(cast("cdk.CfnElement", child).logical_id)
        return _resources(self)[logical_id]

    def all_of(self, kind: str) -> list[dict[str, Any]]:
        """The resources of a type, as the template has them."""
        found = _resources(self)
        return [resource for resource in found.values() if resource["Type"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        """The properties of the only resource of a type."""
        (resource,) = self.all_of(kind)
        properties: dict[str, Any] = resource["Properties"]
        return properties


@cache
def _resources(stack: SmallStack) -> dict[str, dict[str, Any]]:
    template = assertions.Template.from_stack(stack).to_json()
    resources: dict[str, dict[str, Any]] = template["Resources"]
    return resources
