"""Dangerous changes to what users, groups and roles carry: policies, boundaries, memberships."""

from dataclasses import replace

from tests.proofs.access.access_changes import (
    BOUNDARIES,
    CANNOT_PROVE,
    CLOSED_WORLD,
    ESCALATION,
    GUARDS,
    MFA,
    MFA_AGE,
    MFA_PRESENT,
    REGION,
    SERVERS_IAM,
    TAG,
    TWO_ACCOUNTS,
    A,
    Mutation,
)
from tests.proofs.access.access_editor import (
    AccessEditor,
    allow,
    asks,
    document,
    drop,
    less,
    more,
    ref,
    swap,
    trusting,
    turn,
    unless,
)

NETWORK, SERVERS = "NetworkOperatorsPolicy", "ServerOperatorsPolicy"
DEVELOPERS, AUDITORS = "DevelopersPolicy", "AuditorsPolicy"
_DEVELOPERS_ROLES = f"arn:aws:iam::{A}:role/developers/*"
_OWN_USER = f"arn:aws:iam::{A}:user/${{aws:username}}"
_BOUNDARY = "iam:PermissionsBoundary"


# Changes that take more than one step.


def _policy_of(editor: AccessEditor, group: str, other: str) -> None:
    arns = editor.group(other).properties["ManagedPolicyArns"]
    editor.group(group).set(ManagedPolicyArns=list(arns))


def _without_mfa(editor: AccessEditor, group: str) -> None:
    require = ref(editor.part("IAM::ManagedPolicy", "RequireMfa"))
    editor.group(group).properties["ManagedPolicyArns"].remove(require)


def _deny_to(editor: AccessEditor, *actions: str) -> None:
    row = editor.policy("RequireMfa", "NoMfa")
    swap(row, "NotAction", "Action", list(actions))


def _add_user(editor: AccessEditor, **properties: object) -> None:
    editor.stack("Identity").add("Eve", "IAM::User", UserName="eve", **properties)


def _add_group(editor: AccessEditor) -> None:
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    editor.stack("Identity").add(
        "Owners", "IAM::Group", GroupName="Owners", ManagedPolicyArns=[administrator]
    )


def _join(editor: AccessEditor, user: str, group: str) -> None:
    editor.user(user).properties["Groups"].append(ref(editor.group(group)))


def _addition(editor: AccessEditor) -> None:
    editor.stack("Identity").add(
        "Addition",
        "IAM::UserToGroupAddition",
        GroupName=ref(editor.group("Administrators")),
        Users=[ref(editor.user("richard"))],
    )


def _inline(editor: AccessEditor, kind: str, **receiver: object) -> None:
    editor.stack("Identity").add(
        "Inline",
        kind,
        PolicyName="inline",
        PolicyDocument=document(allow("s3:GetObject")),
        **receiver,
    )


def _also_of(editor: AccessEditor, policy: str, **receivers: object) -> None:
    editor.part("IAM::ManagedPolicy", policy).set(**receivers)


def _add_role(editor: AccessEditor, **properties: object) -> None:
    editor.stack("Servers").add(
        "Added",
        "IAM::Role",
        AssumeRolePolicyDocument=trusting(Service="ec2.amazonaws.com"),
        **properties,
    )


