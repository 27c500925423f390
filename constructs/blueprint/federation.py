"""Identities from elsewhere: a company's directory, and a pipeline (IA-14)."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.groups import PeopleGroup
from blueprint.policies import Statement, StatementPolicy

AUDIENCE = "sts.amazonaws.com"
# The roles that `cdk bootstrap` makes and a deployment without container images assumes:
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
BOOTSTRAP_ROLES = ("deploy-role", "file-publishing-role", "lookup-role")


class SamlFederation(Construct):
    """Roles for people whom a SAML 2.0 identity provider knows, one role a job.

    MFA is the identity provider's part: a federated session carries no sign of it. Assertions are
    for the global address of AWS Sign-In; those for a regional one are refused.

    Invariant: only assertions of this provider, meant for AWS, open the roles.

    Example:
        require_mfa = RequireMfa(self, "UsersMfa", maximum_age_hours=12)
        readers = PeopleGroup(self, "Readers", name="Readers", require_mfa=require_mfa)
        SamlFederation(self, "Saml", metadata="<EntityDescriptor/>", roles={"Readers": readers})
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metadata: str,
        roles: Mapping[str, PeopleGroup],
    ) -> None:
        """Create the provider and the roles.

        Each role's ARN is an output, because the identity provider has to be told.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            metadata: The document that the identity provider offers for download.
            roles: The group whose rights a role has, by the name of the job.
        """
        super().__init__(scope, construct_id)
        provider = iam.SamlProvider(
            self, "Provider", metadata_document=iam.SamlMetadataDocument.from_xml(metadata)
        )
        for job, group in roles.items():
            role = iam.Role(
                self,
                job,
                assumed_by=iam.SamlConsolePrincipal(provider),
                description=f"{job} whom the company's directory knows",
            )
            group.give_rights(role)
            cdk.CfnOutput(self, f"{job}RoleArn", value=role.role_arn)


class RepositoryDeployRole(Construct):
    """A role that workflows of one repository and branch deploy with, without stored keys.

    By way of the bootstrap roles it can change everything that the CDK deploys: whoever can push
    to the branch is an administrator. Protect the branch.

    Invariant: only tokens of the issuer for this repository and branch open it, and all it can do
    is to assume the bootstrap roles of this account and region.

    Example:
        RepositoryDeployRole(
            self,
            "Deploy",
            issuer="https://token.actions.githubusercontent.com",
            repository="example/blueprint",
            ids=(123456, 456789),
            branch="main",
            create_provider=True,
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        issuer: str,
        repository: str,
        branch: str,
        create_provider: bool,
        ids: tuple[int, int] | None = None,
    ) -> None:
        """Create the role, and the provider of its issuer unless the account has it already.

        The role's ARN is an output, because the workflow has to name it.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            issuer: Who signs the tokens.
            repository: Owner and name, as in the token.
            branch: The branch that deploys.
            create_provider: Whether to create the issuer's provider; an account has one.
            ids: The issuer's numbers of the owner and the repository; whoever takes over a name
                that has become free has others. Default: its tokens carry none.
        """
        super().__init__(scope, construct_id)
        stack, host = cdk.Stack.of(self), issuer.removeprefix("https://")
        provider = stack.format_arn(
            service="iam", region="", resource="oidc-provider", resource_name=host
        )
        if create_provider:
            # Native, because the older construct brings a function that may change every provider.
            provider = iam.OidcProviderNative(
                self, "Provider", url=issuer, client_ids=[AUDIENCE]
            ).oidc_provider_arn
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.WebIdentityPrincipal(
                provider,
                conditions={
                    "StringEquals": {
                        f"{host}:aud": AUDIENCE,
                        f"{host}:sub": _subject(repository, branch, ids),
                    }
                },
            ),
            description=f"Deploys from {repository}, branch {branch}",
        )
        qualifier = stack.synthesizer.bootstrap_qualifier
        StatementPolicy(
            self,
            "Policy",
            description="Deploys with the CDK, and nothing else",
            roles=[role],
            statements=[
                Statement(
                    "BootstrapRoles",
                    ["sts:AssumeRole"],
                    [
                        stack.format_arn(
                            service="iam",
                            region="",
                            resource="role",
                            resource_name=f"cdk-{qualifier}-{name}-{stack.account}-{stack.region}",
                        )
                        for name in BOOTSTRAP_ROLES
                    ],
                )
            ],
        )
        cdk.CfnOutput(self, "RoleArn", value=role.role_arn)


def _subject(repository: str, branch: str, ids: tuple[int, int] | None) -> str:
    # One form only: a token has the numbers or it has not, and "@*" would trust everybody's.
    # https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    owner, _, name = repository.partition("/")
    named = f"{owner}@{ids[0]}/{name}@{ids[1]}" if ids else repository
    return f"repo:{named}:ref:refs/heads/{branch}"
