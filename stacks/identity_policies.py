"""What each group can do, as rows; `RequireMfa` stands before all of them.

Operators act in the environment's region, on what carries its tag. No group but Administrators
sets that tag, or writes to IAM, CloudTrail, Config or KMS; the exceptions are rows here:

* Developers make roles below /developers/, within a permissions boundary.
* ServerOperators start servers, for which EC2 hands the volumes' key on to itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from blueprint.flows import RDP, SSH
from blueprint.policies import NO_RESOURCE_LEVEL, Statement
from stacks.environment_stack import ENVIRONMENT_TAG
from stacks.identity_settings import GroupName

Conditions = dict[str, dict[str, str | list[str]]]

# Where developers' roles and functions live.
DEVELOPERS_PATH, DEVELOPERS_PREFIX = "/developers/", "developers-"
PATCHING = "AWS-RunPatchBaseline"
SESSION_DOCUMENTS = ("AWS-StartPortForwardingSession",)
LINUX_USER = "ec2-user"
# Seconds: the longest tunnel that EC2 Instance Connect opens.
LONGEST_TUNNEL = 3600

# None of these has a resource level.
STATE_OF_NETWORK = (
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCustomerGateways",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeInstanceConnectEndpoints",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInsightsAnalyses",
    "ec2:DescribeNetworkInsightsPaths",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnConnections",
    "ec2:DescribeVpnGateways",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
)
STATE_OF_SERVERS = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeScalingActivities",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "ec2:DescribeInstanceConnectEndpoints",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstances",
    "ec2:DescribeTags",
    "ec2:DescribeVolumes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
)
STATE_OF_COMMANDS = (
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeSessions",
    "ssm:GetCommandInvocation",
    "ssm:ListCommandInvocations",
    "ssm:ListCommands",
)
STATE_OF_PATCHES = ("ssm:DescribeInstancePatchStates", "ssm:DescribeInstancePatches")
DIRECT_CONNECT = (
    "directconnect:DescribeDirectConnectGatewayAssociations",
    "directconnect:DescribeDirectConnectGateways",
)
RULES = (
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateNetworkAclEntry",
    "ec2:CreateRoute",
    "ec2:DeleteNetworkAclEntry",
    "ec2:DeleteRoute",
    "ec2:ModifySecurityGroupRules",
    "ec2:ReplaceNetworkAclEntry",
    "ec2:ReplaceRoute",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
)
RULED = ("network-acl", "route-table", "security-group")
TUNNELS = (
    "ec2:GetVpnTunnelReplacementStatus",
    "ec2:ModifyVpnTunnelOptions",
    "ec2:ReplaceVpnTunnel",
)
ANALYSE = (
    "ec2:CreateNetworkInsightsPath",
    "ec2:DeleteNetworkInsightsAnalysis",
    "ec2:DeleteNetworkInsightsPath",
    "ec2:StartNetworkInsightsAnalysis",
)
# The analysis itself, and what it may start from or end at.
ANALYSED = (
    "instance",
    "internet-gateway",
    "network-insights-analysis",
    "network-insights-path",
    "network-interface",
    "vpc-endpoint",
    "vpn-gateway",
)
# Reachability Analyzer's own engine:
# https://docs.aws.amazon.com/vpc/latest/reachability/security_iam_required-API-permissions.html
ENGINE = ("tiros:CreateQuery", "tiros:GetQueryAnswer", "tiros:GetQueryExplanation")
READ_LOGS = (
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetQueryResults",
    "logs:StartQuery",
)
FIND_LOGS = ("logs:DescribeLogGroups", "logs:StopQuery")
READ_STACKS = (
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
)
# Neither AddPermission nor a function URL: nobody outside the account calls a function.
FUNCTIONS = (
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
)
CONFIGURE_FUNCTIONS = ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration")
# Each has the condition key iam:PermissionsBoundary, so that it works on bounded roles only.
BOUNDED_ROLES = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
)
LOOK_AT_ROLES = (
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
)

_TAGGED = (
    "Only what carries the environment's tag, which the group cannot set. Unsafe if it could tag "
    "resources."
)
_BELOW_PATH = (
    "Developers name what they make; path or prefix keep it apart from everything else. Unsafe if "
    "anything else were named so."
)
_READING = (
    "It reads the state of these resources, wherever in the region they are, and no data. Unsafe "
    "if their state held secrets, such as a password as a parameter of a stack."
)


@dataclass(frozen=True)
class Place:
    """Where the groups act: the environment's region, and the stacks whose logs they read."""

    stack: cdk.Stack
    environment: str
    network_stack: str
    servers_stack: str

    def arn(self, service: str, resource: str, name: str = "*", account: str | None = None) -> str:
        """Write an ARN of the region; default: any such resource of the account."""
        return self.stack.format_arn(
            service=service, resource=resource, resource_name=name, account=account
        )

    def named(self, service: str, resource: str, name: str) -> str:
        """Write an ARN of the region whose name follows a colon."""
        return self.stack.format_arn(
            service=service,
            resource=resource,
            resource_name=name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )

    @property
    def in_region(self) -> Conditions:
        """Conditions: in the region."""
        return {"StringEquals": {"aws:RequestedRegion": self.stack.region}}

    @property
    def on_tagged(self) -> Conditions:
        """Conditions: in the region, on what carries the environment's tag."""
        tag = {f"aws:ResourceTag/{ENVIRONMENT_TAG}": self.environment}
        return {"StringEquals": {**self.in_region["StringEquals"], **tag}}

    def look(self, sid: str, actions: Sequence[str]) -> Statement:
        """Look at what has no resource level."""
        return Statement(sid, actions, ["*"], self.in_region, wildcard=NO_RESOURCE_LEVEL)

    def read(self, sid: str, actions: Sequence[str], service: str, resource: str) -> Statement:
        """Look at every resource of a kind in the region."""
        return Statement(
            sid, actions, [self.arn(service, resource)], self.in_region, wildcard=_READING
        )

    def tagged(
        self,
        sid: str,
        actions: Sequence[str],
        resources: Sequence[str],
        **more: dict[str, str | list[str]],
    ) -> Statement:
        """Act on tagged resources; `more`: further conditions by operator."""
        conditions: Conditions = {
            operator: {**self.on_tagged.get(operator, {}), **more.get(operator, {})}
            for operator in (*self.on_tagged, *more)
        }
        return Statement(sid, actions, resources, conditions, wildcard=_TAGGED)


