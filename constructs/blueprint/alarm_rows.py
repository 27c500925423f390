"""What the trail's log group is searched for: one metric filter and alarm a row (IA-12, OP-1).

Value objects without the CDK. Recommendations 4.1 to 4.15 of the CIS AWS Foundations Benchmark
v3.0.0, and what this blueprint adds.
"""

from dataclasses import dataclass

from blueprint.filter_patterns import (
    ACCESS_KEY_CREATED,
    BUCKET_POLICY_CHANGES,
    CONFIG_CHANGES,
    CONSOLE_SIGN_IN_FAILURES,
    CONSOLE_SIGN_IN_WITHOUT_MFA,
    GATEWAY_CHANGES,
    IAM_CHANGES,
    KEY_DELETION,
    NETWORK_ACL_CHANGES,
    ORGANIZATION_CHANGES,
    ROOT_ACTIVITY,
    ROUTE_TABLE_CHANGES,
    SECURITY_GROUP_CHANGES,
    TRAIL_CHANGES,
    UNAUTHORIZED_CALLS,
    VPC_CHANGES,
    assumed,
)


@dataclass(frozen=True)
class Alarm:
    """Something of which a single event in the trail is worth a message.

    Attributes:
        name: PascalCase; the name of the metric, of the alarm, and in `[audit.off]`.
        controls: The rows of docs/controls.toml that it watches.
        cis: Its recommendation in the CIS AWS Foundations Benchmark v3.0.0; None: not in it.
        description: What happened, for the people who get the message.
        pattern: The filter pattern that finds it.
    """

    name: str
    controls: tuple[str, ...]
    cis: str | None
    description: str
    pattern: str


ALARMS = (
    Alarm(
        "RootActivity", ("IA-1", "IA-12"), "4.3", "Somebody worked as the root user", ROOT_ACTIVITY
    ),
    Alarm(
        "UnauthorizedCalls",
        ("IA-4", "IA-12"),
        "4.1",
        "A call was refused for want of rights",
        UNAUTHORIZED_CALLS,
    ),
    Alarm(
        "ConsoleSignInWithoutMfa",
        ("IA-6", "IA-12"),
        "4.2",
        "A user signed in to the console without MFA",
        CONSOLE_SIGN_IN_WITHOUT_MFA,
    ),
    Alarm(
        "IamChanges",
        ("IA-3", "IA-4", "IA-12"),
        "4.4",
        "Permissions of users, groups or roles changed",
        IAM_CHANGES,
    ),
    Alarm(
        "TrailChanges",
        ("IA-12", "OP-1"),
        "4.5",
        "The trail was changed, started or stopped",
        TRAIL_CHANGES,
    ),
    Alarm(
        "ConsoleSignInFailures",
        ("IA-5", "IA-12"),
        "4.6",
        "A sign-in to the console failed",
        CONSOLE_SIGN_IN_FAILURES,
    ),
    Alarm(
        "KeyDeletion",
        ("EC-4",),
        "4.7",
        "A customer key was disabled, or is to be deleted",
        KEY_DELETION,
    ),
    Alarm(
        "BucketPolicyChanges",
        ("EC-4", "IA-12"),
        "4.8",
        "Access to a bucket, or what happens to its objects, changed",
        BUCKET_POLICY_CHANGES,
    ),
    Alarm(
        "ConfigChanges",
        ("OP-2",),
        "4.9",
        "AWS Config records, or delivers, something else or nothing",
        CONFIG_CHANGES,
    ),
    Alarm(
        "SecurityGroupChanges",
        ("NW-2",),
        "4.10",
        "A security group changed",
        SECURITY_GROUP_CHANGES,
    ),
    Alarm("NetworkAclChanges", ("NW-3",), "4.11", "A network ACL changed", NETWORK_ACL_CHANGES),
    Alarm(
        "GatewayChanges",
        ("NW-5", "NW-6"),
        "4.12",
        "A gateway of the network changed",
        GATEWAY_CHANGES,
    ),
    Alarm("RouteTableChanges", ("NW-4",), "4.13", "A route table changed", ROUTE_TABLE_CHANGES),
    Alarm("VpcChanges", ("NW-1",), "4.14", "A VPC, or a peering of VPCs, changed", VPC_CHANGES),
    Alarm(
        "OrganizationChanges",
        ("IA-11", "IA-12"),
        "4.15",
        # In the organization's management account; a member's trail holds few of these.
        "The organization, its accounts or its policies changed",
        ORGANIZATION_CHANGES,
    ),
    Alarm(
        "AccessKeyCreated", ("IA-9", "IA-13"), None, "A user got an access key", ACCESS_KEY_CREATED
    ),
)
_CROSS_ACCOUNT = "CrossAccountRoleAssumed"
_BREAK_GLASS = "BreakGlassRoleAssumed"
# Of every row that an environment can have.
ALARM_NAMES = (*(row.name for row in ALARMS), _CROSS_ACCOUNT, _BREAK_GLASS)


def role_alarms(
    *, cross_account_role: str | None = None, break_glass_role: str | None = None
) -> tuple[Alarm, ...]:
    """The alarms on assumptions of roles that an environment has.

    Args:
        cross_account_role: The ARN of the role that account B may assume; default: no alarm.
        break_glass_role: The ARN of the role for emergencies; default: no alarm.
    """
    rows = (
        (_CROSS_ACCOUNT, "IA-8", "Account B assumed its role", cross_account_role),
        (_BREAK_GLASS, "IA-6", "The role for emergencies was assumed", break_glass_role),
    )
    return tuple(
        Alarm(name, (control, "IA-12"), None, description, assumed(arn))
        for name, control, description, arn in rows
        if arn is not None
    )
