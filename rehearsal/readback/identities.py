"""IAM: what the templates say of roles, groups, users and policies, and what is live."""

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_HOLDERS = {"Roles": "role", "Groups": "group", "Users": "user"}
_PASSWORDS = "Custom::AccountPasswordPolicy"
# What IAM means when it is silent.
_NO_PASSWORD_POLICY: dict[str, Value] = {
    "AllowUsersToChangePassword": False,
    "HardExpiry": False,
    "MaxPasswordAge": 0,
    "MinimumPasswordLength": 0,
    "PasswordReusePrevention": 0,
    "RequireLowercaseCharacters": False,
    "RequireNumbers": False,
    "RequireSymbols": False,
    "RequireUppercaseCharacters": False,
}


def _attached(holder: str, name: str, arns: list[str]) -> Iterator[Fact]:
    for arn in arns:
        yield Fact(("attached policy", holder, name, arn), name)


def _inline(name: str, policy: str, document: Any) -> Fact:  # noqa: ANN401 - a policy
    return Fact(("inline policy", name, policy), name, document)


def _member(user: str, group: str) -> Fact:
    return Fact(("member", user, group), group)


@states("AWS::IAM::Role")
def _role(it: Deployed) -> Iterator[Fact]:
    name = it.physical_id
    value = settings(
        it.properties,
        AssumeRolePolicyDocument=None,
        Description="",
        MaxSessionDuration=3600,
        PermissionsBoundary=None,
    )
    yield Fact(("role", name), name, value)
    yield from _attached("role", name, it.properties.get("ManagedPolicyArns", []))
    for policy in it.properties.get("Policies", []):
        yield _inline(name, policy["PolicyName"], policy["PolicyDocument"])


@states("AWS::IAM::Group")
def _group(it: Deployed) -> Iterator[Fact]:
    yield Fact(("group", it.physical_id), it.physical_id)
    yield from _attached("group", it.physical_id, it.properties.get("ManagedPolicyArns", []))


@states("AWS::IAM::User")
def _user(it: Deployed) -> Iterator[Fact]:
    name = it.physical_id
    own = {tag["Key"]: tag["Value"] for tag in it.properties.get("Tags", [])}
    # A template states neither: a person gets a password, and keys, from another person.
    value: Value = {"AccessKeys": 0, "Password": False, "Tags": {**it.stack_tags, **own}}
    yield Fact(("user", name), name, value)
    yield from _attached("user", name, it.properties.get("ManagedPolicyArns", []))
    yield from (_member(name, group) for group in it.properties.get("Groups", []))


@states("AWS::IAM::UserToGroupAddition")
def _members(it: Deployed) -> Iterator[Fact]:
    yield from (_member(user, it.properties["GroupName"]) for user in it.properties["Users"])


@states("AWS::IAM::ManagedPolicy")
def _managed_policy(it: Deployed) -> Iterator[Fact]:
    arn = it.physical_id
    yield Fact(("managed policy", arn), arn, it.properties["PolicyDocument"])
    for names, holder in _HOLDERS.items():
        for name in it.properties.get(names, []):
            yield from _attached(holder, name, [arn])


@states("AWS::IAM::Policy")
def _inline_policy(it: Deployed) -> Iterator[Fact]:
    for role in it.properties.get("Roles", []):
        yield _inline(role, it.properties["PolicyName"], it.properties["PolicyDocument"])


@states("AWS::IAM::InstanceProfile")
def _instance_profile(it: Deployed) -> Iterator[Fact]:
    yield Fact(("instance profile", it.physical_id), it.physical_id, it.properties["Roles"])


@states("AWS::IAM::OIDCProvider")
def _oidc_provider(it: Deployed) -> Iterator[Fact]:
    value: Value = {
        "Clients": sorted(it.properties.get("ClientIdList", [])),
        "Url": it.properties["Url"].removeprefix("https://"),
    }
    yield Fact(("OIDC provider", it.physical_id), it.physical_id, value)


@states("AWS::IAM::SAMLProvider")
def _saml_provider(it: Deployed) -> Iterator[Fact]:
    metadata = it.properties["SamlMetadataDocument"]
    yield Fact(("SAML provider", it.physical_id), it.physical_id, metadata)


