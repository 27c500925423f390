"""Roles and policies."""

import json

from rehearsal.resources.base import Live, Place, Properties, Resource, resource

_LONGEST_ROLE_NAME = 64
_LONGEST_POLICY_NAME = 128
_DEFAULT_SESSION_SECONDS = 3600
# Who can hold a managed policy: the property of a policy, and the parameter of the calls.
_HOLDERS = {"Roles": "RoleName", "Groups": "GroupName", "Users": "UserName"}


def change_managed(place: Place, holder: str, name: str, old: Properties, new: Properties) -> None:
    """Attach and detach what `ManagedPolicyArns` of a holder gained and lost."""
    before, after = (set(each.get("ManagedPolicyArns") or []) for each in (old, new))
    _attach(place, holder, {(name, arn) for arn in after - before})
    _detach(place, holder, {(name, arn) for arn in before - after})


def _attach(place: Place, holder: str, pairs: set[tuple[str, str]]) -> None:
    call = getattr(place.iam, f"attach_{holder[:-1].lower()}_policy")
    for name, arn in sorted(pairs):
        call(**{_HOLDERS[holder]: name, "PolicyArn": arn})


def _detach(place: Place, holder: str, pairs: set[tuple[str, str]]) -> None:
    call = getattr(place.iam, f"detach_{holder[:-1].lower()}_policy")
    for name, arn in sorted(pairs):
        call(**{_HOLDERS[holder]: name, "PolicyArn": arn})


