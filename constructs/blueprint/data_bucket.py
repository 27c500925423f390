"""The bucket that holds the customer's data (EC-4)."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.access_log_bucket import AccessLogBucket, deliver_by_policy
from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs
from blueprint.customer_key import CustomerKey
from blueprint.providers import empty_only

# How long replaced and deleted versions can be brought back, in days.
OLD_VERSIONS_DAYS = 90


class DataBucket(Construct):
    """A private, versioned, access-logged bucket under a customer key of its own.

    Invariant: nothing reaches it without TLS 1.2, nothing in it is ever public, and every object
    is encrypted under the key. With RemovalPolicy.DESTROY it goes with all its objects.

    Example:
        DataBucket(self, "Data", removal_policy=cdk.RemovalPolicy.RETAIN)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        removal_policy: cdk.RemovalPolicy,
        expire_after_days: Mapping[str, int] | None = None,
    ) -> None:
        """Create key, bucket and the bucket for its access log.

        Args:
            scope: The construct that owns the bucket.
            construct_id: PascalCase noun, unique in the scope.
            removal_policy: What happens to the data when the stack is destroyed.
            expire_after_days: Prefixes whose objects are deleted after so many days; default:
                none, data stays.

        Raises:
            ValueError: a prefix that means all data or none, or less than a day.
        """
        super().__init__(scope, construct_id)
        for prefix, days in (expire_after_days or {}).items():
            if prefix.strip("/") == "" or prefix.startswith("/") or days < 1:
                raise ValueError(
                    f"{self.node.path} deletes {prefix!r} after {days} days: name a folder such as "
                    "'db/backups/', without a slash in front, and at least one day"
                )
        deliver_by_policy(self)
        self.key = CustomerKey(self, "Key", removal_policy=removal_policy)
        emptied = removal_policy is cdk.RemovalPolicy.DESTROY
        self.access_logs = AccessLogBucket(self, "AccessLogs", removal_policy=removal_policy)
        self.bucket = s3.Bucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            # One request to KMS for many objects.
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="data/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(OLD_VERSIONS_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                ),
                *(
                    s3.LifecycleRule(prefix=prefix, expiration=cdk.Duration.days(days))
                    for prefix, days in (expire_after_days or {}).items()
                ),
            ],
            removal_policy=removal_policy,
            auto_delete_objects=emptied,
        )
        if self.bucket.policy:
            # Data that stays must not lose what guards it.
            self.bucket.policy.apply_removal_policy(removal_policy)
        if emptied:
            empty_only(self)
        self._acknowledge()

    def only_through(self, endpoint: ec2.IGatewayVpcEndpoint, role: iam.IRole) -> None:
        """Refuse the role everywhere but through the endpoint.

        Credentials that leak from a server open nothing from outside the VPC.
        """
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.ArnPrincipal(role.role_arn)],
                actions=["s3:*"],
                resources=[self.bucket.bucket_arn, self.bucket.arn_for_objects("*")],
                conditions={"StringNotEquals": {"aws:SourceVpce": endpoint.vpc_endpoint_id}},
            )
        )

    def _acknowledge(self) -> None:
        acknowledge(
            self,
            "A second copy in another region is a decision about where data may be, which the "
            "blueprint leaves to you; versions protect from mistakes, not from losing a region. "
            "Unsafe for data that must survive that.",
            *in_packs("S3BucketReplicationEnabled", HIPAA, NIST_R4, NIST_R5, PCI),
        )
        acknowledge(
            self,
            "Object lock keeps data that its owner must be able to delete; versions and the "
            "deletion policy protect it here. Unsafe for records that nobody may alter.",
            "NIST.800.53.R4-S3BucketDefaultLockEnabled",
        )
