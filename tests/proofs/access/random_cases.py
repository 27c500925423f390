"""Random requests from a small vocabulary, so that policies often speak about the same things."""

from collections.abc import Callable
from random import Random

from tests.proofs.access.access_cases import (
    APP,
    BUCKET,
    CURRENT,
    KEY,
    MATEO,
    OBJECT,
    OLD,
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
)

EC2 = "ec2.amazonaws.com"
PROVIDER = "accounts.google.com"
MFA = "aws:MultiFactorAuthPresent"
NULL_SHARE = 0.15
# Action, resource, and the service whose resource has a policy.
REQUESTS = (
    ("s3:GetObject", OBJECT, "s3"),
    ("s3:PutObject", f"{BUCKET}/mateo/notes", "s3"),
    ("s3:ListBucket", BUCKET, "s3"),
    ("kms:Decrypt", KEY, "kms"),
    ("sts:AssumeRole", TARGET, "sts"),
    ("sts:AssumeRoleWithWebIdentity", TARGET, "sts"),
    ("sts:GetSessionToken", "*", "sts"),
    ("iam:GetRole", TARGET, "sts"),
)
ACTIONS = (
    *(
        "*",
        "*",
        "s3:*",
        "s3:Get*",
        "S3:getobject",
        "s3:?utObject",
        "s3:List*",
        "kms:*",
        "kms:decrypt",
    ),
    *("sts:*", "sts:AssumeRole", "sts:AssumeRoleWith*", "iam:*", "iam:Get?ole"),
)
RESOURCES = (
    *(
        "*",
        BUCKET,
        f"{BUCKET}*",
        f"{BUCKET}/*",
        f"{BUCKET}/${{aws:username}}/*",
        f"{BUCKET}/${{*}}",
    ),
    *(f"{BUCKET}/${{svc:Text, 'reports'}}/*", f"{BUCKET}/${{svc:Text}}ateo/*", KEY, TARGET),
    *(f"arn:aws:*:*:{A}:*", f"{BUCKET}/?eports/*.csv"),
)
AWS_PRINCIPALS = (
    *("*", MATEO, APP, SESSION, ROOT_A, A, ROOT_B, f"arn:aws:iam::{B}:user/mateo"),
    f"arn:aws:iam::{A}:user/saanvi",
)
TEXTS = ("a", "b", "A", "m", "reports", "ab")
NUMBERS = ("1", "2", "2.0", "10", "few")
DATES = ("2025", "2026-01", "2026-01-01T00:00:00Z", "1767225600", "2026-01-01T01:00:00+01:00")
ADDRESSES = ("203.0.113.9", "203.0.113.200", "2001:db8::1", "nowhere")
ARNS = (MATEO, APP, SESSION, KEY, "arn:aws:svc:eu:1:a:2:b", "none")


_ORDER = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
# Operators, the keys to ask, the values to compare with.
BLOCKS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[Json, ...]], ...] = (
    (
        (
            *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
            *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ),
        ("svc:Text", "SVC:text", "aws:username", "aws:PrincipalAccount", "aws:ResourceAccount"),
        (
            *("a", "b", "A*", "?", A, "mateo"),
            *("${svc:Text}", "${aws:username}", "${svc:Other, 'a'}", "${*}"),
        ),
    ),
    (tuple(f"Numeric{name}" for name in _ORDER), ("svc:Number",), ("1", "2", 2, "10")),
    (tuple(f"Date{name}" for name in _ORDER), ("svc:Date",), DATES),
    (("Bool",), (MFA, "aws:PrincipalIsAWSService"), ("true", "false", True)),
    (("BinaryEquals",), ("svc:Bytes",), ("YQ==", "Yg==")),
    (
        ("IpAddress", "NotIpAddress"),
        ("aws:SourceIp",),
        ("203.0.113.0/25", "203.0.113.9", "2001:DB8::/32", "0.0.0.0/0"),
    ),
    (
        ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
        ("svc:Arn", "aws:PrincipalArn"),
        (
            *(MATEO, APP, f"arn:aws:iam::{A}:*", "arn:*:*:*:*:*", "arn:aws:svc:*:2:b"),
            f"arn:aws:iam::{A}:user/${{aws:username}}",
        ),
    ),
)
NULL_KEYS = ("svc:Text", MFA, "aws:username")
CONTEXT: dict[str, tuple[str, ...]] = {
    "svc:Text": (*TEXTS, ""),
    "svc:Number": NUMBERS,
    "svc:Date": DATES,
    "svc:Bytes": ("YQ==", "Yg=="),
    "svc:Arn": ARNS,
    MFA: ("true", "false"),
    "aws:SourceIp": ADDRESSES,
    "aws:SourceVpce": (VPCE, "vpce-2"),
    "aws:username": ("saanvi",),
}
WHO: tuple[Json, ...] = (
    {"kind": "user", "name": "mateo"},
    {"kind": "user", "name": "mateo"},
    {"kind": "role", "name": "app", "session": "i-0123"},
    {"kind": "role", "name": "app"},
    {"kind": "user", "name": "mateo", "account": B},
    {"kind": "service", "name": EC2},
    {"kind": "federated", "name": PROVIDER},
    {"kind": "anonymous", "name": ""},
)


class Maker:
    """Makes random policies and requests; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - examples, no secrets
        self.pick = self.random.choice

    def maybe(self, make: Callable[[], Json]) -> Json:
        """None, or what `make` makes."""
        return make() if self.pick((True, False)) else None

    def one_or_more(self, values: tuple[Json, ...]) -> Json:
        if self.pick((True, False)):
            return self.pick(values)
        return [self.pick(values) for _ in range(self.pick((1, 2)))]

    def statement(self, kind: str = "identity") -> Json:
        """A statement of a policy of an identity, a resource or a role's trust."""
        found: dict[str, Json] = {"Effect": self.pick(("Allow", "Allow", "Allow", "Deny"))}
        found[self.pick(("Action", "Action", "Action", "NotAction"))] = self.one_or_more(ACTIONS)
        if kind != "trust":
            element = self.pick(("Resource", "Resource", "Resource", "NotResource"))
            found[element] = self.one_or_more(RESOURCES)
        if kind != "identity":
            may_except = kind == "resource" and found["Effect"] == "Deny"
            element = self.pick(("Principal", "NotPrincipal")) if may_except else "Principal"
            found[element] = self.principals()
        found["Condition"] = self.conditions()
        return found

    def principals(self) -> Json:
        return self.pick(
            (
                "*",
                {"AWS": self.one_or_more(AWS_PRINCIPALS)},
                {"AWS": self.one_or_more(AWS_PRINCIPALS)},
                {"AWS": [self.pick((MATEO, APP, SESSION, ROOT_A, A)) for _ in range(3)]},
                {"Service": EC2, "AWS": ROOT_A},
                {"Federated": PROVIDER},
            )
        )

    def conditions(self) -> Json:
        """None, one, or two."""
        together: dict[str, Json] = {}
        for _ in range(self.pick((0, 0, 0, 1, 2))):
            operator, key, values = self.condition()
            together.setdefault(operator, {})[key] = values
        return together

    def condition(self) -> tuple[str, str, Json]:
        if self.random.random() < NULL_SHARE:
            return "Null", self.pick(NULL_KEYS), self.pick(("true", "false"))
        operators, keys, values = self.pick(BLOCKS)
        quantifier = self.pick(("", "", "", "ForAllValues:", "ForAnyValue:"))
        suffix = self.pick(("", "", "IfExists"))
        written = f"{quantifier}{self.pick(operators)}{suffix}"
        return written, self.pick(keys), self.one_or_more(values)

    def document(self, kind: str = "identity") -> Json:
        """A policy document."""
        return {
            "Version": self.pick((CURRENT, CURRENT, CURRENT, OLD)),
            "Statement": [self.statement(kind) for _ in range(self.pick((1, 2, 3)))],
        }

    def context(self) -> Json:
        """Each key absent, or with one or two values."""
        return {
            key: tuple(self.pick(values) for _ in range(self.pick((1, 1, 2))))
            for key, values in CONTEXT.items()
            if self.pick((True, True, False))
        }

    def documents(self) -> tuple[Json, ...]:
        return tuple(self.document() for _ in range(self.pick((0, 1, 1, 2))))

    def case(self) -> Case:
        """A request with policies of every layer."""
        who = self.pick(WHO)
        action, resource, service = self.pick(REQUESTS)
        person = who["kind"] in ("user", "role")
        arn = {"s3": BUCKET, "kms": KEY, "sts": TARGET}[service]
        guarded = self.maybe(lambda: self.document("trust" if service == "sts" else "resource"))
        known = guarded or self.pick((True, False))
        return Case(
            action=action,
            resource=resource,
            context=self.context(),
            policies=self.documents() if person else (),
            boundary=self.maybe(self.document) if person and self.pick((True, False)) else None,
            session_policies=self.documents()[:1] if person and self.pick((True, False)) else (),
            resources=(Resource(arn, guarded, A, service),) if known else (),
            endpoint=self.maybe(lambda: self.document("resource")),
            **who,
        )
