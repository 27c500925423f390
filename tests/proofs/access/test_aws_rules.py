"""What AWS documents about who may do what, one row each: the proof and the second opinion agree.

A row is one request. By default the user mateo of account A gets an object of the data bucket.
"""

from dataclasses import dataclass

import pytest

from tests.proofs.access.access_cases import (
    APP,
    BUCKET,
    KEY,
    MATEO,
    OBJECT,
    OLD,
    OUTSIDE,
    ROOT_A,
    ROOT_B,
    SESSION,
    TARGET,
    VPCE,
    A,
    B,
    Case,
    Json,
    Resource,
    allow,
    bucket,
    decision,
    deny,
    document,
    key,
    role,
    to,
    trust,
)
from tests.proofs.access.second_opinion import allows

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
LOGIC = f"{IAM}/reference_policies_evaluation-logic.html"
DENY_ALLOW = f"{IAM}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
SAME_ACCOUNT = f"{IAM}/reference_policies_evaluation-logic_policy-eval-basics.html"
CROSS_ACCOUNT = f"{IAM}/reference_policies_evaluation-logic-cross-account.html"
BOUNDARIES = f"{IAM}/access_policies_boundaries.html"
SESSIONS = f"{IAM}/access_policies.html#policies_session"
ACTION = f"{IAM}/reference_policies_elements_action.html"
NOT_ACTION = f"{IAM}/reference_policies_elements_notaction.html"
RESOURCE = f"{IAM}/reference_policies_elements_resource.html"
NOT_RESOURCE = f"{IAM}/reference_policies_elements_notresource.html"
PRINCIPAL = f"{IAM}/reference_policies_elements_principal.html"
NOT_PRINCIPAL = f"{IAM}/reference_policies_elements_notprincipal.html"
CONDITION = f"{IAM}/reference_policies_elements_condition.html"
OPERATORS = f"{IAM}/reference_policies_elements_condition_operators.html"
MULTIPLE = f"{IAM}/reference_policies_condition-logic-multiple-context-keys-or-values.html"
MULTIVALUED = f"{IAM}/reference_policies_condition-single-vs-multi-valued-context-keys.html"
VARIABLES = f"{IAM}/reference_policies_variables.html"
VERSION = f"{IAM}/reference_policies_elements_version.html"
KEYS = f"{IAM}/reference_policies_condition-keys.html"
MFA = f"{IAM}/id_credentials_mfa_configure-api-require.html"
SESSION_TOKEN = f"{IAM}/id_credentials_temp_control-access_getsessiontoken.html"
DEPUTY = f"{IAM}/confused-deputy.html"
EXTERNAL_ID = f"{IAM}/id_roles_common-scenarios_third-party.html"
ROLE_POLICIES = f"{IAM}/id_roles_update-role-trust-policy.html"
STS = "https://docs.aws.amazon.com/STS/latest/APIReference"
CALLER_IDENTITY = f"{STS}/API_GetCallerIdentity.html"
ASSUME_ROLE = f"{STS}/API_AssumeRole.html"
WEB_IDENTITY = f"{STS}/API_AssumeRoleWithWebIdentity.html"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide"
KEY_POLICIES = f"{KMS}/key-policies.html"
KEY_DEFAULT = f"{KMS}/key-policy-default.html"
KEY_ELSEWHERE = f"{KMS}/key-policy-modifying-external-accounts.html"
S3_ARNS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html"
S3_PUBLIC = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html"
ENDPOINTS = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"

GITHUB = f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com"
ASSUME: dict[str, Json] = {"action": "sts:AssumeRole", "resource": TARGET}
DECRYPT: dict[str, Json] = {"action": "kms:Decrypt", "resource": KEY}
OF_APP: dict[str, Json] = {"kind": "role", "name": "app", "session": "i-0123"}
OF_B: dict[str, Json] = {"account": B}
MAY_ASSUME = document(allow("sts:AssumeRole"))
EVERYTHING = document(allow("*"))
NOTHING = document(allow("iam:GetUser"))
MFA_PRESENT, MFA_AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
HOME = f"{BUCKET}/${{aws:username}}/*"


@dataclass(frozen=True)
class Rule:
    """A documented rule.

    Attributes:
        name: The rule, as a sentence.
        source: Where AWS says so.
        allowed: What it comes to here.
        case: A request on which it decides: without the rule the answer would be the other one.
    """

    name: str
    source: str
    allowed: bool
    case: Case


def allowed(rule: str, source: str, /, **case: Json) -> Rule:
    return Rule(rule, source, allowed=True, case=Case(**case))


def denied(rule: str, source: str, /, **case: Json) -> Rule:
    return Rule(rule, source, allowed=False, case=Case(**case))


def only_if(operator: str, key_: str, values: Json, effect: Json = allow) -> tuple[Json, ...]:
    """Policies with one statement under one condition; a deny stands beside an allow."""
    conditional = effect("s3:*", Condition={operator: {key_: values}})
    return (document(conditional, *([] if effect is allow else [allow("s3:*")])),)


LAYERS = (
    denied("a request that nothing allows is denied", LOGIC),
    allowed("one allow suffices", LOGIC, policies=(NOTHING, document(allow()))),
    denied(
        "an explicit deny wins over any allow",
        LOGIC,
        policies=(document(allow("s3:*"), deny("s3:GetObject")),),
    ),
    denied(
        "an explicit deny of one policy wins over the allow of another",
        LOGIC,
        policies=(document(allow()), document(deny())),
    ),
    allowed(
        "a deny whose condition does not hold denies nothing",
        LOGIC,
        policies=only_if("StringEquals", "aws:RequestedRegion", "eu-west-1", deny),
        context={"aws:RequestedRegion": "us-east-1"},
    ),
    denied("a boundary grants nothing by itself", BOUNDARIES, boundary=EVERYTHING),
    denied(
        "a boundary that does not allow it takes it away",
        BOUNDARIES,
        policies=(EVERYTHING,),
        boundary=NOTHING,
    ),
    allowed(
        "a boundary and an identity policy that both allow it let it pass",
        BOUNDARIES,
        policies=(EVERYTHING,),
        boundary=document(allow("s3:*")),
    ),
    denied(
        "a deny of the boundary denies what the boundary allows",
        BOUNDARIES,
        policies=(EVERYTHING,),
        boundary=document(allow("*"), deny("s3:*")),
    ),
    denied(
        "a session policy takes away what it does not allow",
        SESSIONS,
        policies=(EVERYTHING,),
        session_policies=(NOTHING,),
        **OF_APP,
    ),
    denied(
        "a session policy grants nothing by itself",
        SESSIONS,
        session_policies=(EVERYTHING,),
        **OF_APP,
    ),
    allowed(
        "of several session policies one has to allow it",
        ASSUME_ROLE,
        policies=(EVERYTHING,),
        session_policies=(NOTHING, document(allow())),
        **OF_APP,
    ),
    denied(
        "a deny of a session policy wins",
        SESSIONS,
        policies=(EVERYTHING,),
        session_policies=(EVERYTHING, document(deny())),
        **OF_APP,
    ),
    denied(
        "identity policy, boundary and session policy all have to allow it",
        SESSIONS,
        policies=(EVERYTHING,),
        boundary=NOTHING,
        session_policies=(EVERYTHING,),
        **OF_APP,
    ),
)

