"""Buckets and their policies."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import (
    Live,
    Place,
    Properties,
    Resource,
    UnsupportedError,
    only,
    resource,
)
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LONGEST_BUCKET_NAME = 63
_ENCRYPTION = {"BucketKeyEnabled", "ServerSideEncryptionByDefault"}


@resource(
    "AWS::S3::Bucket",
    replaces=["BucketName"],
    in_place=[
        "AccessControl",
        "BucketEncryption",
        "LifecycleConfiguration",
        "LoggingConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockEnabled",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
        "VersioningConfiguration",
    ],
)
class Bucket(Resource):
    """A bucket."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the bucket."""
        name = properties.get("BucketName", place.generated_name(_LONGEST_BUCKET_NAME).lower())
        settings: dict[str, Any] = {}
        if place.region != "us-east-1":  # the region that S3 refuses to be told
            settings["CreateBucketConfiguration"] = {"LocationConstraint": place.region}
        if "AccessControl" in properties:
            settings["ACL"] = properties["AccessControl"].lower()
        if _locks(properties):
            settings["ObjectLockEnabledForBucket"] = True
        _s3(place).create_bucket(Bucket=name, **settings)
        domain = f"{name}.s3.{place.region}.amazonaws.com"
        attributes = {"Arn": f"arn:aws:s3:::{name}", "RegionalDomainName": domain}
        return self.update(place, Live(name, attributes), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change what the template says, and take back what it no longer says."""
        s3, name = _s3(place), live.physical_id
        if _locks(old) and not _locks(new):
            raise UnsupportedError(f"object lock of {name} can never be switched off")
        for setting, (put, take_back) in _SETTINGS.items():
            if setting in new:
                put(s3, name, new[setting])
            elif setting in old:
                take_back(s3, name)
        if tags := place.tags(new):
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})  # type: ignore[typeddict-item] # a tag is written as a plain dict
        elif place.tags(old):
            s3.delete_bucket_tagging(Bucket=name)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the bucket; one with objects in it is a failure, as in AWS."""
        _s3(place).delete_bucket(Bucket=live.physical_id)


def _locks(properties: Properties) -> bool:
    return properties.get("ObjectLockEnabled", False) in (True, "true")


def _put_encryption(s3: "S3Client", bucket: str, encryption: Properties) -> None:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": bool(rule.get("BucketKeyEnabled", False)),
        }
        for each in encryption["ServerSideEncryptionConfiguration"]
        for rule in [only(_ENCRYPTION, each, "BucketEncryption")]
    ]
    configuration: Any = {"Rules": rules}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)


def _put_lifecycle(s3: "S3Client", bucket: str, lifecycle: Properties) -> None:
    configuration: Any = {"Rules": [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)


_RULE_NAMES = {"Id": "ID"} | {
    name: name
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Status")
}


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """A rule in the API's words, which are not CloudFormation's."""
    only({*_RULE_NAMES, "ExpirationInDays", "Prefix"}, rule, "a lifecycle rule")
    known = {_RULE_NAMES[key]: value for key, value in rule.items() if key in _RULE_NAMES}
    known["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if "ExpirationInDays" in rule:
        known["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    return known


def _put_logging(s3: "S3Client", bucket: str, logging: Properties) -> None:
    only({"DestinationBucketName", "LogFilePrefix"}, logging, "LoggingConfiguration")
    target = {
        # Without a name, the bucket logs into itself.
        "TargetBucket": logging.get("DestinationBucketName", bucket),
        "TargetPrefix": logging.get("LogFilePrefix", ""),
    }
    status: Any = {"LoggingEnabled": target}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


_LOCKS_NOTHING: Any = {"ObjectLockEnabled": "Enabled"}


def _put_lock(s3: "S3Client", bucket: str, lock: Properties) -> None:
    """Keep every new object for so long; a bucket that cannot lock refuses it."""
    only({"ObjectLockEnabled", "Rule"}, lock, "ObjectLockConfiguration")
    retention = only({"DefaultRetention"}, lock["Rule"], "ObjectLockConfiguration")
    said = only({"Days", "Mode", "Years"}, retention["DefaultRetention"], "DefaultRetention")
    for_so_long = {key: value if key == "Mode" else int(value) for key, value in said.items()}
    configuration: Any = {**_LOCKS_NOTHING, "Rule": {"DefaultRetention": for_so_long}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)


_Put = Callable[["S3Client", str, Any], object]
_TakeBack = Callable[["S3Client", str], object]
_SETTINGS: dict[str, tuple[_Put, _TakeBack]] = {
    "BucketEncryption": (
        _put_encryption,
        lambda s3, bucket: s3.delete_bucket_encryption(Bucket=bucket),
    ),
    "LifecycleConfiguration": (
        _put_lifecycle,
        lambda s3, bucket: s3.delete_bucket_lifecycle(Bucket=bucket),
    ),
    "LoggingConfiguration": (
        _put_logging,
        lambda s3, bucket: s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={}),
    ),
    "OwnershipControls": (
        lambda s3, bucket, controls: s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls=controls
        ),
        lambda s3, bucket: s3.delete_bucket_ownership_controls(Bucket=bucket),
    ),
    "PublicAccessBlockConfiguration": (
        lambda s3, bucket, block: s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=block
        ),
        lambda s3, bucket: s3.delete_public_access_block(Bucket=bucket),
    ),
    "VersioningConfiguration": (
        lambda s3, bucket, versioning: s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration=versioning
        ),
        lambda s3, bucket: s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    # The last: S3 asks for versioning first.
    "ObjectLockConfiguration": (
        _put_lock,
        lambda s3, bucket: s3.put_object_lock_configuration(
            Bucket=bucket, ObjectLockConfiguration=_LOCKS_NOTHING
        ),
    ),
}


def _s3(place: Place) -> "S3Client":
    s3: S3Client = client("s3", place.account, place.region)
    return s3


@resource("AWS::S3::BucketPolicy", replaces=["Bucket"], in_place=["PolicyDocument"])
class BucketPolicy(Resource):
    """A bucket's policy."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Put the policy."""
        return self.update(place, Live(properties["Bucket"]), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Put the policy."""
        _s3(place).put_bucket_policy(
            Bucket=live.physical_id, Policy=json.dumps(new["PolicyDocument"])
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the policy."""
        _s3(place).delete_bucket_policy(Bucket=live.physical_id)
