"""What every stack of the environment's own account has in common."""

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from stacks.environment import Environment

# Says which environment a resource belongs to. Operators act only on what carries it, so that the
# right to set it is kept from them.
ENVIRONMENT_TAG = "blueprint:environment"


def state_facts(stack: cdk.Stack, **facts: object) -> None:
    """State in the template what the claims about access are filled in with (`claims/`).

    A list says what may be missing: an environment that does not ask for it has none.
    """
    known = stack.template_options.metadata or {}
    stack.template_options.metadata = {**known, "AccessFacts": facts}


def optional(value: str | None) -> Sequence[str]:
    """Write a fact that may be missing as a list."""
    return [] if value is None else [value]


def output_of(stack: cdk.Stack, name: str, value: str) -> str:
    """Take a value from another stack of this account, by an output of our own.

    The CDK makes such outputs by itself, under names that it chooses too late to acknowledge a
    finding that holds one.
    """
    cdk.CfnOutput(stack, name, value=value)
    return cdk.Fn.get_stack_output(stack.stack_name, name)


class EnvironmentStack(cdk.Stack):
    """A stack in the account and region of the environment, with its tags and its removal policy.

    Where the environment protects servers from termination, CloudFormation refuses to delete the
    stack. Without this it would delete dependents first: every Auto Scaling group with its servers,
    until a protected load balancer stops it.

    CloudFormation hands the tags of a stack on to its resources, and those of an Auto Scaling group
    to its servers:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, description: str
    ) -> None:
        """Place the stack."""
        super().__init__(
            scope,
            construct_id,
            description=description,
            env=cdk.Environment(account=environment.account, region=environment.region),
            tags={**environment.tags, ENVIRONMENT_TAG: environment.name},
            termination_protection=environment.servers.termination_protection,
        )
        self.removal_policy = cdk.RemovalPolicy[environment.removal_policy.upper()]
