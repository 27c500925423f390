"""The role that account B may assume in account A, and the group of B that may assume it (IA-8)."""

import aws_cdk as cdk
from constructs import Construct

from blueprint.cross_account_role import CrossAccountRole
from blueprint.policies import Statement
from blueprint.trusted_group import WORKING_DAY, TrustedGroup
from stacks.environment import Environment
from stacks.environment_stack import EnvironmentStack, optional, output_of, state_facts
from stacks.partner_settings import Partner
from stacks.servers import ServersStack

# Account B names the role's ARN before the role exists, so that CloudFormation cannot choose it.
ROLE_NAME = "PartnerData"
GROUP_NAME = "PartnerDataUsers"
ROLE_DESCRIPTION = "Account B lists, reads and writes the shared prefix of the data bucket"


class CrossAccountRoleStack(EnvironmentStack):
    """Account A: a role that lists, reads and writes the shared prefix of the data bucket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        partner: Partner,
        servers: ServersStack,
    ) -> None:
        """Create the role for `partner`, with rights on the bucket of `servers`."""
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            description="A role that another account may assume, for the shared data only",
        )
        state_facts(
            self,
            partner=partner.account,
            partner_users=list(partner.users),
            partner_role=optional(partner.role),
            partner_arns=[
                *(f"arn:aws:iam::{partner.account}:user/{name}" for name in partner.users),
                *(f"arn:aws:iam::{partner.account}:role/{name}" for name in optional(partner.role)),
            ],
            # People come with MFA, and under their own name; software has neither.
            partner_mfa=["true"] if partner.users else [],
            partner_session=["${aws:username}"] if partner.users else [],
            partner_mfa_seconds=optional(
                str(partner.mfa_maximum_age_hours * 3600) if partner.users else None
            ),
            external_id=optional(partner.external_id),
            organization=optional(partner.organization_id),
            source_cidrs=list(partner.source_cidrs),
            shared_prefix=partner.shared_prefix,
        )
        role = CrossAccountRole(
            self,
            "Role",
            role_name=ROLE_NAME,
            description=ROLE_DESCRIPTION,
            trust=partner.trust,
            # The bucket's own policy stays as it is: it never allows, and what it denies is no TLS.
            statements=shared_data(
                bucket_arn=output_of(servers, "PartnerBucketArn", servers.data.bucket.bucket_arn),
                key_arn=output_of(servers, "PartnerKeyArn", servers.data.key.key_arn),
                prefix=partner.shared_prefix,
                s3=f"s3.{self.region}.{self.url_suffix}",
            ),
        )
        self.add_stack_dependency(servers)
        cdk.CfnOutput(self, "RoleArn", value=role.role.role_arn)


class TrustedAccountStack(cdk.Stack):
    """Account B: the group whose members may assume the role in account A.

    Who deploys it acts in account B: by a profile of B, or from A after B was bootstrapped with
    `cdk bootstrap --trust` and the number of account A.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        partner: Partner,
        role_account: str,
    ) -> None:
        """Create the group of `partner` for the role in `role_account`."""
        super().__init__(
            scope,
            construct_id,
            description="A group whose members may assume one role of another account, with MFA",
            env=cdk.Environment(account=partner.account, region=environment.region),
            tags=environment.tags,
            # As the others: `cdk destroy` would take this one away before it comes to them.
            termination_protection=environment.servers.termination_protection,
        )
        state_facts(
            self,
            members={name: [GROUP_NAME] for name in partner.users},
            mfa_seconds=str(max(WORKING_DAY, partner.mfa_maximum_age_hours) * 3600),
            partner_mfa_seconds=str(partner.mfa_maximum_age_hours * 3600),
            role_account=role_account,
            members_organization=optional(
                environment.organization.id if environment.organization else None
            ),
            # Whose roles: those of every account of the organization.
            members_accounts=["*"] if environment.organization else [],
        )
        TrustedGroup(
            self,
            "Group",
            name=GROUP_NAME,
            account=role_account,
            role_name=ROLE_NAME,
            users=partner.users,
            create_users=partner.create_users,
            mfa_maximum_age_hours=partner.mfa_maximum_age_hours,
            organization_id=environment.organization.id if environment.organization else None,
        )


def shared_data(*, bucket_arn: str, key_arn: str, prefix: str, s3: str) -> list[Statement]:
    """List, read and write one prefix of a bucket; `s3` is the endpoint that its key works for."""
    return [
        Statement(
            "List",
            ["s3:ListBucket"],
            [bucket_arn],
            {"StringLike": {"s3:prefix": [f"{prefix}*"]}},
        ),
        Statement(
            "Objects",
            ["s3:GetObject", "s3:PutObject"],
            [f"{bucket_arn}/{prefix}*"],
            wildcard="The objects of the shared prefix, whose keys account B chooses. Unsafe if "
            "the prefix held data that is not meant for account B.",
        ),
        Statement(
            "Key",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
            {"StringEquals": {"kms:ViaService": s3}},
        ),
    ]
