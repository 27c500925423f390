"""Buckets: what the templates say, and what is live, setting by setting."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import states

_SWITCHES = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


@states("AWS::S3::Bucket")
def _bucket(it: Deployed) -> Iterator[Fact]:
    name, said = it.physical_id, it.properties
    yield Fact(("bucket", name), name)
    values: dict[str, Value] = {
        "encryption": _said_encryption(said.get("BucketEncryption", {})),
        "lifecycle": [
            _said_rule(rule) for rule in said.get("LifecycleConfiguration", _NO)["Rules"]
        ],
        "lock": _said_lock(said),
        "log": _said_logging(said.get("LoggingConfiguration"), name),
        "ownership": _ownership(said.get("OwnershipControls", _NO)),
        "public access": _public_access(said.get("PublicAccessBlockConfiguration", {})),
        "tags": {**it.stack_tags, **{tag["Key"]: tag["Value"] for tag in said.get("Tags", [])}},
        "versioning": said.get("VersioningConfiguration", {}).get("Status", ""),
    }
    for setting, value in values.items():
        yield Fact((setting, name), name, value)


@states("AWS::S3::BucketPolicy")
def _policy(it: Deployed) -> Iterator[Fact]:
    bucket = it.properties["Bucket"]
    yield Fact(("bucket policy", bucket), bucket, it.properties["PolicyDocument"])


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' buckets."""
    s3 = account.stand_in.client("s3")
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in sorted(existing & set(account.ids("AWS::S3::Bucket"))):
        yield Fact(("bucket", name), name)
        for setting, read in _READERS.items():
            yield Fact((setting, name), name, read(s3, name))
        if policy := _ask(s3.get_bucket_policy, name):
            yield Fact(("bucket policy", name), name, json.loads(policy["Policy"]))


_NOT_SET = ("NoSuch", "ObjectLock", "Ownership", "ServerSide")
_NO: dict[str, Any] = {"Rules": []}


def _ask(call: Callable[..., Any], bucket: str) -> dict[str, Any]:
    """The answer, or nothing where nothing is set: S3 answers that with an error."""
    try:
        answer: dict[str, Any] = call(Bucket=bucket)
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith(_NOT_SET):
            raise
        return {}
    return answer


def _said_encryption(encryption: dict[str, Any]) -> Value:
    rules = encryption.get("ServerSideEncryptionConfiguration", [])
    return [_encryption(rule["ServerSideEncryptionByDefault"], rule) for rule in rules]


def _encryption(default: dict[str, Any], rule: dict[str, Any]) -> Value:
    return {
        "Algorithm": default["SSEAlgorithm"],
        "BucketKey": bool(rule.get("BucketKeyEnabled", False)),
        "Key": default.get("KMSMasterKeyID"),
    }


def _live_encryption(s3: Any, bucket: str) -> Value:  # noqa: ANN401 - `StandIn.client` cannot know
    answer = _ask(s3.get_bucket_encryption, bucket)
    rules = answer.get("ServerSideEncryptionConfiguration", _NO)["Rules"]
    return [_encryption(rule["ApplyServerSideEncryptionByDefault"], rule) for rule in rules]


def _said_rule(rule: dict[str, Any]) -> Value:
    return _rule(rule, rule.get("Prefix", ""), rule.get("ExpirationInDays"))


def _rule(rule: dict[str, Any], prefix: str, days: int | None) -> Value:
    return {
        "AbortAfterDays": rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
        "ExpireAfterDays": days,
        "ExpireNoncurrent": rule.get("NoncurrentVersionExpiration"),
        "Prefix": prefix,
        "Status": rule["Status"],
    }


def _live_lifecycle(s3: Any, bucket: str) -> Value:  # noqa: ANN401 - `StandIn.client` cannot know
    rules = _ask(s3.get_bucket_lifecycle_configuration, bucket).get("Rules", [])
    return [
        _rule(
            rule, rule.get("Filter", {}).get("Prefix", ""), rule.get("Expiration", {}).get("Days")
        )
        for rule in rules
    ]


def _said_logging(logging: dict[str, Any] | None, name: str) -> Value:
    if logging is None:
        return None
    return {
        "Bucket": logging.get("DestinationBucketName", name),
        "Prefix": logging.get("LogFilePrefix", ""),
    }


def _live_logging(s3: Any, bucket: str) -> Value:  # noqa: ANN401 - `StandIn.client` cannot know
    logging = _ask(s3.get_bucket_logging, bucket).get("LoggingEnabled")
    return logging and {"Bucket": logging["TargetBucket"], "Prefix": logging["TargetPrefix"]}


def _said_lock(said: dict[str, Any]) -> Value:
    return _lock(said.get("ObjectLockConfiguration", {})) if said.get("ObjectLockEnabled") else None


def _lock(configuration: dict[str, Any]) -> Value:
    """How long every new object is kept; a bucket that can lock may lock nothing by itself."""
    retention = configuration.get("Rule", {}).get("DefaultRetention", {})
    days, years = (int(retention.get(unit) or 0) for unit in ("Days", "Years"))
    return {"Mode": retention.get("Mode"), "Days": days, "Years": years}


def _live_lock(s3: Any, bucket: str) -> Value:  # noqa: ANN401 - `StandIn.client` cannot know
    found = _ask(s3.get_object_lock_configuration, bucket).get("ObjectLockConfiguration", {})
    return _lock(found) if found.get("ObjectLockEnabled") == "Enabled" else None


def _ownership(controls: dict[str, Any]) -> Value:
    return [rule["ObjectOwnership"] for rule in controls["Rules"]]


def _public_access(block: dict[str, Any]) -> Value:
    return {switch: bool(block.get(switch, False)) for switch in _SWITCHES}


_READERS: dict[str, Callable[[Any, str], Value]] = {
    "encryption": _live_encryption,
    "lifecycle": _live_lifecycle,
    "lock": _live_lock,
    "log": _live_logging,
    "ownership": lambda s3, bucket: _ownership(
        _ask(s3.get_bucket_ownership_controls, bucket).get("OwnershipControls", _NO)
    ),
    "public access": lambda s3, bucket: _public_access(
        _ask(s3.get_public_access_block, bucket).get("PublicAccessBlockConfiguration", {})
    ),
    "tags": lambda s3, bucket: {
        tag["Key"]: tag["Value"] for tag in _ask(s3.get_bucket_tagging, bucket).get("TagSet", [])
    },
    "versioning": lambda s3, bucket: _ask(s3.get_bucket_versioning, bucket).get("Status", ""),
}