@resource(
    "AWS::IAM::Role",
    replaces=["Path", "RoleName"],
    in_place=[
        "AssumeRolePolicyDocument",
        "Description",
        "ManagedPolicyArns",
        "MaxSessionDuration",
        "PermissionsBoundary",
        "Policies",
        "Tags",
    ],
)
class Role(Resource):
    """A role with its trust policy, managed and inline policies."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the role."""
        role = place.iam.create_role(
            RoleName=properties.get("RoleName", place.generated_name(_LONGEST_ROLE_NAME)),
            Path=properties.get("Path", "/"),
            AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            Description=properties.get("Description", ""),
        )["Role"]
        live = Live(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
        return self.update(place, live, {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change everything but name and path."""
        name = live.physical_id
        place.iam.update_role(
            RoleName=name,
            Description=new.get("Description", ""),
            MaxSessionDuration=int(new.get("MaxSessionDuration", _DEFAULT_SESSION_SECONDS)),
        )
        trust = new["AssumeRolePolicyDocument"]
        if old and old["AssumeRolePolicyDocument"] != trust:
            place.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        change_managed(place, "Roles", name, old, new)
        self._change_inline(place, name, old, new)
        if boundary := new.get("PermissionsBoundary"):
            place.iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif old.get("PermissionsBoundary"):
            place.iam.delete_role_permissions_boundary(RoleName=name)
        before, after = place.tags(old), place.tags(new)
        if gone := sorted(before.keys() - after.keys()):
            place.iam.untag_role(RoleName=name, TagKeys=gone)
        if after:
            tags = [{"Key": key, "Value": value} for key, value in after.items()]
            place.iam.tag_role(RoleName=name, Tags=tags)  # type: ignore[arg-type] # a tag is written as a plain dict
        return live

    @staticmethod
    def _change_inline(place: Place, name: str, old: Properties, new: Properties) -> None:
        before = {policy["PolicyName"] for policy in old.get("Policies") or []}
        after = {policy["PolicyName"]: policy for policy in new.get("Policies") or []}
        for policy_name in sorted(before - after.keys()):
            place.iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        for policy_name, policy in after.items():
            place.iam.put_role_policy(
                RoleName=name,
                PolicyName=policy_name,
                PolicyDocument=json.dumps(policy["PolicyDocument"]),
            )

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Detach the template's policies and delete the role; others' policies are a failure."""
        change_managed(place, "Roles", live.physical_id, properties, {})
        self._change_inline(place, live.physical_id, properties, {})
        place.iam.delete_role(RoleName=live.physical_id)


@resource(
    "AWS::IAM::ManagedPolicy",
    replaces=["Description", "ManagedPolicyName", "Path"],
    in_place=["Groups", "PolicyDocument", "Roles", "Users"],
)
class ManagedPolicy(Resource):
    """A customer managed policy and whom it is attached to."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the policy and attach it."""
        arn = place.iam.create_policy(
            PolicyName=properties.get(
                "ManagedPolicyName", place.generated_name(_LONGEST_POLICY_NAME)
            ),
            Path=properties.get("Path", "/"),
            Description=properties.get("Description", ""),
            PolicyDocument=json.dumps(properties["PolicyDocument"]),
        )["Policy"]["Arn"]
        self._change_holders(place, arn, {}, properties)
        return Live(arn, {"PolicyArn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write a new default version in place of the old one, and change its holders."""
        arn = live.physical_id
        if old["PolicyDocument"] != new["PolicyDocument"]:
            previous = place.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            document = json.dumps(new["PolicyDocument"])
            place.iam.create_policy_version(
                PolicyArn=arn, PolicyDocument=document, SetAsDefault=True
            )
            # IAM keeps five versions at most.
            place.iam.delete_policy_version(PolicyArn=arn, VersionId=previous)
        self._change_holders(place, arn, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Detach the policy and delete it."""
        self._change_holders(place, live.physical_id, properties, {})
        place.iam.delete_policy(PolicyArn=live.physical_id)

    @staticmethod
    def _change_holders(place: Place, arn: str, old: Properties, new: Properties) -> None:
        for holder in _HOLDERS:
            before, after = set(old.get(holder) or []), set(new.get(holder) or [])
            _attach(place, holder, {(name, arn) for name in after - before})
            _detach(place, holder, {(name, arn) for name in before - after})


@resource("AWS::IAM::Policy", replaces=["PolicyName"], in_place=["PolicyDocument", "Roles"])
class InlinePolicy(Resource):
    """One inline policy, put into each of its roles."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Put the policy into its roles."""
        return self.update(place, Live(properties["PolicyName"]), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Put the policy into its roles, and take it from those that are gone."""
        for role in new.get("Roles", []):
            place.iam.put_role_policy(
                RoleName=role,
                PolicyName=live.physical_id,
                PolicyDocument=json.dumps(new["PolicyDocument"]),
            )
        for role in sorted(set(old.get("Roles", [])) - set(new.get("Roles", []))):
            place.iam.delete_role_policy(RoleName=role, PolicyName=live.physical_id)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Take the policy from its roles."""
        for role in properties.get("Roles", []):
            place.iam.delete_role_policy(RoleName=role, PolicyName=live.physical_id)


@resource("AWS::IAM::InstanceProfile", replaces=["InstanceProfileName", "Path"], in_place=["Roles"])
class InstanceProfile(Resource):
    """What hands a role to a server."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the profile and put its role in."""
        name = properties.get("InstanceProfileName", place.generated_name(_LONGEST_POLICY_NAME))
        profile = place.iam.create_instance_profile(
            InstanceProfileName=name, Path=properties.get("Path", "/")
        )["InstanceProfile"]
        return self.update(place, Live(name, {"Arn": profile["Arn"]}), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the role: a profile holds one at most, so the old one goes first."""
        before, after = set(old.get("Roles", [])), set(new.get("Roles", []))
        for role in sorted(before - after):
            place.iam.remove_role_from_instance_profile(
                InstanceProfileName=live.physical_id, RoleName=role
            )
        for role in sorted(after - before):
            place.iam.add_role_to_instance_profile(
                InstanceProfileName=live.physical_id, RoleName=role
            )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Take the role out and delete the profile."""
        self.update(place, live, properties, {})
        place.iam.delete_instance_profile(InstanceProfileName=live.physical_id)
