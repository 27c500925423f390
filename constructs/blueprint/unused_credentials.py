"""Credentials that nobody uses, revoked without anybody asking (IA-10)."""

import aws_cdk as cdk
from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy

# AWS's own document, and what it asks for:
# https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/automation-aws-revoke-iam-user.html
DOCUMENT = "AWSConfigRemediation-RevokeUnusedIAMUserCredentials"
OF_USERS = (
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:GetAccessKeyLastUsed",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
)
# Config tries again after so many seconds, so often.
RETRY_SECONDS, ATTEMPTS = 60, 5


class UnusedCredentials(Construct):
    """Deletes the password and switches off the access keys that a user left unused.

    Invariant: it acts on users that the rule names, through AWS's own document; its role can do
    nothing but that, and only automations of this account assume it.

    Example:
        rule = cdk.aws_config.CfnConfigRule(
            self,
            "UnusedCredentialsRule",
            source=cdk.aws_config.CfnConfigRule.SourceProperty(
                owner="AWS", source_identifier="IAM_USER_UNUSED_CREDENTIALS_CHECK"
            ),
        )
        UnusedCredentials(self, "UnusedCredentials", rule=rule.ref, most_days=45)
    """

    def __init__(self, scope: Construct, construct_id: str, *, rule: str, most_days: int) -> None:
        """Create the role, and the remediation of a rule.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            rule: Name of the rule of Config that finds the users.
            most_days: After how many days without use a credential is revoked: the rule's number.
        """
        super().__init__(scope, construct_id)
        role, policy = self._add_role()
        remediation = config.CfnRemediationConfiguration(
            self,
            "Resource",
            config_rule_name=rule,
            target_type="SSM_DOCUMENT",
            target_id=DOCUMENT,
            automatic=True,
            maximum_automatic_attempts=ATTEMPTS,
            retry_attempt_seconds=RETRY_SECONDS,
            parameters={
                "AutomationAssumeRole": {"StaticValue": {"Values": [role.role_arn]}},
                "IAMResourceId": {"ResourceValue": {"Value": "RESOURCE_ID"}},
                "MaxCredentialUsageAge": {"StaticValue": {"Values": [str(most_days)]}},
            },
        )
        remediation.node.add_dependency(policy)

    def _add_role(self) -> tuple[iam.Role, iam.ManagedPolicy]:
        stack = cdk.Stack.of(self)
        executions = stack.format_arn(
            service="ssm", resource="automation-execution", resource_name="*"
        )
        # IAM writes documents of AWS without an account, and AWS's examples with one; nobody else's
        # document has a name that begins with AWS.
        documents = [
            stack.format_arn(
                service="ssm",
                account=account,
                resource="automation-definition",
                resource_name=f"{DOCUMENT}:*",
            )
            for account in ("", None)
        ]
        users = stack.format_arn(service="iam", region="", resource="user", resource_name="*")
        role = iam.Role(
            self,
            "Role",
            # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
            assumed_by=iam.ServicePrincipal(
                "ssm.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": executions},
                },
            ),
            description="Revokes credentials that nobody uses",
        )
        policy = StatementPolicy(
            self,
            "Policy",
            description="Revokes credentials that nobody uses",
            roles=[role],
            statements=[
                Statement(
                    "Users",
                    OF_USERS,
                    [users],
                    wildcard="Any user may leave; the rule of Config says whose credentials are "
                    "unused. Unsafe on a role that people or servers assume.",
                ),
                Statement(
                    "Resources",
                    ["config:ListDiscoveredResources"],
                    ["*"],
                    wildcard=NO_RESOURCE_LEVEL,
                ),
                Statement(
                    "Start",
                    ["ssm:StartAutomationExecution"],
                    documents,
                    wildcard="Every version of one document of AWS. Unsafe for a document that "
                    "this account could change.",
                ),
                Statement(
                    "Executions",
                    ["ssm:GetAutomationExecution"],
                    [executions],
                    wildcard="An execution has no name before it starts; this only reads. Unsafe "
                    "if executions held secrets.",
                ),
            ],
        )
        return role, policy
