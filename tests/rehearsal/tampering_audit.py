"""Changes that somebody makes by hand so that nobody watches any more."""

import json
from collections.abc import Callable
from typing import Any

from tests.rehearsal.live import OPEN_POLICY, Live, Tampering, Undo

# The trail


def _trail(**changed: object) -> Callable[[Live], Undo]:
    """Change settings of the trail, and put back what the template says."""

    def tamper(live: Live) -> Undo:
        trail = live.one("AWS::CloudTrail::Trail")
        cloudtrail, name = live.stand_in.client("cloudtrail"), trail.physical_id
        proper = {key: trail.properties[key] for key in changed}
        cloudtrail.update_trail(Name=name, **changed)
        return lambda: cloudtrail.update_trail(Name=name, **proper)

    return tamper


def _stop_trail(live: Live) -> Undo:
    cloudtrail = live.stand_in.client("cloudtrail")
    name = live.one("AWS::CloudTrail::Trail").physical_id
    cloudtrail.stop_logging(Name=name)
    return lambda: cloudtrail.start_logging(Name=name)


def _select_less(live: Live) -> Undo:
    cloudtrail = live.stand_in.client("cloudtrail")
    name = live.one("AWS::CloudTrail::Trail").physical_id
    found = cloudtrail.get_event_selectors(TrailName=name)
    every = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    proper = found["EventSelectors"] or every
    less = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=less)
    return lambda: cloudtrail.put_event_selectors(TrailName=name, EventSelectors=proper)


def _forget_key(live: Live) -> Undo:
    trail = live.one("AWS::CloudTrail::Trail")
    cloudtrail, name = live.stand_in.client("cloudtrail"), trail.physical_id
    cloudtrail.update_trail(Name=name, KmsKeyId="")
    return lambda: cloudtrail.update_trail(Name=name, KmsKeyId=trail.properties["KMSKeyId"])


# What is counted, and what raises an alarm


def _filter(live: Live) -> dict[str, Any]:
    """The first metric filter, as a call writes it."""
    said = live.one("AWS::Logs::MetricFilter")
    logs = live.stand_in.client("logs")
    found = logs.describe_metric_filters(
        logGroupName=said.properties["LogGroupName"], filterNamePrefix=said.physical_id
    )["metricFilters"][0]
    keys = ("filterName", "filterPattern", "logGroupName", "metricTransformations")
    return {key: found[key] for key in keys}


def _count_nothing(live: Live) -> Undo:
    logs, proper = live.stand_in.client("logs"), _filter(live)
    logs.put_metric_filter(**{**proper, "filterPattern": '{ $.eventName = "Nothing" }'})
    return lambda: logs.put_metric_filter(**proper)


def _add_filter(live: Live) -> Undo:
    logs, each = live.stand_in.client("logs"), _filter(live)
    other = {**each, "filterName": "another"}
    logs.put_metric_filter(**other)
    return lambda: logs.delete_metric_filter(
        filterName="another", logGroupName=each["logGroupName"]
    )


def _alarm(number: int, **changed: object) -> Callable[[Live], Undo]:
    """Change an alarm, another one for each tampering where there are so many."""

    def tamper(live: Live) -> Undo:
        alarms = [
            each
            for each in live.resources.values()
            if each.resource_type == "AWS::CloudWatch::Alarm" and "MetricName" in each.properties
        ]
        cloudwatch, alarm = live.stand_in.client("cloudwatch"), alarms[number % len(alarms)]
        said = {key: value for key, value in alarm.properties.items() if key != "Tags"}
        proper = {**said, "AlarmName": alarm.physical_id}
        # As it is now: of few alarms, one is tampered with twice.
        (found,) = cloudwatch.describe_alarms(AlarmNames=[alarm.physical_id])["MetricAlarms"]
        now = {key: found[key] for key in proper}
        cloudwatch.put_metric_alarm(**{**now, **changed})
        return lambda: cloudwatch.put_metric_alarm(**proper)

    return tamper


# Config


def _stop_recorder(live: Live) -> Undo:
    config = live.stand_in.client("config")
    recorder = {
        "ConfigurationRecorderName": live.one("AWS::Config::ConfigurationRecorder").physical_id
    }
    config.stop_configuration_recorder(**recorder)
    return lambda: config.start_configuration_recorder(**recorder)


def _record_less(live: Live) -> Undo:
    config = live.stand_in.client("config")
    (found,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    fixed = {"name": found["name"], "roleARN": found["roleARN"]}
    buckets = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}
    config.put_configuration_recorder(ConfigurationRecorder={**fixed, "recordingGroup": buckets})
    everything = {
        key: found["recordingGroup"][key] for key in ("allSupported", "includeGlobalResourceTypes")
    }
    return lambda: config.put_configuration_recorder(
        ConfigurationRecorder={**fixed, "recordingGroup": everything}
    )


