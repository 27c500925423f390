"""Log groups of servers (EC-4, OP-1)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from blueprint.customer_key import LogsKey


class ServerLogs(Construct):
    """One log group a tier, so that no tier can write into the record of another.

    Invariant: encrypted with a customer key that rotates, kept for the retention time.

    Example:
        ServerLogs(
            self,
            "Logs",
            tiers=["web", "app", "db"],
            retention_days=365,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tiers: Sequence[str],
        retention_days: int,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create the key and the log groups.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            tiers: Names of the tiers.
            retention_days: How long CloudWatch Logs keeps a record; one of the numbers it takes.
            removal_policy: What happens to key and records when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        key = LogsKey(self, "Key", removal_policy=removal_policy)
        self.groups = {
            # L1: the L2 takes an enumeration instead of a number of days.
            tier: logs.CfnLogGroup(
                self,
                tier.capitalize(),
                kms_key_id=key.key_arn,
                retention_in_days=retention_days,
            )
            for tier in tiers
        }
        for group in self.groups.values():
            group.apply_removal_policy(removal_policy)
