"""The bucket that holds the customer's data, and the one that records who touched it."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from blueprint.data_bucket import DataBucket
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
KEPT = DataBucket(
    STACK,
    "Kept",
    removal_policy=cdk.RemovalPolicy.RETAIN,
    expire_after_days={"db/backups/": 35},
)
KEPT.only_through(
    ec2.GatewayVpcEndpoint.from_gateway_vpc_endpoint_id(STACK, "Endpoint", "vpce-1"),
    iam.Role.from_role_arn(STACK, "Role", "arn:aws:iam::111122223333:role/app"),
)
DESTROYED = DataBucket(STACK, "Destroyed", removal_policy=cdk.RemovalPolicy.DESTROY)
BUCKETS = [KEPT.bucket, KEPT.access_logs, DESTROYED.bucket, DESTROYED.access_logs]


def denials(bucket: DataBucket) -> list[dict[str, Any]]:
    policy = STACK.resource(bucket.bucket.node.find_child("Policy"))["Properties"]
    return [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_nothing_is_ever_public_and_every_version_is_kept(bucket: cdk.Resource) -> None:
    properties = STACK.resource(bucket)["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "AccessControl" not in properties
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_data_is_under_its_own_key_and_its_readers_are_recorded() -> None:
    properties = STACK.resource(KEPT.bucket)["Properties"]
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = STACK.resolve(KEPT.key.key_arn)
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": key,
    }
    assert properties["LoggingConfiguration"] == {
        "DestinationBucketName": STACK.resolve(KEPT.access_logs.bucket_name),
        "LogFilePrefix": "data/",
    }


def test_requests_without_tls_1_2_are_refused() -> None:
    conditions = [denial["Condition"] for denial in denials(KEPT)]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in conditions


def test_a_role_is_refused_outside_the_endpoint() -> None:
    (denial,) = [d for d in denials(KEPT) if "StringNotEquals" in d["Condition"]]
    assert denial["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/app"}
    assert denial["Action"] == "s3:*"
    assert len(denial["Resource"]) == 2  # the bucket and its objects
    assert denial["Condition"] == {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    assert not any("StringNotEquals" in d["Condition"] for d in denials(DESTROYED))


def test_only_the_named_folders_expire() -> None:
    def expiring(bucket: DataBucket) -> list[tuple[str | None, int]]:
        rules = STACK.resource(bucket.bucket)["Properties"]["LifecycleConfiguration"]["Rules"]
        return [(r.get("Prefix"), r["ExpirationInDays"]) for r in rules if "ExpirationInDays" in r]

    assert expiring(KEPT) == [("db/backups/", 35)]
    assert expiring(DESTROYED) == []


@pytest.mark.parametrize(
    ("prefix", "days"), [("", 35), ("/", 35), ("/db/", 35), ("db/", 0), ("db/", -1)]
)
def test_a_rule_that_would_delete_everything_or_nothing_is_refused(prefix: str, days: int) -> None:
    with pytest.raises(ValueError, match=f"Refused deletes '{prefix}' after {days} days"):
        DataBucket(
            SmallStack(),
            "Refused",
            removal_policy=cdk.RemovalPolicy.RETAIN,
            expire_after_days={prefix: days},
        )


def test_objects_go_with_the_bucket_only_if_told_to() -> None:
    emptied = [r["Properties"]["BucketName"] for r in STACK.all_of("Custom::S3AutoDeleteObjects")]
    assert emptied == [
        STACK.resolve(bucket.bucket_name) for bucket in (DESTROYED.access_logs, DESTROYED.bucket)
    ]
    assert STACK.resource(KEPT.bucket)["DeletionPolicy"] == "Retain"
    assert STACK.resource(DESTROYED.bucket)["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("bucket", ["bucket", "access_logs"])
def test_what_guards_data_that_stays_stays_with_it(bucket: str) -> None:
    policies = [
        STACK.resource(getattr(data, bucket).node.find_child("Policy"))
        for data in (KEPT, DESTROYED)
    ]
    assert [policy["DeletionPolicy"] for policy in policies] == ["Retain", "Delete"]
