"""The Lambda functions that the CDK adds for what CloudFormation cannot do."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.policies import Statement, StatementPolicy


def may_not_log(scope: Construct, provider: str) -> None:
    """Take the right to log from a provider function of the stack of `scope`.

    It would create a log group of its own, without a key or a retention time, which no stack would
    ever delete. When the function fails, its error is in the events of the stack.

    Args:
        scope: Any construct of the stack.
        provider: The construct id of the CDK's provider.
    """
    role = cdk.Stack.of(scope).node.find_child(provider).node.find_child("Role")
    if isinstance(role, cdk.CfnResource):
        role.add_property_deletion_override("ManagedPolicyArns")


def keep_within(scope: Construct, provider: str, *statements: Statement) -> None:
    """Give a provider function of the stack of `scope` a permissions boundary, if it has none yet.

    Args:
        scope: Any construct of the stack.
        provider: The construct id of the CDK's provider, which serves the whole stack.
        statements: The most that the function can do.
    """
    function = cdk.Stack.of(scope).node.find_child(provider)
    if function.node.try_find_child("Boundary"):
        return
    boundary = StatementPolicy(
        cast("Construct", function),
        "Boundary",
        description="The most that a function of the CDK can do",
        statements=statements,
    )
    iam.PermissionsBoundary.of(function).apply(boundary)


# The CDK's singleton behind `auto_delete_objects`.
_EMPTYING = "Custom::S3AutoDeleteObjectsCustomResourceProvider"
_LIST_AND_CLOSE = (
    "s3:GetBucketPolicy",
    "s3:GetBucketTagging",
    "s3:ListBucketVersions",
    "s3:PutBucketPolicy",
)
_DELETE = ("s3:DeleteObject", "s3:DeleteObjectVersion")


def empty_only(scope: Construct) -> None:
    """Narrow the function that empties buckets of the stack of `scope` to what emptying takes.

    Its rights come from the policies of the buckets alone, and a boundary narrows those. One
    function serves every bucket of the stack.
    """
    may_not_log(scope, _EMPTYING)
    bucket = cdk.Stack.of(scope).format_arn(service="s3", account="", region="", resource="*")
    wildcard = (
        "A bucket that may be emptied says so in its own policy; the function has no policy of "
        "its own. Unsafe as soon as it had one."
    )
    keep_within(
        scope,
        _EMPTYING,
        Statement("ListAndClose", _LIST_AND_CLOSE, [bucket], wildcard=wildcard),
        Statement("Delete", _DELETE, [f"{bucket}/*"], wildcard=wildcard),
    )
