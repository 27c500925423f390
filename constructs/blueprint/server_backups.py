"""Backups of servers (EC-1)."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy
from blueprint.server_template import TIER_TAG

# What AWS's own role for backups may do with servers, without copies to other accounts and regions;
# that role may back up and change much else besides:
# https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
READ = (
    "ec2:DescribeElasticGpus",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceCreditSpecifications",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSnapshotTierStatus",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeTags",
    "ec2:DescribeVolumes",
    "tag:GetResources",
)
BACK_UP = ("ec2:CreateImage", "ec2:CreateSnapshot", "ec2:DescribeInstanceAttribute")
EXPIRE = ("ec2:CreateTags", "ec2:DeleteSnapshot", "ec2:DeregisterImage")
ENCRYPT = ("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")


class ServerBackups(Construct):
    """A daily backup of every server of the given tiers, in a vault under a customer key.

    Invariant: backups are kept for the retention time and nobody deletes one by hand; their role
    can do nothing but back up servers and delete what has expired.

    Example:
        ServerBackups(
            self,
            "Backups",
            tiers=["db"],
            tags={"stage": "production"},
            retention_days=35,
            key=key,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tiers: list[str],
        tags: Mapping[str, str],
        retention_days: int,
        key: kms.IKey,
    ) -> None:
        """Create vault, plan and selections; servers are found by their tags.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            tiers: Names of the tiers whose servers are backed up.
            tags: What tells these servers from others of the account with the same tiers, which
                this plan would back up too.
            retention_days: How long a backup is kept.
            key: Encrypts the servers' volumes, and so their backups, and the vault.

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
        role = self._add_role(vault, key)
        for tier in tiers:
            self._select(tier, tags, plan, role)

    def _add_role(self, vault: backup.BackupVault, key: kms.IKey) -> iam.Role:
        policy = StatementPolicy(
            self,
            "RolePolicy",
            description="Makes the daily backups of servers, and deletes those that have expired",
            statements=self._statements(vault, key),
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            description="Makes the daily backups of servers",
            managed_policies=[policy],
            # The boundary as well: no policy that is attached later gives it more.
            permissions_boundary=policy,
        )

    def _statements(self, vault: backup.BackupVault, key: kms.IKey) -> list[Statement]:
        stack = cdk.Stack.of(self)

        def any_of(resource: str, account: str | None = None) -> str:
            return stack.format_arn(
                service="ec2", account=account, resource=resource, resource_name="*"
            )

        # EC2 writes snapshots, and images too, without an account.
        backups = [any_of("image", ""), any_of("snapshot", "")]
        through_ec2 = {"StringEquals": {"kms:ViaService": f"ec2.{stack.region}.{stack.url_suffix}"}}
        for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        return [
            Statement("Read", READ, ["*"], wildcard=NO_RESOURCE_LEVEL),
            Statement(
                "BackUp",
                BACK_UP,
                [any_of("instance"), any_of("volume"), *backups],
                wildcard="Servers come and go; the selections say which are backed up, and only "
                "AWS Backup assumes the role. Unsafe on a role that people or servers assume.",
            ),
            Statement(
                "Expire",
                EXPIRE,
                backups,
                wildcard="A backup has no name before it is made; AWS Backup deletes those of its "
                "own. Unsafe on a role that people or servers assume.",
            ),
            Statement(
                "Vault",
                ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
                [vault.backup_vault_arn],
            ),
            Statement("Key", ["kms:DescribeKey"], [key.key_arn]),
            Statement("KeyGrant", ["kms:CreateGrant"], [key.key_arn], for_aws),
            Statement("KeyThroughEc2", ENCRYPT, [key.key_arn], through_ec2),
        ]

    def _select(
        self, tier: str, tags: Mapping[str, str], plan: backup.BackupPlan, role: iam.Role
    ) -> None:
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
                        {"ConditionKey": f"aws:ResourceTag/{tag}", "ConditionValue": value}
                        for tag, value in {TIER_TAG: tier, **tags}.items()
                    ]
                },
            ),
        )


def _unique(stack: cdk.Stack) -> str:
    """Eight letters and digits that no other stack has, from the end of its ARN."""
    return cdk.Fn.select(0, cdk.Fn.split("-", cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))))
