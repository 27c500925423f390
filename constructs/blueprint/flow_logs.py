"""VPC flow logs (NW-9)."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from blueprint.customer_key import LogsKey


class FlowLogs(Construct):
    """Flow logs of a whole VPC, accepted and rejected traffic alike.

    Invariant: encrypted with a customer key that rotates, kept for the retention time, written by
    a role that can write to this log group only.

    Example:
        FlowLogs(
            self,
            "FlowLogs",
            vpc=vpc,
            retention_days=365,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        retention_days: int,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create the log group, its key, the writing role and the flow log of `vpc`.

        Args:
            scope: The construct that owns the flow logs.
            construct_id: PascalCase noun, unique in the scope.
            vpc: The VPC to watch.
            retention_days: How long CloudWatch Logs keeps a record; one of the numbers it takes.
            removal_policy: What happens to key and records when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        key = LogsKey(self, "Key", removal_policy=removal_policy)
        # L1: the L2 takes an enumeration instead of a number of days.
        self.log_group = logs.CfnLogGroup(
            self, "LogGroup", kms_key_id=key.key_arn, retention_in_days=retention_days
        )
        self.log_group.apply_removal_policy(removal_policy)
        role, policy = self._add_writer(vpc)
        # L1: the L2 flow log gives its role an inline policy, which NIST 800-53 refuses.
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            # Seconds; the other value that EC2 allows is 600.
            max_aggregation_interval=60,
            log_group_name=self.log_group.ref,
            deliver_logs_permission_arn=role.role_arn,
        )
        # Without it the first records meet a role that may not write yet.
        flow_log.node.add_dependency(policy)

    def _add_writer(self, vpc: ec2.IVpc) -> tuple[iam.Role, iam.ManagedPolicy]:
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                # Only flow logs of this account and region, so that nobody borrows the service.
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="ec2", resource="vpc-flow-log", resource_name="*"
                        )
                    },
                },
            ),
            description=f"Writes the flow logs of {vpc.node.path} to their log group",
        )
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            roles=[role],
            statements=[
                iam.PolicyStatement(
                    actions=[
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:PutLogEvents",
                    ],
                    resources=[self.log_group.attr_arn],
                )
            ],
        )
        return role, policy