ELEMENTS = (
    allowed(
        "the case of an action does not count", ACTION, policies=(document(allow("S3:getobject")),)
    ),
    allowed("* in an action stands for any text", ACTION, policies=(document(allow("s3:Get*")),)),
    allowed("? in an action is one character", ACTION, policies=(document(allow("s3:?etObject")),)),
    denied(
        "? in an action is not no character", ACTION, policies=(document(allow("s3:?GetObject")),)
    ),
    denied(
        "an action without a wildcard is not a prefix",
        ACTION,
        policies=(document(allow("s3:GetObject")),),
        action="s3:GetObjectAcl",
    ),
    denied(
        "an action is not matched by a longer one",
        ACTION,
        policies=(document(allow("s3:GetObjectAcl")),),
    ),
    allowed(
        "NotAction with Allow allows everything else, of all services",
        NOT_ACTION,
        policies=(document(allow(None, NotAction="iam:*")),),
    ),
    denied(
        "NotAction with Allow does not allow what it lists",
        NOT_ACTION,
        policies=(document(allow(None, NotAction=["iam:*", "s3:get*"])),),
    ),
    denied(
        "NotAction with Deny denies everything else",
        NOT_ACTION,
        policies=(document(allow("*"), deny(None, NotAction="iam:*")),),
    ),
    allowed(
        "NotAction with Deny grants nothing, and denies nothing that it lists",
        NOT_ACTION,
        policies=(document(allow("*"), deny(None, NotAction="s3:*")),),
    ),
    allowed(
        "NotResource with Allow allows every other resource",
        NOT_RESOURCE,
        policies=(document(allow("s3:*", None, NotResource="arn:aws:s3:::other*")),),
    ),
    denied(
        "NotResource with Allow does not allow what it lists",
        NOT_RESOURCE,
        policies=(document(allow("s3:*", None, NotResource=[f"{BUCKET}/*"])),),
    ),
    denied(
        "NotResource with Deny denies every other resource",
        NOT_RESOURCE,
        policies=(document(allow("s3:*"), deny("s3:*", None, NotResource=f"{BUCKET}")),),
    ),
    denied(
        "the case of an ARN counts",
        RESOURCE,
        policies=(document(allow("s3:*", f"{BUCKET}/Reports/*")),),
    ),
    allowed(
        "* in a resource also spans slashes",
        RESOURCE,
        policies=(document(allow("s3:*", f"{BUCKET}/*.csv")),),
    ),
    allowed(
        "* in a resource also stands for no text",
        RESOURCE,
        policies=(document(allow("s3:*", f"{OBJECT}*")),),
    ),
    allowed(
        "of several resources one has to match",
        RESOURCE,
        policies=(document(allow("s3:*", ["arn:aws:s3:::other/*", OBJECT])),),
    ),
    allowed(
        "* at the end of a part of a resource also spans colons",
        RESOURCE,
        policies=(document(allow("kms:*", "arn:aws:kms:*")),),
        **DECRYPT,
    ),
    denied(
        "? in a resource is exactly one character",
        RESOURCE,
        policies=(document(allow("s3:*", f"{BUCKET}/reports/202?.cs")),),
    ),
    denied(
        "the ARN of a bucket does not cover its objects",
        S3_ARNS,
        policies=(document(allow("s3:*", BUCKET)),),
    ),
    denied(
        "the ARN of the objects does not cover the bucket",
        S3_ARNS,
        policies=(document(allow("s3:*", f"{BUCKET}/*")),),
        action="s3:ListBucket",
        resource=BUCKET,
    ),
    denied(
        "an action without resources needs the resource *",
        RESOURCE,
        policies=(document(allow("s3:*", "arn:aws:s3:::*")),),
        action="s3:ListAllMyBuckets",
        resource="*",
    ),
)

