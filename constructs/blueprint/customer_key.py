"""Customer-managed keys (EC-4)."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class CustomerKey(kms.Key):
    """A customer-managed key, rotated every year.

    Invariant: who uses it is decided by IAM policies of this account, and by nobody else's.

    Example:
        CustomerKey(self, "DataKey", removal_policy=cdk.RemovalPolicy.RETAIN)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, removal_policy: cdk.RemovalPolicy
    ) -> None:
        """Create the key. With RemovalPolicy.DESTROY, deletion still waits seven days."""
        super().__init__(
            scope,
            construct_id,
            enable_key_rotation=True,
            # The shortest waiting time that KMS allows.
            pending_window=cdk.Duration.days(7),
            removal_policy=removal_policy,
        )


class LogsKey(CustomerKey):
    """A customer-managed key that CloudWatch Logs may use.

    Invariant: the service uses it only for log groups of this account and region.

    Example:
        LogsKey(self, "LogsKey", removal_policy=cdk.RemovalPolicy.RETAIN)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, removal_policy: cdk.RemovalPolicy
    ) -> None:
        """Create the key and let the service use it."""
        super().__init__(scope, construct_id, removal_policy=removal_policy)
        stack = cdk.Stack.of(self)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
                # AWS's page has wildcards; they also match data key pairs, which encrypt no logs:
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": stack.format_arn(
                            service="logs",
                            resource="log-group",
                            resource_name="*",
                            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                        )
                    }
                },
            )
        )


class VolumesKey(CustomerKey):
    """A customer-managed key for the volumes of servers.

    Invariant: beside IAM, only EC2 Auto Scaling of this account may use it, through EBS.

    Example:
        VolumesKey(self, "VolumesKey", removal_policy=cdk.RemovalPolicy.RETAIN)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, removal_policy: cdk.RemovalPolicy
    ) -> None:
        """Create the key and let Auto Scaling launch servers with it.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
        """
        super().__init__(scope, construct_id, removal_policy=removal_policy)
        # Anyone, narrowed to one role of this account: a key policy that names a role which does
        # not exist yet is refused, and the service makes its role with an account's first group.
        # The account as principal would leave the decision to IAM, where that role has no keys.
        auto_scaling = {
            "ArnEquals": {
                "aws:PrincipalArn": cdk.Stack.of(self).format_arn(
                    service="iam",
                    region="",
                    resource="role",
                    resource_name="aws-service-role/autoscaling.amazonaws.com/"
                    "AWSServiceRoleForAutoScaling",
                )
            }
        }
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                resources=["*"],
                conditions=auto_scaling,
            )
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["kms:CreateGrant"],
                resources=["*"],
                conditions={**auto_scaling, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )
