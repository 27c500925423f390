import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest
from moto.events.models import EventPattern, EventPatternParser

from blueprint.event_rows import EVENT_ROWS, ROOT_SIGN_IN_REGIONS, EventRow
from tests.blueprint.event_pairs import HEARD, NOT_HEARD
from tests.blueprint.recorded_events import Event, by_cloudtrail, by_root, call, recorded
from tests.blueprint.service_models import model, operations

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType

BY_NAME = {row.name: row for row in EVENT_ROWS}
# `eventSource` -> the SDK's name of the service, where it is another.
SDK_NAMES = {"access-analyzer": "accessanalyzer", "monitoring": "cloudwatch"}


def matches(pattern: object, event: Event) -> bool:
    """What the stand-in says; unlike EventBridge, it does not look into lists of objects."""
    parsed = EventPatternParser(json.dumps(pattern)).parse()
    message = cast("EventMessageType", _without_lists(event))
    return EventPattern(None, parsed).matches_event(message)


def _without_lists(event: Event) -> Event:
    # "Each event sends a single finding":
    # https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
    detail = event["detail"]
    if "findings" not in detail:
        return event
    (finding,) = detail["findings"]
    return event | {"detail": detail | {"findings": finding}}


def untrue(pattern: object, heard: list[Event], not_heard: list[Event]) -> list[Event]:
    """The events of which a rule says something else than it should."""
    return [
        *(event for event in heard if not matches(pattern, event)),
        *(event for event in not_heard if matches(pattern, event)),
    ]


def severities(pattern: object, under: str = "") -> Iterator[object]:
    """Every condition on a severity in a pattern."""
    if isinstance(pattern, dict):
        for key, value in pattern.items():
            yield from severities(value, f"{under}.{key}".lower())
    elif "severity" in under:
        yield pattern


def is_range(condition: object) -> bool:
    """Whether a condition is a numeric range, and nothing beside it."""
    if not isinstance(condition, list) or len(condition) != 1:
        return False
    (only,) = condition
    return isinstance(only, dict) and list(only) == ["numeric"] and "=" not in only["numeric"]


def test_every_rule_has_events_that_match_and_near_misses() -> None:
    assert list(HEARD) == list(NOT_HEARD) == [row.name for row in EVENT_ROWS]
    assert all(HEARD.values())
    assert all(NOT_HEARD.values())


@pytest.mark.parametrize("name", BY_NAME)
def test_a_rule_hears_its_events_and_no_near_miss(name: str) -> None:
    assert untrue(BY_NAME[name].pattern, HEARD[name], NOT_HEARD[name]) == []


def test_a_rule_that_hears_too_much_or_too_little_is_found() -> None:
    for name in BY_NAME:
        everything = {"version": ["0"]}
        assert untrue(everything, HEARD[name], NOT_HEARD[name]) == NOT_HEARD[name]
        assert untrue({"version": ["1"]}, HEARD[name], NOT_HEARD[name]) == HEARD[name]


def test_no_rule_hears_what_people_do_every_day() -> None:
    daily = [
        recorded("api-call"),
        recorded("console-sign-in"),
        recorded("assume-role"),
        call("ec2", "StartInstances"),
        by_root(),
    ]
    assert [
        row.name for row in EVENT_ROWS for e in daily if matches(row.pattern, by_cloudtrail(e))
    ] == []


def test_severities_are_ranges_and_never_lists() -> None:
    conditions = [found for row in EVENT_ROWS for found in severities(row.pattern)]
    assert len(conditions) == 2
    assert all(is_range(condition) for condition in conditions)


@pytest.mark.parametrize(
    "condition",
    [[4, 5, 6, 7, 8], ["HIGH", "CRITICAL"], [{"numeric": ["=", 8]}], [{"numeric": [">=", 4]}, 3]],
)
def test_a_list_of_severities_is_found(condition: list[Any]) -> None:
    (found,) = severities({"detail": {"findings": {"Severity": {"Label": condition}}}})
    assert not is_range(found)


def test_a_list_of_severities_would_miss_one_between() -> None:
    listed = {"detail": {"severity": [4, 5, 6, 7, 8, 9, 10]}}
    between = recorded("guardduty-finding", {"detail.severity": 4.5})
    assert not matches(listed, between)
    assert matches(BY_NAME["GuardDutyFinding"].pattern, between)


def watched(row: EventRow) -> tuple[list[str], list[str]]:
    """The services and the calls that a rule on CloudTrail's records is about."""
    detail = json.loads(json.dumps(row.pattern))["detail"]
    return detail.get("eventSource", []), detail.get("eventName", [])


@pytest.mark.parametrize("row", EVENT_ROWS, ids=lambda row: row.name)
def test_the_calls_are_ones_that_the_services_have(row: EventRow) -> None:
    services = [source.removesuffix(".amazonaws.com") for source in watched(row)[0]]
    calls = set(watched(row)[1])
    known = [operations(SDK_NAMES.get(service, service)) for service in services]
    assert calls <= frozenset().union(*known)
    # No service stands there for nothing.
    assert all(calls & of_service for of_service in known)


def test_patterns_are_no_longer_than_the_service_takes() -> None:
    longest = model("events").shape_for("EventPattern").metadata["max"]
    assert max(len(json.dumps(row.pattern)) for row in EVENT_ROWS) <= longest


def test_a_rule_on_sign_ins_of_root_says_where_they_happen() -> None:
    assert BY_NAME["RootSignIn"].regions == ROOT_SIGN_IN_REGIONS
    assert [row.name for row in EVENT_ROWS if row.regions] == ["RootSignIn"]
