"""What the access proof reasons about: policies, and who and what carries them.

Texts are as a deployment would write them, with `<Stack.LogicalId>` for what only it knows: the ARN
of the data bucket is `arn:aws:s3:::<Servers.Data>`. Logical ids lose the CDK's hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from proofs.findings import Finding, Origin

# Names of context keys have no case; here they are always in lower case. An absent key is absent.
Context = Mapping[str, tuple[str, ...]]


class Kind(Enum):
    """What a principal is."""

    USER = "user"
    ROLE = "role"
    SERVICE = "service"
    FEDERATED = "federated"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Condition:
    """One operator with one key and its values, of which one has to match.

    Attributes:
        operator: As AWS writes it, without what the next two say: `StringEquals`, `Bool`, `Null`.
        key: In lower case.
        values: May hold policy variables such as `${aws:username}`.
        if_exists: An absent key satisfies it (`...IfExists`).
        quantifier: `ForAllValues`, `ForAnyValue`, or nothing.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    quantifier: str = ""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        origin: The resource that carries the policy; position: `statement #2 (Sid)`.
        allows: It allows; otherwise it denies.
        actions: Patterns.
        but_actions: The patterns say what it is not about (`NotAction`).
        resources: Patterns; a trust policy has `*`, which stands for its role.
        but_resources: The patterns say what it is not about (`NotResource`).
        principals: Patterns by type (`AWS`, `Service`, `Federated`, `CanonicalUser`), of a policy
            of a resource; None in one of an identity. `"*"` reads as `{"AWS": ("*",)}`.
        but_principals: The principals say whom it is not about (`NotPrincipal`).
        conditions: All have to hold.
    """

    origin: Origin
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    principals: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    but_actions: bool = False
    but_resources: bool = False
    but_principals: bool = False


@dataclass(frozen=True)
class Policy:
    """A policy document, under the name that people know it by."""

    origin: Origin
    name: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Principal:
    """Who asks.

    Attributes:
        kind: What it is.
        name: `mateo`, `BreakGlassRole`, `ec2.amazonaws.com`, the ARN of an identity provider.
        account: Its account; empty for services and anonymous ones.
        arn: Of the user or role; empty otherwise.
        policies: Of itself and of its groups.
        boundary: The most that it can do; None: no limit.
        groups: Names of a user's groups.
        origin: The resource; None: an imagined principal.
        session_arn: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` of a role's session.
    """

    kind: Kind
    name: str
    account: str = ""
    arn: str = ""
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    groups: tuple[str, ...] = ()
    origin: Origin | None = None
    session_arn: str = ""


@dataclass(frozen=True)
class Group:
    """A group of people: whoever is in it has its policies."""

    name: str
    account: str
    policies: tuple[Policy, ...]
    origin: Origin


@dataclass(frozen=True)
class Guarded:
    """A resource with a policy of its own: a bucket, a key, a topic, or a role with its trust.

    Attributes:
        arn: Of the resource. A bucket's policy is about `arn` and `arn/*`.
        service: `s3`, `kms`, `sns`, or `sts` for the trust policy of a role.
        account: Whose it is.
        policy: None: it has none, so that identities of its account decide alone.
    """

    arn: str
    service: str
    account: str
    policy: Policy | None
    origin: Origin


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint: requests of its services that go through it have to pass its policy.

    Attributes:
        id: What `aws:SourceVpce` says.
        services: Prefixes of the actions that go through it, such as `s3`.
    """

    id: str
    vpc: str
    services: tuple[str, ...]
    policy: Policy
    origin: Origin


@dataclass(frozen=True)
class Access:
    """Everything of an assembly that decides about access.

    `managed` are the managed policies of the templates, whoever carries them.
    """

    users: tuple[Principal, ...] = ()
    roles: tuple[Principal, ...] = ()
    groups: tuple[Group, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    managed: tuple[Policy, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    doubts: tuple[Finding, ...] = ()
