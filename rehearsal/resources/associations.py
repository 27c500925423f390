"""What Systems Manager runs on servers, and the scopes of Network Access Analyzer."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_SETTINGS = (
    "ApplyOnlyAtCronInterval", "AssociationName", "ComplianceSeverity", "DocumentVersion",
    "MaxConcurrency", "MaxErrors", "Name", "Parameters", "ScheduleExpression", "SyncCompliance",
    "Targets",
)  # fmt: skip


@resource("AWS::SSM::Association", in_place=_SETTINGS)
class Association(Resource):
    """A document that runs on targets."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the association."""
        answer = self._client(place).create_association(**_association(properties))
        association = answer["AssociationDescription"]["AssociationId"]
        return Live(association, {"AssociationId": association})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write the association anew."""
        self._client(place).update_association(AssociationId=live.physical_id, **_association(new))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Run it no more."""
        self._client(place).delete_association(AssociationId=live.physical_id)

    @staticmethod
    def _client(place: Place) -> "SSMClient":
        ssm: SSMClient = client("ssm", place.account, place.region)
        return ssm


def _association(properties: Properties) -> dict[str, Any]:
    said = dict(properties)
    if "ApplyOnlyAtCronInterval" in said:
        said["ApplyOnlyAtCronInterval"] = said["ApplyOnlyAtCronInterval"] in (True, "true")
    return said


@resource(
    "AWS::EC2::NetworkInsightsAccessScope",
    replaces=["ExcludePaths", "MatchPaths"],
    in_place=["Tags"],
)
class NetworkInsightsAccessScope(Resource):
    """Which paths in the network Network Access Analyzer reports."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the scope."""
        paths = {key: properties[key] for key in self.replaces if key in properties}
        ec2: Any = place.ec2
        scope = ec2.create_network_insights_access_scope(
            ClientToken=place.generated_name(64),
            TagSpecifications=place.ec2_tags("network-insights-access-scope", properties),
            **paths,
        )["NetworkInsightsAccessScope"]
        attributes = {
            key: scope[key]
            for key in ("NetworkInsightsAccessScopeArn", "NetworkInsightsAccessScopeId")
        }
        return Live(attributes["NetworkInsightsAccessScopeId"], attributes)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change tags."""
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the scope."""
        place.ec2.delete_network_insights_access_scope(
            NetworkInsightsAccessScopeId=live.physical_id
        )
