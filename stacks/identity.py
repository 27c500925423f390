"""People of the workload account: groups, users, MFA, federation, and what watches them."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.access_analyzer import AccessAnalyzers
from blueprint.acknowledgements import HIPAA, NIST_R4, PCI, acknowledge, in_packs
from blueprint.break_glass import BreakGlass
from blueprint.federation import RepositoryDeployRole, SamlFederation
from blueprint.groups import PeopleGroup
from blueprint.mfa import RequireMfa
from blueprint.password_policy import PasswordPolicy
from blueprint.policies import Statement, StatementPolicy
from blueprint.users import Person
from stacks import identity_policies as policies
from stacks.environment import Environment
from stacks.environment_stack import EnvironmentStack, state_facts
from stacks.identity_settings import GroupName, Identity, Oidc

_NO_MEMBER = (
    "Each job has its group before the first person has the job, so that nobody gets rights in "
    "another way meanwhile. Unsafe if a group without people had any effect."
)


class IdentityStack(EnvironmentStack):
    """Groups and the people in them, ways in from elsewhere, and Access Analyzer."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        network: cdk.Stack,
        servers: cdk.Stack,
    ) -> None:
        """Wire the identities that `environment` describes.

        `network` and `servers` give their names only: people read the logs of these stacks.
        """
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            description="People, their groups and their rights, none of which works without MFA",
        )
        settings = environment.identity
        repositories = [settings.oidc] if settings.oidc else []
        state_facts(
            self,
            environment=environment.name,
            mfa_seconds=str(settings.mfa_maximum_age_hours * 3600),
            members={user.name: list(user.groups) for user in settings.users},
            break_glass_users=list(settings.break_glass.users) if settings.break_glass else [],
            subject=[_subject(oidc) for oidc in repositories],
            branch=[oidc.branch for oidc in repositories],
            issuer=[oidc.issuer.removeprefix("https://") for oidc in repositories],
        )
        place = policies.Place(self, environment.name, network.stack_name, servers.stack_name)
        self.groups = self._add_groups(place, settings)
        self.break_glass = self._add_people(settings)
        self._add_federation(settings)
        PasswordPolicy(
            self,
            "PasswordPolicy",
            minimum_length=settings.password_policy.minimum_length,
            maximum_age_days=settings.password_policy.maximum_age_days,
        )
        analyzer = settings.access_analyzer
        AccessAnalyzers(
            self,
            "AccessAnalyzers",
            external=analyzer.external == "create",
            unused_access_days=analyzer.unused_access_days,
        )

    def _add_groups(
        self, place: policies.Place, settings: Identity
    ) -> dict[GroupName, PeopleGroup]:
        require_mfa = RequireMfa(
            self, "RequireMfa", maximum_age_hours=settings.mfa_maximum_age_hours
        )
        boundary = StatementPolicy(
            self,
            "DevelopersBoundary",
            description="The most that a role made by Developers can do",
            statements=policies.developers_boundary(place),
        )
        rows: dict[GroupName, list[Statement]] = {
            "Administrators": [],
            "NetworkOperators": policies.network_operators(place),
            "ServerOperators": policies.server_operators(place),
            "Developers": policies.developers(place, boundary),
            "Auditors": policies.auditors(place),
        }
        return {
            name: PeopleGroup(
                self,
                name,
                name=name,
                require_mfa=require_mfa,
                statements=statements,
                aws_managed=policies.AWS_MANAGED.get(name),
            )
            for name, statements in rows.items()
        }

    def _add_people(self, settings: Identity) -> BreakGlass | None:
        scope = Construct(self, "Users")
        users: dict[str, iam.IUser] = {
            user.name: Person(
                scope,
                user.name,
                name=user.name,
                groups=[self.groups[name].group for name in user.groups],
                contact=user.contact,
            )
            for user in settings.users
        }
        for name, group in self.groups.items():
            if not any(name in user.groups for user in settings.users):
                acknowledge(group, _NO_MEMBER, *in_packs("IAMGroupHasUsers", HIPAA, NIST_R4, PCI))
        if settings.break_glass is None:
            return None
        return BreakGlass(
            self,
            "BreakGlass",
            users=[users[name] for name in settings.break_glass.users],
            contact=settings.break_glass.contact,
            removal_policy=self.removal_policy,
        )

    def _add_federation(self, settings: Identity) -> None:
        if settings.saml:
            SamlFederation(
                self,
                "Saml",
                metadata=settings.saml.metadata_file,
                roles={name: self.groups[name] for name in settings.saml.groups},
            )
        if settings.oidc:
            RepositoryDeployRole(
                self,
                "Deploy",
                issuer=settings.oidc.issuer,
                repository=settings.oidc.repository,
                branch=settings.oidc.branch,
                ids=settings.oidc.ids,
                create_provider=settings.oidc.provider == "create",
            )


def _subject(oidc: Oidc) -> str:
    """How the tokens of a repository call it."""
    if oidc.ids is None:
        return oidc.repository
    (owner, name), (owner_id, id_) = oidc.repository.split("/"), oidc.ids
    return f"{owner}@{owner_id}/{name}@{id_}"
