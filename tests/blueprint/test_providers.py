"""The CDK's own functions leave nothing behind."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from blueprint.providers import may_not_log
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
