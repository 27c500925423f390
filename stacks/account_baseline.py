"""Role and account-wide settings of every account of an organization (IA-5, IA-8, IA-12)."""

from dataclasses import dataclass, replace

import aws_cdk as cdk
from constructs import Construct

from blueprint.access_analyzer import AccessAnalyzers
from blueprint.account_baseline import AccountBaseline, Targets
from blueprint.cross_account_role import CrossAccountRole
from blueprint.password_policy import PasswordPolicy
from blueprint.policies import Statement
from stacks.cross_account import ROLE_DESCRIPTION, ROLE_NAME, shared_data
from stacks.environment import Environment
from stacks.environment_stack import state_facts
from stacks.partner_settings import Organization
from stacks.servers import ServersStack

_MEMBERS = (
    "The role exists before the account's data bucket, whose name CloudFormation begins with the "
    "names of stack and resource; no other account's is meant. Unsafe if another stack of the "
    "account had these names."
)


@dataclass(frozen=True)
class Where:
    """Who gets what the StackSets bring, and in which regions.

    Attributes:
        organization: What the environment says of it.
        account: The environment's own account.
        region: The environment's region.
    """

    organization: Organization
    account: str
    region: str

    @property
    def home(self) -> Targets:
        """The environment's region, where its own account has all of this from its own stacks."""
        accounts = dict.fromkeys([self.account, *self.organization.except_accounts])
        return Targets([self.region], list(accounts))

    @property
    def analyzers(self) -> list[Targets]:
        """The regions of the analyzers; the own account lacks them in all but its own region."""
        if self.organization.analyzer == "off":
            return []
        regions = self.organization.regions or [self.region]
        elsewhere = [region for region in regions if region != self.region]
        targets = [self.home] if self.region in regions else []
        if elsewhere:
            targets.append(Targets(elsewhere, list(self.organization.except_accounts)))
        return targets


class AccountBaselineStack(cdk.Stack):
    """The management account, or a delegated administrator: StackSets over an organization.

    What IAM has once an account comes in one region; analyzers come in each.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        organization: Organization,
        servers: ServersStack,
    ) -> None:
        """Create them, with the role for the environment's partner if it has one."""
        super().__init__(
            scope,
            construct_id,
            description="Role, password policy and analyzer for every account of an organization",
            env=cdk.Environment(account=organization.account, region=environment.region),
            tags=environment.tags,
            termination_protection=environment.servers.termination_protection,
        )
        state_facts(self, data_buckets=data_buckets(servers))
        # The stacks of a stage are validated like all others, and `cdk deploy --all` leaves them
        # out: only the StackSets deploy them.
        members = cdk.Stage(self, "Members")
        where = Where(organization, servers.account, self.region)
        stacks: dict[cdk.Stack, list[Targets]] = {
            MemberIdentityStack(
                members, "Identity", environment=environment, buckets=data_buckets(servers)
            ): [where.home]
        }
        if where.analyzers:
            stacks[MemberAnalyzerStack(members, "Analyzer")] = where.analyzers
        assembly = members.synth()
        for stack, targets in stacks.items():
            AccountBaseline(
                self,
                stack.node.id,
                name=f"account-baseline-{stack.node.id.lower()}",
                description=stack.template_options.description or "",
                template=assembly.get_stack_artifact(stack.artifact_id).template,
                organizational_units=organization.organizational_units,
                targets=targets,
                delegated_administrator=organization.delegated_administrator,
            )


class MemberIdentityStack(cdk.Stack):
    """An account of the organization: its password policy, and the role for the partner."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, buckets: str
    ) -> None:
        """Create both; `buckets` are the names that the account's data bucket may have."""
        super().__init__(
            scope,
            construct_id,
            description="Password policy, and a role that another account may assume",
            # A StackSet needs no bootstrapped account, and can bring no asset.
            synthesizer=cdk.BootstraplessSynthesizer(),
        )
        passwords = environment.identity.password_policy
        PasswordPolicy(
            self,
            "PasswordPolicy",
            minimum_length=passwords.minimum_length,
            maximum_age_days=passwords.maximum_age_days,
        )
        if partner := environment.partner:
            CrossAccountRole(
                self,
                "PartnerRole",
                role_name=ROLE_NAME,
                description=ROLE_DESCRIPTION,
                trust=partner.trust,
                statements=self._shared_data(buckets, partner.shared_prefix),
            )

    def _shared_data(self, buckets: str, prefix: str) -> list[Statement]:
        bucket_arn = f"arn:{self.partition}:s3:::{buckets}"
        in_bucket, objects, key = shared_data(
            bucket_arn=bucket_arn,
            key_arn=self.format_arn(service="kms", resource="key", resource_name="*"),
            prefix=prefix,
            s3=f"s3.{self.region}.{self.url_suffix}",
        )
        # The name could be that of another account's bucket, and the key any of this account.
        own = {"StringEquals": {"aws:ResourceAccount": self.account}}
        of_bucket = {
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, *objects.resources]}
        }
        return [
            replace(row, conditions={**(row.conditions or {}), **narrowed}, wildcard=_MEMBERS)
            for row, narrowed in ((in_bucket, own), (objects, own), (key, of_bucket))
        ]


class MemberAnalyzerStack(cdk.Stack):
    """An account of the organization, in each region: who outside it can reach its resources."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the analyzer."""
        super().__init__(
            scope,
            construct_id,
            description="An analyzer of what is reachable from outside the account",
            synthesizer=cdk.BootstraplessSynthesizer(),
        )
        # Findings about unused access are billed for every user and role: each account decides.
        AccessAnalyzers(self, "AccessAnalyzers", external=True)


def data_buckets(servers: ServersStack) -> str:
    """Write the names that CloudFormation gives the data bucket of `servers`, in any account.

    They are the stack's name, the logical id and something random, in lower case:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    resource = servers.data.bucket.node.default_child
    if not isinstance(resource, cdk.CfnElement):
        raise TypeError(f"{servers.data.bucket} has no resource of its own")
    return f"{servers.stack_name}-{servers.get_logical_id(resource)}-*".lower()
