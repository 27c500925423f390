"""The Lambda functions that the CDK adds for what CloudFormation cannot do."""

import aws_cdk as cdk
from constructs import Construct


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
