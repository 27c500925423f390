"""Ways to the AWS API, and to servers, that do not cross the internet (NW-7, NW-8)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

# What Session Manager needs; ec2messages serves agents older than 3.3.40.0:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
SYSTEMS_MANAGER = ("ssm", "ssmmessages", "ec2messages")


class S3GatewayEndpoint(Construct):
    """The way to Amazon S3, free of charge, for the route tables of the given subnets.

    Invariant: through it, this account's principals reach this account's buckets, and anyone
    reads the package repository of Amazon Linux; nothing else, so nobody carries data out to a
    bucket of their own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Create the endpoint, its policy, and a route to it in each subnet's route table."""
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self.endpoint = ec2.GatewayVpcEndpoint(
            self,
            "Resource",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(subnets))],
        )
        self.endpoint.add_to_policy(
            iam.PolicyStatement(
                sid="OwnBuckets",
                principals=[iam.AnyPrincipal()],
                actions=["s3:*"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": stack.account,
                        "aws:ResourceAccount": stack.account,
                    }
                },
            )
        )
        # dnf reads without credentials, so there is no principal to name:
        # https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html
        self.endpoint.add_to_policy(
            iam.PolicyStatement(
                sid="AmazonLinuxPackages",
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject"],
                resources=[
                    stack.format_arn(
                        service="s3",
                        account="",
                        region="",
                        resource=f"al2023-repos-{stack.region}-de612dc2",
                        resource_name="*",
                    )
                ],
            )
        )


class SystemsManagerEndpoints(Construct):
    """Interface endpoints for Systems Manager, billed by the hour and zone.

    Invariant: only principals of this account get through, and only from where the security
    group says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
    ) -> None:
        """Create one endpoint a service, each with an interface in every subnet."""
        super().__init__(scope, construct_id)
        for service in SYSTEMS_MANAGER:
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                service.capitalize(),
                vpc=vpc,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=ec2.SubnetSelection(subnets=list(subnets)),
                security_groups=[security_group],
                # "open" would add a rule for the whole VPC beside the flow table.
                open=False,
            )
            endpoint.add_to_policy(
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=["*"],
                    resources=["*"],
                    conditions={
                        "StringEquals": {"aws:PrincipalAccount": cdk.Stack.of(self).account}
                    },
                )
            )


class InstanceConnectEndpoint(Construct):
    """SSH and RDP to private servers with IAM credentials and no open port, free of charge.

    Invariant: servers see the endpoint's own address, so that the flow table can name it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        subnet: ec2.ISubnet,
        security_group: ec2.ISecurityGroup,
    ) -> None:
        """Create the endpoint; one serves every zone of the VPC."""
        super().__init__(scope, construct_id)
        ec2.CfnInstanceConnectEndpoint(
            self,
            "Resource",
            subnet_id=subnet.subnet_id,
            security_group_ids=[security_group.security_group_id],
            preserve_client_ip=False,
        )
