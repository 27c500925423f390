"""Lets a user of one account into another: finds role, user and bucket in the templates, and goes.

The stand-in judges no condition: whoever holds a key of the account gets in, with any MFA code.
What this shows is that the parts fit together; that nobody else gets in is shown by other means.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rehearsal.assembly import Assembly
from rehearsal.readback.resolve import Deployed, Resolver
from rehearsal.safety import Credentials
from rehearsal.standin import StandIn
from rehearsal.steps import StepFailedError

_ASSUME = "sts:AssumeRole"
_USER_NAME = "${aws:username}"
_CODE = "123456"
_OBJECT, _TEXT = "rehearsal.txt", b"written by the owner of the bucket"


@dataclass(frozen=True)
class Crossing:
    """A user of one account who may assume a role of another, and what the role may read.

    Attributes:
        user: The user's name.
        user_account: Where the user is.
        group: The group that gives the right to assume the role.
        role_arn: The role.
        role_account: Where the role is.
        bucket: What the role may list.
        prefix: The part of the bucket that it may list and read.
        asked: What the trust policy asks a caller for: `RoleSessionName`, `ExternalId`.
    """

    user: str
    user_account: str
    group: str
    role_arn: str
    role_account: str
    bucket: str
    prefix: str
    asked: dict[str, str]


def find(stand_in: StandIn, assembly: Assembly) -> Iterator[Crossing]:
    """The crossings of the deployed assembly: each role with the first user who may assume it."""
    resources = {
        account: [
            resource
            for stack in assembly.stacks_of(account)
            for resource in Resolver(stand_in, stack).resources()
        ]
        for account in assembly.accounts
    }
    for role_account, here in resources.items():
        for role in _of_type(here, "AWS::IAM::Role"):
            for user_account, there in resources.items():
                if user_account == role_account or not _trusts(role, user_account):
                    continue
                arn = stand_in.of(role_account).iam.get_role(RoleName=role.physical_id)["Role"]
                member = _member_who_may_assume(there, arn["Arn"])
                shared = _shared_prefix(here, role)
                if member and shared:
                    user, group = member
                    asked = _asked(role, user)
                    yield Crossing(
                        user, user_account, group, arn["Arn"], role_account, *shared, asked
                    )


def go(stand_in: StandIn, crossing: Crossing) -> list[str]:
    """Go the way of `crossing`; return the keys that the user saw in the bucket.

    Raises:
        StepFailedError: the user read something else than what the bucket's owner wrote.
    """
    owner = stand_in.of(crossing.role_account).client("s3")
    key = f"{crossing.prefix}{_OBJECT}"
    written = owner.put_object(Bucket=crossing.bucket, Key=key, Body=_TEXT)
    try:
        with _key_of(stand_in.of(crossing.user_account), crossing.user) as user:
            s3 = _assume(user, crossing).client("s3")
            listed = s3.list_objects_v2(Bucket=crossing.bucket, Prefix=crossing.prefix)
            read = s3.get_object(Bucket=crossing.bucket, Key=key)["Body"].read()
    finally:
        version = {"VersionId": written["VersionId"]} if "VersionId" in written else {}
        owner.delete_object(Bucket=crossing.bucket, Key=key, **version)
    if read != _TEXT:
        raise StepFailedError(f"{crossing.user} read {read!r} from {key}")
    return [each["Key"] for each in listed["Contents"]]


@contextmanager
def _key_of(stand_in: StandIn, user: str) -> Iterator[StandIn]:
    """The stand-in as `user` sees it, with an access key that is deleted again."""
    iam = stand_in.iam
    key = iam.create_access_key(UserName=user)["AccessKey"]
    try:
        credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        yield stand_in.with_credentials(stand_in.account, credentials)
    finally:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])


def _assume(user: StandIn, crossing: Crossing) -> StandIn:
    session = user.client("sts").assume_role(
        RoleArn=crossing.role_arn,
        SerialNumber=f"arn:aws:iam::{crossing.user_account}:mfa/{crossing.user}",
        TokenCode=_CODE,
        **{"RoleSessionName": crossing.user, **crossing.asked},
    )["Credentials"]
    credentials = Credentials(
        session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
    )
    return user.with_credentials(crossing.role_account, credentials)


def _of_type(resources: Sequence[Deployed], resource_type: str) -> list[Deployed]:
    return [each for each in resources if each.resource_type == resource_type]


def _allowed(document: dict[str, Any], action: str) -> Iterator[dict[str, Any]]:
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow" and action in _listed(statement.get("Action", [])):
            yield statement


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _trusts(role: Deployed, account: str) -> bool:
    return any(
        f"::{account}:" in principal
        for statement in _allowed(role.properties["AssumeRolePolicyDocument"], _ASSUME)
        for principal in _listed(statement["Principal"].get("AWS", []))
    )


def _member_who_may_assume(resources: list[Deployed], role_arn: str) -> tuple[str, str] | None:
    """The first user in a group that may assume the role, and that group."""
    policies = {
        policy.physical_id
        for policy in _of_type(resources, "AWS::IAM::ManagedPolicy")
        for statement in _allowed(policy.properties["PolicyDocument"], _ASSUME)
        if role_arn in _listed(statement["Resource"])
    }
    groups = {
        group.physical_id
        for group in _of_type(resources, "AWS::IAM::Group")
        if policies & set(group.properties.get("ManagedPolicyArns", []))
    }
    for user in _of_type(resources, "AWS::IAM::User"):
        for group in user.properties.get("Groups", []):
            if group in groups:
                return user.physical_id, group
    return None


def _shared_prefix(resources: list[Deployed], role: Deployed) -> tuple[str, str] | None:
    """The bucket and the prefix that the role's own policy lets it list."""
    for policy in _of_type(resources, "AWS::IAM::ManagedPolicy"):
        if policy.physical_id in role.properties.get("ManagedPolicyArns", []):
            for statement in _allowed(policy.properties["PolicyDocument"], "s3:ListBucket"):
                (bucket,) = _listed(statement["Resource"])
                prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
                prefix = _listed(prefixes or "*")[0].rstrip("*")
                return bucket.rpartition(":")[2], prefix
    return None


def _asked(role: Deployed, user: str) -> dict[str, str]:
    """What the conditions of the trust policy want to hear from a caller."""
    trust = role.properties["AssumeRolePolicyDocument"]
    said = {
        key: value
        for statement in _allowed(trust, _ASSUME)
        for conditions in statement.get("Condition", {}).values()
        for key, value in conditions.items()
    }
    return {
        parameter: _listed(said[f"sts:{parameter}"])[0].replace(_USER_NAME, user)
        for parameter in ("RoleSessionName", "ExternalId")
        if f"sts:{parameter}" in said
    }
