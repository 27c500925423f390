"""Hand-written templates with little in them, and what the access proof reads of them."""

from typing import Any

from proofs.access.model import Access, Group, Guarded, Policy, Principal
from proofs.access.templates import access_of
from proofs.assembly import Assembly, Stack

A, B, REGION = "111122223333", "444455556666", "eu-west-1"
Resources = dict[str, dict[str, Any]]


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def document(action: str = "s3:GetObject", on: object = "*", **more: object) -> dict[str, Any]:
    """A policy document of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": on, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(**principal: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


def managed(action: str, **properties: object) -> dict[str, Any]:
    return resource("IAM::ManagedPolicy", PolicyDocument=document(action), **properties)


def role(**properties: object) -> dict[str, Any]:
    return resource(
        "IAM::Role",
        **{"AssumeRolePolicyDocument": trust(Service="ec2.amazonaws.com"), **properties},
    )


def stack(name: str, resources: Resources, *, account: str | None = A, **sections: object) -> Stack:
    template = {"Resources": resources, **sections}
    return Stack(name, name, template, None, account, REGION if account else None)


def read(*stacks: Stack) -> Access:
    return access_of(Assembly(stacks))


def read_one(resources: Resources) -> Access:
    """What a single stack called Main has."""
    return read(stack("Main", resources))


def without_doubt(resources: Resources) -> Access:
    access = read_one(resources)
    assert doubts(access) == []
    return access


def doubts(access: Access) -> list[str]:
    return [finding.message.removeprefix("cannot prove: ") for finding in access.doubts]


def actions(carrier: Principal | Group | Policy | None) -> list[str]:
    """Every action that the policies name, in their order."""
    assert carrier is not None
    policies = (carrier,) if isinstance(carrier, Policy) else carrier.policies
    return [action for policy in policies for row in policy.statements for action in row.actions]


def guarded_by(access: Access, service: str) -> Guarded:
    (found,) = (row for row in access.guarded if row.service == service)
    return found