VARIABLE_ROWS = (
    allowed(
        "a policy variable takes the value of the request",
        VARIABLES,
        policies=(document(allow("s3:*", HOME)),),
        resource=f"{BUCKET}/mateo/notes",
    ),
    denied(
        "a policy variable takes no other value",
        VARIABLES,
        policies=(document(allow("s3:*", HOME)),),
        resource=f"{BUCKET}/saanvi/notes",
    ),
    denied(
        "a role has no aws:username: a resource with it matches nothing",
        VARIABLES,
        policies=(document(allow("s3:*", HOME)),),
        resource=f"{BUCKET}/mateo/notes",
        context={"aws:username": "mateo"},
        **OF_APP,
    ),
    denied(
        "NotResource takes variables: it does not allow what they stand for",
        VARIABLES,
        policies=(document(allow("s3:*", None, NotResource=HOME)),),
        resource=f"{BUCKET}/mateo/notes",
    ),
    allowed(
        "NotResource takes variables: it allows everything else",
        VARIABLES,
        policies=(document(allow("s3:*", None, NotResource=HOME)),),
        resource=f"{BUCKET}/saanvi/notes",
    ),
    denied(
        "NotResource takes variables of the context",
        VARIABLES,
        policies=(document(allow("s3:*", None, NotResource=f"{BUCKET}/${{svc:Text}}/*")),),
        context={"svc:Text": "reports"},
    ),
    allowed(
        "who asks may be compared with a variable",
        VARIABLES,
        policies=only_if("StringEquals", "aws:username", "${svc:Owner}"),
        context={"svc:Owner": "mateo"},
    ),
    denied(
        "a role has no aws:username to compare with a variable",
        VARIABLES,
        policies=only_if("StringEquals", "aws:username", "${svc:Owner}"),
        context={"svc:Owner": "mateo", "aws:username": "mateo"},
        **OF_APP,
    ),
    denied(
        "${*} is an asterisk beside variables too",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{*}}/${{aws:username}}")),),
        resource=f"{BUCKET}/home/mateo",
    ),
    allowed(
        "an absent variable takes its default",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{aws:PrincipalTag/team, 'reports'}}/*")),),
    ),
    denied(
        "a present variable does not take its default",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{aws:PrincipalTag/team, 'reports'}}/*")),),
        context={"aws:PrincipalTag/team": "audit"},
    ),
    allowed(
        "names of variables have no case",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{AWS:principaltag/Team}}/*")),),
        context={"aws:PrincipalTag/team": "reports"},
    ),
    denied(
        "a variable that is absent matches nothing",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{aws:PrincipalTag/team}}*")),),
    ),
    denied(
        "a key with several values is no variable",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{aws:TagKeys}}/*")),),
        context={"aws:TagKeys": ("reports", "other")},
    ),
    denied(
        "${*} is an asterisk and no wildcard",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{*}}")),),
    ),
    denied(
        "${*} is no wildcard beside a wildcard either",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{*}}/*")),),
    ),
    allowed(
        "${?} is a question mark",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/what${{?}}")),),
        resource=f"{BUCKET}/what?",
    ),
    allowed(
        "${$} is a dollar sign",
        VARIABLES,
        policies=(document(allow("s3:*", f"{BUCKET}/${{$}}1")),),
        resource=f"{BUCKET}/$1",
    ),
    allowed(
        "a condition may compare with a variable",
        VARIABLES,
        policies=only_if("StringLike", "s3:prefix", "home/${aws:username}/*"),
        context={"s3:prefix": "home/mateo/2026"},
    ),
    denied(
        "a value that is compared with an absent variable is like none",
        VARIABLES,
        policies=only_if("StringLike", "s3:prefix", "${aws:PrincipalTag/team}*"),
        context={"s3:prefix": "home"},
    ),
    allowed(
        "a negated operator matches against an absent variable",
        VARIABLES,
        policies=only_if("StringNotEquals", "s3:prefix", "${aws:PrincipalTag/team}"),
        context={"s3:prefix": "home"},
    ),
    denied(
        "policies of version 2008-10-17 have no variables",
        VERSION,
        policies=(document(allow("s3:*", HOME), version=OLD),),
        resource=f"{BUCKET}/mateo/notes",
    ),
    allowed(
        "policies of version 2008-10-17 take a variable for a text",
        VERSION,
        policies=(document(allow("s3:*", HOME), version=OLD),),
        resource=f"{BUCKET}/${{aws:username}}/notes",
    ),
    denied(
        "policies without a version have no variables",
        VERSION,
        policies=({"Statement": allow("s3:*", HOME)},),
        resource=f"{BUCKET}/mateo/notes",
    ),
)


def compare(
    name: str, operator: str, values: Json, present: Json, *, holds: bool, source: str = OPERATORS
) -> Rule:
    """An allow under one condition on a made-up key; `present` None: the key is absent."""
    return Rule(
        name,
        source,
        allowed=holds,
        case=Case(
            policies=only_if(operator, "svc:Key", values),
            context={} if present is None else {"svc:Key": present},
        ),
    )


CONDITIONS = (
    compare("names of context keys have no case", "StringEquals", "x", "x", holds=True),
    compare("StringEquals counts the case", "StringEquals", "Prod", "prod", holds=False),
    compare("StringEquals has no wildcards", "StringEquals", "pro*", "prod", holds=False),
    compare("StringNotEquals is the opposite", "StringNotEquals", "prod", "prod", holds=False),
    compare("StringNotEquals counts the case", "StringNotEquals", "Prod", "prod", holds=True),
    compare(
        "StringEqualsIgnoreCase does not count it",
        "StringEqualsIgnoreCase",
        "PROD",
        "prod",
        holds=True,
    ),
    compare(
        "StringNotEqualsIgnoreCase is its opposite",
        "StringNotEqualsIgnoreCase",
        "PROD",
        "prod",
        holds=False,
    ),
    compare("StringLike has wildcards", "StringLike", "p?o*", "production", holds=True),
    compare("StringLike counts the case", "StringLike", "P*", "prod", holds=False),
    compare("StringLike matches the whole text", "StringLike", "rod", "prod", holds=False),
    compare("StringNotLike is its opposite", "StringNotLike", "p*", "prod", holds=False),
    compare("NumericEquals compares numbers, not texts", "NumericEquals", "10", "10.0", holds=True),
    compare("NumericNotEquals is its opposite", "NumericNotEquals", "10", "10", holds=False),
    compare("NumericLessThan compares numbers", "NumericLessThan", "10", "9", holds=True),
    compare("NumericLessThan leaves the limit out", "NumericLessThan", "10", "10", holds=False),
    compare("NumericLessThanEquals includes it", "NumericLessThanEquals", "10", "10", holds=True),
    compare("NumericGreaterThan compares numbers", "NumericGreaterThan", "9", "10", holds=True),
    compare("NumericGreaterThan leaves the limit out", "NumericGreaterThan", "9", "9", holds=False),
    compare(
        "NumericGreaterThanEquals includes it", "NumericGreaterThanEquals", "9", "9", holds=True
    ),
    compare("a text is no number", "NumericLessThan", "10", "few", holds=False),
    compare(
        "DateEquals compares moments, not texts",
        "DateEquals",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        holds=True,
    ),
    compare(
        "DateNotEquals is its opposite",
        "DateNotEquals",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        holds=False,
    ),
    compare(
        "DateLessThan is before",
        "DateLessThan",
        "2026-01-01T00:00:00Z",
        "2025-12-31T23:59:59Z",
        holds=True,
    ),
    compare("DateLessThan leaves the moment out", "DateLessThan", "2026", "2026-01", holds=False),
    compare("DateLessThanEquals includes it", "DateLessThanEquals", "2026", "2026-01", holds=True),
    compare(
        "DateGreaterThan also reads seconds since 1970",
        "DateGreaterThan",
        "1767225599",
        "2026-01-01T00:00:00Z",
        holds=True,
    ),
    compare(
        "DateGreaterThan leaves the moment out",
        "DateGreaterThan",
        "1767225600",
        "2026-01-01T00:00:00Z",
        holds=False,
    ),
    compare(
        "DateGreaterThanEquals includes it",
        "DateGreaterThanEquals",
        "1767225600",
        "2026-01-01T00:00:00Z",
        holds=True,
    ),
    compare("Bool compares true and false", "Bool", "true", "false", holds=False),
    compare("Bool does not count the case", "Bool", "True", "true", holds=True),
    compare("Bool takes JSON's own true", "Bool", True, "true", holds=True),  # noqa: FBT003
    compare("BinaryEquals compares bytes", "BinaryEquals", "QUJD", "QUJD", holds=True),
    compare("BinaryEquals counts every bit", "BinaryEquals", "QUJD", "QUJE", holds=False),
    compare("IpAddress matches a range", "IpAddress", "203.0.113.0/24", "203.0.113.9", holds=True),
    compare(
        "IpAddress matches no more", "IpAddress", "203.0.113.0/25", "203.0.113.128", holds=False
    ),
    compare(
        "an address without a prefix is itself",
        "IpAddress",
        "203.0.113.9",
        "203.0.113.8",
        holds=False,
    ),
    compare(
        "NotIpAddress is its opposite", "NotIpAddress", "203.0.113.0/24", "203.0.113.9", holds=False
    ),
    compare(
        "IpAddress knows IPv6, however it is written",
        "IpAddress",
        "2001:DB8:1234::/48",
        "2001:db8:1234:0:0:0:0:1",
        holds=True,
    ),
    compare(
        "a range of IPv4 has no address of IPv6",
        "IpAddress",
        "0.0.0.0/0",
        "2001:db8::1",
        holds=False,
    ),
    compare("NotIpAddress of IPv4 holds for IPv6", "NotIpAddress", "0.0.0.0/0", "::1", holds=True),
    compare(
        "ArnLike compares each of the six parts",
        "ArnLike",
        f"arn:aws:svc:*:{A}:finance/*",
        f"arn:aws:svc:eu-west-1:{B}:store/abc:{A}:finance/doc",
        holds=False,
    ),
    compare(
        "StringLike matches where ArnLike does not",
        "StringLike",
        f"arn:aws:svc:*:{A}:finance/*",
        f"arn:aws:svc:eu-west-1:{B}:store/abc:{A}:finance/doc",
        holds=True,
    ),
    compare(
        "ArnEquals has wildcards, like ArnLike",
        "ArnEquals",
        f"arn:aws:iam::{A}:role/*",
        APP,
        holds=True,
    ),
    compare("ArnLike counts the case", "ArnLike", f"arn:aws:iam::{A}:role/App", APP, holds=False),
    compare(
        "* in the sixth part of an ARN spans colons",
        "ArnLike",
        f"arn:aws:logs:*:{A}:log-group:*",
        f"arn:aws:logs:eu-west-1:{A}:log-group:a:log-stream:b",
        holds=True,
    ),
    compare("ArnNotEquals is the opposite", "ArnNotEquals", APP, APP, holds=False),
    compare("ArnNotLike is the opposite", "ArnNotLike", "arn:aws:iam::*:role/*", APP, holds=False),
    compare("ArnNotLike holds for another ARN", "ArnNotLike", MATEO, APP, holds=True),
    compare("a text that is no ARN is like none", "ArnLike", APP, "arn:aws", holds=False),
    compare("of several ARNs one has to match", "ArnLike", [APP, MATEO], MATEO, holds=True),
    compare(
        "of several ranges one has to match",
        "IpAddress",
        ["203.0.113.0/24", "2001:DB8::/32"],
        "2001:db8::1",
        holds=True,
    ),
    compare("an escaped asterisk equals an asterisk", "StringEquals", "${*}", "*", holds=True),
    compare("ignoring case means both sides", "StringEqualsIgnoreCase", "a", "A", holds=True),
    compare("Null true: the key is absent", "Null", "true", None, holds=True),
    compare("Null true fails for a present key", "Null", "true", "x", holds=False),
    compare("Null false: the key is present", "Null", "false", "x", holds=True),
    compare("Null false fails for an absent key", "Null", "false", None, holds=False),
)

ABSENT = (
    *(
        compare(f"{operator} fails for an absent key", operator, value, None, holds=False)
        for operator, value in (
            ("StringEquals", "x"),
            ("StringEqualsIgnoreCase", "x"),
            ("StringLike", "*"),
            ("NumericLessThan", "1"),
            ("DateGreaterThan", "2000"),
            ("Bool", "false"),
            ("BinaryEquals", "QUJD"),
            ("IpAddress", "0.0.0.0/0"),
            ("ArnLike", "arn:*:*:*:*:*"),
        )
    ),
    *(
        compare(f"{operator} holds for an absent key", operator, value, None, holds=True)
        for operator, value in (
            ("StringNotEquals", "x"),
            ("StringNotEqualsIgnoreCase", "x"),
            ("StringNotLike", "*"),
            ("NumericNotEquals", "1"),
            ("DateNotEquals", "2000"),
            ("NotIpAddress", "0.0.0.0/0"),
            ("ArnNotLike", "arn:*:*:*:*:*"),
            ("ArnNotEquals", "arn:*:*:*:*:*"),
        )
    ),
    *(
        compare(
            f"{operator}IfExists holds for an absent key",
            f"{operator}IfExists",
            value,
            None,
            holds=True,
        )
        for operator, value in (
            ("StringEquals", "x"),
            ("StringLike", "x"),
            ("StringNotEquals", "x"),
            ("NumericGreaterThan", "1"),
            ("DateLessThan", "2000"),
            ("Bool", "true"),
            ("BinaryEquals", "QUJD"),
            ("IpAddress", "203.0.113.0/24"),
            ("ArnEquals", APP),
        )
    ),
    compare("IfExists compares a present key", "StringEqualsIfExists", "x", "y", holds=False),
    denied(
        "a deny with a negated operator also denies without the key",
        OPERATORS,
        policies=only_if("StringNotEquals", "aws:SourceVpce", VPCE, deny),
    ),
    denied(
        "a deny with a negated operator and IfExists denies without the key as well",
        OPERATORS,
        policies=only_if("StringNotEqualsIfExists", "aws:SourceVpce", VPCE, deny),
    ),
)

SEVERAL = (
    compare(
        "of several values one has to match",
        "StringEquals",
        ["a", "b"],
        "b",
        holds=True,
        source=MULTIPLE,
    ),
    compare(
        "of several values a negated operator matches none",
        "StringNotEquals",
        ["a", "b"],
        "b",
        holds=False,
        source=MULTIPLE,
    ),
    denied(
        "several keys of one operator all have to match",
        MULTIPLE,
        policies=(document(allow(Condition={"StringEquals": {"svc:a": "1", "svc:b": "2"}})),),
        context={"svc:a": "1", "svc:b": "3"},
    ),
    denied(
        "several operators all have to match",
        MULTIPLE,
        policies=(
            document(allow(Condition={"StringEquals": {"svc:a": "1"}, "Bool": {"svc:b": "true"}})),
        ),
        context={"svc:a": "1", "svc:b": "false"},
    ),
    compare(
        "ForAllValues: every value of the request matches",
        "ForAllValues:StringEquals",
        ["a", "b"],
        ("a", "b"),
        holds=True,
        source=MULTIVALUED,
    ),
    compare(
        "ForAllValues: one value too many fails",
        "ForAllValues:StringEquals",
        ["a", "b"],
        ("a", "c"),
        holds=False,
        source=MULTIVALUED,
    ),
    compare(
        "ForAllValues holds for an absent key",
        "ForAllValues:StringEquals",
        "a",
        None,
        holds=True,
        source=MULTIVALUED,
    ),
    compare(
        "ForAllValues holds for an empty text",
        "ForAllValues:StringEquals",
        "a",
        "",
        holds=True,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue: one value of the request matches",
        "ForAnyValue:StringLike",
        "a*",
        ("b", "abc"),
        holds=True,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue fails if none matches",
        "ForAnyValue:StringEquals",
        "a",
        ("b", "c"),
        holds=False,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue fails for an absent key",
        "ForAnyValue:StringEquals",
        "a",
        None,
        holds=False,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue fails for an absent key, negated or not",
        "ForAnyValue:StringNotEquals",
        "a",
        None,
        holds=False,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue with a negated operator: one value matches none",
        "ForAnyValue:StringNotEquals",
        ["a", "b"],
        ("a", "c"),
        holds=True,
        source=MULTIVALUED,
    ),
    compare(
        "ForAllValues with a negated operator: no value matches any",
        "ForAllValues:StringNotEquals",
        ["a", "b"],
        ("c", "a"),
        holds=False,
        source=MULTIVALUED,
    ),
    compare(
        "ForAnyValue with IfExists holds for an absent key",
        "ForAnyValue:StringEqualsIfExists",
        "a",
        None,
        holds=True,
        source=MULTIVALUED,
    ),
    denied(
        "a Null beside ForAllValues takes the absent key away",
        MULTIVALUED,
        policies=(
            document(
                allow(
                    Condition={
                        "ForAllValues:StringEquals": {"aws:TagKeys": "team"},
                        "Null": {"aws:TagKeys": "false"},
                    }
                )
            ),
        ),
    ),
)

MULTI_FACTOR = (
    denied(
        "long-term keys have no aws:MultiFactorAuthPresent: Bool true does not allow them",
        MFA,
        policies=only_if("Bool", MFA_PRESENT, "true"),
    ),
    allowed(
        "BoolIfExists true allows long-term keys",
        MFA,
        policies=only_if("BoolIfExists", MFA_PRESENT, "true"),
    ),
    allowed(
        "a deny with Bool false spares long-term keys",
        MFA,
        policies=only_if("Bool", MFA_PRESENT, "false", deny),
    ),
    denied(
        "a deny with BoolIfExists false denies long-term keys",
        MFA,
        policies=only_if("BoolIfExists", MFA_PRESENT, "false", deny),
    ),
    allowed(
        "a session with MFA passes the deny with BoolIfExists false",
        MFA,
        policies=only_if("BoolIfExists", MFA_PRESENT, "false", deny),
        context={MFA_PRESENT: "true"},
    ),
    denied(
        "an old MFA session is too old",
        KEYS,
        policies=only_if("NumericLessThan", MFA_AGE, "3600"),
        context={MFA_AGE: "3600"},
    ),
    denied(
        "without MFA there is no aws:MultiFactorAuthAge",
        KEYS,
        policies=only_if("NumericLessThan", MFA_AGE, 3600),
    ),
    allowed(
        "a deny of an old MFA session without IfExists spares long-term keys",
        KEYS,
        policies=only_if("NumericGreaterThan", MFA_AGE, "3600", deny),
    ),
)

CALLS = (
    allowed(
        "sts:GetCallerIdentity needs no permission",
        CALLER_IDENTITY,
        action="sts:GetCallerIdentity",
        resource="*",
    ),
    allowed(
        "an explicit deny does not stop sts:GetCallerIdentity",
        CALLER_IDENTITY,
        action="sts:GetCallerIdentity",
        resource="*",
        policies=(document(deny("*")),),
        boundary=NOTHING,
        **OF_APP,
    ),
    allowed(
        "policies have no effect on a user's sts:GetSessionToken",
        SESSION_TOKEN,
        action="sts:GetSessionToken",
        resource="*",
        policies=(document(deny("sts:*")),),
    ),
    denied(
        "a role cannot get a session token",
        f"{STS}/API_GetSessionToken.html",
        action="sts:GetSessionToken",
        resource="*",
        policies=(EVERYTHING,),
        **OF_APP,
    ),
    denied(
        "temporary credentials cannot get a session token",
        f"{STS}/API_GetSessionToken.html",
        action="sts:GetSessionToken",
        resource="*",
        policies=(EVERYTHING,),
        context={"aws:TokenIssueTime": "2026-01-01T00:00:00Z"},
    ),
    allowed(
        "who asks is part of the context: callers cannot say it",
        KEYS,
        policies=only_if("StringEquals", "aws:PrincipalAccount", A),
        context={"aws:PrincipalAccount": B},
    ),
    allowed(
        "aws:PrincipalArn of a session is the ARN of its role",
        KEYS,
        policies=only_if("ArnEquals", "aws:PrincipalArn", APP),
        **OF_APP,
    ),
    allowed(
        "aws:ResourceAccount is the account of the resource",
        KEYS,
        policies=(document(allow("s3:*", Condition={"StringEquals": {"aws:ResourceAccount": A}})),),
        resources=bucket(deny(Principal="*", Action="s3:PutObject")),
    ),
    denied(
        "a user is no service: aws:PrincipalIsAWSService is false",
        KEYS,
        policies=only_if("Bool", "aws:PrincipalIsAWSService", "false", deny),
    ),
)

RESOURCE_POLICIES = (
    allowed(
        "in the same account a bucket policy that names the user suffices",
        SAME_ACCOUNT,
        resources=bucket(to(MATEO)),
    ),
    allowed(
        "in the same account an identity policy suffices",
        SAME_ACCOUNT,
        policies=(document(allow()),),
        resources=bucket(to(APP)),
    ),
    denied(
        "a deny of a bucket policy wins over an identity policy",
        DENY_ALLOW,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", Principal="*")),
    ),
    denied(
        "a deny of an identity policy wins over a bucket policy",
        DENY_ALLOW,
        policies=(document(deny()),),
        resources=bucket(to(MATEO)),
    ),
    denied(
        "a bucket policy that names another user grants nothing",
        PRINCIPAL,
        resources=bucket(to(f"arn:aws:iam::{A}:user/saanvi")),
    ),
    denied(
        "the case of a user's name counts",
        PRINCIPAL,
        resources=bucket(to(f"arn:aws:iam::{A}:user/Mateo")),
    ),
    denied(
        "a bucket policy that names the account only delegates to it",
        PRINCIPAL,
        resources=bucket(to(ROOT_A)),
    ),
    allowed(
        "the account and the ARN of its root are the same",
        PRINCIPAL,
        policies=(document(allow("kms:*")),),
        resources=key(to(A, action="kms:*")),
        **DECRYPT,
    ),
    allowed(
        "a bucket policy covers its bucket's objects",
        S3_ARNS,
        resources=bucket(to(MATEO, resource=f"{BUCKET}/*")),
    ),
    denied(
        "a bucket policy about the bucket does not cover its objects",
        S3_ARNS,
        resources=bucket(to(MATEO, resource=BUCKET)),
    ),
    allowed(
        "being named beats the account being named",
        PRINCIPAL,
        resources=bucket(to(ROOT_A, MATEO)),
    ),
    allowed(
        "a deny for a role does not deny a service",
        PRINCIPAL,
        kind="service",
        name="logging.s3.amazonaws.com",
        resources=bucket(
            allow(Principal={"Service": "logging.s3.amazonaws.com"}),
            deny(Principal={"AWS": APP}),
        ),
    ),
    allowed(
        "NotPrincipal * spares everyone",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal="*")),
    ),
    denied(
        "a service is no identity provider of the same name",
        PRINCIPAL,
        kind="federated",
        name="ec2.amazonaws.com",
        action="sts:AssumeRoleWithWebIdentity",
        resource=TARGET,
        resources=role(trust({"Service": "ec2.amazonaws.com"}, "sts:*")),
    ),
    allowed(
        "a grant to a user's ARN is not limited by a boundary",
        DENY_ALLOW,
        boundary=NOTHING,
        resources=bucket(to(MATEO)),
    ),
    denied(
        "a grant to a role's ARN is limited by its boundary",
        DENY_ALLOW,
        boundary=NOTHING,
        resources=bucket(to(APP)),
        **OF_APP,
    ),
    allowed(
        "a grant to a role's ARN needs no identity policy",
        DENY_ALLOW,
        boundary=EVERYTHING,
        resources=bucket(to(APP)),
        **OF_APP,
    ),
    denied(
        "a grant to a role's ARN is limited by session policies",
        DENY_ALLOW,
        session_policies=(NOTHING,),
        resources=bucket(to(APP)),
        **OF_APP,
    ),
    allowed(
        "a grant to a session's ARN is not limited by a boundary",
        DENY_ALLOW,
        boundary=NOTHING,
        resources=bucket(to(SESSION)),
        **OF_APP,
    ),
    denied(
        "a grant to another session of the role is none to this one",
        PRINCIPAL,
        resources=bucket(to(SESSION.replace("i-0123", "i-9999"))),
        **OF_APP,
    ),
    denied(
        "a grant to a user's ARN is limited by policies of the session",
        DENY_ALLOW,
        session_policies=(NOTHING,),
        resources=bucket(to(MATEO)),
    ),
    allowed(
        "everyone with aws:PrincipalArn is not limited by a boundary",
        PRINCIPAL,
        boundary=NOTHING,
        resources=bucket(to("*", Condition={"ArnEquals": {"aws:PrincipalArn": APP}})),
        **OF_APP,
    ),
    denied(
        "a deny of a boundary stops what the resource grants",
        DENY_ALLOW,
        boundary=document(deny()),
        resources=bucket(to(MATEO)),
    ),
    allowed(
        "Principal * is everyone, anonymous too",
        S3_PUBLIC,
        kind="anonymous",
        name="",
        resources=bucket(allow(Principal="*")),
    ),
    allowed(
        '{"AWS": "*"} is the same as "*"',
        PRINCIPAL,
        kind="anonymous",
        name="",
        resources=bucket(to("*")),
    ),
    denied(
        "nobody anonymous has an account",
        PRINCIPAL,
        kind="anonymous",
        name="",
        resources=bucket(to(ROOT_A, A)),
    ),
    denied(
        "no policy but the resource's speaks for the anonymous", LOGIC, kind="anonymous", name=""
    ),
    denied(
        "a deny for the account denies all of it",
        PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", Principal={"AWS": ROOT_A})),
    ),
    denied(
        "a deny for the role denies its sessions",
        PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", Principal={"AWS": APP})),
        **OF_APP,
    ),
    denied(
        "NotPrincipal with Deny denies everyone else",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": [APP, ROOT_A]})),
    ),
    allowed(
        "NotPrincipal with Deny spares a user that it lists with the account",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": [MATEO, ROOT_A]})),
    ),
    denied(
        "NotPrincipal without the account denies the account",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": MATEO})),
    ),
    denied(
        "NotPrincipal has to list the session beside its role",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": [APP, ROOT_A]})),
        **OF_APP,
    ),
    allowed(
        "NotPrincipal spares a session listed with role and account",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": [SESSION, APP, A]})),
        **OF_APP,
    ),
    denied(
        "NotPrincipal with Deny always denies who has a boundary",
        NOT_PRINCIPAL,
        policies=(EVERYTHING,),
        boundary=EVERYTHING,
        resources=bucket(deny("s3:*", NotPrincipal={"AWS": [MATEO, ROOT_A]})),
    ),
    allowed(
        "NotPrincipal spares a service that it lists",
        NOT_PRINCIPAL,
        kind="service",
        name="logging.s3.amazonaws.com",
        resources=bucket(
            allow(Principal={"Service": "logging.s3.amazonaws.com"}),
            deny(NotPrincipal={"Service": "logging.s3.amazonaws.com"}),
        ),
    ),
)

CROSS = (
    denied(
        "across accounts an identity policy alone does not suffice",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        resources=bucket(to(ROOT_A)),
        **OF_B,
    ),
    denied(
        "across accounts a bucket policy alone does not suffice",
        CROSS_ACCOUNT,
        resources=bucket(to(f"arn:aws:iam::{B}:user/mateo")),
        **OF_B,
    ),
    allowed(
        "across accounts both sides suffice",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        resources=bucket(to(f"arn:aws:iam::{B}:user/mateo")),
        **OF_B,
    ),
    allowed(
        "a bucket policy that names an account lets that account decide",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        resources=bucket(to(ROOT_B)),
        **OF_B,
    ),
    allowed(
        "across accounts a role is named by its ARN",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        resources=bucket(to(APP.replace(A, B))),
        **OF_APP,
        **OF_B,
    ),
    denied(
        "across accounts the boundary limits as well",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        boundary=NOTHING,
        resources=bucket(to(f"arn:aws:iam::{B}:user/mateo")),
        **OF_B,
    ),
    denied(
        "even everyone has to be allowed by their own account",
        CROSS_ACCOUNT,
        resources=bucket(to("*")),
        **OF_B,
    ),
    denied(
        "a bucket without a policy lets no other account in",
        CROSS_ACCOUNT,
        policies=(EVERYTHING,),
        resources=bucket(deny(Principal="*", Action="s3:PutObject")),
        **OF_B,
    ),
    denied(
        "a key of another account needs both sides",
        KEY_ELSEWHERE,
        policies=(EVERYTHING,),
        resources=key(to(ROOT_A, action="kms:*")),
        **DECRYPT,
        **OF_B,
    ),
    allowed(
        "a key whose policy names the other account lets it decide",
        KEY_ELSEWHERE,
        policies=(EVERYTHING,),
        resources=key(to(ROOT_B, action="kms:*")),
        **DECRYPT,
        **OF_B,
    ),
)

KEYS_OF_KMS = (
    denied(
        "without the account in the key policy, identity policies have no effect",
        KEY_POLICIES,
        policies=(EVERYTHING,),
        resources=key(to(APP, action="kms:*")),
        **DECRYPT,
    ),
    allowed(
        "with the account in the key policy, identity policies count",
        KEY_DEFAULT,
        policies=(EVERYTHING,),
        resources=key(to(ROOT_A, action="kms:*")),
        **DECRYPT,
    ),
    allowed(
        "a key without a policy gets the default one: identity policies count",
        KEY_DEFAULT,
        policies=(EVERYTHING,),
        resources=(Resource(KEY, None, service="kms"),),
        **DECRYPT,
    ),
    denied(
        "the account in the key policy grants nothing by itself",
        KEY_DEFAULT,
        resources=key(to(ROOT_A, action="kms:*")),
        **DECRYPT,
    ),
    denied(
        "the account counts only for the actions that it is let in for",
        KEY_POLICIES,
        policies=(EVERYTHING,),
        resources=key(to(ROOT_A, action="kms:Describe*")),
        **DECRYPT,
    ),
    allowed(
        "a key policy that names the user suffices",
        KEY_POLICIES,
        resources=key(to(MATEO, action="kms:Decrypt")),
        **DECRYPT,
    ),
    denied(
        "an identity policy denies without the key policy",
        KEY_POLICIES,
        policies=(document(deny("kms:*")),),
        resources=key(to(MATEO, action="kms:Decrypt")),
        **DECRYPT,
    ),
    denied(
        "a grant of the key policy under an encryption context needs it",
        KEY_POLICIES,
        resources=key(
            to(
                MATEO,
                action="kms:*",
                Condition={"StringEquals": {"kms:EncryptionContext:app": "ledger"}},
            )
        ),
        **DECRYPT,
    ),
)

TRUST = (
    denied(
        "the trust policy is always needed",
        ROLE_POLICIES,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": APP})),
        **ASSUME,
    ),
    allowed(
        "a trust policy that names the account delegates to identity policies",
        ROLE_POLICIES,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": ROOT_A})),
        **ASSUME,
    ),
    denied(
        "a trust policy that names the account grants nothing by itself",
        ROLE_POLICIES,
        resources=role(trust({"AWS": ROOT_A})),
        **ASSUME,
    ),
    allowed(
        "a trust policy that names the user suffices in the same account",
        ROLE_POLICIES,
        resources=role(trust({"AWS": MATEO})),
        **ASSUME,
    ),
    denied(
        "from another account, being named does not suffice",
        CROSS_ACCOUNT,
        resources=role(trust({"AWS": f"arn:aws:iam::{B}:user/mateo"})),
        **ASSUME,
        **OF_B,
    ),
    allowed(
        "from another account, both sides suffice",
        CROSS_ACCOUNT,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": ROOT_B})),
        **ASSUME,
        **OF_B,
    ),
    denied(
        "an account that is not named cannot assume",
        ROLE_POLICIES,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": ROOT_B})),
        account=OUTSIDE,
        **ASSUME,
    ),
    denied(
        "a trust policy with MFA needs MFA",
        MFA,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": ROOT_A}, Condition={"Bool": {MFA_PRESENT: "true"}})),
        **ASSUME,
    ),
    denied(
        "a wrong ExternalId is refused",
        EXTERNAL_ID,
        policies=(MAY_ASSUME,),
        context={"sts:ExternalId": "guess"},
        resources=role(trust({"AWS": ROOT_B}, Condition={"StringEquals": {"sts:ExternalId": "x"}})),
        **ASSUME,
        **OF_B,
    ),
    denied(
        "a missing ExternalId is refused",
        EXTERNAL_ID,
        policies=(MAY_ASSUME,),
        resources=role(trust({"AWS": ROOT_B}, Condition={"StringEquals": {"sts:ExternalId": "x"}})),
        **ASSUME,
        **OF_B,
    ),
    allowed(
        "the right ExternalId is accepted",
        EXTERNAL_ID,
        policies=(MAY_ASSUME,),
        context={"sts:ExternalId": "x"},
        resources=role(trust({"AWS": ROOT_B}, Condition={"StringEquals": {"sts:ExternalId": "x"}})),
        **ASSUME,
        **OF_B,
    ),
    allowed(
        "a service assumes a role that trusts it",
        PRINCIPAL,
        kind="service",
        name="ec2.amazonaws.com",
        resources=role(trust({"Service": "ec2.amazonaws.com"})),
        **ASSUME,
    ),
    denied(
        "a service assumes no role that trusts another",
        PRINCIPAL,
        kind="service",
        name="lambda.amazonaws.com",
        resources=role(trust({"Service": "ec2.amazonaws.com"})),
        **ASSUME,
    ),
    denied(
        "a service that acts for another account is a confused deputy",
        DEPUTY,
        kind="service",
        name="backup.amazonaws.com",
        context={"aws:SourceAccount": OUTSIDE},
        resources=role(
            trust(
                {"Service": "backup.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": A}},
            )
        ),
        **ASSUME,
    ),
    allowed(
        "without aws:SourceAccount a deputy can be confused",
        DEPUTY,
        kind="service",
        name="backup.amazonaws.com",
        context={"aws:SourceAccount": OUTSIDE},
        resources=role(trust({"Service": "backup.amazonaws.com"})),
        **ASSUME,
    ),
    allowed(
        "a service principal is an AWS service",
        KEYS,
        kind="service",
        name="backup.amazonaws.com",
        resources=role(
            trust(
                {"Service": "backup.amazonaws.com"},
                Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}},
            )
        ),
        **ASSUME,
    ),
    allowed(
        "a federated identity needs only the trust policy",
        WEB_IDENTITY,
        kind="federated",
        name=GITHUB,
        action="sts:AssumeRoleWithWebIdentity",
        resource=TARGET,
        resources=role(trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity")),
    ),
    denied(
        "a role trusts only the identity provider that it names",
        PRINCIPAL,
        kind="federated",
        name="accounts.google.com",
        action="sts:AssumeRoleWithWebIdentity",
        resource=TARGET,
        resources=role(trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity")),
    ),
    denied(
        "a user makes no request with a provider's token",
        WEB_IDENTITY,
        policies=(EVERYTHING,),
        action="sts:AssumeRoleWithWebIdentity",
        resource=TARGET,
        resources=role(trust({"AWS": MATEO}, "sts:*")),
    ),
    allowed(
        "a trust policy does not decide about the role as a resource of IAM",
        ROLE_POLICIES,
        policies=(document(allow("iam:*")),),
        action="iam:GetRole",
        resource=TARGET,
        resources=role(trust({"AWS": APP})),
    ),
    denied(
        "a grant of a trust policy to a role is limited by the boundary of that role",
        DENY_ALLOW,
        policies=(EVERYTHING,),
        boundary=NOTHING,
        resources=role(trust({"AWS": APP})),
        **ASSUME,
        **OF_APP,
    ),
)

THROUGH = {"aws:SourceVpce": VPCE}
ANYONE = {"Principal": "*"}
PASSAGES = (
    denied(
        "through an endpoint, its policy has to allow as well",
        ENDPOINTS,
        policies=(EVERYTHING,),
        endpoint=document(allow("s3:PutObject", **ANYONE)),
        context=THROUGH,
    ),
    allowed(
        "an endpoint's policy does not count for requests that come another way",
        ENDPOINTS,
        policies=(EVERYTHING,),
        endpoint=document(allow("s3:PutObject", **ANYONE)),
        context={"aws:SourceVpce": "vpce-2"},
    ),
    denied(
        "an endpoint's policy grants nothing by itself",
        ENDPOINTS,
        endpoint=document(allow("*", **ANYONE)),
        context=THROUGH,
    ),
    denied(
        "a deny of an endpoint's policy wins",
        ENDPOINTS,
        policies=(EVERYTHING,),
        context=THROUGH,
        endpoint=document(allow("*", **ANYONE), deny("s3:*", **ANYONE)),
    ),
    allowed(
        "an endpoint's policy does not count for other services",
        ENDPOINTS,
        policies=(EVERYTHING,),
        endpoint=document(allow("s3:PutObject", **ANYONE)),
        context=THROUGH,
        action="iam:GetUser",
        resource=MATEO,
    ),
    denied(
        "an endpoint's policy also limits what a bucket policy grants",
        ENDPOINTS,
        resources=bucket(to(MATEO)),
        context=THROUGH,
        endpoint=document(allow("s3:*", "arn:aws:s3:::other/*", **ANYONE)),
    ),
    denied(
        "an endpoint's policy may let only some principals through",
        ENDPOINTS,
        policies=(EVERYTHING,),
        context=THROUGH,
        endpoint=document(
            allow("*", Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": APP}})
        ),
    ),
)

RULES = (
    *LAYERS,
    *ELEMENTS,
    *VARIABLE_ROWS,
    *CONDITIONS,
    *ABSENT,
    *SEVERAL,
    *MULTI_FACTOR,
    *CALLS,
    *RESOURCE_POLICIES,
    *CROSS,
    *KEYS_OF_KMS,
    *TRUST,
    *PASSAGES,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_proof_decides_as_aws_documents(rule: Rule) -> None:
    assert decision(rule.case).allowed is rule.allowed, rule.source


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_second_opinion_decides_as_aws_documents(rule: Rule) -> None:
    assert allows(rule.case) is rule.allowed, rule.source


def test_every_rule_has_its_own_name() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
