"""The order of a stack is one that its template promises."""

from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from rehearsal.order import in_order, refuse_chance, refuse_waiting_for_itself

RECORDER: dict[str, Any] = {"Type": "AWS::Config::ConfigurationRecorder"}
CHANNEL: dict[str, Any] = {"Type": "AWS::Config::DeliveryChannel"}
RULE: dict[str, Any] = {"Type": "AWS::Config::ConfigRule"}
BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket"}
TRAIL: dict[str, Any] = {"Type": "AWS::CloudTrail::Trail"}


def _after(definition: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**definition, "DependsOn": [*names]}


def test_references_come_first() -> None:
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${Policy}"}}}
    definitions = {"Topic": topic, "Policy": policy, "Bucket": BUCKET}
    assert in_order(definitions) == ["Bucket", "Policy", "Topic"]


HUB: dict[str, Any] = {"Type": "AWS::SecurityHub::Hub"}
STANDARD: dict[str, Any] = {"Type": "AWS::SecurityHub::Standard"}


def _policy_of(bucket: object) -> dict[str, Any]:
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": bucket}}


def _into(definition: dict[str, Any], bucket: object) -> dict[str, Any]:
    return {**definition, "Properties": {"S3BucketName": bucket}}


def _as(role: object) -> dict[str, Any]:
    return {**TRAIL, "Properties": {"CloudWatchLogsRoleArn": role}}


ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
ROLES = {"Properties": {"Roles": [{"Ref": "Role"}]}}
RELIANCES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "trail": (_into(TRAIL, {"Ref": "B"}), _policy_of({"Ref": "B"}), "InsufficientS3BucketPolicy"),
    "trail by name": (_into(TRAIL, "b"), _policy_of("b"), "InsufficientS3BucketPolicy"),
    "trail with a role": (
        _as(ROLE),
        {"Type": "AWS::IAM::ManagedPolicy", **ROLES},
        "InvalidCloudWatchLogsLogGroupArn",
    ),
    "trail with a role of its own policy": (
        _as({"Fn::Sub": "${Role.Arn}"}),
        {"Type": "AWS::IAM::Policy", **ROLES},
        "InvalidCloudWatchLogsLogGroupArn",
    ),
    "channel": (
        _into(CHANNEL, {"Ref": "B"}),
        _policy_of({"Ref": "B"}),
        "InsufficientDeliveryPolicy",
    ),
    "rule": (RULE, RECORDER, "NoAvailableConfigurationRecorder"),
    "standard": (STANDARD, HUB, "InvalidAccess"),
}


@pytest.mark.parametrize("reliance", RELIANCES)
def test_order_that_works_by_chance_is_refused(reliance: str) -> None:
    one, other, error = RELIANCES[reliance]
    refused = rf"One \(AWS::.*\) does not depend on Other \(AWS::.*\): AWS answers {error}"
    with pytest.raises(ValidationError, match=refused):
        refuse_chance({"Other": other, "One": one})
    refuse_chance({"Other": other, "One": _after(one, "Other")})
    between = {"Other": other, "Between": _after(BUCKET, "Other")}
    refuse_chance({**between, "One": _after(one, "Between")})


def test_what_is_no_concern_of_one_is_not_asked_for() -> None:
    trail = _into(TRAIL, {"Ref": "Bucket"})
    refuse_chance({"Policy": _policy_of({"Ref": "Other"}), "Trail": trail})
    refuse_chance({"Rule": RULE, "Channel": CHANNEL})


def test_recorder_is_complete_when_its_channel_is_there() -> None:
    rule = _after(RULE, "Recorder")
    order = in_order({"Rule": rule, "Channel": CHANNEL, "Recorder": RECORDER})
    assert order == ["Recorder", "Channel", "Rule"]


def test_recorder_stops_before_its_channel_goes() -> None:
    rule = _after(RULE, "Recorder")
    order = in_order({"Rule": rule, "Channel": CHANNEL, "Recorder": RECORDER}, deleting=True)
    assert order == ["Channel", "Recorder", "Rule"]


def test_channel_that_depends_on_the_recorder_is_refused() -> None:
    between = _after(BUCKET, "Recorder")
    definitions = {"Recorder": RECORDER, "Between": between, "Channel": _after(CHANNEL, "Between")}
    with pytest.raises(ValidationError, match="Recorder waits for Channel, which depends on"):
        refuse_waiting_for_itself(definitions, {})
    refuse_waiting_for_itself(definitions, {"Recorder"})
    assert in_order(definitions) == ["Recorder", "Between", "Channel"]


def test_recorder_that_depends_on_its_channel_comes_after_it() -> None:
    definitions = {"Recorder": _after(RECORDER, "Channel"), "Channel": CHANNEL}
    refuse_waiting_for_itself(definitions, {})
    assert in_order(definitions) == ["Channel", "Recorder"]