def _deliver_seldom(live: Live) -> Undo:
    config = live.stand_in.client("config")
    (proper,) = config.describe_delivery_channels()["DeliveryChannels"]
    seldom = {"deliveryFrequency": "Six_Hours"}
    config.put_delivery_channel(
        DeliveryChannel={**proper, "configSnapshotDeliveryProperties": seldom}
    )
    return lambda: config.put_delivery_channel(DeliveryChannel=proper)


def _loosen_rule(live: Live) -> Undo:
    config = live.stand_in.client("config")
    name = live.one(
        "AWS::Config::ConfigRule",
        Source={"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"},
    ).physical_id
    (found,) = config.describe_config_rules(ConfigRuleNames=[name])["ConfigRules"]
    made = ("ConfigRuleArn", "ConfigRuleId", "ConfigRuleState")
    proper = {key: value for key, value in found.items() if key not in made}
    loose = {**proper, "InputParameters": '{"maxAccessKeyAge": "3650"}'}
    config.put_config_rule(ConfigRule=loose)
    return lambda: config.put_config_rule(ConfigRule=proper)


# Detection, inventory, scopes, who is told


def _detector(**changed: object) -> Callable[[Live], Undo]:
    def tamper(live: Live) -> Undo:
        guardduty = live.stand_in.client("guardduty")
        detector = live.one("AWS::GuardDuty::Detector").physical_id
        found = guardduty.get_detector(DetectorId=detector)
        proper = {
            "Enable": found["Status"] == "ENABLED",
            "FindingPublishingFrequency": found["FindingPublishingFrequency"],
        }
        guardduty.update_detector(DetectorId=detector, **changed)
        return lambda: guardduty.update_detector(
            DetectorId=detector, **{key: proper[key] for key in changed}
        )

    return tamper


def _association(changed: dict[str, Any]) -> Callable[[Live], Undo]:
    def tamper(live: Live) -> Undo:
        ssm = live.stand_in.client("ssm")
        association = live.one("AWS::SSM::Association")
        proper = {**association.properties, "AssociationId": association.physical_id}
        ssm.update_association(**{**proper, **changed})
        return lambda: ssm.update_association(**proper)

    return tamper


def _silence_rule(live: Live) -> Undo:
    events, rule = live.stand_in.client("events"), live.one("AWS::Events::Rule")
    events.disable_rule(Name=rule.physical_id)
    state = rule.properties.get("State", "ENABLED")
    proper = {
        "Description": rule.properties.get("Description", ""),
        "EventPattern": json.dumps(rule.properties["EventPattern"]),
        "State": state,
    }
    return lambda: events.put_rule(Name=rule.physical_id, **proper)


def _point_nowhere(live: Live) -> Undo:
    events, rule = live.stand_in.client("events"), live.one("AWS::Events::Rule")
    targets = rule.properties["Targets"]
    events.remove_targets(Rule=rule.physical_id, Ids=[each["Id"] for each in targets])
    return lambda: events.put_targets(Rule=rule.physical_id, Targets=targets)


def _open_topic(live: Live) -> Undo:
    sns, said = live.stand_in.client("sns"), live.one("AWS::SNS::TopicPolicy").properties

    def give(policy: str) -> None:
        for arn in said["Topics"]:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    give(OPEN_POLICY)
    return lambda: give(json.dumps(said["PolicyDocument"]))


def _tell_somebody_else(live: Live) -> Undo:
    sns = live.stand_in.client("sns")
    topic = live.one("AWS::SNS::Topic").physical_id
    added = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="mallory@example.com")
    return lambda: sns.unsubscribe(SubscriptionArn=added["SubscriptionArn"])


