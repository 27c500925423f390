"""Quotas of AWS that bite: how much of each the templates use. One quota a row."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proofs.assembly import Assembly, Stack

Uses = Callable[[Stack], Iterator[tuple[str, int]]]
_VPC_LIMITS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_IAM_LIMITS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"


@dataclass(frozen=True)
class Quota:
    """One quota, how much of it is used where it is used most, and where AWS says so."""

    name: str
    allowed: int
    used: int
    where: str
    source: str

    @property
    def percent(self) -> int:
        """How much of it is used."""
        return round(100 * self.used / self.allowed)

    @property
    def is_exceeded(self) -> bool:
        """Whether a deployment would fail."""
        return self.used > self.allowed


def quotas(assembly: Assembly) -> tuple[Quota, ...]:
    """Every quota at the place that uses it most."""
    found = []
    for name, allowed, uses, source in _ROWS:
        used = [
            (count, f"{stack.id}{'/' * bool(where)}{where}")
            for stack in assembly.stacks
            for where, count in uses(stack)
        ]
        count, where = max(used, default=(0, "nowhere"))
        found.append(Quota(name, allowed, count, where, source))
    return tuple(found)


def _acl_rules(stack: Stack) -> Iterator[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for entry in _properties(stack, "AWS::EC2::NetworkAclEntry"):
        direction = "outbound" if entry.get("Egress") else "inbound"
        counts[f"{_name(entry['NetworkAclId'])} {direction}"] += 1
    yield from counts.items()


def _group_rules(stack: Stack) -> Iterator[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for logical_id, resource in stack.resources.items():
        own = resource.get("Properties", {})
        kind = resource["Type"]
        if kind == "AWS::EC2::SecurityGroup":
            counts[f"{logical_id} inbound"] += len(own.get("SecurityGroupIngress", ()))
            counts[f"{logical_id} outbound"] += len(own.get("SecurityGroupEgress", ()))
        elif kind == "AWS::EC2::SecurityGroupIngress":
            counts[f"{_name(own['GroupId'])} inbound"] += 1
        elif kind == "AWS::EC2::SecurityGroupEgress":
            counts[f"{_name(own['GroupId'])} outbound"] += 1
    yield from counts.items()


def _policy_characters(stack: Stack) -> Iterator[tuple[str, int]]:
    """IAM counts no white space; of what only a deployment knows, the reference is counted."""
    for logical_id, resource in stack.resources.items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            document = resource["Properties"]["PolicyDocument"]
            yield logical_id, len(json.dumps(document, separators=(",", ":")))


def _policies_of(*kinds: str) -> Uses:
    def uses(stack: Stack) -> Iterator[tuple[str, int]]:
        attached: Counter[str] = Counter()
        for logical_id, resource in stack.resources.items():
            own = resource.get("Properties", {})
            if resource["Type"] in kinds:
                attached[logical_id] += len(own.get("ManagedPolicyArns", ()))
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                for key in ("Roles", "Groups", "Users"):
                    attached.update(_name(each) for each in own.get(key, ()))
        yield from (
            (name, count)
            for name, count in attached.items()
            if stack.resources.get(name, {}).get("Type") in kinds
        )

    return uses


def _elastic_addresses(stack: Stack) -> Iterator[tuple[str, int]]:
    yield "", sum(1 for _ in _properties(stack, "AWS::EC2::EIP"))


def _resources(stack: Stack) -> Iterator[tuple[str, int]]:
    yield "", len(stack.resources)


def _properties(stack: Stack, kind: str) -> Iterator[dict[str, object]]:
    for resource in stack.resources.values():
        if resource["Type"] == kind:
            yield resource.get("Properties", {})


def _name(reference: object) -> str:
    """The logical id behind a reference."""
    if isinstance(reference, dict):
        target = reference.get("Ref") or reference.get("Fn::GetAtt", ["?"])[0]
        return str(target)
    return str(reference)


_ROWS: tuple[tuple[str, int, Uses, str], ...] = (
    ("rules of a network ACL, each way", 20, _acl_rules, _VPC_LIMITS),
    ("rules of a security group, each way", 60, _group_rules, _VPC_LIMITS),
    ("elastic addresses of a region", 5, _elastic_addresses, _VPC_LIMITS),
    ("characters of a managed policy", 6144, _policy_characters, _IAM_LIMITS),
    (
        "managed policies of a role",
        10,
        _policies_of("AWS::IAM::Role"),
        _IAM_LIMITS,
    ),
    (
        "managed policies of a group",
        10,
        _policies_of("AWS::IAM::Group"),
        _IAM_LIMITS,
    ),
    (
        "resources of a template",
        500,
        _resources,
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
    ),
)
