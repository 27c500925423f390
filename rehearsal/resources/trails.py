"""CloudTrail's trails."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

_LONGEST_TRAIL_NAME = 128
# What a trail selects when nobody says: every management event.
_EVERY_MANAGEMENT_EVENT = [
    {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
]
_SELECTORS = ("AdvancedEventSelectors", "EventSelectors")
_SETTINGS = {
    "CloudWatchLogsLogGroupArn": ("CloudWatchLogsLogGroupArn", ""),
    "CloudWatchLogsRoleArn": ("CloudWatchLogsRoleArn", ""),
    "EnableLogFileValidation": ("EnableLogFileValidation", False),
    "IncludeGlobalServiceEvents": ("IncludeGlobalServiceEvents", False),
    "IsMultiRegionTrail": ("IsMultiRegionTrail", False),
    "KMSKeyId": ("KmsKeyId", ""),
    "S3BucketName": ("S3BucketName", ""),
    "S3KeyPrefix": ("S3KeyPrefix", ""),
}
"""The API's names, and what a setting is without the template's word."""


@resource(
    "AWS::CloudTrail::Trail",
    replaces=["TrailName"],
    in_place=[*_SETTINGS, *_SELECTORS, "IsLogging", "Tags"],
)
class Trail(Resource):
    """A trail, its selectors, and whether it logs."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the trail; CloudTrail refuses it while bucket, key or role do not allow it."""
        name = properties.get("TrailName", place.generated_name(_LONGEST_TRAIL_NAME))
        arn = self._client(place).create_trail(
            Name=name,
            TagsList=_tags(place.tags(properties)),
            **{key: value for key, value in _settings(properties).items() if value != ""},
        )["TrailARN"]
        live = Live(name, {"Arn": arn})
        self._select(place, live, {}, properties)
        self._log(place, live, properties)
        return live

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the settings, the selectors, the tags, and whether it logs."""
        cloudtrail = self._client(place)
        cloudtrail.update_trail(Name=live.physical_id, **_settings(new))
        self._select(place, live, old, new)
        before, after = place.tags(old), place.tags(new)
        if before != after:
            arn = live.attributes["Arn"]
            cloudtrail.remove_tags(ResourceId=arn, TagsList=_tags(before))
            cloudtrail.add_tags(ResourceId=arn, TagsList=_tags(after))
        self._log(place, live, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the trail; its files and logs stay."""
        self._client(place).delete_trail(Name=live.physical_id)

    def _select(self, place: Place, live: Live, old: Properties, new: Properties) -> None:
        said = {key: new[key] for key in _SELECTORS if key in new}
        if said or any(key in old for key in _SELECTORS):
            self._client(place).put_event_selectors(
                TrailName=live.physical_id, **(said or {"EventSelectors": _EVERY_MANAGEMENT_EVENT})
            )

    def _log(self, place: Place, live: Live, properties: Properties) -> None:
        cloudtrail = self._client(place)
        logs = properties["IsLogging"] in (True, "true")
        change = cloudtrail.start_logging if logs else cloudtrail.stop_logging
        change(Name=live.physical_id)

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
        return client("cloudtrail", place.account, place.region)


def _settings(properties: Properties) -> dict[str, Any]:
    return {name: properties.get(key, unsaid) for key, (name, unsaid) in _SETTINGS.items()}


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
