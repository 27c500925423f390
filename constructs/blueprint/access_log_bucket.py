"""The bucket that records who touched other buckets (EC-4, OP-1)."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs
from blueprint.providers import empty_only

# How long the record of who touched the data is kept, in days.
ACCESS_LOG_DAYS = 365


class AccessLogBucket(s3.Bucket):
    """A private, versioned bucket for access logs of S3 and Elastic Load Balancing.

    Invariant: nothing reaches it without TLS 1.2, nothing in it is ever public, and every record is
    deleted after a year. With RemovalPolicy.DESTROY it goes with all its records.

    Example:
        AccessLogBucket(self, "AccessLogs", removal_policy=cdk.RemovalPolicy.RETAIN)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, removal_policy: cdk.RemovalPolicy
    ) -> None:
        """Create the bucket; `removal_policy`: what happens to the records with the stack."""
        super().__init__(
            scope,
            construct_id,
            # S3 and Elastic Load Balancing deliver logs under keys of S3 only:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(ACCESS_LOG_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(1),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=removal_policy is cdk.RemovalPolicy.DESTROY,
        )
        if self.policy:
            # Records that stay must not lose what guards them.
            self.policy.apply_removal_policy(removal_policy)
        if removal_policy is cdk.RemovalPolicy.DESTROY:
            empty_only(self)
        self._acknowledge()

    def _acknowledge(self) -> None:
        acknowledge(
            self,
            "The services that write here take keys of S3 only; the bucket is encrypted with "
            "those. Unsafe for anything but access logs.",
            *in_packs("S3DefaultEncryptionKMS", HIPAA, NIST_R5, PCI),
        )
        acknowledge(
            self,
            "A second copy in another region is a decision about where records may be, which the "
            "blueprint leaves to you. Unsafe for records that must survive losing a region.",
            *in_packs("S3BucketReplicationEnabled", HIPAA, NIST_R4, NIST_R5, PCI),
        )
        acknowledge(
            self,
            "Object lock keeps records that nobody reads after a year; versions protect them from "
            "mistakes. Unsafe for records that nobody may alter.",
            "NIST.800.53.R4-S3BucketDefaultLockEnabled",
        )


def deliver_by_policy(scope: Construct) -> None:
    """Let the CDK deliver logs of the buckets below `scope` by a policy.

    Without this feature flag it uses an ACL, which object ownership refuses. Call it before there
    is anything below.
    """
    scope.node.set_context("@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy", True)  # noqa: FBT003