@states(_PASSWORDS)
def _password_policy(it: Deployed) -> Iterator[Fact]:
    yield Fact(
        ("password policy",), it.physical_id, {**_NO_PASSWORD_POLICY, **it.properties["Policy"]}
    )


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' identities; a member or policy more is a difference."""
    return _Reader(account.stand_in, account.physical_ids).facts()


class _Reader(Account):
    """The account's IAM."""

    def facts(self) -> Iterator[Fact]:
        """Everything that is live."""
        yield from self._roles()
        yield from self._groups()
        yield from self._users()
        yield from self._policies()
        yield from self._providers()
        yield from self._passwords()

    def _roles(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for name in self.ids("AWS::IAM::Role"):
            role: Mapping[str, Any] = iam.get_role(RoleName=name)["Role"]
            boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            value: Value = {
                "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
                "Description": role.get("Description", ""),
                "MaxSessionDuration": role["MaxSessionDuration"],
                "PermissionsBoundary": boundary,
            }
            yield Fact(("role", name), name, value)
            attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            yield from _attached("role", name, [policy["PolicyArn"] for policy in attached])
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                answer = iam.get_role_policy(RoleName=name, PolicyName=policy)
                yield _inline(name, policy, answer["PolicyDocument"])

    def _groups(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for name in self.ids("AWS::IAM::Group"):
            yield Fact(("group", name), name)
            yield from (
                _member(user["UserName"], name) for user in iam.get_group(GroupName=name)["Users"]
            )
            attached = iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
            yield from _attached("group", name, [policy["PolicyArn"] for policy in attached])
            for policy in iam.list_group_policies(GroupName=name)["PolicyNames"]:
                answer = iam.get_group_policy(GroupName=name, PolicyName=policy)
                yield _inline(name, policy, answer["PolicyDocument"])

    def _users(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for name in self.ids("AWS::IAM::User"):
            tags = iam.list_user_tags(UserName=name)["Tags"]
            value: Value = {
                "AccessKeys": len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]),
                "Password": self._has_password(name),
                "Tags": {tag["Key"]: tag["Value"] for tag in tags},
            }
            yield Fact(("user", name), name, value)
            groups = iam.list_groups_for_user(UserName=name)["Groups"]
            yield from (_member(name, group["GroupName"]) for group in groups)
            attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
            yield from _attached("user", name, [policy["PolicyArn"] for policy in attached])
            for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
                answer = iam.get_user_policy(UserName=name, PolicyName=policy)
                yield _inline(name, policy, answer["PolicyDocument"])

    def _has_password(self, user: str) -> bool:
        iam = self.stand_in.iam
        try:
            iam.get_login_profile(UserName=user)
        except iam.exceptions.NoSuchEntityException:
            return False
        return True

    def _policies(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for arn in self.ids("AWS::IAM::ManagedPolicy"):
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            document: Any = answer["PolicyVersion"]["Document"]
            yield Fact(("managed policy", arn), arn, document)
        for name in self.ids("AWS::IAM::InstanceProfile"):
            profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
            roles: Value = [role["RoleName"] for role in profile["Roles"]]
            yield Fact(("instance profile", name), name, roles)

    def _providers(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for arn in self.ids("AWS::IAM::OIDCProvider"):
            oidc = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
            value: Value = {
                "Clients": [*sorted(oidc["ClientIDList"])],
                "Url": oidc["Url"].removeprefix("https://"),
            }
            yield Fact(("OIDC provider", arn), arn, value)
        for arn in self.ids("AWS::IAM::SAMLProvider"):
            metadata = iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"]
            yield Fact(("SAML provider", arn), arn, metadata)

    def _passwords(self) -> Iterator[Fact]:
        iam = self.stand_in.iam
        for physical_id in self.ids(_PASSWORDS):
            try:
                policy: dict[str, Any] = {**iam.get_account_password_policy()["PasswordPolicy"]}
            except iam.exceptions.NoSuchEntityException:
                return
            # IAM derives it from the age.
            policy.pop("ExpirePasswords")
            yield Fact(("password policy",), physical_id, {**_NO_PASSWORD_POLICY, **policy})
