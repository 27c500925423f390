"""Customer-managed keys (EC-4)."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class LogsKey(kms.Key):
    """A customer-managed key, rotated every year, that CloudWatch Logs may use.

    Invariant: the service uses it only for log groups of this account and region.
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
        stack = cdk.Stack.of(self)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
                actions=[
                    "kms:Decrypt*",
                    "kms:Describe*",
                    "kms:Encrypt*",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
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
