import re
import tomllib

import pytest

from blueprint.alarm_rows import ALARM_NAMES, ALARMS, Alarm, role_alarms
from blueprint.filter_patterns import LONGEST_PATTERN
from tests.blueprint.alarm_pairs import EMERGENCY_ROLE, HEARD, NOT_HEARD, PARTNER_ROLE
from tests.blueprint.filter_pattern import Event, matches
from tests.blueprint.recorded_events import EVENTS, by_root, call, recorded
from tests.blueprint.service_models import model, operations

ALL = (*ALARMS, *role_alarms(cross_account_role=PARTNER_ROLE, break_glass_role=EMERGENCY_ROLE))
BY_NAME = {alarm.name: alarm for alarm in ALL}
BENCHMARK: dict[str, list[str]] = tomllib.loads((EVENTS / "benchmark.toml").read_text())
# S3's names in CloudTrail where those of its API are others:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
S3_IN_CLOUDTRAIL = {
    "DeleteAccountPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "PutAccountPublicAccessBlock",
    "PutBucketPublicAccessBlock",
}


def service_and_calls(alarm: Alarm) -> tuple[str, list[str]]:
    """What a pattern of calls is about; no calls where it looks at something else."""
    service = re.search(r'eventSource = "([a-z0-9]+)\.amazonaws\.com"', alarm.pattern)
    return (service[1] if service else ""), re.findall(r'eventName = "(\w+)"', alarm.pattern)


def untrue(alarm: Alarm, heard: list[Event], not_heard: list[Event]) -> list[Event]:
    """The events of which an alarm says something else than it should."""
    return [
        *(event for event in heard if not matches(alarm.pattern, event)),
        *(event for event in not_heard if matches(alarm.pattern, event)),
    ]


def test_every_alarm_has_events_that_match_and_near_misses() -> None:
    names = [alarm.name for alarm in ALL]
    assert list(HEARD) == list(NOT_HEARD) == names == list(ALARM_NAMES)
    assert all(HEARD.values())
    assert all(NOT_HEARD.values())


@pytest.mark.parametrize("name", BY_NAME)
def test_an_alarm_hears_its_events_and_no_near_miss(name: str) -> None:
    assert untrue(BY_NAME[name], HEARD[name], NOT_HEARD[name]) == []


def test_an_alarm_that_hears_too_much_or_too_little_is_found() -> None:
    everything = Alarm("X", (), None, "", "{ $.eventVersion = 1* }")
    nothing = Alarm("X", (), None, "", "{ $.eventVersion = none }")
    for name in BY_NAME:
        assert untrue(everything, HEARD[name], NOT_HEARD[name]) == NOT_HEARD[name]
        assert untrue(nothing, HEARD[name], NOT_HEARD[name]) == HEARD[name]


def test_no_alarm_hears_what_people_do_every_day() -> None:
    daily = [
        recorded("api-call"),
        recorded("console-sign-in"),
        call("ec2", "StartInstances"),
        call("s3", "GetBucketLocation"),
        recorded("assume-role", {"requestParameters.roleArn": "arn:aws:iam::111122223333:role/x"}),
    ]
    assert [(a.name, e["eventName"]) for a in ALL for e in daily if matches(a.pattern, e)] == []


def test_the_recommendations_4_1_to_4_15_of_the_benchmark_have_one_alarm_each() -> None:
    assert sorted(alarm.cis for alarm in ALL if alarm.cis) == sorted(BENCHMARK)
    assert sorted(BENCHMARK) == sorted(f"4.{number}" for number in range(1, 16))


@pytest.mark.parametrize("alarm", [alarm for alarm in ALL if alarm.cis], ids=lambda a: a.name)
def test_every_call_that_the_benchmark_names_is_heard(alarm: Alarm) -> None:
    service, _ = service_and_calls(alarm)
    unheard = [
        name
        for name in BENCHMARK[alarm.cis or ""]
        if not matches(alarm.pattern, call(service, name))
    ]
    assert unheard == []


def test_a_call_that_a_pattern_lacks_is_found() -> None:
    pattern = BY_NAME["VpcChanges"].pattern.replace('"DeleteVpc"', '"DeleteVPC"')
    assert not matches(pattern, call("ec2", "DeleteVpc"))


def test_unauthorized_calls_as_the_benchmark_prints_them_would_be_all_calls() -> None:
    printed = (
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || '
        '($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }'
    )
    assert matches(printed, recorded("api-call"))
    assert not matches(BY_NAME["UnauthorizedCalls"].pattern, recorded("api-call"))


def test_root_in_the_console_is_missed_as_the_benchmark_prints_it() -> None:
    printed = (
        '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
        '&& $.eventType != "AwsServiceEvent" }'
    )
    event = by_root({"userIdentity.invokedBy": "signin.amazonaws.com"})
    assert not matches(printed, event)
    assert matches(BY_NAME["RootActivity"].pattern, event)


@pytest.mark.parametrize("alarm", ALL, ids=lambda a: a.name)
def test_the_calls_are_ones_that_the_services_have(alarm: Alarm) -> None:
    service, calls = service_and_calls(alarm)
    if not service:
        assert set(calls) <= {"ConsoleLogin", "HeadBucket"}
        return
    assert calls
    assert (
        set(calls) - operations(service) - (S3_IN_CLOUDTRAIL if service == "s3" else set()) == set()
    )
    assert len(set(calls)) == len(calls)


def test_patterns_are_no_longer_than_the_service_takes() -> None:
    assert model("logs").shape_for("FilterPattern").metadata["max"] == LONGEST_PATTERN
    longest = max(ALL, key=lambda alarm: len(alarm.pattern))
    assert len(longest.pattern) <= LONGEST_PATTERN, longest.name


def test_a_role_that_an_environment_lacks_has_no_alarm() -> None:
    assert role_alarms() == ()
    (only,) = role_alarms(break_glass_role=EMERGENCY_ROLE)
    assert only.name == "BreakGlassRoleAssumed"
