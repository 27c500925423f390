"""Detector, hub and standards: what the templates say, and what is live."""

from collections.abc import Iterator

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

_HUB: dict[str, Value] = {
    "AutoEnableControls": True,
    "ControlFindingGenerator": "SECURITY_CONTROL",
}


@states("AWS::GuardDuty::Detector")
def _detector(it: Deployed) -> Iterator[Fact]:
    features = {each["Name"]: each["Status"] for each in it.properties.get("Features", [])}
    frequency = it.properties.get("FindingPublishingFrequency", "SIX_HOURS")
    yield _detector_fact(it.physical_id, frequency, features, enabled=it.properties["Enable"])


@states("AWS::SecurityHub::Hub")
def _hub(it: Deployed) -> Iterator[Fact]:
    yield Fact(("security hub", it.physical_id), it.physical_id, settings(it.properties, **_HUB))


@states("AWS::SecurityHub::Standard")
def _standard(it: Deployed) -> Iterator[Fact]:
    yield Fact(("standard", it.properties["StandardsArn"]), it.physical_id)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live; a standard that nobody stated is a difference."""
    guardduty = account.stand_in.client("guardduty")
    live = set(guardduty.list_detectors()["DetectorIds"])
    for detector in account.ids("AWS::GuardDuty::Detector"):
        if detector in live:
            found = guardduty.get_detector(DetectorId=detector)
            features = {each["Name"]: each["Status"] for each in found.get("Features", [])}
            frequency, enabled = found["FindingPublishingFrequency"], found["Status"] == "ENABLED"
            yield _detector_fact(detector, frequency, features, enabled=enabled)
    yield from _hubs(account)


def _hubs(account: Account) -> Iterator[Fact]:
    client = account.stand_in.client("securityhub")
    for arn in account.ids("AWS::SecurityHub::Hub"):
        try:
            hub = client.describe_hub(HubArn=arn)
        except client.exceptions.InvalidAccessException:
            continue  # somebody disabled it, which is a difference
        yield Fact(("security hub", arn), arn, settings(hub, **_HUB))
        for each in client.get_enabled_standards()["StandardsSubscriptions"]:
            standard, subscription = each["StandardsArn"], each["StandardsSubscriptionArn"]
            yield Fact(("standard", standard), subscription)


def _detector_fact(
    detector: str, frequency: str, features: dict[str, Value], *, enabled: bool
) -> Fact:
    value: Value = {
        "Enable": enabled,
        "Features": features,
        "FindingPublishingFrequency": frequency,
    }
    return Fact(("detector", detector), detector, value)
