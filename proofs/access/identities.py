"""Reads users, groups and roles, with their policies, boundaries and trust."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from proofs.access.attachments import NAMES, Attachments, Identity
from proofs.access.documents import PolicyType
from proofs.access.model import Group, Guarded, Kind, Policy, Principal
from proofs.access.resources import Resource, Resources

# Of a group: its account, and what Ref gives for it.
_Groups = Mapping[tuple[str, str], Group]


@dataclass(frozen=True)
class Identities:
    """Everyone whom the templates create, their managed policies, and the trust of the roles."""

    users: tuple[Principal, ...]
    groups: tuple[Group, ...]
    roles: tuple[Principal, ...]
    trusts: tuple[Guarded, ...]
    managed: tuple[Policy, ...]


def read_identities(resources: Resources) -> Identities:
    """Read everyone; what cannot be read becomes a finding."""
    attachments = Attachments(resources)
    groups = {
        (resource.account, resource.name()): group
        for resource, group in resources.each(
            "IAM::Group", lambda found: (found, _group(found, attachments))
        )
    }
    users = resources.each("IAM::User", lambda found: _user(found, attachments, groups))
    return Identities(
        (*users, *_strangers(attachments, groups)),
        tuple(groups.values()),
        tuple(resources.each("IAM::Role", lambda found: _role(found, attachments))),
        tuple(resources.each("IAM::Role", _trust)),
        attachments.managed,
    )


def _group(resource: Resource, attachments: Attachments) -> Group:
    policies = tuple(attachments.of(resource).policies)
    return Group(_label(resource), resource.account, policies, resource.origin)


def _user(resource: Resource, attachments: Attachments, groups: _Groups) -> Principal:
    identity = attachments.of(resource)
    return _with_groups(
        Principal(
            Kind.USER,
            # What ${aws:username} stands for.
            resource.name(),
            resource.account,
            resource.name("Arn"),
            tuple(identity.policies),
            _boundary(resource, attachments),
            origin=resource.origin,
        ),
        identity,
        groups,
    )


def _strangers(attachments: Attachments, groups: _Groups) -> Iterator[Principal]:
    for (account, name), identity in attachments.strangers.items():
        arn = f"arn:aws:iam::{account}:user/{name}"
        user = Principal(Kind.USER, name, account, arn, origin=identity.origin)
        yield _with_groups(user, identity, groups)


def _with_groups(user: Principal, identity: Identity, groups: _Groups) -> Principal:
    joined = [groups[user.account, name] for name in identity.groups]
    policies = (*user.policies, *(policy for group in joined for policy in group.policies))
    names = tuple(group.name for group in joined)
    return replace(user, policies=tuple(dict.fromkeys(policies)), groups=names)


def _role(resource: Resource, attachments: Attachments) -> Principal:
    arn = resource.name("Arn")
    return Principal(
        Kind.ROLE,
        _label(resource),
        resource.account,
        arn,
        tuple(attachments.of(resource).policies),
        _boundary(resource, attachments),
        origin=resource.origin,
        session_arn=f"arn:aws:sts::{resource.account}:assumed-role/{resource.name()}/<session>",
    )


def _trust(resource: Resource) -> Guarded:
    policy = resource.policy(
        "AssumeRolePolicyDocument",
        f"trust policy of {_label(resource)}",
        type_=PolicyType.TRUST,
    )
    return Guarded(resource.name("Arn"), "sts", resource.account, policy, resource.origin)


def _boundary(resource: Resource, attachments: Attachments) -> Policy | None:
    arn = resource.text("PermissionsBoundary")
    return attachments.policy(arn) if arn else None


def _label(resource: Resource) -> str:
    """What people call it: its name, or its logical id without the CDK's hash."""
    name = NAMES[resource.type.removeprefix("AWS::")]
    return resource.text(name) or resource.label
