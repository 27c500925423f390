"""Dangerous changes to whom resources and roles let in, and to what the proof can read."""

import json
from dataclasses import replace

from tests.proofs.access.access_changes import (
    ADDRESS,
    BY_ENDPOINT,
    CANNOT_PROVE,
    CLOSED_WORLD,
    ENDPOINTS,
    ESCALATION,
    EVERY_WAY_IN,
    EXTERNAL_ID,
    FRESH_MFA,
    MFA_AGE,
    MFA_PRESENT,
    ONLY_PARTNER,
    ORGANIZATION,
    PRODUCTION,
    STRANGER,
    TLS,
    TWO_ACCOUNTS,
    A,
    B,
    Mutation,
)
from tests.proofs.access.access_editor import (
    AccessEditor,
    allow,
    arn_of,
    asks,
    document,
    drop,
    less,
    more,
    ref,
    statement,
    statements,
    swap,
    trusting,
    turn,
    unless,
)

_ROOT_OF_STRANGER = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
_ENDPOINT_KEY, _TLS_KEY = "aws:SourceVpce", "aws:SecureTransport"
_PRINCIPAL_ARN = "aws:PrincipalArn"
_HANAKO = f"arn:aws:iam::{B}:user/hanako.sato"
_ISSUER = "token.actions.githubusercontent.com"


def _trust_more(editor: AccessEditor, role: str, **principal: object) -> None:
    rows = statements(editor.role(role))
    rows += trusting(**principal)["Statement"]


def _open_bucket(editor: AccessEditor, principal: object) -> None:
    bucket = editor.part("S3::Bucket", "Data")
    objects = {"Fn::Join": ["", [arn_of(bucket), "/*"]]}
    rows = statements(editor.part("S3::BucketPolicy", "DataPolicy"))
    rows.append(allow("s3:GetObject", objects, Principal=principal))


def _open_key(editor: AccessEditor, key: str, principal: object) -> None:
    rows = statements(editor.part("KMS::Key", key))
    rows.append(allow(["kms:Decrypt", "kms:GenerateDataKey"], Principal=principal))


def _add(editor: AccessEditor, kind: str, **properties: object) -> None:
    editor.stack("Servers").add("Added", kind, **properties)


def _public_bucket(editor: AccessEditor) -> None:
    stack = editor.stack("Servers")
    stack.add("Public", "S3::Bucket")
    stack.add(
        "PublicPolicy",
        "S3::BucketPolicy",
        Bucket={"Ref": "Public"},
        PolicyDocument=document(
            allow(
                "s3:GetObject",
                {"Fn::Join": ["", [{"Fn::GetAtt": ["Public", "Arn"]}, "/*"]]},
                Principal="*",
            )
        ),
    )


def _second_policy(editor: AccessEditor) -> None:
    part = editor.part("S3::BucketPolicy", "DataPolicy")
    editor.stack("Servers").add("Second", "S3::BucketPolicy", **part.properties)


def _stack_set(editor: AccessEditor) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trusting(**_ROOT_OF_STRANGER)},
    }
    _add(
        editor,
        "CloudFormation::StackSet",
        StackSetName="everywhere",
        TemplateBody=json.dumps({"Resources": {"Role": role}}),
    )


def _shares_the_logs(editor: AccessEditor) -> None:
    """Account B's bucket becomes that of the access logs."""
    output = editor.stack("Servers").template["Outputs"]["PartnerBucketArn"]
    output["Value"] = arn_of(editor.part("S3::Bucket", "DataAccessLogs"))


