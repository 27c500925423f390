"""Trails, metric filters and alarms: what the templates say, and what is live."""

from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_TRAIL: dict[str, Value] = {
    "CloudWatchLogsLogGroupArn": None,
    "CloudWatchLogsRoleArn": None,
    "IncludeGlobalServiceEvents": False,
    "IsMultiRegionTrail": False,
    "S3BucketName": None,
    "S3KeyPrefix": None,
}
# What a trail selects where nobody says.
_UNSAID: dict[str, Any] = {"IncludeManagementEvents": True, "ReadWriteType": "All"}
_ALARM: dict[str, Value] = {
    "ActionsEnabled": True,
    "AlarmActions": [],
    "ComparisonOperator": None,
    "DatapointsToAlarm": None,
    "EvaluationPeriods": None,
    "InsufficientDataActions": [],
    "MetricName": None,
    "Namespace": None,
    "OKActions": [],
    "Period": None,
    "Statistic": None,
    "TreatMissingData": None,
    "Unit": None,
}
_METRIC = ("MetricName", "MetricNamespace", "MetricValue", "Unit")


@states("AWS::CloudTrail::Trail")
def _trail(it: Deployed) -> Iterator[Fact]:
    said = it.properties
    value = settings(said, **_TRAIL)
    value["EnableLogFileValidation"] = said.get("EnableLogFileValidation", False)
    value["IsLogging"] = said["IsLogging"]
    value["Key"] = said.get("KMSKeyId")
    value["Selectors"] = _selectors(said)
    yield Fact(("trail", it.physical_id), it.physical_id, value)


@states("AWS::Logs::MetricFilter")
def _metric_filter(it: Deployed) -> Iterator[Fact]:
    said = it.properties
    metrics = [_metric(each, each.get("DefaultValue")) for each in said["MetricTransformations"]]
    yield _filter_fact(said["LogGroupName"], it.physical_id, said["FilterPattern"], metrics)


@states("AWS::CloudWatch::Alarm")
def _alarm(it: Deployed) -> Iterator[Fact]:
    yield _alarm_fact(it.physical_id, it.properties)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live; a metric filter that nobody stated, on a group of ours, is a difference."""
    yield from _trails(account)
    yield from _metric_filters(account)
    cloudwatch = account.stand_in.client("cloudwatch")
    if names := account.ids("AWS::CloudWatch::Alarm"):
        for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names):
            for alarm in page["MetricAlarms"]:
                yield _alarm_fact(alarm["AlarmName"], alarm)


def _trails(account: Account) -> Iterator[Fact]:
    cloudtrail = account.stand_in.client("cloudtrail")
    ours = set(account.ids("AWS::CloudTrail::Trail"))
    for trail in cloudtrail.describe_trails()["trailList"]:
        name = trail["Name"]
        if name in ours:
            value = {key: trail.get(key) or unsaid for key, unsaid in _TRAIL.items()}
            value["EnableLogFileValidation"] = trail["LogFileValidationEnabled"]
            value["IsLogging"] = cloudtrail.get_trail_status(Name=name)["IsLogging"]
            value["Key"] = trail.get("KmsKeyId") or None
            value["Selectors"] = _selectors(cloudtrail.get_event_selectors(TrailName=name))
            yield Fact(("trail", name), name, value)


def _selectors(said: dict[str, Any]) -> Value:
    """The selectors with what each leaves unsaid; a trail without any has the usual one."""
    if advanced := said.get("AdvancedEventSelectors"):
        value: Value = advanced
        return value
    selectors: Value = [
        {
            **_UNSAID,
            **{key: each[key] for key in _UNSAID if key in each},
            "DataResources": each.get("DataResources") or [],
            "ExcludeManagementEventSources": each.get("ExcludeManagementEventSources") or [],
        }
        for each in said.get("EventSelectors") or [{}]
    ]
    return selectors


def _metric_filters(account: Account) -> Iterator[Fact]:
    logs = account.stand_in.client("logs")
    ours = set(account.ids("AWS::Logs::LogGroup"))
    names = set(account.ids("AWS::Logs::MetricFilter"))
    for page in logs.get_paginator("describe_metric_filters").paginate():
        for each in page["metricFilters"]:
            if each["logGroupName"] in ours or each["filterName"] in names:
                metrics = [
                    _metric(
                        {key[0].upper() + key[1:]: value for key, value in metric.items()},
                        metric.get("defaultValue"),
                    )
                    for metric in each["metricTransformations"]
                ]
                yield _filter_fact(
                    each["logGroupName"], each["filterName"], each["filterPattern"], metrics
                )


def _metric(said: dict[str, Any], default: float | str | None) -> Value:
    value: dict[str, Value] = {key: said.get(key) for key in _METRIC}
    value["MetricValue"] = str(said["MetricValue"])
    value["DefaultValue"] = None if default is None else str(float(default))
    return value


def _filter_fact(group: str, name: str, pattern: str, metrics: list[Value]) -> Fact:
    value: Value = {"FilterPattern": pattern, "Metrics": metrics}
    return Fact(("metric filter", group, name), name, value)


def _alarm_fact(name: str, said: dict[str, Any]) -> Fact:
    value = settings(said, **_ALARM)
    value["Threshold"] = None if "Threshold" not in said else str(float(said["Threshold"]))
    value["Dimensions"] = {each["Name"]: each["Value"] for each in said.get("Dimensions") or []}
    return Fact(("alarm", name), name, value)
