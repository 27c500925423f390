"""The CDK's own functions leave nothing behind."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from blueprint.policies import Statement
from blueprint.providers import keep_within, may_not_log
from tests.blueprint.small_stack import SmallStack

PROVIDER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"


@pytest.mark.parametrize("silenced", [True, False])
def test_a_silenced_function_can_create_no_log_group(*, silenced: bool) -> None:
    stack = SmallStack()
    bucket = s3.Bucket(
        stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True
    )
    if silenced:
        may_not_log(bucket, PROVIDER)
    role = stack.one("AWS::IAM::Role")
    assert ("ManagedPolicyArns" not in role) is silenced
    assert "AssumeRolePolicyDocument" in role


def test_a_provider_that_the_stack_lacks_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"No child with id.*S3AutoDelete"):
        may_not_log(SmallStack(), PROVIDER)


def test_a_function_that_serves_two_constructs_has_one_boundary() -> None:
    stack = SmallStack()
    for name in ("One", "Other"):
        bucket = s3.Bucket(
            stack, name, removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True
        )
        keep_within(bucket, PROVIDER, Statement("Names", ["s3:GetBucketTagging"], ["arn:x"]))
    (boundary,) = stack.all_of("AWS::IAM::ManagedPolicy")
    assert "Roles" not in boundary["Properties"]
    assert list(stack.one("AWS::IAM::Role")["PermissionsBoundary"]) == ["Ref"]