_TRUSTS = (
    Mutation(
        "server-for-a-stranger",
        ONLY_PARTNER,
        lambda t: t.trust("AppRole").update(Principal=_ROOT_OF_STRANGER),
    ),
    Mutation(
        "server-for-everybody", ONLY_PARTNER, lambda t: t.trust("AppRole").update(Principal="*")
    ),
    Mutation(
        "server-for-a-stranger-too", ONLY_PARTNER, lambda t: _trust_more(t, "DbRole", AWS=STRANGER)
    ),
    Mutation(
        "server-for-its-account",
        CLOSED_WORLD,
        lambda t: _trust_more(t, "AppRole", AWS=A),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "server-for-another-service",
        CLOSED_WORLD,
        lambda t: t.trust("AppRole").update(Principal={"Service": "lambda.amazonaws.com"}),
    ),
    Mutation(
        "server-for-one-service-more",
        CLOSED_WORLD,
        lambda t: _trust_more(t, "WebRole", Service="ssm.amazonaws.com"),
    ),
    Mutation(
        "server-for-a-directory",
        CLOSED_WORLD,
        lambda t: statements(t.role("AppRole")).append(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": "accounts.google.com"},
            }
        ),
    ),
    Mutation(
        "server-with-every-action-of-sts",
        CLOSED_WORLD,
        lambda t: t.trust("AppRole").update(Action="sts:*"),
    ),
    Mutation(
        "flow-logs-of-any-account",
        CLOSED_WORLD,
        lambda t: unless(t.trust("FlowLogsRole"), "aws:SourceAccount"),
    ),
    Mutation(
        "flow-logs-of-any-source",
        CLOSED_WORLD,
        lambda t: unless(t.trust("FlowLogsRole"), "aws:SourceArn"),
    ),
    Mutation(
        "flow-logs-of-accounts-if-any",
        CLOSED_WORLD,
        lambda t: turn(t.trust("FlowLogsRole"), "StringEquals", "StringEqualsIfExists"),
    ),
    Mutation(
        "flow-logs-of-any-region",
        CLOSED_WORLD,
        lambda t: asks(
            t.trust("FlowLogsRole"), "ArnLike", "aws:SourceArn", f"arn:aws:ec2:*:{A}:vpc-flow-log/*"
        ),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "role-added-for-a-stranger",
        ONLY_PARTNER,
        lambda t: _add(t, "IAM::Role", AssumeRolePolicyDocument=trusting(**_ROOT_OF_STRANGER)),
    ),
    Mutation(
        "user-assumes-a-function",
        ESCALATION,
        lambda t: _trust_more(t, "PasswordPolicyRole", AWS=arn_of(t.user("richard"))),
        (TWO_ACCOUNTS,),
    ),
    # Ways in that an environment may open
    Mutation(
        "glass-broken-by-everybody",
        CLOSED_WORLD,
        lambda t: t.trust("BreakGlassRole").update(Principal={"AWS": A}),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "glass-broken-by-another",
        CLOSED_WORLD,
        lambda t: t.trust("BreakGlassRole").update(Principal={"AWS": arn_of(t.user("akua"))}),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "glass-broken-with-old-mfa",
        CLOSED_WORLD,
        lambda t: unless(t.trust("BreakGlassRole"), MFA_AGE),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "glass-broken-with-older-mfa",
        CLOSED_WORLD,
        lambda t: asks(t.trust("BreakGlassRole"), "NumericLessThan", MFA_AGE, "7200"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "glass-rules-of-any-account",
        CLOSED_WORLD,
        lambda t: unless(
            statement(t.part("SNS::TopicPolicy", "BreakGlassAlertsPolicy"), "events.amazonaws.com"),
            "aws:SourceAccount",
        ),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "directory-for-any-audience",
        CLOSED_WORLD,
        lambda t: unless(t.trust("SamlDevelopers"), "SAML:aud"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "deployed-from-any-branch",
        CLOSED_WORLD,
        lambda t: asks(t.trust("DeployRole"), "StringLike", f"{_ISSUER}:sub", "repo:owner/name:*"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "deployed-from-any-repository",
        CLOSED_WORLD,
        lambda t: unless(t.trust("DeployRole"), f"{_ISSUER}:sub"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "deployed-for-any-audience",
        CLOSED_WORLD,
        lambda t: unless(t.trust("DeployRole"), f"{_ISSUER}:aud"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "deployed-without-a-subject",
        CLOSED_WORLD,
        lambda t: turn(t.trust("DeployRole"), "StringEquals", "ForAllValues:StringEquals"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "deploys-with-any-role",
        ESCALATION,
        lambda t: t.policy("DeployPolicy", "sts:AssumeRole").update(Resource="*"),
        (EVERY_WAY_IN,),
    ),
)

_RESOURCE_POLICIES = (
    # The data
    Mutation(
        "tls-dropped", TLS, lambda t: drop(t.part("S3::BucketPolicy", "DataPolicy"), _TLS_KEY)
    ),
    Mutation("tls-with-tls", TLS, lambda t: asks(t.bucket(_TLS_KEY), "Bool", _TLS_KEY, "true")),
    Mutation("tls-to-read-only", TLS, lambda t: t.bucket(_TLS_KEY).update(Action="s3:GetObject")),
    Mutation(
        "tls-for-the-bucket-alone",
        TLS,
        lambda t: t.bucket(_TLS_KEY).update(Resource=arn_of(t.part("S3::Bucket", "Data"))),
    ),
    Mutation(
        "tls-for-one-role",
        TLS,
        lambda t: t.bucket(_TLS_KEY).update(Principal={"AWS": arn_of(t.role("AppRole"))}),
    ),
    Mutation(
        "tls-for-all-but-one",
        TLS,
        lambda t: swap(
            t.bucket(_TLS_KEY),
            "Principal",
            "NotPrincipal",
            {"AWS": [A, f"arn:aws:iam::{A}:user/mateo"]},
        ),
        (TWO_ACCOUNTS,),
    ),
    Mutation(
        "tls-of-the-logs-dropped",
        CLOSED_WORLD,
        lambda t: drop(t.part("S3::BucketPolicy", "DataAccessLogsPolicy"), _TLS_KEY),
    ),
    Mutation(
        "tls-of-old-versions",
        CLOSED_WORLD,
        lambda t: asks(t.bucket("s3:TlsVersion"), "NumericLessThan", "s3:TlsVersion", "1.0"),
    ),
    Mutation(
        "endpoint-dropped",
        BY_ENDPOINT,
        lambda t: drop(t.part("S3::BucketPolicy", "DataPolicy"), _ENDPOINT_KEY),
    ),
    Mutation(
        "endpoint-or-another",
        BY_ENDPOINT,
        lambda t: asks(
            t.bucket(_ENDPOINT_KEY),
            "StringNotEquals",
            _ENDPOINT_KEY,
            [ref(t.part("EC2::VPCEndpoint", "S3Endpoint")), "vpce-1234567890abcdef0"],
        ),
    ),
    Mutation(
        "endpoint-of-any-name",
        BY_ENDPOINT,
        lambda t: asks(t.bucket(_ENDPOINT_KEY), "StringNotLike", _ENDPOINT_KEY, "vpce-*"),
    ),
    Mutation(
        "endpoint-turned-round",
        BY_ENDPOINT,
        lambda t: turn(t.bucket(_ENDPOINT_KEY), "StringNotEquals", "StringEquals"),
    ),
    Mutation(
        "endpoint-or-an-address",
        BY_ENDPOINT,
        lambda t: asks(t.bucket(_ENDPOINT_KEY), "NotIpAddress", "aws:SourceIp", "198.51.100.0/24"),
    ),
    Mutation(
        "endpoint-for-one-role",
        BY_ENDPOINT,
        lambda t: t.bucket(_ENDPOINT_KEY).update(Principal={"AWS": arn_of(t.role("AppRole"))}),
    ),
    Mutation(
        "endpoint-to-write-only",
        BY_ENDPOINT,
        lambda t: t.bucket(_ENDPOINT_KEY).update(Action="s3:Put*"),
    ),
    Mutation("data-for-everybody", CLOSED_WORLD, lambda t: _open_bucket(t, "*")),
    Mutation("data-for-a-stranger", CLOSED_WORLD, lambda t: _open_bucket(t, _ROOT_OF_STRANGER)),
    Mutation(
        "data-for-a-service",
        CLOSED_WORLD,
        lambda t: _open_bucket(t, {"Service": "config.amazonaws.com"}),
    ),
    Mutation(
        "data-emptied-by-everybody",
        CLOSED_WORLD,
        lambda t: t.bucket("s3:PutBucketPolicy").update(Principal="*"),
    ),
    Mutation(
        "logs-from-any-account",
        CLOSED_WORLD,
        lambda t: unless(
            statement(
                t.part("S3::BucketPolicy", "DataAccessLogsPolicy"), "logging.s3.amazonaws.com"
            ),
            "aws:SourceAccount",
        ),
    ),
    Mutation(
        "logs-from-any-bucket",
        CLOSED_WORLD,
        lambda t: unless(
            statement(
                t.part("S3::BucketPolicy", "DataAccessLogsPolicy"), "logging.s3.amazonaws.com"
            ),
            "aws:SourceArn",
        ),
    ),
    Mutation("public-bucket-added", CLOSED_WORLD, _public_bucket),
    # Keys
    Mutation(
        "key-for-a-stranger", CLOSED_WORLD, lambda t: _open_key(t, "DataKey", _ROOT_OF_STRANGER)
    ),
    Mutation("key-for-everybody", CLOSED_WORLD, lambda t: _open_key(t, "DataKey", "*")),
    Mutation(
        "key-for-web",
        CLOSED_WORLD,
        lambda t: _open_key(t, "DataKey", {"AWS": arn_of(t.role("WebRole"))}),
    ),
    Mutation(
        "key-for-nobody",
        CLOSED_WORLD,
        lambda t: statements(t.part("KMS::Key", "DataKey"))[0].update(
            Principal={"AWS": arn_of(t.role("WebRole"))}
        ),
    ),
    Mutation(
        "key-of-volumes-for-any-role",
        CLOSED_WORLD,
        lambda t: asks(
            statement(t.part("KMS::Key", "VolumesKey"), "kms:Encrypt"),
            "ArnLike",
            _PRINCIPAL_ARN,
            f"arn:aws:iam::{A}:role/*",
        ),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "key-of-volumes-for-everybody",
        CLOSED_WORLD,
        lambda t: unless(
            statement(t.part("KMS::Key", "VolumesKey"), "kms:Encrypt"), _PRINCIPAL_ARN
        ),
    ),
    Mutation(
        "key-of-volumes-granted-to-anybody",
        CLOSED_WORLD,
        lambda t: unless(
            statement(t.part("KMS::Key", "VolumesKey"), "kms:CreateGrant"),
            "kms:GrantIsForAWSResource",
        ),
    ),
    Mutation(
        "key-of-logs-for-any-group",
        CLOSED_WORLD,
        lambda t: unless(
            statement(t.part("KMS::Key", "LogsKey"), "kms:Decrypt"),
            "kms:EncryptionContext:aws:logs:arn",
        ),
    ),
    Mutation(
        "key-of-logs-with-every-action",
        CLOSED_WORLD,
        lambda t: statement(t.part("KMS::Key", "LogsKey"), "kms:Decrypt").update(Action="kms:*"),
    ),
    # Topic and vault
    Mutation(
        "topic-without-tls",
        CLOSED_WORLD,
        lambda t: asks(
            statements(t.part("SNS::TopicPolicy", "BreakGlassAlertsPolicy"))[0],
            "Bool",
            _TLS_KEY,
            "true",
        ),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "topic-for-everybody",
        CLOSED_WORLD,
        lambda t: statements(t.part("SNS::TopicPolicy", "BreakGlassAlertsPolicy")).append(
            allow("sns:Publish", ref(t.part("SNS::Topic", "BreakGlassAlerts")), Principal="*")
        ),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "topic-without-policy",
        CANNOT_PROVE,
        lambda t: t.part("SNS::TopicPolicy", "BreakGlassAlertsPolicy").drop(),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "vault-without-deny",
        CLOSED_WORLD,
        lambda t: t.part("Backup::BackupVault", "BackupsVault").unset("AccessPolicy"),
        (PRODUCTION,),
    ),
    Mutation(
        "vault-denies-one-action",
        CLOSED_WORLD,
        lambda t: less(
            statements(t.part("Backup::BackupVault", "BackupsVault"))[0],
            "Action",
            "backup:DeleteRecoveryPoint",
        ),
        (PRODUCTION,),
    ),
    Mutation(
        "vault-that-allows",
        CANNOT_PROVE,
        lambda t: statements(t.part("Backup::BackupVault", "BackupsVault"))[0].update(
            Effect="Allow"
        ),
        (PRODUCTION,),
    ),
)

_ENDPOINTS = (
    Mutation(
        "policy-removed",
        ENDPOINTS,
        lambda t: t.part("EC2::VPCEndpoint", "S3Endpoint").unset("PolicyDocument"),
    ),
    Mutation("every-action", ENDPOINTS, lambda t: t.endpoint("Data").update(Action="s3:*")),
    Mutation(
        "one-action-more",
        ENDPOINTS,
        lambda t: more(t.endpoint("Data"), "Action", "s3:PutObjectAcl"),
    ),
    Mutation("every-bucket", ENDPOINTS, lambda t: t.endpoint("Data").update(Resource="*")),
    Mutation(
        "every-object",
        ENDPOINTS,
        lambda t: t.endpoint("Updates").update(Resource="arn:aws:s3:::*/*"),
    ),
    Mutation(
        "buckets-of-like-names",
        ENDPOINTS,
        lambda t: more(t.endpoint("Updates"), "Resource", "arn:aws:s3:::aws-*/*"),
    ),
    Mutation(
        "names-for-any-account",
        ENDPOINTS,
        lambda t: unless(t.endpoint("BucketNames"), "aws:PrincipalAccount"),
    ),
    Mutation(
        "data-for-any-account",
        ENDPOINTS,
        lambda t: unless(t.endpoint("Data"), "aws:PrincipalAccount"),
    ),
    Mutation(
        "data-for-a-stranger",
        ENDPOINTS,
        lambda t: asks(t.endpoint("Data"), "StringEquals", "aws:PrincipalAccount", [A, STRANGER]),
        environments=(TWO_ACCOUNTS,),
    ),
    Mutation(
        "workload-for-any-account",
        ENDPOINTS,
        lambda t: unless(t.endpoint("Objects"), "aws:PrincipalAccount"),
    ),
    Mutation(
        "updates-dropped",
        ENDPOINTS,
        lambda t: drop(t.part("EC2::VPCEndpoint", "S3Endpoint"), "Updates"),
    ),
    Mutation(
        "endpoint-added",
        CLOSED_WORLD,
        lambda t: _add(
            t,
            "EC2::VPCEndpoint",
            ServiceName="com.amazonaws.us-east-1.s3",
            VpcId="vpc-12345678",
            VpcEndpointType="Gateway",
        ),
    ),
)

_CROSS_ACCOUNT = (
    Mutation("mfa-dropped", FRESH_MFA, lambda t: unless(t.trust("PartnerData"), MFA_PRESENT)),
    Mutation(
        "mfa-if-exists", FRESH_MFA, lambda t: turn(t.trust("PartnerData"), "Bool", "BoolIfExists")
    ),
    Mutation(
        "mfa-present-or-not",
        FRESH_MFA,
        lambda t: asks(t.trust("PartnerData"), "Null", MFA_PRESENT, "false"),
    ),
    Mutation("age-dropped", FRESH_MFA, lambda t: unless(t.trust("PartnerData"), MFA_AGE)),
    Mutation(
        "age-of-ten-hours",
        FRESH_MFA,
        lambda t: asks(t.trust("PartnerData"), "NumericLessThan", MFA_AGE, "36000"),
    ),
    Mutation(
        "age-one-second-more",
        FRESH_MFA,
        lambda t: turn(t.trust("PartnerData"), "NumericLessThan", "NumericLessThanEquals"),
    ),
    Mutation(
        "age-turned-round",
        FRESH_MFA,
        lambda t: turn(t.trust("PartnerData"), "NumericLessThan", "NumericGreaterThan"),
    ),
    Mutation(
        "age-if-exists",
        FRESH_MFA,
        lambda t: turn(t.trust("PartnerData"), "NumericLessThan", "NumericLessThanIfExists"),
    ),
    Mutation(
        "external-id-dropped",
        EXTERNAL_ID,
        lambda t: unless(t.trust("PartnerData"), "sts:ExternalId"),
    ),
    Mutation(
        "external-id-changed",
        EXTERNAL_ID,
        lambda t: asks(t.trust("PartnerData"), "StringEquals", "sts:ExternalId", "another"),
    ),
    Mutation(
        "external-id-if-exists",
        EXTERNAL_ID,
        lambda t: asks(
            t.trust("PartnerData"),
            "StringEqualsIfExists",
            "sts:ExternalId",
            "5d0c8f3e-71a9-4b62-9e04-c3f7d2586ab1",
        ),
    ),
    Mutation(
        "external-id-of-any-case",
        EXTERNAL_ID,
        lambda t: asks(
            t.trust("PartnerData"),
            "StringEqualsIgnoreCase",
            "sts:ExternalId",
            "5d0c8f3e-71a9-4b62-9e04-c3f7d2586ab1",
        ),
    ),
    Mutation(
        "external-id-begins",
        EXTERNAL_ID,
        lambda t: asks(t.trust("PartnerData"), "StringLike", "sts:ExternalId", "5d0c8f3e-*"),
    ),
    Mutation(
        "session-of-any-name",
        CLOSED_WORLD,
        lambda t: unless(t.trust("PartnerData"), "sts:RoleSessionName"),
    ),
    Mutation(
        "session-like-the-user",
        CLOSED_WORLD,
        lambda t: asks(
            t.trust("PartnerData"), "StringLike", "sts:RoleSessionName", "${aws:username}*"
        ),
    ),
    Mutation("any-user", ONLY_PARTNER, lambda t: unless(t.trust("PartnerData"), _PRINCIPAL_ARN)),
    Mutation(
        "any-user-by-wildcard",
        ONLY_PARTNER,
        lambda t: asks(
            t.trust("PartnerData"), "ArnLike", _PRINCIPAL_ARN, f"arn:aws:iam::{B}:user/*"
        ),
    ),
    Mutation(
        "a-user-more",
        ONLY_PARTNER,
        lambda t: asks(
            t.trust("PartnerData"),
            "ArnEquals",
            _PRINCIPAL_ARN,
            [_HANAKO, f"arn:aws:iam::{B}:user/eve"],
        ),
    ),
    Mutation(
        "all-but-a-user",
        ONLY_PARTNER,
        lambda t: turn(t.trust("PartnerData"), "ArnEquals", "ArnNotEquals"),
    ),
    Mutation(
        "a-stranger-more",
        ONLY_PARTNER,
        lambda t: _trust_more(t, "PartnerData", AWS=f"arn:aws:iam::{STRANGER}:user/eve"),
    ),
    Mutation(
        "a-role-of-a-stranger",
        ONLY_PARTNER,
        lambda t: _trust_more(t, "PartnerData", AWS=f"arn:aws:iam::{STRANGER}:role/ci"),
    ),
    Mutation(
        "a-user-less",
        CLOSED_WORLD,
        lambda t: asks(t.trust("PartnerData"), "ArnEquals", _PRINCIPAL_ARN, _HANAKO),
    ),
    Mutation(
        "trust-with-more-actions",
        CLOSED_WORLD,
        lambda t: t.trust("PartnerData").update(Action=["sts:AssumeRole", "sts:TagSession"]),
    ),
    Mutation(
        "organization-dropped",
        ORGANIZATION,
        lambda t: unless(t.trust("PartnerData"), "aws:PrincipalOrgID"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "organization-like",
        ORGANIZATION,
        lambda t: asks(t.trust("PartnerData"), "StringLike", "aws:PrincipalOrgID", "o-*"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "addresses-dropped",
        ADDRESS,
        lambda t: unless(t.trust("PartnerData"), "aws:SourceIp"),
        (EVERY_WAY_IN, PRODUCTION),
    ),
    Mutation(
        "addresses-twice-as-many",
        ADDRESS,
        lambda t: asks(t.trust("PartnerData"), "IpAddress", "aws:SourceIp", "203.0.112.0/23"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "addresses-if-exist",
        ADDRESS,
        lambda t: turn(t.trust("PartnerData"), "IpAddress", "IpAddressIfExists"),
        (EVERY_WAY_IN,),
    ),
    Mutation(
        "addresses-turned-round",
        ADDRESS,
        lambda t: turn(t.trust("PartnerData"), "IpAddress", "NotIpAddress"),
        (EVERY_WAY_IN,),
    ),
    # What the role may do
    Mutation(
        "role-deletes",
        CLOSED_WORLD,
        lambda t: more(t.policy("RolePolicy", "Objects"), "Action", "s3:DeleteObject"),
    ),
    Mutation(
        "role-in-the-whole-bucket",
        CLOSED_WORLD,
        lambda t: t.policy("RolePolicy", "Objects")["Resource"]["Fn::Join"][1].__setitem__(1, "/*"),
    ),
    Mutation(
        "role-lists-everything",
        CLOSED_WORLD,
        lambda t: unless(t.policy("RolePolicy", "List"), "s3:prefix"),
    ),
    Mutation(
        "role-uses-the-key-for-anything",
        CLOSED_WORLD,
        lambda t: unless(t.policy("RolePolicy", "Key"), "kms:ViaService"),
    ),
    Mutation("role-reads-the-logs", CLOSED_WORLD, _shares_the_logs),
    Mutation(
        "role-of-administrators",
        CLOSED_WORLD,
        lambda t: t.role("PartnerData").set(
            ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"],
            PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ),
    Mutation(
        "role-renamed", CLOSED_WORLD, lambda t: t.role("PartnerData").set(RoleName="PartnerData2")
    ),
    # What its users may do at home
    Mutation(
        "users-assume-any-role",
        ESCALATION,
        lambda t: t.policy("GroupPolicy", "AssumeRole").update(Resource="*"),
    ),
    Mutation(
        "users-make-keys", ESCALATION, lambda t: t.grant("GroupPolicy", "iam:CreateAccessKey")
    ),
    Mutation(
        "users-read-buckets", CLOSED_WORLD, lambda t: t.grant("GroupPolicy", "s3:ListAllMyBuckets")
    ),
    Mutation(
        "users-administer-their-account",
        ESCALATION,
        lambda t: t.attach(t.group("PartnerDataUsers"), "AdministratorAccess"),
    ),
)

_READING = (
    Mutation(
        "key-misspelt",
        CANNOT_PROVE,
        lambda t: asks(
            t.policy("RequireMfa", "NoMfa"), "Null", "aws:MultiFactorAuthPresnt", "true"
        ),
    ),
    Mutation(
        "operator-unknown",
        CANNOT_PROVE,
        lambda t: turn(t.policy("RequireMfa", "NoMfa"), "BoolIfExists", "BooleanIfExists"),
    ),
    Mutation(
        "action-unknown",
        CANNOT_PROVE,
        lambda t: more(
            t.policy("NetworkOperatorsPolicy", "Rules"), "Action", "ec2:CreateEverything"
        ),
    ),
    Mutation("service-unknown", CANNOT_PROVE, lambda t: t.grant("AuditorsPolicy", "s4:GetObject")),
    Mutation(
        "effect-unknown",
        CANNOT_PROVE,
        lambda t: t.policy("RequireMfa", "NoMfa").update(Effect="deny"),
    ),
    Mutation(
        "element-unknown",
        CANNOT_PROVE,
        lambda t: swap(t.policy("AuditorsPolicy", "ReadLogs"), "Condition", "Conditions"),
    ),
    Mutation(
        "number-unreadable",
        CANNOT_PROVE,
        lambda t: asks(
            t.policy("RequireMfa", "OldMfa"), "NumericGreaterThanIfExists", MFA_AGE, "12 hours"
        ),
    ),
    Mutation(
        "policy-of-aws-unknown",
        CANNOT_PROVE,
        lambda t: t.attach(t.group("Developers"), "ReadOnlyAccess"),
    ),
    Mutation(
        "allowed-to-all-but",
        CANNOT_PROVE,
        lambda t: swap(t.bucket("s3:PutBucketPolicy"), "Principal", "NotPrincipal"),
    ),
    Mutation(
        "principal-with-a-wildcard",
        CANNOT_PROVE,
        lambda t: t.trust("AppRole").update(Principal={"AWS": "arn:aws:iam::*:role/ci"}),
    ),
    Mutation(
        "policy-by-parameter",
        CANNOT_PROVE,
        lambda t: t.grant("AuditorsPolicy", "s3:GetObject", {"Ref": "Somewhere"}),
    ),
    Mutation(
        "policy-by-import",
        CANNOT_PROVE,
        lambda t: t.attach(t.role("AppRole"), {"Fn::ImportValue": "policy"}),
    ),
    Mutation(
        "policy-of-an-unknown-role",
        CANNOT_PROVE,
        lambda t: t.part("IAM::ManagedPolicy", "AuditorsPolicy").set(Roles=["Admin"]),
    ),
    Mutation("access-key", CANNOT_PROVE, lambda t: _add(t, "IAM::AccessKey", UserName="mateo")),
    Mutation(
        "service-linked-role",
        CANNOT_PROVE,
        lambda t: _add(t, "IAM::ServiceLinkedRole", AWSServiceName="ssm.amazonaws.com"),
    ),
    Mutation(
        "function-permission",
        CANNOT_PROVE,
        lambda t: _add(
            t, "Lambda::Permission", FunctionName="f", Action="lambda:InvokeFunction", Principal="*"
        ),
    ),
    Mutation(
        "function-url",
        CANNOT_PROVE,
        lambda t: _add(t, "Lambda::Url", TargetFunctionArn="f", AuthType="NONE"),
    ),
    Mutation(
        "policy-of-a-queue",
        CANNOT_PROVE,
        lambda t: _add(
            t,
            "SQS::QueuePolicy",
            Queues=["q"],
            PolicyDocument=document(allow("sqs:*", Principal="*")),
        ),
    ),
    Mutation(
        "policy-of-a-secret",
        CANNOT_PROVE,
        lambda t: _add(
            t,
            "SecretsManager::ResourcePolicy",
            SecretId="s",
            ResourcePolicy=document(allow("secretsmanager:*", Principal="*")),
        ),
    ),
    Mutation(
        "policy-inside-a-known-type",
        CANNOT_PROVE,
        lambda t: _add(
            t, "SSM::Parameter", Type="String", Value="x", Policies=document(allow("*"))
        ),
    ),
    Mutation(
        "share-of-resources",
        CANNOT_PROVE,
        lambda t: _add(t, "RAM::ResourceShare", Name="s", Principals=[STRANGER]),
    ),
    Mutation("stack-set", CANNOT_PROVE, _stack_set),
    Mutation(
        "macro", CANNOT_PROVE, lambda t: t.stack("Servers").template.update(Transform="Anything")
    ),
    Mutation(
        "access-control-list",
        CANNOT_PROVE,
        lambda t: t.part("S3::Bucket", "Data").set(AccessControl="PublicRead"),
    ),
    Mutation("second-policy-of-a-bucket", CANNOT_PROVE, _second_policy),
)

LAYERS = {
    "trusts": _TRUSTS,
    "resource-policies": _RESOURCE_POLICIES,
    "endpoints": _ENDPOINTS,
    "cross-account": tuple(
        replace(each, environments=each.environments or (TWO_ACCOUNTS,)) for each in _CROSS_ACCOUNT
    ),
    "reading": _READING,
}