_POLICIES = (
    # Conditions
    Mutation("rules-of-any-tag", CLOSED_WORLD, lambda t: unless(t.policy(NETWORK, "Rules"), TAG)),
    Mutation(
        "rules-without-a-tag",
        CLOSED_WORLD,
        lambda t: asks(t.policy(NETWORK, "Rules"), "StringEqualsIfExists", TAG, "sandbox"),
    ),
    Mutation(
        "rules-of-other-tags",
        CLOSED_WORLD,
        lambda t: asks(t.policy(NETWORK, "Rules"), "StringNotEquals", TAG, "sandbox"),
    ),
    Mutation(
        "look-in-any-region", CLOSED_WORLD, lambda t: unless(t.policy(NETWORK, "Look"), REGION)
    ),
    Mutation(
        "look-in-like-regions",
        CLOSED_WORLD,
        lambda t: asks(t.policy(NETWORK, "Look"), "StringLike", REGION, "*-1"),
    ),
    Mutation(
        "look-in-all-of-no-regions",
        CLOSED_WORLD,
        lambda t: turn(t.policy(NETWORK, "Look"), "StringEquals", "ForAllValues:StringEquals"),
    ),
    Mutation(
        "tunnel-to-any-port",
        CLOSED_WORLD,
        lambda t: unless(t.policy(SERVERS, "Tunnel"), "ec2-instance-connect:remotePort"),
    ),
    Mutation(
        "tunnel-turned-round",
        CLOSED_WORLD,
        lambda t: turn(
            t.policy(SERVERS, "Tunnel"), "NumericLessThanEquals", "NumericGreaterThanEquals"
        ),
    ),
    Mutation(
        "ssh-as-anybody",
        CLOSED_WORLD,
        lambda t: unless(t.policy(SERVERS, "KeyForAMinute"), "ec2:osuser"),
    ),
    Mutation(
        "sessions-of-others",
        CLOSED_WORLD,
        lambda t: turn(t.policy(SERVERS, "OwnSessions"), "StringEquals", "StringNotEquals"),
    ),
    Mutation(
        "sessions-of-anybody",
        CLOSED_WORLD,
        lambda t: asks(
            t.policy(SERVERS, "OwnSessions"),
            "StringLike",
            "ssm:resourceTag/aws:ssmmessages:session-id",
            "*${aws:userid}*",
        ),
    ),
    Mutation(
        "grant-for-anybody",
        CLOSED_WORLD,
        lambda t: unless(
            t.policy(SERVERS, "StartWithEncryptedVolumes"), "kms:GrantIsForAWSResource"
        ),
    ),
    Mutation(
        "functions-in-a-vpc",
        CLOSED_WORLD,
        lambda t: unless(t.policy(DEVELOPERS, "ConfigureFunctions"), "lambda:VpcIds"),
    ),
    Mutation(
        "password-of-another-user",
        CLOSED_WORLD,
        lambda t: t.policy("RequireMfa", "OwnUser").update(Resource=f"arn:aws:iam::{A}:user/*"),
    ),
    Mutation(
        "variables-of-the-old-language",
        CLOSED_WORLD,
        lambda t: (
            t.part("IAM::ManagedPolicy", "RequireMfa")
            .properties["PolicyDocument"]
            .update(Version="2008-10-17")
        ),
    ),
    # Actions
    Mutation(
        "one-action-more",
        CLOSED_WORLD,
        lambda t: more(t.policy(NETWORK, "Rules"), "Action", "ec2:CreateSecurityGroup"),
    ),
    Mutation(
        "one-action-less",
        CLOSED_WORLD,
        lambda t: less(t.policy(NETWORK, "Rules"), "Action", "ec2:CreateRoute"),
    ),
    Mutation("data-for-auditors", CLOSED_WORLD, lambda t: t.grant(AUDITORS, "s3:GetObject")),
    Mutation("wildcard-inside", CLOSED_WORLD, lambda t: t.grant(AUDITORS, "s3:*Object")),
    Mutation(
        "statement-dropped",
        CLOSED_WORLD,
        lambda t: drop(t.part("IAM::ManagedPolicy", DEVELOPERS), "Stacks"),
    ),
    # Resources
    Mutation(
        "commands-of-any-document",
        CLOSED_WORLD,
        lambda t: t.policy(SERVERS, "Patching").update(
            Resource="arn:aws:ssm:us-east-1::document/AWS-Run*"
        ),
    ),
    Mutation(
        "logs-of-every-group",
        CLOSED_WORLD,
        lambda t: t.policy(DEVELOPERS, "LogsOfFunctions").update(Resource="*"),
    ),
    Mutation(
        "every-role-but-theirs",
        CLOSED_WORLD,
        lambda t: swap(t.policy(DEVELOPERS, "LookAtRoles"), "Resource", "NotResource"),
    ),
    Mutation(
        "objects-of-app-for-all-prefixes",
        CLOSED_WORLD,
        lambda t: t.policy("AppRolePolicy", "DatabasePassword").update(Resource="*"),
    ),
    # Ways to more rights
    Mutation(
        "roles-without-boundary",
        ESCALATION,
        lambda t: unless(t.policy(DEVELOPERS, "BoundedRoles"), _BOUNDARY),
    ),
    Mutation(
        "roles-with-boundary-if-any",
        ESCALATION,
        lambda t: turn(t.policy(DEVELOPERS, "BoundedRoles"), "ArnEquals", "ArnEqualsIfExists"),
    ),
    Mutation(
        "roles-with-any-boundary",
        ESCALATION,
        lambda t: asks(
            t.policy(DEVELOPERS, "BoundedRoles"), "ArnLike", _BOUNDARY, f"arn:aws:iam::{A}:policy/*"
        ),
    ),
    Mutation(
        "roles-of-everybody",
        ESCALATION,
        lambda t: t.policy(DEVELOPERS, "BoundedRoles").update(Resource=f"arn:aws:iam::{A}:role/*"),
    ),
    Mutation(
        "boundary-taken-off",
        ESCALATION,
        lambda t: t.grant(DEVELOPERS, "iam:DeleteRolePermissionsBoundary", _DEVELOPERS_ROLES),
    ),
    Mutation(
        "pass-any-role",
        ESCALATION,
        lambda t: t.policy(DEVELOPERS, "PassRoles").update(Resource="*"),
    ),
    Mutation(
        "pass-roles-to-any-service",
        ESCALATION,
        lambda t: unless(t.policy(DEVELOPERS, "PassRoles"), "iam:PassedToService"),
    ),
    Mutation(
        "pass-role-added",
        ESCALATION,
        lambda t: t.grant(SERVERS, ["iam:PassRole", "ec2:AssociateIamInstanceProfile"]),
    ),
    Mutation(
        "pass-role-alone", CLOSED_WORLD, lambda t: t.grant(SERVERS, "iam:PassRole", "arn:aws:*")
    ),
    Mutation(
        "new-version-of-a-policy",
        ESCALATION,
        lambda t: t.grant(DEVELOPERS, "iam:CreatePolicyVersion", f"arn:aws:iam::{A}:policy/*"),
    ),
    Mutation(
        "access-keys-of-others", ESCALATION, lambda t: t.grant(AUDITORS, "iam:CreateAccessKey")
    ),
    Mutation(
        "attach-to-oneself",
        ESCALATION,
        lambda t: t.grant(SERVERS, "iam:AttachUserPolicy", _OWN_USER),
    ),
    Mutation("iam-for-auditors", ESCALATION, lambda t: t.grant(AUDITORS, "iam:*")),
    Mutation(
        "all-but-iam",
        ESCALATION,
        lambda t: swap(t.policy(SERVERS, "Look"), "Action", "NotAction", "iam:*"),
    ),
    Mutation(
        "servers-changed-at-their-start",
        ESCALATION,
        lambda t: t.policy(SERVERS, "Servers").update(Action="ec2:*", Resource="*"),
    ),
    Mutation(
        "rights-of-a-function",
        ESCALATION,
        lambda t: t.policy("PasswordPolicyFunctionPolicy", "PasswordPolicy").update(
            Action="iam:Put*"
        ),
    ),
    # What watches
    Mutation("trail-stopped", GUARDS, lambda t: t.grant(NETWORK, "cloudtrail:StopLogging")),
    Mutation("recorder-stopped", GUARDS, lambda t: t.grant(SERVERS, "config:Stop*")),
    Mutation(
        "logs-deleted",
        GUARDS,
        lambda t: more(t.policy(DEVELOPERS, "ReadLogs"), "Action", "logs:DeleteLogGroup"),
    ),
    Mutation(
        "keys-deleted",
        GUARDS,
        lambda t: t.grant(SERVERS, "kms:ScheduleKeyDeletion", f"arn:aws:kms:*:{A}:key/*"),
    ),
    Mutation("everything-deleted", GUARDS, lambda t: t.grant(AUDITORS, "*:Delete*")),
)

