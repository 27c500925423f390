"""IAM's quotas of roles, checked while the CDK synthesizes (IA-4)."""

from collections import Counter
from collections.abc import Iterator

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct, IValidation

from blueprint.policies import LONGEST_TRUST_POLICY, MOST_POLICIES, written_length


@jsii.implements(IValidation)
class RolesWithinQuotas:
    """Refuses roles that IAM would refuse, before anything is deployed.

    It looks at every role of an app, so that one is seen whoever makes it and however its policies
    are attached.

    Example:
        app.node.add_validation(RolesWithinQuotas(app))
    """

    def __init__(self, scope: Construct) -> None:
        """Check every role below `scope`."""
        self._scope = scope

    def validate(self) -> list[str]:
        """Return what is wrong, as the CDK asks when it synthesizes."""
        resources = self._scope.node.find_all()
        policies = [each for each in resources if isinstance(each, iam.CfnManagedPolicy)]
        attached = Counter(role for policy in policies for role in _holders(policy))
        roles = [each for each in resources if isinstance(each, iam.CfnRole)]
        return [
            f"{role.node.path}: {problem}"
            for role in roles
            for problem in _problems(role, attached[_key(role)])
        ]


def _problems(role: iam.CfnRole, attached: int) -> Iterator[str]:
    stack = cdk.Stack.of(role)
    length = written_length(stack.resolve(role.assume_role_policy_document))
    if length > LONGEST_TRUST_POLICY:
        yield (
            f"the trust policy has {length:,} characters. Allowed: {LONGEST_TRUST_POLICY:,}. "
            "Change: name fewer principals or shorter conditions."
        )
    policies = attached + len(stack.resolve(role.managed_policy_arns) or [])
    if policies > MOST_POLICIES:
        yield (
            f"the role has {policies} managed policies. Allowed: {MOST_POLICIES}. "
            "Change: join some of them."
        )


def _holders(policy: iam.CfnManagedPolicy) -> Iterator[tuple[str, str]]:
    """The roles that the policy names by itself."""
    stack = cdk.Stack.of(policy)
    for role in stack.resolve(policy.roles) or []:
        yield stack.node.path, role["Ref"] if isinstance(role, dict) else role


def _key(role: iam.CfnRole) -> tuple[str, str]:
    stack = cdk.Stack.of(role)
    return stack.node.path, stack.get_logical_id(role)
