"""GuardDuty's detector, Security Hub and its standards."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import Any

from rehearsal.resources.base import (
    Live,
    Place,
    Properties,
    Resource,
    UnsupportedError,
    only,
    resource,
)
from rehearsal.resources.clients import client


@resource(
    "AWS::GuardDuty::Detector",
    in_place=["Enable", "Features", "FindingPublishingFrequency", "Tags"],
)
class Detector(Resource):
    """GuardDuty, in one region."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the detector; an account and region has one."""
        detector = self._client(place).create_detector(
            **_detector(properties), Tags=place.tags(properties)
        )["DetectorId"]
        return Live(detector, {"Id": detector})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change what is watched, and how often findings are published."""
        _refuse_other_tags(place, old, new)
        self._client(place).update_detector(DetectorId=live.physical_id, **_detector(new))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the detector with its findings."""
        self._client(place).delete_detector(DetectorId=live.physical_id)

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
        return client("guardduty", place.account, place.region)


def _detector(properties: Properties) -> dict[str, Any]:
    features = [
        {"Name": each["Name"], "Status": each["Status"]}
        for said in properties.get("Features", [])
        for each in [only({"Name", "Status"}, said, "Features")]
    ]
    return {
        "Enable": properties["Enable"] in (True, "true"),
        "FindingPublishingFrequency": properties.get("FindingPublishingFrequency", "SIX_HOURS"),
        "Features": features,
    }


def _refuse_other_tags(place: Place, old: Properties, new: Properties) -> None:
    if place.tags(old) != place.tags(new):
        raise UnsupportedError("the stand-in cannot change these tags")


def _hub(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
    return client("securityhub", place.account, place.region)


@resource(
    "AWS::SecurityHub::Hub",
    in_place=["AutoEnableControls", "ControlFindingGenerator", "EnableDefaultStandards", "Tags"],
)
class Hub(Resource):
    """Security Hub, in one region."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Enable it; an account and region has one."""
        _hub(place).enable_security_hub(
            EnableDefaultStandards=_on(properties, "EnableDefaultStandards"),
            Tags=place.tags(properties),
        )
        arn = _hub(place).describe_hub()["HubArn"]
        return self.update(place, Live(arn, {"ARN": arn}), properties, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change what the hub does by itself."""
        _refuse_other_tags(place, old, new)
        if _on(old, "EnableDefaultStandards") != _on(new, "EnableDefaultStandards"):
            raise UnsupportedError("the default standards are a hub's first ones only")
        _hub(place).update_security_hub_configuration(
            AutoEnableControls=_on(new, "AutoEnableControls"),
            ControlFindingGenerator=new.get("ControlFindingGenerator", "SECURITY_CONTROL"),
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Disable it; standards and findings go along."""
        _hub(place).disable_security_hub()


def _on(properties: Properties, key: str) -> bool:
    """Whether a switch is on; they are, unless the template says otherwise."""
    return properties.get(key, True) in (True, "true")


@resource("AWS::SecurityHub::Standard", replaces=["StandardsArn"])
class Standard(Resource):
    """A standard that the hub checks."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Enable the standard; there is none without the hub."""
        asked = [{"StandardsArn": properties["StandardsArn"]}]
        answer = _hub(place).batch_enable_standards(StandardsSubscriptionRequests=asked)
        arn = answer["StandardsSubscriptions"][0]["StandardsSubscriptionArn"]
        return Live(arn, {"StandardsSubscriptionArn": arn})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Disable the standard."""
        _hub(place).batch_disable_standards(StandardsSubscriptionArns=[live.physical_id])
