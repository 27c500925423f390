"""An archive keeps records for their time, and a locked one is never to be emptied."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from blueprint.archive_bucket import ArchiveBucket
from tests.blueprint.small_stack import SmallStack


def archive(
    removal_policy: cdk.RemovalPolicy, **settings: int
) -> tuple[SmallStack, dict[str, Any]]:
    stack = SmallStack()
    own = ArchiveBucket(
        stack,
        "Archive",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket(stack, "Logs"),
        removal_policy=removal_policy,
        **{"days": 400, **settings},
    )
    return stack, stack.resource(own.bucket)


def test_a_locked_archive_that_is_to_be_emptied_is_refused() -> None:
    with pytest.raises(ValueError, match="Archive is locked for 30 days and cannot be emptied"):
        archive(cdk.RemovalPolicy.DESTROY, lock_days=30)


def test_a_lock_is_for_its_days_and_absent_by_default() -> None:
    _, locked = archive(cdk.RemovalPolicy.RETAIN, lock_days=30)
    retention = locked["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Days": 30, "Mode": "GOVERNANCE"}
    _, free = archive(cdk.RemovalPolicy.RETAIN)
    assert not any("ObjectLock" in name for name in free["Properties"])


def test_records_and_what_replaced_them_go_after_their_days() -> None:
    _, own = archive(cdk.RemovalPolicy.RETAIN, days=30)
    (rule,) = own["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 30
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


@pytest.mark.parametrize("policy", [cdk.RemovalPolicy.RETAIN, cdk.RemovalPolicy.DESTROY])
def test_an_archive_and_its_policy_stay_or_go_together(policy: cdk.RemovalPolicy) -> None:
    stack, own = archive(policy)
    expected = "Delete" if policy is cdk.RemovalPolicy.DESTROY else "Retain"
    (guard,) = (
        given
        for given in stack.all_of("AWS::S3::BucketPolicy")
        if "Archive" in str(given["Properties"]["Bucket"])
    )
    assert own["DeletionPolicy"] == guard["DeletionPolicy"] == expected
    emptied = stack.all_of("Custom::S3AutoDeleteObjects")
    assert len(emptied) == (policy is cdk.RemovalPolicy.DESTROY)


def test_access_is_logged_under_the_place_of_the_archive() -> None:
    _, own = archive(cdk.RemovalPolicy.RETAIN)
    assert own["Properties"]["LoggingConfiguration"]["LogFilePrefix"] == "archive/"
