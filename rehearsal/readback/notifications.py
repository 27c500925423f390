"""Topics, subscriptions, event rules and analyzers: what the templates say, and what is live."""

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

# SNS gives every topic a policy of its own until somebody sets another.
_OF_A_NEW_TOPIC = "__default_policy_ID"


@states("AWS::SNS::Topic")
def _topic(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, DisplayName="", KmsMasterKeyId=None)
    yield Fact(("topic", it.physical_id), it.physical_id, value)


@states("AWS::SNS::TopicPolicy")
def _topic_policy(it: Deployed) -> Iterator[Fact]:
    for arn in it.properties["Topics"]:
        yield Fact(("topic policy", arn), arn, it.properties["PolicyDocument"])


@states("AWS::SNS::Subscription")
def _subscription(it: Deployed) -> Iterator[Fact]:
    arn = it.properties["TopicArn"]
    yield Fact(("subscription", arn, it.properties["Protocol"], it.properties["Endpoint"]), arn)


@states("AWS::Events::Rule")
def _rule(it: Deployed) -> Iterator[Fact]:
    value = settings(it.properties, Description="", EventPattern=None, State="ENABLED")
    value["Targets"] = _targets(it.properties.get("Targets", []))
    yield Fact(("event rule", it.physical_id), it.physical_id, value)


@states("AWS::AccessAnalyzer::Analyzer")
def _analyzer(it: Deployed) -> Iterator[Fact]:
    unused = it.properties.get("AnalyzerConfiguration", {}).get("UnusedAccessConfiguration", {})
    value: Value = {"Type": it.properties["Type"], "UnusedDays": unused.get("UnusedAccessAge")}
    yield Fact(("analyzer", it.physical_id), it.physical_id, value)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live; a subscription that nobody stated is a difference."""
    yield from _topics(account)
    yield from _rules(account)
    yield from _analyzers(account)


def _topics(account: Account) -> Iterator[Fact]:
    sns = account.stand_in.client("sns")
    for arn in account.ids("AWS::SNS::Topic"):
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        value = settings(attributes, DisplayName="", KmsMasterKeyId=None)
        yield Fact(("topic", arn), arn, value)
        policy = json.loads(attributes["Policy"])
        if policy.get("Id") != _OF_A_NEW_TOPIC:
            yield Fact(("topic policy", arn), arn, policy)
        for each in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
            yield Fact(("subscription", arn, each["Protocol"], each["Endpoint"]), arn)


def _rules(account: Account) -> Iterator[Fact]:
    events = account.stand_in.client("events")
    for name in account.ids("AWS::Events::Rule"):
        rule = events.describe_rule(Name=name)
        value: Value = {
            "Description": rule.get("Description", ""),
            "EventPattern": json.loads(rule["EventPattern"]),
            "State": rule["State"],
            "Targets": _targets(events.list_targets_by_rule(Rule=name)["Targets"]),
        }
        yield Fact(("event rule", name), name, value)


def _targets(targets: list[dict[str, Any]]) -> Value:
    return [
        {key: target.get(key) for key in ("Id", "Arn", "RoleArn")}
        for target in sorted(targets, key=lambda target: str(target["Id"]))
    ]


def _analyzers(account: Account) -> Iterator[Fact]:
    analyzer = account.stand_in.client("accessanalyzer")
    for arn in account.ids("AWS::AccessAnalyzer::Analyzer"):
        found = analyzer.get_analyzer(analyzerName=arn.rpartition("/")[2])["analyzer"]
        unused = (found.get("configuration") or {}).get("unusedAccess", {})
        value: Value = {"Type": found["type"], "UnusedDays": unused.get("unusedAccessAge")}
        yield Fact(("analyzer", arn), arn, value)