AUDIT: dict[str, Tampering] = {
    "trail stopped": (_stop_trail, "trail .*live is .*IsLogging = False"),
    "trail of one region": (
        _trail(IsMultiRegionTrail=False),
        "trail .*live is .*IsMultiRegionTrail = False",
    ),
    "trail not validated": (
        _trail(EnableLogFileValidation=False),
        "trail .*live is .*EnableLogFileValidation = False",
    ),
    "trail without its key": (_forget_key, "trail .*live is .*Key = None"),
    "trail hears less": (_select_less, "trail .*live is .*'ReadWriteType': 'ReadOnly'"),
    "filter counts nothing": (_count_nothing, 'metric filter .*live is .*"Nothing"'),
    "filter added": (_add_filter, "metric filter .* another: the template says nothing"),
    "alarm late": (_alarm(0, Threshold=1000.0), "alarm .*live is .*Threshold = 1000.0"),
    "alarm silent": (_alarm(1, AlarmActions=[]), r"alarm .*live is .*AlarmActions = \[\]"),
    "recorder stopped": (_stop_recorder, "configuration recorder .*live is .*Recording = False"),
    "recorder records less": (
        _record_less,
        "configuration recorder .*live is .*AllSupported = False",
    ),
    "delivered seldom": (_deliver_seldom, "delivery channel .*live is .*Six_Hours"),
    "rule loosened": (_loosen_rule, "Config rule .*live is .*'maxAccessKeyAge': '3650'"),
    "detector off": (_detector(Enable=False), "detector .*live is .*Enable = False"),
    "inventory elsewhere": (
        _association({"Targets": [{"Key": "tag:blueprint:tier", "Values": ["none"]}]}),
        "association .*live is .*'none'",
    ),
    "event rule silent": (_silence_rule, "event rule .*live is .*State = DISABLED"),
    "event rule tells nobody": (_point_nowhere, r"event rule .*live is .*Targets = \[\]"),
    "topic opened": (
        _open_topic,
        r"topic policy .*live is .*'Action': '\*'|topic policy .*Statement",
    ),
    "somebody else told": (_tell_somebody_else, "subscription .*mallory@example.com: .* nothing"),
}


# What no environment of ours has yet, and what nobody can undo


def _repair_by_hand(live: Live) -> Undo:
    config = live.stand_in.client("config")
    proper = live.one("AWS::Config::RemediationConfiguration").properties
    by_hand = {**proper, "Automatic": False}
    config.put_remediation_configurations(RemediationConfigurations=[by_hand])
    return lambda: config.put_remediation_configurations(RemediationConfigurations=[proper])


def _check_by_hand(live: Live) -> Undo:
    hub = live.stand_in.client("securityhub")
    hub.update_security_hub_configuration(AutoEnableControls=False)
    return lambda: hub.update_security_hub_configuration(AutoEnableControls=True)


def _exchange_standard(live: Live) -> Undo:
    hub = live.stand_in.client("securityhub")
    standard = live.one("AWS::SecurityHub::Standard")
    other = "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
    hub.batch_disable_standards(StandardsSubscriptionArns=[standard.physical_id])
    added = hub.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": other}])[
        "StandardsSubscriptions"
    ][0]["StandardsSubscriptionArn"]

    def undo() -> None:
        hub.batch_disable_standards(StandardsSubscriptionArns=[added])
        proper = [{"StandardsArn": standard.properties["StandardsArn"]}]
        hub.batch_enable_standards(StandardsSubscriptionRequests=proper)

    return undo


def _keep_shorter(live: Live) -> Undo:
    bucket = live.one("AWS::S3::Bucket", ObjectLockEnabled=True)
    s3, name = live.stand_in.client("s3"), bucket.physical_id
    proper = bucket.properties["ObjectLockConfiguration"]
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    return lambda: s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=proper)


REPAIR: dict[str, Tampering] = {
    "repaired by hand": (_repair_by_hand, "remediation .*live is Automatic = False"),
}

SWITCHED_ON: dict[str, Tampering] = {
    "files not kept": (_keep_shorter, "lock .*live is Days = 0, Mode = None"),
    "checked by hand": (_check_by_hand, "security hub .*live is AutoEnableControls = False"),
    "standard removed": (_exchange_standard, "standard .*best-practices.*: .* live is nothing"),
    "standard added": (lambda _: lambda: None, "standard .*cis.*: the template says nothing"),
}


def _delete(service: str, call: str, key: str, resource_type: str) -> Callable[[Live], object]:
    """Delete an object; nobody can make it again with the same id."""

    def tamper(live: Live) -> object:
        identity = live.one(resource_type).physical_id
        return getattr(live.stand_in.client(service), call)(**{key: identity})

    return tamper


GONE: dict[str, tuple[Callable[[Live], object], str]] = {
    "trail": (
        _delete("cloudtrail", "delete_trail", "Name", "AWS::CloudTrail::Trail"),
        r"Small/Trail: .* live is nothing",
    ),
    "detector": (
        _delete("guardduty", "delete_detector", "DetectorId", "AWS::GuardDuty::Detector"),
        r"Small/Detector: .* live is nothing",
    ),
    "access scope": (
        _delete(
            "ec2",
            "delete_network_insights_access_scope",
            "NetworkInsightsAccessScopeId",
            "AWS::EC2::NetworkInsightsAccessScope",
        ),
        r"Small/Scope: .* live is nothing",
    ),
    "association": (
        _delete("ssm", "delete_association", "AssociationId", "AWS::SSM::Association"),
        r"Small/Inventory: .* live is nothing",
    ),
    "hub": (
        lambda live: live.stand_in.client("securityhub").disable_security_hub(),
        r"Small/Hub: .* live is nothing",
    ),
}