def network_operators(place: Place) -> list[Statement]:
    """Look at the network, analyse it, change rules, and maintain VPN tunnels."""
    return [
        place.look("Look", (*STATE_OF_NETWORK, *ENGINE)),
        place.tagged("Rules", RULES, [place.arn("ec2", kind) for kind in RULED]),
        Statement(
            "RulesOfGroups",
            ["ec2:ModifySecurityGroupRules"],
            [place.arn("ec2", "security-group-rule")],
            place.in_region,
            wildcard="EC2 asks for the rule beside its group; only groups carry the tag, and they "
            "decide. Unsafe if an action took a rule without its group.",
        ),
        place.tagged("Tunnels", TUNNELS, [place.arn("ec2", "vpn-connection")]),
        Statement(
            "Analyse",
            ANALYSE,
            [place.arn("ec2", kind) for kind in ANALYSED],
            place.in_region,
            wildcard="An analysis reads configuration and changes none of it. Unsafe if one of the "
            "actions changed what it analyses.",
        ),
        place.read("DirectConnect", DIRECT_CONNECT, "directconnect", "dx-gateway"),
        *_logs(place, f"{place.network_stack}-*"),
    ]


def server_operators(place: Place) -> list[Statement]:
    """Get onto servers, start and stop them, patch them, and look at their state."""
    instances = [place.arn("ec2", "instance")]
    own_session = {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}
    return [
        place.look("Look", (*STATE_OF_SERVERS, *STATE_OF_COMMANDS)),
        place.read("Patches", STATE_OF_PATCHES, "ec2", "instance"),
        place.tagged(
            "Servers",
            (
                "ec2:GetConsoleOutput",
                "ec2:RebootInstances",
                "ec2:StartInstances",
                "ec2:StopInstances",
                "ssm:GetConnectionStatus",
                "ssm:SendCommand",
                "ssm:StartSession",
            ),
            instances,
        ),
        Statement("Patching", ["ssm:SendCommand"], [place.arn("ssm", "document", PATCHING, "")]),
        Statement(
            "SessionDocuments",
            ["ssm:StartSession"],
            [
                place.arn("ssm", "document", "SSM-SessionManagerRunShell"),
                *(place.arn("ssm", "document", name, "") for name in SESSION_DOCUMENTS),
            ],
        ),
        Statement(
            "OwnSessions",
            ["ssm:ResumeSession", "ssm:TerminateSession"],
            [place.arn("ssm", "session")],
            {"StringEquals": own_session},
            wildcard="The service marks each session with the id of who started it, and nobody "
            "else passes. Unsafe without that condition.",
        ),
        # The resource is the session, as in AWS's policies for end users, but not with their
        # ${aws:userid}-*: a session's id begins with the name of who started it.
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-restrict-access.html
        Statement(
            "DataChannel",
            ["ssmmessages:OpenDataChannel"],
            [place.arn("ssm", "session")],
            wildcard="A channel opens with the token that StartSession or ResumeSession gave for "
            "that session, and both are limited to own ones. Unsafe if tokens were passed on.",
        ),
        place.tagged(
            "Tunnel",
            ["ec2-instance-connect:OpenTunnel"],
            [place.arn("ec2", "instance-connect-endpoint")],
            NumericEquals={
                "ec2-instance-connect:remotePort": [str(SSH.first), str(RDP.first)],
            },
            NumericLessThanEquals={"ec2-instance-connect:maxTunnelDuration": str(LONGEST_TUNNEL)},
        ),
        place.tagged(
            "KeyForAMinute",
            ["ec2-instance-connect:SendSSHPublicKey"],
            instances,
            StringEquals={"ec2:osuser": LINUX_USER},
        ),
        # A server with encrypted volumes starts only if its starter may hand their key on to EC2:
        # https://repost.aws/knowledge-center/kms-iam-ec2-permission
        place.tagged(
            "StartWithEncryptedVolumes",
            ["kms:CreateGrant"],
            [place.arn("kms", "key")],
            Bool={"kms:GrantIsForAWSResource": "true"},
            StringEquals={"kms:ViaService": f"ec2.{place.stack.region}.{place.stack.url_suffix}"},
        ),
        *_logs(place, f"{place.servers_stack}-*"),
    ]


