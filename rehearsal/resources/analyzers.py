"""IAM Access Analyzer."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client


@resource(
    "AWS::AccessAnalyzer::Analyzer",
    replaces=["AnalyzerName", "Type"],
    in_place=["AnalyzerConfiguration"],
)
class Analyzer(Resource):
    """An analyzer of who has access, or of access that nobody uses."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the analyzer."""
        name = properties.get("AnalyzerName", place.generated_name())
        arn = self._client(place).create_analyzer(
            analyzerName=name,
            type=properties["Type"],
            tags=place.tags(properties),
            **_configuration(properties),
        )["arn"]
        return Live(arn, {"Arn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the configuration."""
        self._client(place).update_analyzer(
            analyzerName=_name(live), configuration=_configuration(new)["configuration"]
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the analyzer."""
        self._client(place).delete_analyzer(analyzerName=_name(live))

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
        return client("accessanalyzer", place.account, place.region)


def _name(live: Live) -> str:
    return live.physical_id.rpartition("/")[2]


def _configuration(properties: Properties) -> dict[str, Any]:
    """The configuration as the API writes it; external access needs none."""
    if "AnalyzerConfiguration" not in properties:
        return {}
    unused = properties["AnalyzerConfiguration"]["UnusedAccessConfiguration"]
    return {"configuration": {"unusedAccess": {"unusedAccessAge": unused["UnusedAccessAge"]}}}
