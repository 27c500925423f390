"""Groups of people (IA-3, IA-13)."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.acknowledgements import acknowledge
from blueprint.mfa import RequireMfa
from blueprint.policies import MOST_POLICIES, Statement, StatementPolicy


class PeopleGroup(Construct):
    """A group of people with one job, and the policies that say all it can do.

    The name is a fixed one: people look for their group by name, and a trust policy cannot name
    one. An account therefore holds one environment.

    Invariant: no member acts without MFA.

    Example:
        PeopleGroup(
            self,
            "Auditors",
            name="Auditors",
            require_mfa=RequireMfa(self, "AuditorsMfa", maximum_age_hours=12),
            statements=[
                Statement("BucketNames", ["s3:ListAllMyBuckets"], ["*"], wildcard=NO_RESOURCE_LEVEL)
            ],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        require_mfa: RequireMfa,
        statements: Sequence[Statement] = (),
        aws_managed: Mapping[str, str] | None = None,
    ) -> None:
        """Create the group and its policies.

        Args:
            scope: The construct that owns it.
            construct_id: PascalCase noun, unique in the scope.
            name: What people call the group; unique in the account.
            require_mfa: Denies everything without MFA.
            statements: What the group can do; default: nothing of its own.
            aws_managed: Names of policies that AWS writes, each with the reason why its changes
                may become ours, and what would make it unsafe; default: none.
        """
        super().__init__(scope, construct_id)
        self._aws_managed = aws_managed or {}
        self._rights: list[iam.IManagedPolicy] = [
            iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in self._aws_managed
        ]
        if statements:
            policy = StatementPolicy(
                self, "Policy", description=f"What {name} can do", statements=statements
            )
            self._rights.append(policy)
        if len(self._rights) + 1 > MOST_POLICIES:
            raise ValueError(
                f"{name} has {len(self._rights) + 1} policies, RequireMfa included. Allowed: "
                f"{MOST_POLICIES} a group. Change: put statements together."
            )
        self.group = iam.Group(self, "Resource", group_name=name, managed_policies=[require_mfa])
        self._give_rights(self.group)

    def give_rights(self, role: iam.Role) -> None:
        """Let a role do what the group does; MFA is then the business of whoever opens the role."""
        self._give_rights(role)

    def _give_rights(self, receiver: iam.Group | iam.Role) -> None:
        for right in self._rights:
            receiver.add_managed_policy(right)
        for name, reason in self._aws_managed.items():
            acknowledge(receiver, reason, f"AwsSolutions-IAM4[Policy::{aws_policy_arn(name)}]")


def aws_policy_arn(name: str) -> str:
    """Write the ARN of a policy of AWS's as findings do."""
    return f"arn:<AWS::Partition>:iam::aws:policy/{name}"
