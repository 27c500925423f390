"""People of this account who may work in another one (IA-3, IA-6, IA-8)."""

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.groups import PeopleGroup
from blueprint.mfa import RequireMfa
from blueprint.policies import Statement

# Hours: a working day, and what GetSessionToken gives to whoever asks for no other time:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
WORKING_DAY = 12


class TrustedGroup(Construct):
    """A group whose members may assume one role of another account, with MFA.

    Beside that they have `RequireMfa`: who could not enrol a device could never assume the role.
    Nothing else is allowed. What members do for this account, under policies of its own
    administrators, is denied without MFA too, or when it is older than twelve hours: a shorter
    `mfa_maximum_age_hours` is about the role only, and a longer one about everything.

    Invariant: the group's rights are assuming that role and looking after own credentials. No
    member gets a password or an access key from it.

    Example:
        TrustedGroup(
            self,
            "PartnerUsers",
            name="PartnerUsers",
            account="111122223333",
            role_name="PartnerData",
            users=["alice"],
            create_users=True,
            mfa_maximum_age_hours=1,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        account: str,
        role_name: str,
        users: Sequence[str],
        create_users: bool,
        mfa_maximum_age_hours: int,
        organization_id: str | None = None,
    ) -> None:
        """Create the group and its policies, and add the users.

        Args:
            scope: The construct that owns the group.
            construct_id: PascalCase noun, unique in the scope.
            name: What people call the group; unique in the account.
            account: The account of the role.
            role_name: The role's name; it need not exist yet.
            users: Names of the members.
            create_users: Whether the members are created and deleted with the group; they exist
                otherwise.
            mfa_maximum_age_hours: How long ago a member may have signed in with MFA to assume the
                role. The role's own trust policy decides; this says so where the member works.
            organization_id: An organization whose accounts have a role of that name, which members
                may assume too; default: none.
        """
        super().__init__(scope, construct_id)
        self.group = PeopleGroup(
            self,
            "Group",
            name=name,
            require_mfa=RequireMfa(
                self, "RequireMfa", maximum_age_hours=max(WORKING_DAY, mfa_maximum_age_hours)
            ),
            statements=list(
                _statements(
                    cdk.Stack.of(self), account, role_name, mfa_maximum_age_hours, organization_id
                )
            ),
        ).group
        if create_users:
            # A scope of their own: people are called as they are, and one may be called "Group".
            scope = Construct(self, "Users")
            for user in users:
                iam.User(scope, user, user_name=user, groups=[self.group])
        else:
            iam.CfnUserToGroupAddition(
                self, "Members", group_name=self.group.group_name, users=list(users)
            )


def _statements(
    stack: cdk.Stack,
    account: str,
    role_name: str,
    mfa_maximum_age_hours: int,
    organization_id: str | None,
) -> Iterator[Statement]:
    # No "IfExists", which an absent key satisfies: an access key alone brings neither.
    with_mfa = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": str(mfa_maximum_age_hours * 3600)},
    }

    def role_of(accounts: str) -> str:
        return stack.format_arn(
            service="iam", region="", account=accounts, resource="role", resource_name=role_name
        )

    yield Statement("AssumeRole", ["sts:AssumeRole"], [role_of(account)], with_mfa)
    if organization_id:
        yield Statement(
            "AssumeRoleOfMembers",
            ["sts:AssumeRole"],
            [role_of("*")],
            {**with_mfa, "StringEquals": {"aws:ResourceOrgID": organization_id}},
            wildcard="The accounts of one organization, which come and go; each role names the "
            "users whom it trusts. Unsafe if a role of that name were made for anybody else.",
        )
