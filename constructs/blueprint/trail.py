"""The record of what anybody does in the account (IA-12, OP-1)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.archive_bucket import ArchiveBucket
from blueprint.customer_key import LogsKey
from blueprint.policies import Statement, StatementPolicy

_SERVICE = "cloudtrail.amazonaws.com"


class ActivityTrail(Construct):
    """A trail of all regions, in a bucket for evidence and in a log group for alarms.

    Invariant: it logs every management event, global services included; its files are signed,
    encrypted under a key of their own, and come from this trail only.

    Example:
        ActivityTrail(
            self,
            "Trail",
            access_logs=bucket,
            log_retention_days=365,
            archive_days=400,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        access_logs: s3.IBucket,
        log_retention_days: int,
        archive_days: int,
        lock_days: int = 0,
        data_events_of: Sequence[str] = (),
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create key, bucket, log group and trail.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            access_logs: Where S3 writes who touched the files.
            log_retention_days: How long CloudWatch Logs keeps events; one of the numbers it takes.
            archive_days: How long the files are kept.
            lock_days: How long nobody may delete them; default: 0, no lock.
            data_events_of: ARNs of buckets whose objects are watched as well, billed by the event;
                default: none.
            removal_policy: What happens to the records when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        # A name, so that policies can say who writes before the trail exists.
        name = f"{stack.stack_name}-{construct_id}"
        self.arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name=name)
        self.key = LogsKey(self, "Key", removal_policy=removal_policy)
        self.archive = ArchiveBucket(
            self,
            "Archive",
            key=self.key,
            access_logs=access_logs,
            days=archive_days,
            lock_days=lock_days,
            removal_policy=removal_policy,
        )
        self._allow_service()
        # L1: the L2 takes an enumeration instead of a number of days.
        self.log_group = logs.CfnLogGroup(
            self, "LogGroup", kms_key_id=self.key.key_arn, retention_in_days=log_retention_days
        )
        self.log_group.apply_removal_policy(removal_policy)
        role, policy = self._add_writer()
        # L1: the L2 makes an inline policy for its role, which NIST 800-53 refuses.
        trail = cloudtrail.CfnTrail(
            self,
            "Resource",
            trail_name=name,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=self.archive.bucket.bucket_name,
            kms_key_id=self.key.key_arn,
            cloud_watch_logs_log_group_arn=self.log_group.attr_arn,
            cloud_watch_logs_role_arn=role.role_arn,
            event_selectors=_selectors(data_events_of) if data_events_of else None,
        )
        # CloudTrail tries bucket and log group before it makes a trail.
        trail.node.add_dependency(self.archive.bucket.policy or self.archive.bucket, policy)

    def _allow_service(self) -> None:
        """Let the trail, and no other, write files and use the key.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        """
        bucket = self.archive.bucket
        files = bucket.arn_for_objects(f"AWSLogs/{cdk.Stack.of(self).account}/*")
        own = {"aws:SourceArn": self.arn}
        full_control = {**own, "s3:x-amz-acl": "bucket-owner-full-control"}
        context = {**own, "kms:EncryptionContext:aws:cloudtrail:arn": self.arn}

        def statement(action: str, resource: str, equals: dict[str, str]) -> iam.PolicyStatement:
            return iam.PolicyStatement(
                principals=[iam.ServicePrincipal(_SERVICE)],
                actions=[action],
                resources=[resource],
                conditions={"StringEquals": equals},
            )

        bucket.add_to_resource_policy(statement("s3:GetBucketAcl", bucket.bucket_arn, own))
        bucket.add_to_resource_policy(statement("s3:PutObject", files, full_control))
        # AWS's page has a wildcard, which also matches data key pairs; they encrypt no files.
        self.key.add_to_resource_policy(statement("kms:GenerateDataKey", "*", context))
        self.key.add_to_resource_policy(statement("kms:DescribeKey", "*", own))

    def _add_writer(self) -> tuple[iam.Role, iam.ManagedPolicy]:
        role = iam.Role(
            self,
            "Role",
            # Without a condition: CloudTrail says neither aws:SourceArn nor aws:SourceAccount here:
            # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
            assumed_by=iam.ServicePrincipal(_SERVICE),
            description="Writes the events of the trail to their log group",
        )
        policy = StatementPolicy(
            self,
            "Policy",
            description="Writes the events of the trail to their log group",
            roles=[role],
            statements=[
                Statement(
                    "Events",
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [self.log_group.attr_arn],
                )
            ],
        )
        return role, policy


def _selectors(buckets: Sequence[str]) -> list[cloudtrail.CfnTrail.EventSelectorProperty]:
    return [
        cloudtrail.CfnTrail.EventSelectorProperty(
            include_management_events=True,
            read_write_type="All",
            data_resources=[
                cloudtrail.CfnTrail.DataResourceProperty(
                    type="AWS::S3::Object", values=[f"{bucket}/" for bucket in buckets]
                )
            ],
        )
    ]
