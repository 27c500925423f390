"""Changes that somebody makes by hand to live people, roles and policies."""

import json
from collections.abc import Callable
from typing import Any

from tests.rehearsal.live import OPEN_POLICY, Live, Tampering, Undo

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
USER, GROUP, ROLE = "akua", "Developers", "PartnerData"
OPEN_TRUST = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
)


def _both(do: str, undo: str, **arguments: str) -> Callable[[Live], Undo]:
    """Make one call to IAM; another with the same arguments undoes it."""

    def tamper(live: Live) -> Undo:
        iam: Any = live.stand_in.iam
        getattr(iam, do)(**arguments)
        return lambda: getattr(iam, undo)(**arguments)

    return tamper


def _widen_trust(live: Live) -> Undo:
    iam = live.stand_in.iam
    proper: Any = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=OPEN_TRUST)
    return lambda: iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(proper))


def _remove_boundary(live: Live) -> Undo:
    iam = live.stand_in.iam
    proper = iam.get_role(RoleName=ROLE)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    iam.delete_role_permissions_boundary(RoleName=ROLE)
    return lambda: iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=proper)


def _rewrite_policy(live: Live) -> Undo:
    iam = live.stand_in.iam
    (arn,) = (
        each.physical_id
        for each in live.resources.values()
        if each.resource_type == "AWS::IAM::ManagedPolicy"
        and each.logical_id.startswith(f"{GROUP}Policy")
    )
    proper = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = OPEN_POLICY.replace('"Principal": "*", ', "")
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    added = version["PolicyVersion"]["VersionId"]

    def undo() -> None:
        iam.set_default_policy_version(PolicyArn=arn, VersionId=proper)
        iam.delete_policy_version(PolicyArn=arn, VersionId=added)

    return undo


def _weaken_passwords(live: Live) -> Undo:
    iam: Any = live.stand_in.iam
    proper = dict(iam.get_account_password_policy()["PasswordPolicy"])
    proper.pop("ExpirePasswords")
    iam.update_account_password_policy(MinimumPasswordLength=6)
    return lambda: iam.update_account_password_policy(**proper)


def _add_key(live: Live) -> Undo:
    iam = live.stand_in.iam
    key = iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    return lambda: iam.delete_access_key(UserName=USER, AccessKeyId=key)


PEOPLE: dict[str, Tampering] = {
    "member added": (
        _both(
            "add_user_to_group",
            "remove_user_from_group",
            UserName=USER,
            GroupName="Administrators",
        ),
        r"member \S*akua\S* Administrators\S*: the template says nothing, live is so",
    ),
    "policy attached to a group": (
        _both(
            "attach_group_policy", "detach_group_policy", GroupName=GROUP, PolicyArn=ADMINISTRATOR
        ),
        r"attached policy group Developers\S* .*AdministratorAccess: the template says nothing",
    ),
    "policy attached to a user": (
        _both("attach_user_policy", "detach_user_policy", UserName=USER, PolicyArn=ADMINISTRATOR),
        r"attached policy user \S*akua\S* .*AdministratorAccess: the template says nothing",
    ),
    "policy rewritten": (
        _rewrite_policy,
        r"managed policy Developers\S*: .*live is .*'Action': '\*'",
    ),
    "access key added": (_add_key, r"user \S*akua\S*: .*live is AccessKeys = 1"),
    "passwords weakened": (
        _weaken_passwords,
        "password policy: .*live is .*MinimumPasswordLength = 6",
    ),
}

CROSSING: dict[str, Tampering] = {
    "trust widened": (_widen_trust, r"live is AssumeRolePolicyDocument = .*'AWS': '\*'"),
    "boundary removed": (_remove_boundary, "live is .*PermissionsBoundary = None"),
}


def _change_metadata(live: Live) -> Undo:
    iam, provider = live.stand_in.iam, live.one("AWS::IAM::SAMLProvider")
    arn, proper = provider.physical_id, provider.properties["SamlMetadataDocument"]
    other = proper.replace("entityID=", 'ID="other" entityID=')
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=other)
    return lambda: iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=proper)


def _exchange_audience(live: Live) -> Undo:
    # The stand-in cannot add one to a provider, which has the same ARN when it is made again.
    iam, provider = live.stand_in.iam, live.one("AWS::IAM::OIDCProvider")

    def make(audiences: list[str]) -> None:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider.physical_id)
        iam.create_open_id_connect_provider(
            Url=provider.properties["Url"], ClientIDList=audiences, ThumbprintList=[]
        )

    make(["anybody"])
    return lambda: make(provider.properties["ClientIdList"])


FEDERATION: dict[str, Tampering] = {
    "directory exchanged": (_change_metadata, 'SAML provider .*live is .*ID="other"'),
    "audience exchanged": (_exchange_audience, "OIDC provider .*live is Clients = .*'anybody'"),
}
