"""Backups of servers (EC-1)."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.server_template import TIER_TAG

_SERVICE_POLICY = "service-role/AWSBackupServiceRolePolicyForBackup"


class ServerBackups(Construct):
    """A daily backup of every server of the given tiers, in a vault under a customer key.

    Invariant: backups are kept for the retention time and nobody deletes one by hand.

    Example:
        ServerBackups(self, "Backups", tiers=["db"], retention_days=35, key=key)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tiers: list[str],
        retention_days: int,
        key: kms.IKey,
    ) -> None:
        """Create vault, plan and selections; servers are found by the tag of their tier.

        Raises:
            ValueError: no tier, which would be a plan that backs up nothing and looks well.
        """
        super().__init__(scope, construct_id)
        if not tiers:
            raise ValueError(f"{self.node.path} backs up no tier: name tiers, or leave it out")
        vault = backup.BackupVault(
            self,
            "Vault",
            # It outlives its stack, and the next one of that name needs another.
            backup_vault_name=f"servers-{_unique(cdk.Stack.of(self))}",
            encryption_key=key,
            block_recovery_point_deletion=True,
            # AWS deletes no vault that holds backups.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_vault=vault,
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="Daily",
                    # Hours of UTC; 17:00 is two in the morning in Japan.
                    schedule_expression=events.Schedule.cron(hour="17", minute="0"),
                    delete_after=cdk.Duration.days(retention_days),
                )
            ],
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            description="Makes the daily backups of servers",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_SERVICE_POLICY)],
        )
        acknowledge(
            role,
            "AWS's own policy for its backup service, which only that service can use: AWS keeps "
            "it in step with what a backup of an instance needs. Unsafe on a role that people or "
            "servers assume.",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
            + _SERVICE_POLICY
            + "]",
        )
        for tier in tiers:
            self._select(tier, plan, role)

    def _select(self, tier: str, plan: backup.BackupPlan, role: iam.Role) -> None:
        # L1: the L2 selects by tag alone. That would take each tagged volume once more beside its
        # server, and nothing at all where the account has not opted in to backups of EC2:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
        backup.CfnBackupSelection(
            self,
            f"{tier.capitalize()}Servers",
            backup_plan_id=plan.backup_plan_id,
            backup_selection=backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
                selection_name=f"{tier}-servers",
                iam_role_arn=role.role_arn,
                resources=[
                    cdk.Stack.of(self).format_arn(
                        service="ec2",
                        region="*",
                        account="*",
                        resource="instance",
                        resource_name="*",
                    )
                ],
                conditions={
                    "StringEquals": [
                        {"ConditionKey": f"aws:ResourceTag/{TIER_TAG}", "ConditionValue": tier}
                    ]
                },
            ),
        )


def _unique(stack: cdk.Stack) -> str:
    """Eight letters and digits that no other stack has, from the end of its ARN."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))))
