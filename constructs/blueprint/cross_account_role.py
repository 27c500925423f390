"""A role that people or software of another account may assume (IA-8, IA-11)."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.policies import LONGEST_TRUST_POLICY, Statement, StatementPolicy, written_length

# The longest partition, so that a trust policy that fits does so everywhere.
_LONGEST_PARTITION = "aws-us-gov"


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Who of another account may assume a role, and under which conditions.

    Either `users`, who are people: they need MFA, and the session bears their name. Or one `role`,
    which is software that may serve others too: it needs `external_id` instead. Its sessions have
    neither a user name nor, as AWS documents it, MFA of their own, so that asking for those would
    shut the role out:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html

    Attributes:
        account: The other account.
        users: Names of IAM users there.
        role: Name of an IAM role there.
        mfa_maximum_age_hours: How long ago a user may have signed in with MFA.
        external_id: What the caller must know; default: nothing. The console cannot send one, so
            that users then work with the AWS CLI or an SDK.
        organization_id: The organization that the caller must belong to; default: any.
        source_cidrs: Addresses that the call must come from; default: any.
    """

    account: str
    users: Sequence[str] = ()
    role: str | None = None
    mfa_maximum_age_hours: int = 1
    external_id: str | None = None
    organization_id: str | None = None
    source_cidrs: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse a trust that everybody, or nobody, would satisfy.

        Raises:
            ValueError: neither users nor a role, both, or a role without an external id.
        """
        if bool(self.users) == bool(self.role):
            raise ValueError(
                f"users = {list(self.users)}, role = {self.role!r}. Allowed: users or one role. "
                "Change: name one of the two."
            )
        if self.role and not self.external_id:
            raise ValueError(
                f"role = {self.role!r} without external_id: its sessions have no MFA, and software "
                "that serves others could be made to act for them. Allowed: a role with an "
                "external_id. Change: add external_id."
            )
        document = {
            "Statement": [
                {
                    "Action": "sts:AssumeRole",
                    "Condition": self.conditions(_LONGEST_PARTITION),
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{_LONGEST_PARTITION}:iam::{self.account}:root"},
                }
            ],
            "Version": "2012-10-17",
        }
        length = written_length(document)
        if length > LONGEST_TRUST_POLICY:
            raise ValueError(
                f"the trust policy has {length} characters. Allowed: {LONGEST_TRUST_POLICY}, IAM's "
                "quota. Change: name fewer users or networks."
            )

    def conditions(self, partition: str) -> dict[str, dict[str, object]]:
        """The conditions of the trust policy; all of them must be met."""
        kind, names = ("user", self.users) if self.users else ("role", [self.role])
        arns = [f"arn:{partition}:iam::{self.account}:{kind}/{name}" for name in names]
        equal: dict[str, object] = {}
        conditions: dict[str, dict[str, object]] = {"ArnEquals": {"aws:PrincipalArn": arns}}
        if self.users:
            # Without MFA both keys are absent, or the first is "false": neither operator is met by
            # an absent key. BoolIfExists would be, and long-term access keys would open the role.
            conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            conditions["NumericLessThan"] = {
                "aws:MultiFactorAuthAge": str(self.mfa_maximum_age_hours * 3600)
            }
            # Who acts in account A is written in its trail, by a name that nobody can borrow.
            equal["sts:RoleSessionName"] = "${aws:username}"
        if self.external_id:
            equal["sts:ExternalId"] = self.external_id
        if self.organization_id:
            equal["aws:PrincipalOrgID"] = self.organization_id
        if equal:
            conditions["StringEquals"] = equal
        if self.source_cidrs:
            conditions["IpAddress"] = {"aws:SourceIp": list(self.source_cidrs)}
        return conditions


class CrossAccountRole(Construct):
    """A role of this account for another account, for an hour at a time.

    The trust policy names the other account and narrows it with `aws:PrincipalArn`: one that named
    a user who does not exist yet would be refused, and one that named a user who is deleted and
    made again would silently keep him out. So the two accounts are deployed in any order.

    The only policy is the permissions boundary too: whatever is attached later adds nothing.

    Invariant: nobody but the principals of `trust` assumes it, under every condition of `trust`,
    and it can do what `statements` say and no more.

    Example:
        CrossAccountRole(
            self,
            "PartnerRole",
            role_name="PartnerData",
            description="People of the partner list the reports",
            trust=Trust(account="444455556666", users=["alice"]),
            statements=[
                Statement(
                    "Reports",
                    ["s3:ListBucket"],
                    ["arn:aws:s3:::reports-111122223333"],
                    {"StringLike": {"s3:prefix": ["shared/*"]}},
                )
            ],
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role_name: str,
        description: str,
        trust: Trust,
        statements: Sequence[Statement],
    ) -> None:
        """Create the role with its policy.

        Args:
            scope: The construct that owns the role.
            construct_id: PascalCase noun, unique in the scope.
            role_name: Fixed, because the other account must name the role's ARN before the role
                exists; an account has room for one role of that name.
            description: What the role is for.
            trust: Who may assume it.
            statements: What it can do.
        """
        super().__init__(scope, construct_id)
        policy = StatementPolicy(self, "Policy", description=description, statements=statements)
        self.role = iam.Role(
            self,
            "Resource",
            role_name=role_name,
            description=description,
            assumed_by=iam.AccountPrincipal(trust.account).with_conditions(
                trust.conditions(cdk.Stack.of(self).partition)
            ),
            # The shortest maximum that IAM takes.
            max_session_duration=cdk.Duration.hours(1),
            managed_policies=[policy],
            permissions_boundary=policy,
        )
