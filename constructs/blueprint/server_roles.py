"""Roles of servers: rights without keys (EC-3, IA-7)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy

# What the Systems Manager agent of a current image asks for: Session Manager, inventory, patching.
# AWS has no resources for these; an agent can only speak for its own instance:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmessagegatewayservice.html
AGENT_ANYWHERE = (
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:ListAssociations",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
AGENT_ON_INSTANCES = (
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
)
AGENT_ON_DOCUMENTS = ("ssm:DescribeDocument", "ssm:GetDocument")
WRITE_LOGS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


def systems_manager(stack: cdk.Stack) -> list[Statement]:
    """What a server needs to be managed by Systems Manager in the stack's account and region."""

    def any_of(service: str, resource: str, account: str | None = None) -> str:
        return stack.format_arn(
            service=service, account=account, resource=resource, resource_name="*"
        )

    return [
        Statement("SystemsManagerAgent", AGENT_ANYWHERE, ["*"], wildcard=NO_RESOURCE_LEVEL),
        Statement(
            "SystemsManagerInstance",
            AGENT_ON_INSTANCES,
            [any_of("ec2", "instance"), any_of("ssm", "association")],
            wildcard="The role exists before its instances have ids; the agent reports on the "
            "instance that it runs on. Unsafe if these actions ran commands.",
        ),
        Statement(
            "SystemsManagerDocuments",
            AGENT_ON_DOCUMENTS,
            # AWS's own documents have no account in their name.
            [any_of("ssm", "document"), any_of("ssm", "document", account="")],
            wildcard="Reads the documents that an operator runs on the server. Unsafe if documents "
            "held secrets.",
        ),
    ]


def write_logs(*log_groups: logs.CfnLogGroup) -> Statement:
    """Write into the log groups."""
    return Statement("Logs", WRITE_LOGS, [group.attr_arn for group in log_groups])


class ServerRole(Construct):
    """The role of one tier's servers, with the policy that says all it can do.

    Invariant: only EC2 can assume it, its policies are customer-managed, and it stays within the
    permissions boundary.

    Example:
        ServerRole(
            self,
            "AppRole",
            tier="app",
            boundary=boundary,
            statements=systems_manager(cdk.Stack.of(self)),
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tier: str,
        boundary: iam.IManagedPolicy,
        statements: Sequence[Statement],
    ) -> None:
        """Create the role, its policy of `statements`, and its instance profile."""
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            description=f"What servers of the {tier} tier can do",
            permissions_boundary=boundary,
        )
        StatementPolicy(
            self,
            "Policy",
            description=f"What servers of the {tier} tier can do",
            statements=statements,
            roles=[self.role],
        )
        self.instance_profile = iam.InstanceProfile(self, "Profile", role=self.role)
