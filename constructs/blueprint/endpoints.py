"""Ways to the AWS API, and to servers, that do not cross the internet (NW-7, NW-8)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.update_buckets import update_buckets

# Session Manager, for agents since 3.3.40.0, and the logs that servers write:
# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
SERVICES = ("ssm", "ssmmessages", "logs")

# What a server does with data; nothing that changes a bucket.
USE_DATA = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
)


class S3GatewayEndpoint(Construct):
    """The way to Amazon S3, free of charge, for the route tables of the given subnets.

    Invariant: through it, principals of this account use one bucket, list the names of their
    buckets and read the named objects; anyone reads what operating systems need to update; and
    nothing else, so nobody carries data out to a bucket of their own.

    Example:
        S3GatewayEndpoint(
            self,
            "S3Endpoint",
            vpc=vpc,
            subnets=subnets,
            bucket=bucket,
            readable_objects=[bucket.arn_for_objects("workload.zip")],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        bucket: s3.IBucket,
        readable_objects: Sequence[str] = (),
    ) -> None:
        """Create the endpoint, its policy, and a route to it in each subnet's route table.

        Args:
            scope: The construct that owns the endpoint.
            construct_id: PascalCase noun, unique in the scope.
            vpc: The VPC of the subnets.
            subnets: Whose route tables lead to it.
            bucket: The data bucket.
            readable_objects: ARNs of further objects that servers may read; default: none.
        """
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self.endpoint = ec2.GatewayVpcEndpoint(
            self,
            "Resource",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(subnets))],
        )
        self._allow(
            "Data", USE_DATA, [bucket.bucket_arn, bucket.arn_for_objects("*")], own_account=True
        )
        # The names of all buckets have no resource of their own.
        self._allow("BucketNames", ["s3:ListAllMyBuckets"], ["*"], own_account=True)
        if readable_objects:
            self._allow("Objects", ["s3:GetObject"], readable_objects, own_account=True)
        # dnf and agents read without credentials, so there is no principal to name.
        self._allow(
            "Updates",
            ["s3:GetObject"],
            [
                stack.format_arn(
                    service="s3",
                    account="",
                    region="",
                    resource=name,
                    resource_name="*",
                )
                for name in update_buckets(stack.region)
            ],
            own_account=False,
        )

    def _allow(
        self, sid: str, actions: Sequence[str], resources: Sequence[str], *, own_account: bool
    ) -> None:
        account = {"StringEquals": {"aws:PrincipalAccount": cdk.Stack.of(self).account}}
        self.endpoint.add_to_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.AnyPrincipal()],
                actions=list(actions),
                resources=list(resources),
                conditions=account if own_account else None,
            )
        )


class InterfaceEndpoints(Construct):
    """Interface endpoints for the AWS API, billed by the hour and zone.

    Invariant: only principals of this account get through, and only from where the security
    group says.

    Example:
        InterfaceEndpoints(
            self,
            "InterfaceEndpoints",
            vpc=vpc,
            subnets=subnets,
            security_group=security_group,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_group: ec2.ISecurityGroup,
        services: Sequence[str] = SERVICES,
    ) -> None:
        """Create one endpoint a service, each with an interface in every subnet.

        `services`: their names behind com.amazonaws.REGION; default: Systems Manager and logs.
        """
        super().__init__(scope, construct_id)
        for service in services:
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
                    # A caller's own policies say what it may do; a list here would repeat those of
                    # every agent and operator, and stop what one of them is given later. Unsafe
                    # without the condition: credentials of others would work from inside.
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

    Example:
        InstanceConnectEndpoint(
            self, "InstanceConnect", subnet=subnets[0], security_group=security_group
        )
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
