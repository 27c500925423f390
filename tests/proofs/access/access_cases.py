"""One request with everything that decides about it, as JSON: what the evidence is written in.

The proof reads a case into its own model; the second opinion reads the JSON itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from proofs.access.documents import PolicyType, read_policy
from proofs.access.evaluate import Decision, Request, evaluate
from proofs.access.model import Access, Endpoint, Guarded, Kind, Policy, Principal
from proofs.findings import Origin

Json: TypeAlias = Any

A, B, OUTSIDE = "111122223333", "444455556666", "999900001111"
ROOT_A, ROOT_B = f"arn:aws:iam::{A}:root", f"arn:aws:iam::{B}:root"
MATEO = f"arn:aws:iam::{A}:user/mateo"
APP = f"arn:aws:iam::{A}:role/app"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/i-0123"
BUCKET = "arn:aws:s3:::data"
OBJECT = f"{BUCKET}/reports/2026.csv"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/7c1e"
TARGET = f"arn:aws:iam::{A}:role/target"
VPCE = "vpce-1"
CURRENT, OLD = "2012-10-17", "2008-10-17"
HERE = Origin("Stack", "Resource")


@dataclass(frozen=True)
class Resource:
    """A resource with a policy document."""

    arn: str
    policy: Json
    account: str = A
    service: str = "s3"


@dataclass(frozen=True)
class Case:
    """A request, and the documents that decide about it."""

    action: str = "s3:GetObject"
    resource: str = OBJECT
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    policies: tuple[Json, ...] = ()
    boundary: Json = None
    session_policies: tuple[Json, ...] = ()
    resources: tuple[Resource, ...] = ()
    endpoint: Json = None
    kind: str = "user"
    name: str = "mateo"
    account: str = A
    session: str = ""

    @property
    def arn(self) -> str:
        """Of the user or role."""
        named = self.kind in ("user", "role")
        return f"arn:aws:iam::{self.account}:{self.kind}/{self.name}" if named else ""

    @property
    def session_arn(self) -> str:
        """Of the role's session."""
        session = f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{self.session}"
        return session if self.session else ""

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """The context as the model has it."""
        return {
            key.lower(): (value,) if isinstance(value, str) else value
            for key, value in self.context.items()
        }


class EverythingKnown:
    """A vocabulary for made-up names."""

    def knows_action(self, pattern: str) -> bool:
        return bool(pattern)

    def knows_key(self, key: str) -> bool:
        return bool(key)


def policy(document: Json, type_: PolicyType = PolicyType.IDENTITY) -> Policy:
    """The document as the proof reads it."""
    return read_policy(
        document, type_=type_, name="policy", origin=HERE, vocabulary=EverythingKnown()
    )


def principal(case: Case) -> Principal:
    """Who asks."""
    return Principal(
        Kind(case.kind),
        case.name,
        case.account if case.arn else "",
        case.arn,
        tuple(map(policy, case.policies)),
        policy(case.boundary) if case.boundary else None,
        session_arn=case.session_arn,
    )


def access(case: Case) -> Access:
    """What a template would have."""
    guarded = [
        Guarded(
            resource.arn,
            resource.service,
            resource.account,
            policy(
                resource.policy,
                PolicyType.TRUST if resource.service == "sts" else PolicyType.RESOURCE,
            )
            if resource.policy
            else None,
            HERE,
        )
        for resource in case.resources
    ]
    endpoints = (
        [Endpoint(VPCE, "vpc", ("s3",), policy(case.endpoint, PolicyType.RESOURCE), HERE)]
        if case.endpoint
        else []
    )
    return Access(guarded=tuple(guarded), endpoints=tuple(endpoints))


def request(case: Case) -> Request:
    """The request as the proof sees it."""
    return Request(
        principal(case),
        case.action,
        case.resource,
        case.keys,
        tuple(map(policy, case.session_policies)),
    )


def decision(case: Case) -> Decision:
    """What the proof decides."""
    return evaluate(access(case), request(case))


def document(*statements: Json, version: str = CURRENT) -> Json:
    """A policy document."""
    return {"Version": version, "Statement": list(statements)}


def allow(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """A statement; `Condition` and the like as further arguments."""
    return statement("Allow", action, resource, more)


def deny(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """The opposite of `allow`."""
    return statement("Deny", action, resource, more)


def statement(effect: str, action: Json, resource: Json, more: Mapping[str, Json]) -> Json:
    """A statement; None leaves Action or Resource out."""
    elements = {"Action": action, "Resource": resource}
    return {"Effect": effect, **{k: v for k, v in elements.items() if v is not None}, **more}


def to(*arns: str, action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """An allow of a resource's policy, for these AWS principals."""
    return allow(action, resource, Principal={"AWS": list(arns)}, **more)


def trust(principal_: Json, action: Json = "sts:AssumeRole", **more: Json) -> Json:
    """The trust policy of a role."""
    return document(allow(action, None, Principal=principal_, **more))


def bucket(*statements: Json, account: str = A) -> tuple[Resource, ...]:
    """The data bucket with this policy."""
    return (Resource(BUCKET, document(*statements), account),)


def key(*statements: Json, account: str = A) -> tuple[Resource, ...]:
    """The key with this policy."""
    return (Resource(KEY, document(*statements), account, "kms"),)


def role(trust_policy: Json, account: str = A) -> tuple[Resource, ...]:
    """The role that others assume."""
    return (Resource(TARGET.replace(A, account), trust_policy, account, "sts"),)
