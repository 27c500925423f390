"""Reads resources that have a policy of their own: buckets, keys, topics and backup vaults."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from proofs.access.documents import PolicyType
from proofs.access.model import Guarded, Policy
from proofs.access.resources import CannotProveError, Resource, Resources

# The types whose policy is a resource of its own, and how that says what it is about.
_APART: Mapping[str, Mapping[str, str]] = {
    "S3::Bucket": {"S3::BucketPolicy": "Bucket"},
    "SNS::Topic": {"SNS::TopicPolicy": "Topics", "SNS::TopicInlinePolicy": "TopicArn"},
}
# Without a key policy: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
_DEFAULT_KEY_POLICY = "default key policy"


def read_guarded(resources: Resources) -> Iterator[Guarded]:
    """Read them all; what cannot be read becomes a finding."""
    yield from _with_policies(resources, "S3::Bucket", _bucket)
    yield from _with_policies(resources, "SNS::Topic", _topic)
    yield from resources.each("KMS::Key", _key)
    yield from resources.each("Backup::BackupVault", _vault)


def _with_policies(
    resources: Resources, type_: str, read: Callable[[Resource, Policy | None], Guarded]
) -> Iterator[Guarded]:
    known = dict.fromkeys(resources.each(type_, Resource.name))
    policies: dict[str, Policy] = {}

    def note(property_: str, resource: Resource) -> None:
        for name in resource.texts(property_):
            if name not in known:
                raise CannotProveError(f"it is about {name}, which no template creates")
            if name in policies:
                raise CannotProveError(f"{name} has another policy too")
            policies[name] = _policy(resource, "PolicyDocument", resource.label)

    for policy_type, property_ in _APART[type_].items():
        for _ in resources.each(policy_type, partial(note, property_)):
            pass
    yield from resources.each(type_, lambda found: read(found, policies.get(found.name())))


def _bucket(resource: Resource, policy: Policy | None) -> Guarded:
    if resource.text("AccessControl") not in ("", "Private"):
        raise CannotProveError(
            f"its access control list is {resource.text('AccessControl')}, "
            "and the proof reads policies only"
        )
    return _guarded(resource, "s3", "Arn", policy)


def _topic(resource: Resource, policy: Policy | None) -> Guarded:
    if policy is None:
        # It lets in whoever the undocumented key aws:SourceOwner says is of the account.
        raise CannotProveError("it has no policy, and so gets one from AWS: write one")
    return _guarded(resource, "sns", "TopicArn", policy)


def _key(resource: Resource) -> Guarded:
    if "KeyPolicy" in resource.values:
        policy = _policy(resource, "KeyPolicy", f"policy of {resource.label}")
    else:
        root = f"arn:aws:iam::{resource.account}:root"
        rights = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": root}}
        document = {"Version": "2012-10-17", "Statement": [rights]}
        policy = resource.written(document, _DEFAULT_KEY_POLICY, PolicyType.RESOURCE)
    return _guarded(resource, "kms", "Arn", policy)


def _vault(resource: Resource) -> Guarded:
    policy = None
    if "AccessPolicy" in resource.values:
        policy = _policy(resource, "AccessPolicy", f"policy of {resource.label}")
    # It is about recovery points too, whose ARNs do not name the vault: what it denies of them is
    # left out, which only makes the proof stricter. What it allows could not be.
    if policy and any(statement.allows for statement in policy.statements):
        raise CannotProveError("its policy allows something, and the proof reads denials only")
    return _guarded(resource, "backup", "BackupVaultArn", policy)


def _guarded(resource: Resource, service: str, arn: str, policy: Policy | None) -> Guarded:
    return Guarded(resource.name(arn), service, resource.account, policy, resource.origin)


def _policy(resource: Resource, name: str, label: str) -> Policy:
    return resource.policy(name, label, type_=PolicyType.RESOURCE)
