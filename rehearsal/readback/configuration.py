"""Config: what the templates say of recorder, channel, rules and repair, and what is live."""

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_RULE: dict[str, Value] = {"Description": None, "MaximumExecutionFrequency": None}
_SOURCE: dict[str, Value] = {"Owner": None, "SourceIdentifier": None}
# What Config does where a remediation is silent:
# https://docs.aws.amazon.com/config/latest/APIReference/API_RemediationConfiguration.html
_REMEDIATION: dict[str, Value] = {
    "Automatic": False,
    "MaximumAutomaticAttempts": 5,
    "Parameters": {},
    "ResourceType": None,
    "RetryAttemptSeconds": 60,
    "TargetId": None,
    "TargetType": None,
    "TargetVersion": None,
}
_CHANNEL = ("s3BucketName", "s3KeyPrefix", "s3KmsKeyArn", "snsTopicARN")


@states("AWS::Config::ConfigurationRecorder")
def _recorder(it: Deployed) -> Iterator[Fact]:
    group = it.properties.get("RecordingGroup", {"AllSupported": True})
    said = {key[0].lower() + key[1:]: value for key, value in group.items()}
    yield _recorder_fact(it.physical_id, it.properties["RoleARN"], said, recording=True)


@states("AWS::Config::DeliveryChannel")
def _channel(it: Deployed) -> Iterator[Fact]:
    said = {key[0].lower() + key[1:]: value for key, value in it.properties.items()}
    snapshots = it.properties.get("ConfigSnapshotDeliveryProperties", {})
    yield _channel_fact(it.physical_id, said, snapshots.get("DeliveryFrequency"))


@states("AWS::Config::ConfigRule")
def _rule(it: Deployed) -> Iterator[Fact]:
    yield _rule_fact(it.physical_id, it.properties)


@states("AWS::Config::RemediationConfiguration")
def _remediation(it: Deployed) -> Iterator[Fact]:
    yield _remediation_fact(it.properties)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live; an account and region has one recorder and one channel."""
    config = account.stand_in.client("config")
    if recorders := account.ids("AWS::Config::ConfigurationRecorder"):
        statuses = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        recording = {status["name"]: status["recording"] for status in statuses}
        for each in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            name = each["name"]
            if name in recorders:
                yield _recorder_fact(
                    name, each["roleARN"], each["recordingGroup"], recording=recording[name]
                )
    if channels := account.ids("AWS::Config::DeliveryChannel"):
        for each in config.describe_delivery_channels()["DeliveryChannels"]:
            if each["name"] in channels:
                snapshots = each.get("configSnapshotDeliveryProperties", {})
                yield _channel_fact(each["name"], each, snapshots.get("deliveryFrequency"))
    yield from _rules(account)


def _rules(account: Account) -> Iterator[Fact]:
    """The stacks' rules, and what repairs for them, whoever said so."""
    config = account.stand_in.client("config")
    ours = set(account.ids("AWS::Config::ConfigRule"))
    pages = config.get_paginator("describe_config_rules").paginate() if ours else ()
    found = [rule for page in pages for rule in page["ConfigRules"]]
    for rule in found:
        if rule["ConfigRuleName"] in ours:
            yield _rule_fact(rule["ConfigRuleName"], rule)
    live = sorted(rule["ConfigRuleName"] for rule in found if rule["ConfigRuleName"] in ours)
    if live:
        answer = config.describe_remediation_configurations(ConfigRuleNames=live)
        for each in answer["RemediationConfigurations"]:
            yield _remediation_fact(each)


def _recorder_fact(name: str, role: str, group: dict[str, Any], *, recording: bool) -> Fact:
    value: Value = {
        "AllSupported": group.get("allSupported", False),
        "IncludeGlobalResourceTypes": group.get("includeGlobalResourceTypes", False),
        "Recording": recording,
        "ResourceTypes": sorted(group.get("resourceTypes", [])),
        "RoleARN": role,
    }
    return Fact(("configuration recorder", name), name, value)


def _channel_fact(name: str, said: dict[str, Any], frequency: str | None) -> Fact:
    value: dict[str, Value] = {key: said.get(key) for key in _CHANNEL}
    value["DeliveryFrequency"] = frequency
    return Fact(("delivery channel", name), name, value)


def _rule_fact(name: str, said: dict[str, Any]) -> Fact:
    value = {**settings(said, **_RULE), **settings(said["Source"], **_SOURCE)}
    given = said.get("InputParameters") or {}
    read = json.loads(given) if isinstance(given, str) else given
    value["InputParameters"] = {key: str(each).lower() for key, each in read.items()}
    value["Scope"] = (said.get("Scope") or {}).get("ComplianceResourceTypes", [])
    return Fact(("Config rule", name), name, value)


def _remediation_fact(said: dict[str, Any]) -> Fact:
    value = settings(said, **_REMEDIATION)
    for number in ("MaximumAutomaticAttempts", "RetryAttemptSeconds"):
        value[number] = int(str(value[number]))
    name = said["ConfigRuleName"]
    return Fact(("remediation", name), name, value)
