"""Roles and policies."""

import json

from rehearsal.resources.base import Live, Place, Properties, Resource, resource

_LONGEST_ROLE_NAME = 64
_LONGEST_POLICY_NAME = 128
_DEFAULT_SESSION_SECONDS = 3600


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
        self._change_managed(place, name, old, new)
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
    def _change_managed(place: Place, name: str, old: Properties, new: Properties) -> None:
        before = set(old.get("ManagedPolicyArns") or [])
        after = set(new.get("ManagedPolicyArns") or [])
        for arn in sorted(before - after):
            place.iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in sorted(after - before):
            place.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

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
        self._change_managed(place, live.physical_id, properties, {})
        self._change_inline(place, live.physical_id, properties, {})
        place.iam.delete_role(RoleName=live.physical_id)


@resource(
    "AWS::IAM::ManagedPolicy",
    replaces=["Description", "ManagedPolicyName", "Path"],
    in_place=["PolicyDocument", "Roles"],
)
class ManagedPolicy(Resource):
    """A customer managed policy and the roles that it is attached to."""

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
        self._change_roles(place, arn, {}, properties)
        return Live(arn, {"PolicyArn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write a new default version in place of the old one, and change the roles."""
        arn = live.physical_id
        if old["PolicyDocument"] != new["PolicyDocument"]:
            previous = place.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            document = json.dumps(new["PolicyDocument"])
            place.iam.create_policy_version(
                PolicyArn=arn, PolicyDocument=document, SetAsDefault=True
            )
            # IAM keeps five versions at most.
            place.iam.delete_policy_version(PolicyArn=arn, VersionId=previous)
        self._change_roles(place, arn, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Detach the policy and delete it."""
        self._change_roles(place, live.physical_id, properties, {})
        place.iam.delete_policy(PolicyArn=live.physical_id)

    @staticmethod
    def _change_roles(place: Place, arn: str, old: Properties, new: Properties) -> None:
        before, after = set(old.get("Roles") or []), set(new.get("Roles") or [])
        for role in sorted(before - after):
            place.iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        for role in sorted(after - before):
            place.iam.attach_role_policy(RoleName=role, PolicyArn=arn)


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
