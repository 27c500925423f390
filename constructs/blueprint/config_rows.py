"""What AWS Config judges all the time: one managed rule a row (OP-2).

Value objects without the CDK. The identifiers are not always the names that the console shows:
https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
Two rules are left out, because what they find is right here: NACL_NO_UNRESTRICTED_SSH_RDP (answers
from the internet come in on any client port, 3389 among them) and S3_DEFAULT_ENCRYPTION_KMS (S3
delivers access logs under keys of its own only).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# Days. CIS AWS Foundations Benchmark v3.0.0, 1.14 and 1.12.
MOST_ACCESS_KEY_DAYS = 90
MOST_UNUSED_DAYS = 45


@dataclass(frozen=True)
class ConfigRule:
    """A managed rule.

    Attributes:
        name: PascalCase; the name of the rule, and in `[audit.off]`.
        identifier: AWS's name of the managed rule.
        controls: The rows of docs/controls.toml that it watches.
        description: What is the case where the rule holds.
        parameters: What the rule takes, as text; default: nothing, or what AWS takes by itself.
    """

    name: str
    identifier: str
    controls: tuple[str, ...]
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)


_PASSWORD_POLICY = ConfigRule(
    "PasswordPolicy",
    "IAM_PASSWORD_POLICY",
    ("IA-5", "IA-9"),
    "Passwords are long, of four kinds of characters, expire, and are not used again",
    # The values that do not differ between environments; `config_rules` adds the others.
    {
        "RequireLowercaseCharacters": "true",
        "RequireNumbers": "true",
        "RequireSymbols": "true",
        "RequireUppercaseCharacters": "true",
        "PasswordReusePrevention": "24",
    },
)
CONFIG_RULES = (
    ConfigRule(
        "RootAccessKeys", "IAM_ROOT_ACCESS_KEY_CHECK", ("IA-1",), "The root user has no access key"
    ),
    ConfigRule(
        "RootMfa", "ROOT_ACCOUNT_MFA_ENABLED", ("IA-1", "IA-6"), "The root user signs in with MFA"
    ),
    ConfigRule("UserMfa", "IAM_USER_MFA_ENABLED", ("IA-6",), "Every user has an MFA device"),
    _PASSWORD_POLICY,
    ConfigRule(
        "NoPolicyOnUsers",
        "IAM_USER_NO_POLICIES_CHECK",
        ("IA-3",),
        "No policy is attached to a user",
    ),
    ConfigRule(
        "NoAdministratorStatements",
        "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        ("IA-4",),
        "No customer-managed policy allows everything on everything",
    ),
    ConfigRule(
        "AccessKeyAge",
        "ACCESS_KEYS_ROTATED",
        ("IA-9",),
        f"No access key is older than {MOST_ACCESS_KEY_DAYS} days",
        {"maxAccessKeyAge": str(MOST_ACCESS_KEY_DAYS)},
    ),
    ConfigRule(
        "UnusedCredentials",
        "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        ("IA-10",),
        f"No password or access key is unused for more than {MOST_UNUSED_DAYS} days",
        {"maxCredentialUsageAge": str(MOST_UNUSED_DAYS)},
    ),
    ConfigRule(
        "RestrictedSsh",
        "INCOMING_SSH_DISABLED",
        ("NW-2", "NW-7"),
        "No security group lets everybody in by SSH",
    ),
    ConfigRule(
        "RestrictedPorts",
        "RESTRICTED_INCOMING_TRAFFIC",
        ("NW-2", "NW-7"),
        "No security group lets everybody in by RDP, by WinRM, or to a database",
        # RDP, WinRM, and the ports of PostgreSQL and SQL Server; what is not given is FTP's.
        {
            "blockedPort1": "3389",
            "blockedPort2": "5985",
            "blockedPort3": "5986",
            "blockedPort4": "5432",
            "blockedPort5": "1433",
        },
    ),
    ConfigRule(
        "DefaultSecurityGroupClosed",
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        ("NW-2",),
        "The default security group of a VPC allows nothing",
    ),
    ConfigRule("FlowLogs", "VPC_FLOW_LOGS_ENABLED", ("NW-9",), "Every VPC has flow logs"),
    ConfigRule(
        "SubnetPublicAddresses",
        "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
        ("EC-1", "NW-1"),
        "No subnet gives public addresses by itself",
    ),
    # What it finds is meant where web servers have public addresses instead of a load balancer.
    ConfigRule(
        "PublicAddresses",
        "EC2_INSTANCE_NO_PUBLIC_IP",
        ("EC-1", "NW-1"),
        "No server has a public address",
    ),
    ConfigRule(
        "InstanceMetadata",
        "EC2_IMDSV2_CHECK",
        ("EC-1", "IA-7"),
        "Servers give credentials to requests with a token only (IMDSv2)",
    ),
    ConfigRule(
        "EncryptedVolumes",
        "ENCRYPTED_VOLUMES",
        ("EC-1", "EC-4"),
        "Every attached volume is encrypted",
    ),
    ConfigRule(
        "ManagedServers",
        "EC2_INSTANCE_MANAGED_BY_SSM",
        ("EC-1", "OP-2"),
        "Systems Manager manages every server",
    ),
    ConfigRule(
        "PatchedServers",
        "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK",
        ("OP-2", "SR-2"),
        "Servers have the patches of their baseline",
    ),
    ConfigRule(
        "KeyRotation", "CMK_BACKING_KEY_ROTATION_ENABLED", ("EC-4",), "Customer keys are rotated"
    ),
    ConfigRule(
        "BucketsPrivate",
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        ("EC-4",),
        "Every bucket blocks public access",
    ),
    ConfigRule(
        "BucketsTlsOnly",
        "S3_BUCKET_SSL_REQUESTS_ONLY",
        ("EC-4",),
        "Every bucket refuses requests without TLS",
    ),
    ConfigRule(
        "BucketsVersioned",
        "S3_BUCKET_VERSIONING_ENABLED",
        ("EC-4",),
        "Every bucket keeps earlier versions",
    ),
    ConfigRule(
        "LogGroupsEncrypted",
        "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
        ("EC-4", "OP-1"),
        "Every log group has a customer key",
    ),
    ConfigRule(
        "TrailEnabled",
        "MULTI_REGION_CLOUD_TRAIL_ENABLED",
        ("IA-12", "OP-1"),
        "A trail records the calls of all regions",
        {"includeManagementEvents": "true", "readWriteType": "ALL"},
    ),
    ConfigRule(
        "TrailValidated",
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        ("OP-1",),
        "Changed files of a trail are noticed",
    ),
    ConfigRule(
        "TrailEncrypted",
        "CLOUD_TRAIL_ENCRYPTION_ENABLED",
        ("EC-4", "OP-1"),
        "A trail's files are encrypted with a customer key",
    ),
)


def config_rules(
    *, minimum_password_length: int, maximum_password_age_days: int
) -> tuple[ConfigRule, ...]:
    """The rules, with what an environment asks of passwords."""
    passwords = {
        "MinimumPasswordLength": str(minimum_password_length),
        "MaxPasswordAge": str(maximum_password_age_days),
    }
    own = replace(_PASSWORD_POLICY, parameters={**_PASSWORD_POLICY.parameters, **passwords})
    return tuple(own if rule is _PASSWORD_POLICY else rule for rule in CONFIG_RULES)
