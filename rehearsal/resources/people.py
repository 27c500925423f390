"""People: groups, users, and the providers that vouch for people of elsewhere."""

from rehearsal.resources.base import Live, Place, Properties, Resource, UnsupportedError, resource
from rehearsal.resources.iam import change_managed

_LONGEST_GROUP_NAME = 128
_LONGEST_USER_NAME = 64


@resource("AWS::IAM::Group", replaces=["GroupName"], in_place=["ManagedPolicyArns"])
class Group(Resource):
    """A group and its managed policies."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the group."""
        name = properties.get("GroupName", place.generated_name(_LONGEST_GROUP_NAME))
        group = place.iam.create_group(GroupName=name)["Group"]
        return self.update(place, Live(name, {"Arn": group["Arn"]}), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the policies."""
        change_managed(place, "Groups", live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Detach the template's policies and delete the group; members are a failure."""
        change_managed(place, "Groups", live.physical_id, properties, {})
        place.iam.delete_group(GroupName=live.physical_id)


@resource("AWS::IAM::User", replaces=["UserName"], in_place=["Groups", "ManagedPolicyArns", "Tags"])
class User(Resource):
    """A user and the groups that it is in; never a password or an access key."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the user."""
        name = properties.get("UserName", place.generated_name(_LONGEST_USER_NAME))
        user = place.iam.create_user(UserName=name)["User"]
        return self.update(place, Live(name, {"Arn": user["Arn"]}), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change groups, policies and tags."""
        name = live.physical_id
        _change_members(
            place,
            {(group, name) for group in old.get("Groups") or []},
            {(group, name) for group in new.get("Groups") or []},
        )
        change_managed(place, "Users", name, old, new)
        before, after = place.tags(old), place.tags(new)
        if gone := sorted(before.keys() - after.keys()):
            place.iam.untag_user(UserName=name, TagKeys=gone)
        if after:
            tags = [{"Key": key, "Value": value} for key, value in after.items()]
            place.iam.tag_user(UserName=name, Tags=tags)  # type: ignore[arg-type] # a tag is written as a plain dict
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Undo what the template gave, and delete; a password or key of others is a failure."""
        name = live.physical_id
        _change_members(place, {(group, name) for group in properties.get("Groups") or []}, set())
        change_managed(place, "Users", name, properties, {})
        place.iam.delete_user(UserName=name)


@resource("AWS::IAM::UserToGroupAddition", in_place=["GroupName", "Users"])
class UserToGroupAddition(Resource):
    """Users that exist already, in a group."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Add the users."""
        return self.update(place, Live(place.generated_name()), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Add and remove users."""
        _change_members(place, _pairs(old), _pairs(new))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Remove the users."""
        self.update(place, live, properties, {})


def _pairs(properties: Properties) -> set[tuple[str, str]]:
    return {(properties["GroupName"], user) for user in properties.get("Users", [])}


def _change_members(
    place: Place, before: set[tuple[str, str]], after: set[tuple[str, str]]
) -> None:
    for group, user in sorted(before - after):
        place.iam.remove_user_from_group(GroupName=group, UserName=user)
    for group, user in sorted(after - before):
        place.iam.add_user_to_group(GroupName=group, UserName=user)


@resource(
    "AWS::IAM::OIDCProvider", replaces=["Url"], in_place=["ClientIdList", "ThumbprintList", "Tags"]
)
class OidcProvider(Resource):
    """Who vouches for software of elsewhere, such as a deployment pipeline."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the provider."""
        arn = place.iam.create_open_id_connect_provider(
            Url=properties["Url"],
            ClientIDList=properties.get("ClientIdList", []),
            ThumbprintList=properties.get("ThumbprintList", []),
            Tags=[{"Key": key, "Value": value} for key, value in place.tags(properties).items()],
        )["OpenIDConnectProviderArn"]
        return Live(arn, {"Arn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the thumbprints: the stand-in has no call for the rest."""
        if {**old, "ThumbprintList": None} != {**new, "ThumbprintList": None}:
            raise UnsupportedError("the stand-in changes nothing of a provider but thumbprints")
        place.iam.update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=live.physical_id, ThumbprintList=new.get("ThumbprintList", [])
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:  # noqa: ARG002 - every adapter has the same signature
        """Delete the provider."""
        place.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=live.physical_id)


@resource("AWS::IAM::SAMLProvider", replaces=["Name"], in_place=["SamlMetadataDocument"])
class SamlProvider(Resource):
    """Who vouches for people of a directory."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the provider."""
        arn = place.iam.create_saml_provider(
            Name=properties.get("Name", place.generated_name(_LONGEST_GROUP_NAME)),
            SAMLMetadataDocument=properties["SamlMetadataDocument"],
        )["SAMLProviderArn"]
        return Live(arn, {"Arn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:  # noqa: ARG002 - every adapter has the same signature
        """Change the metadata, which hold the directory's certificates."""
        place.iam.update_saml_provider(
            SAMLProviderArn=live.physical_id, SAMLMetadataDocument=new["SamlMetadataDocument"]
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:  # noqa: ARG002 - every adapter has the same signature
        """Delete the provider."""
        place.iam.delete_saml_provider(SAMLProviderArn=live.physical_id)
