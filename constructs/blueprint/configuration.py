"""How the account is configured, recorded and judged all the time (IA-1, IA-10, OP-2)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from blueprint.acknowledgements import acknowledge
from blueprint.archive_bucket import ArchiveBucket
from blueprint.config_rows import ConfigRule
from blueprint.customer_key import CustomerKey
from blueprint.policies import Statement, StatementPolicy

_READS = "service-role/AWS_ConfigRole"


class ConfigurationRecorder(Construct):
    """The recorder of AWS Config, and the channel to a bucket of its own.

    An account has one recorder a region.

    Invariant: it records every kind of resource, from the first deployment on; its role reads
    configurations and writes to the bucket, and Config assumes it for this account only.

    Example:
        recorder = ConfigurationRecorder(
            self,
            "Recorder",
            access_logs=bucket,
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
        archive_days: int,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create key, bucket, role, recorder and channel.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            access_logs: Where S3 writes who touched the records.
            archive_days: How long records are kept.
            removal_policy: What happens to the records when the stack is destroyed.
        """
        super().__init__(scope, construct_id)
        self.key = CustomerKey(self, "Key", removal_policy=removal_policy)
        # A bucket of its own, because Config delivers to no bucket with object lock:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-deliverychannel.html
        self.archive = ArchiveBucket(
            self,
            "Archive",
            key=self.key,
            access_logs=access_logs,
            days=archive_days,
            removal_policy=removal_policy,
        )
        role, policy = self._add_role()
        recorder = config.CfnConfigurationRecorder(
            self,
            "Resource",
            role_arn=role.role_arn,
            recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
                all_supported=True, include_global_resource_types=True
            ),
        )
        channel = config.CfnDeliveryChannel(
            self,
            "Channel",
            s3_bucket_name=self.archive.bucket.bucket_name,
            s3_kms_key_arn=self.key.key_arn,
            config_snapshot_delivery_properties=(
                config.CfnDeliveryChannel.ConfigSnapshotDeliveryPropertiesProperty(
                    delivery_frequency="TwentyFour_Hours"
                )
            ),
        )
        # Neither waits for the other: a channel needs a recorder, and CloudFormation calls a
        # recorder complete once there is a channel:
        # https://github.com/awsdocs/aws-cloudformation-user-guide/pull/1282
        for resource in (recorder, channel):
            # Config tries the bucket with the role's rights.
            resource.node.add_dependency(policy, self.archive.bucket.policy or policy)
        self.ready: tuple[IDependable, ...] = (recorder, channel)

    def _add_role(self) -> tuple[iam.Role, iam.ManagedPolicy]:
        """Make the role.

        https://docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html
        """
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            # Not the service-linked role: an account that once used Config has it, and
            # CloudFormation makes it in none that has.
            assumed_by=iam.ServicePrincipal(
                "config.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description="Reads how resources are configured, and writes it down",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_READS)],
        )
        acknowledge(
            role,
            "Only AWS knows which calls read the resources that Config supports; the list grows "
            "every month. Unsafe on a role that people or servers assume.",
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_READS}]",
        )
        bucket = self.archive.bucket
        policy = StatementPolicy(
            self,
            "Policy",
            description="Writes the records of AWS Config to their bucket",
            roles=[role],
            statements=[
                Statement("Bucket", ["s3:GetBucketAcl"], [bucket.bucket_arn]),
                Statement(
                    "Records",
                    ["s3:PutObject"],
                    [bucket.arn_for_objects(f"AWSLogs/{stack.account}/*")],
                    {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                    wildcard="The records of this account, whose names Config chooses. Unsafe in a "
                    "bucket that holds anything else.",
                ),
                Statement("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [self.key.key_arn]),
            ],
        )
        return role, policy


class ConfigurationRules(Construct):
    """Managed rules of AWS Config, one a row.

    The account needs a recorder and a channel before the first rule: wait for them if they are of
    the same stack.

    Invariant: AWS writes the rules' code, and the rows say what they judge.

    Example:
        rules = ConfigurationRules(
            self,
            "Rules",
            rules=[
                ConfigRule(
                    name="RootAccessKeys",
                    identifier="IAM_ROOT_ACCESS_KEY_CHECK",
                    controls=("IA-1",),
                    description="The root user has no access key",
                )
            ],
        )
        rules.node.add_dependency(*recorder.ready)
    """

    def __init__(self, scope: Construct, construct_id: str, *, rules: Sequence[ConfigRule]) -> None:
        """Create a rule for each row of `rules`."""
        super().__init__(scope, construct_id)
        self.rules = {
            # L1: the L2 costs twice the time in synthesis and says no more.
            rule.name: config.CfnConfigRule(
                self,
                rule.name,
                description=rule.description,
                source=config.CfnConfigRule.SourceProperty(
                    owner="AWS", source_identifier=rule.identifier
                ),
                input_parameters=dict(rule.parameters) or None,
            )
            for rule in rules
        }