_MFA = (
    Mutation(
        "deny-dropped", MFA, lambda t: drop(t.part("IAM::ManagedPolicy", "RequireMfa"), "NoMfa")
    ),
    Mutation(
        "deny-without-if-exists",
        MFA,
        lambda t: turn(t.policy("RequireMfa", "NoMfa"), "BoolIfExists", "Bool"),
    ),
    Mutation(
        "deny-with-mfa",
        MFA,
        lambda t: asks(t.policy("RequireMfa", "NoMfa"), "BoolIfExists", MFA_PRESENT, "true"),
    ),
    Mutation(
        "deny-of-absent-only",
        MFA,
        lambda t: asks(t.policy("RequireMfa", "NoMfa"), "Null", MFA_PRESENT, "true"),
    ),
    Mutation(
        "deny-in-one-region",
        MFA,
        lambda t: asks(t.policy("RequireMfa", "NoMfa"), "StringEquals", REGION, "us-east-1"),
    ),
    Mutation("deny-of-one-action", MFA, lambda t: _deny_to(t, "iam:CreateAccessKey")),
    Mutation("deny-of-iam-alone", MFA, lambda t: _deny_to(t, "iam:*", "sts:*")),
    Mutation(
        "deny-spares-one-action-more",
        MFA,
        lambda t: more(t.policy("RequireMfa", "NoMfa"), "NotAction", "iam:CreateAccessKey"),
    ),
    Mutation(
        "deny-spares-a-service",
        MFA,
        lambda t: more(t.policy("RequireMfa", "NoMfa"), "NotAction", "ec2:*"),
    ),
    Mutation(
        "deny-on-own-user-alone",
        MFA,
        lambda t: t.policy("RequireMfa", "NoMfa").update(Resource=_OWN_USER),
    ),
    Mutation("deny-allows", MFA, lambda t: t.policy("RequireMfa", "NoMfa").update(Effect="Allow")),
    Mutation("developers-without-deny", MFA, lambda t: _without_mfa(t, "Developers")),
    Mutation("administrators-without-deny", MFA, lambda t: _without_mfa(t, "Administrators")),
    Mutation(
        "user-without-group",
        MFA,
        lambda t: _add_user(t, ManagedPolicyArns=["arn:aws:iam::aws:policy/SecurityAudit"]),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "age-dropped",
        CLOSED_WORLD,
        lambda t: drop(t.part("IAM::ManagedPolicy", "RequireMfa"), "OldMfa"),
    ),
    Mutation(
        "age-doubled",
        CLOSED_WORLD,
        lambda t: asks(
            t.policy("RequireMfa", "OldMfa"), "NumericGreaterThanIfExists", MFA_AGE, "86400"
        ),
    ),
    Mutation(
        "age-turned-round",
        CLOSED_WORLD,
        lambda t: turn(
            t.policy("RequireMfa", "OldMfa"),
            "NumericGreaterThanIfExists",
            "NumericLessThanIfExists",
        ),
    ),
    Mutation(
        "age-without-if-exists",
        CLOSED_WORLD,
        lambda t: turn(
            t.policy("RequireMfa", "OldMfa"), "NumericGreaterThanIfExists", "NumericGreaterThan"
        ),
    ),
    Mutation(
        "access-key-enrols",
        CLOSED_WORLD,
        lambda t: drop(t.part("IAM::ManagedPolicy", "RequireMfa"), "AccessKeyEnrolsNothing"),
    ),
    Mutation(
        "access-key-enables",
        CLOSED_WORLD,
        lambda t: less(
            t.policy("RequireMfa", "AccessKeyEnrolsNothing"), "Action", "iam:EnableMFADevice"
        ),
    ),
    Mutation(
        "age-at-home-dropped",
        CLOSED_WORLD,
        lambda t: drop(t.part("IAM::ManagedPolicy", "GroupRequireMfa"), "OldMfa"),
        environments=(TWO_ACCOUNTS,),
    ),
)