def developers(place: Place, boundary: iam.IManagedPolicy) -> list[Statement]:
    """Debug the application, and make functions with roles that stay within the boundary."""
    roles = [_developers_roles(place)]
    functions = [place.named("lambda", "function", f"{DEVELOPERS_PREFIX}*")]
    return [
        place.look("Look", (*STATE_OF_SERVERS, "lambda:ListFunctions")),
        place.read("Stacks", READ_STACKS, "cloudformation", "stack"),
        Statement("Functions", FUNCTIONS, functions, place.in_region, wildcard=_BELOW_PATH),
        Statement(
            "ConfigureFunctions",
            CONFIGURE_FUNCTIONS,
            functions,
            # Not in a VPC: the network proof says who is there.
            {**place.in_region, "Null": {"lambda:VpcIds": "true"}},
            wildcard=_BELOW_PATH,
        ),
        # No region from here on: IAM is global.
        Statement(
            "BoundedRoles",
            BOUNDED_ROLES,
            roles,
            {"ArnEquals": {"iam:PermissionsBoundary": boundary.managed_policy_arn}},
            wildcard=_BELOW_PATH,
        ),
        Statement("LookAtRoles", LOOK_AT_ROLES, roles, wildcard=_BELOW_PATH),
        Statement(
            "PassRoles",
            ["iam:PassRole"],
            roles,
            {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
            wildcard=_BELOW_PATH,
        ),
        *_logs(place, f"{place.servers_stack}-*"),
        Statement(
            "LogsOfFunctions",
            READ_LOGS,
            [place.named("logs", "log-group", f"/aws/lambda/{DEVELOPERS_PREFIX}*")],
            place.in_region,
            wildcard=_BELOW_PATH,
        ),
    ]


def developers_boundary(place: Place) -> list[Statement]:
    """The most that a role of developers can do: write the logs of their own functions."""
    return [
        Statement(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [place.named("logs", "log-group", f"/aws/lambda/{DEVELOPERS_PREFIX}*")],
            wildcard=_BELOW_PATH,
        )
    ]


def auditors(place: Place) -> list[Statement]:
    """Read every log of the environment; AWS's SecurityAudit reads the configuration."""
    return _logs(place, "*")


def _logs(place: Place, groups: str) -> list[Statement]:
    # The tag of a group counts for its streams, on which GetLogEvents acts; for DescribeLogGroups
    # it does not: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-identity-based-access-control-cwl.html
    return [
        place.look("FindLogs", FIND_LOGS),
        place.tagged("ReadLogs", READ_LOGS, [place.named("logs", "log-group", groups)]),
    ]


def _developers_roles(place: Place) -> str:
    return place.stack.format_arn(
        service="iam",
        region="",
        resource=f"role{DEVELOPERS_PATH.rstrip('/')}",
        resource_name="*",
    )


AWS_MANAGED: dict[GroupName, dict[str, str]] = {
    "Administrators": {
        "AdministratorAccess": "Administrators repair what nobody foresaw, with services of the "
        "future as well; any list would be as long or block them. It stands behind MFA. Unsafe "
        "for daily work, and for more than a few people.",
    },
    "Auditors": {
        "SecurityAudit": "AWS adds each new service to it, and an audit that misses one is no "
        "audit; it reads configuration and no data. Unsafe if configuration held secrets.",
    },
}
