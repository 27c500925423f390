"""What is counted in the logs, and what raises an alarm."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, only, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_TRANSFORMATION = {
    "DefaultValue": "defaultValue",
    "MetricName": "metricName",
    "MetricNamespace": "metricNamespace",
    "MetricValue": "metricValue",
    "Unit": "unit",
}
_SETTINGS = (
    "ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator",
    "DatapointsToAlarm", "Dimensions", "EvaluationPeriods", "InsufficientDataActions",
    "MetricName", "Namespace", "OKActions", "Period", "Statistic", "Threshold",
    "TreatMissingData", "Unit",
)  # fmt: skip
_NUMBERS = {"DatapointsToAlarm": int, "EvaluationPeriods": int, "Period": int, "Threshold": float}


@resource(
    "AWS::Logs::MetricFilter",
    replaces=["FilterName", "LogGroupName"],
    in_place=["FilterPattern", "MetricTransformations"],
)
class MetricFilter(Resource):
    """Which events of a log group count as a metric."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the filter."""
        name = properties.get("FilterName", place.generated_name())
        return self.update(place, Live(name), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write pattern and metric."""
        transformations: Any = [_transformation(each) for each in new["MetricTransformations"]]
        self._client(place).put_metric_filter(
            filterName=live.physical_id,
            filterPattern=new["FilterPattern"],
            logGroupName=new["LogGroupName"],
            metricTransformations=transformations,
        )
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the filter; what was counted stays."""
        self._client(place).delete_metric_filter(
            filterName=live.physical_id, logGroupName=properties["LogGroupName"]
        )

    @staticmethod
    def _client(place: Place) -> "CloudWatchLogsClient":
        logs: CloudWatchLogsClient = client("logs", place.account, place.region)
        return logs


def _transformation(said: Properties) -> dict[str, Any]:
    """The metric in the API's words."""
    only(_TRANSFORMATION, said, "MetricTransformations")
    named = {_TRANSFORMATION[key]: value for key, value in said.items()}
    if "defaultValue" in named:
        named["defaultValue"] = float(named["defaultValue"])
    return {**named, "metricValue": str(named["metricValue"])}


@resource("AWS::CloudWatch::Alarm", replaces=["AlarmName"], in_place=[*_SETTINGS, "Tags"])
class Alarm(Resource):
    """An alarm on one metric."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the alarm."""
        name = properties.get("AlarmName", place.generated_name())
        tags = [{"Key": key, "Value": value} for key, value in place.tags(properties).items()]
        self._put(place, name, properties, Tags=tags)
        arn = f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm:{name}"
        return Live(name, {"Arn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write the alarm anew: what the call does not say is said no more."""
        self._put(place, live.physical_id, new)
        before, after = place.tags(old), place.tags(new)
        if before != after:
            cloudwatch, arn = self._client(place), live.attributes["Arn"]
            cloudwatch.untag_resource(ResourceARN=arn, TagKeys=[*before])
            tags = [{"Key": key, "Value": value} for key, value in after.items()]
            cloudwatch.tag_resource(ResourceARN=arn, Tags=tags)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the alarm."""
        self._client(place).delete_alarms(AlarmNames=[live.physical_id])

    def _put(self, place: Place, name: str, properties: Properties, **more: object) -> None:
        said = {
            key: _NUMBERS[key](properties[key]) if key in _NUMBERS else properties[key]
            for key in _SETTINGS
            if key in properties
        }
        self._client(place).put_metric_alarm(AlarmName=name, **said, **more)

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
        return client("cloudwatch", place.account, place.region)