_BOUNDARIES = (
    Mutation(
        "boundary-removed",
        BOUNDARIES,
        lambda t: t.role("AppRole").unset("PermissionsBoundary"),
    ),
    Mutation(
        "boundary-of-everything",
        BOUNDARIES,
        lambda t: t.role("DbRole").set(
            PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
    ),
    Mutation("boundary-with-iam", SERVERS_IAM, lambda t: t.grant("Boundary", "iam:*")),
    Mutation(
        "boundary-with-a-role",
        SERVERS_IAM,
        lambda t: t.grant("Boundary", "sts:AssumeRole", f"arn:aws:iam::{A}:role/*"),
    ),
    Mutation("boundary-with-all-data", CLOSED_WORLD, lambda t: t.grant("Boundary", "s3:Get*")),
    Mutation(
        "boundary-for-any-use-of-the-key",
        CLOSED_WORLD,
        lambda t: unless(t.policy("Boundary", "DataKey"), "kms:ViaService"),
    ),
    Mutation(
        "boundary-without-data",
        CLOSED_WORLD,
        lambda t: drop(t.part("IAM::ManagedPolicy", "Boundary"), "Data"),
    ),
    Mutation(
        "boundary-of-another",
        BOUNDARIES,
        lambda t: t.role("DbRole").set(
            PermissionsBoundary=ref(t.part("IAM::ManagedPolicy", "WebRolePolicy"))
        ),
    ),
    Mutation(
        "boundary-of-developers-with-iam",
        CLOSED_WORLD,
        lambda t: t.grant("DevelopersBoundary", "iam:*"),
    ),
    Mutation(
        "boundary-of-developers-for-all-logs",
        CLOSED_WORLD,
        lambda t: t.policy("DevelopersBoundary", "Logs").update(Resource="*"),
    ),
    Mutation(
        "boundary-of-the-partner-removed",
        BOUNDARIES,
        lambda t: t.role("PartnerData").unset("PermissionsBoundary"),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "boundary-that-nobody-knows",
        CANNOT_PROVE,
        lambda t: t.role("DbRole").set(PermissionsBoundary=f"arn:aws:iam::{A}:policy/Other"),
    ),
)

_MEMBERSHIPS = (
    Mutation(
        "user-added",
        CLOSED_WORLD,
        lambda t: _add_user(t, Groups=[ref(t.group("Administrators"))]),
    ),
    Mutation(
        "user-joins-administrators", CLOSED_WORLD, lambda t: _join(t, "akua", "Administrators")
    ),
    Mutation("user-joins-operators", CLOSED_WORLD, lambda t: _join(t, "akua", "ServerOperators")),
    Mutation("user-added-to-administrators", CLOSED_WORLD, _addition),
    Mutation("user-leaves", CLOSED_WORLD, lambda t: t.user("akua").unset("Groups")),
    Mutation(
        "auditors-as-administrators",
        ESCALATION,
        lambda t: _policy_of(t, "Auditors", "Administrators"),
    ),
    Mutation(
        "auditors-as-developers", CLOSED_WORLD, lambda t: _policy_of(t, "Auditors", "Developers")
    ),
    Mutation("group-added", ESCALATION, _add_group),
    Mutation(
        "group-of-administrators",
        ESCALATION,
        lambda t: t.attach(t.group("Developers"), "AdministratorAccess"),
    ),
    Mutation(
        "user-of-administrators",
        ESCALATION,
        lambda t: t.attach(t.user("akua"), "AdministratorAccess"),
    ),
    Mutation(
        "function-of-administrators",
        ESCALATION,
        lambda t: t.attach(t.role("PasswordPolicyRole"), "AdministratorAccess"),
    ),
    Mutation(
        "server-of-administrators",
        CLOSED_WORLD,
        lambda t: t.attach(t.role("AppRole"), "AdministratorAccess"),
    ),
    Mutation(
        "inline-policy-of-a-user",
        CLOSED_WORLD,
        lambda t: t.user("akua").set(
            Policies=[{"PolicyName": "own", "PolicyDocument": document(allow("s3:GetObject"))}]
        ),
    ),
    Mutation(
        "inline-policy-for-a-user",
        CLOSED_WORLD,
        lambda t: _inline(t, "IAM::UserPolicy", UserName=ref(t.user("akua"))),
    ),
    Mutation(
        "inline-policy-for-a-group",
        CLOSED_WORLD,
        lambda t: _inline(t, "IAM::GroupPolicy", GroupName=ref(t.group("Developers"))),
    ),
    Mutation(
        "inline-policy-for-a-role",
        CLOSED_WORLD,
        lambda t: _inline(t, "IAM::RolePolicy", RoleName=ref(t.role("PasswordPolicyRole"))),
    ),
    Mutation(
        "inline-policy-for-several",
        CLOSED_WORLD,
        lambda t: _inline(t, "IAM::Policy", Groups=[ref(t.group("Auditors"))]),
    ),
    Mutation(
        "policy-of-a-role-for-another",
        CLOSED_WORLD,
        lambda t: _also_of(
            t, "DbRolePolicy", Roles=[ref(t.role(n)) for n in ("DbRole", "AppRole")]
        ),
    ),
    Mutation(
        "policy-of-a-group-for-a-user",
        CLOSED_WORLD,
        lambda t: _also_of(t, DEVELOPERS, Users=[ref(t.user("akua"))]),
    ),
    Mutation(
        "policy-of-a-role-for-a-group",
        ESCALATION,
        lambda t: _also_of(t, "PasswordPolicyFunctionPolicy", Groups=[ref(t.group("Auditors"))]),
    ),
    Mutation(
        "role-added",
        CLOSED_WORLD,
        lambda t: _add_role(
            t, Policies=[{"PolicyName": "own", "PolicyDocument": document(allow("s3:GetObject"))}]
        ),
    ),
    Mutation("role-without-rights-added", CLOSED_WORLD, _add_role),
)

LAYERS = {
    "identity-policies": _POLICIES,
    "mfa": _MFA,
    "boundaries": _BOUNDARIES,
    "memberships": tuple(replace(each, environments=(TWO_ACCOUNTS,)) for each in _MEMBERSHIPS),
}
