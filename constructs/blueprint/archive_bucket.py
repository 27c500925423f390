"""Buckets for records that services write and nobody changes (EC-4, OP-1)."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from blueprint.access_log_bucket import deliver_by_policy
from blueprint.acknowledgements import HIPAA, NIST_R4, NIST_R5, PCI, acknowledge, in_packs
from blueprint.providers import empty_only


class ArchiveBucket(Construct):
    """A private, versioned, access-logged bucket, whose records are deleted after their time.

    Invariant: nothing reaches it without TLS 1.2, nothing in it is ever public, every record is
    encrypted under the key and kept for its days; with a lock, nobody deletes one before, unless
    IAM lets him bypass governance. With RemovalPolicy.DESTROY it goes with all its records.

    Example:
        ArchiveBucket(
            self,
            "Archive",
            key=key,
            access_logs=bucket,
            days=400,
            lock_days=365,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        access_logs: s3.IBucket,
        days: int,
        lock_days: int = 0,
        removal_policy: cdk.RemovalPolicy,
    ) -> None:
        """Create the bucket.

        Args:
            scope: The construct that owns the bucket.
            construct_id: PascalCase noun, unique in the scope.
            key: Encrypts the records.
            access_logs: Where S3 writes who touched them.
            days: How long records are kept.
            lock_days: How long nobody may delete them; default: 0, no lock.
            removal_policy: What happens to the records when the stack is destroyed.

        Raises:
            ValueError: a lock in a bucket that is to be emptied.
        """
        super().__init__(scope, construct_id)
        emptied = removal_policy is cdk.RemovalPolicy.DESTROY
        if lock_days and emptied:
            raise ValueError(
                f"{self.node.path} is locked for {lock_days} days and cannot be emptied: keep it "
                "with RemovalPolicy.RETAIN, or lock_days=0"
            )
        deliver_by_policy(self)
        lock = s3.ObjectLockRetention.governance(cdk.Duration.days(lock_days or 1))
        self.bucket = s3.Bucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_lock_enabled=bool(lock_days) or None,
            object_lock_default_retention=lock if lock_days else None,
            server_access_logs_bucket=access_logs,
            # The place of the construct: several archives may share one bucket of access logs.
            server_access_logs_prefix=f"{self.node.path.partition('/')[2].lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(days),
                    # A record that somebody replaced or deleted is evidence as well.
                    noncurrent_version_expiration=cdk.Duration.days(days),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=emptied,
        )
        if self.bucket.policy:
            # Records that stay must not lose what guards them.
            self.bucket.policy.apply_removal_policy(removal_policy)
        if emptied:
            empty_only(self)
        self._acknowledge(locked=bool(lock_days))

    def _acknowledge(self, *, locked: bool) -> None:
        acknowledge(
            self,
            "A second copy in another region is a decision about where records may be, which the "
            "blueprint leaves to you. Unsafe for records that must survive losing a region.",
            *in_packs("S3BucketReplicationEnabled", HIPAA, NIST_R4, NIST_R5, PCI),
        )
        if not locked:
            acknowledge(
                self,
                "No lock was asked for: the environment must be removable, or the service refuses "
                "locked buckets. Unsafe for records that have to convince a court.",
                "NIST.800.53.R4-S3BucketDefaultLockEnabled",
            )
