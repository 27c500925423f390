"""Who hears of what: topics, their policies and subscriptions, and the rules that write to them."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, resource
from rehearsal.resources.clients import client

_LONGEST_RULE_NAME = 64


def _sns(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
    return client("sns", place.account, place.region)


@resource(
    "AWS::SNS::Topic", replaces=["TopicName"], in_place=["DisplayName", "KmsMasterKeyId", "Tags"]
)
class Topic(Resource):
    """A topic; subscriptions are resources of their own."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the topic."""
        name = properties.get("TopicName", place.generated_name())
        arn = _sns(place).create_topic(
            Name=name,
            Tags=[{"Key": key, "Value": value} for key, value in place.tags(properties).items()],
        )["TopicArn"]
        live = Live(arn, {"TopicArn": arn, "TopicName": name})
        return self.update(place, live, {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change name and key."""
        for attribute in ("DisplayName", "KmsMasterKeyId"):
            if old.get(attribute) != new.get(attribute):
                _set(place, live.physical_id, attribute, new.get(attribute, ""))
        if old and place.tags(old) != place.tags(new):
            tags = [{"Key": key, "Value": value} for key, value in place.tags(new).items()]
            gone = sorted(place.tags(old).keys() - place.tags(new).keys())
            _sns(place).untag_resource(ResourceArn=live.physical_id, TagKeys=gone)
            _sns(place).tag_resource(ResourceArn=live.physical_id, Tags=tags)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the topic."""
        _sns(place).delete_topic(TopicArn=live.physical_id)


def _set(place: Place, arn: str, attribute: str, value: str) -> None:
    _sns(place).set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=value)


@resource("AWS::SNS::TopicPolicy", in_place=["PolicyDocument", "Topics"])
class TopicPolicy(Resource):
    """The policy of one or more topics."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Set the policy."""
        return self.update(place, Live(place.generated_name()), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Set the policy, and give topics that are gone the policy of a new topic."""
        for arn in new["Topics"]:
            _set(place, arn, "Policy", json.dumps(new["PolicyDocument"]))
        for arn in set(old.get("Topics", [])) - set(new["Topics"]):
            _set(place, arn, "Policy", json.dumps(_of_a_new_topic(place, arn)))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Give the topics the policy of a new topic."""
        for arn in properties["Topics"]:
            _set(place, arn, "Policy", json.dumps(_of_a_new_topic(place, arn)))


def _of_a_new_topic(place: Place, arn: str) -> dict[str, Any]:
    """Whoever the account allows; a topic is never without a policy."""
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"],
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": place.account}},
            }
        ],
    }


@resource("AWS::SNS::Subscription", replaces=["Endpoint", "Protocol", "TopicArn"])
class Subscription(Resource):
    """Who gets a topic's messages; the stand-in confirms at once, where AWS sends a mail first."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Subscribe."""
        arn = _sns(place).subscribe(**properties, ReturnSubscriptionArn=True)["SubscriptionArn"]
        return Live(arn, {"Arn": arn})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Unsubscribe."""
        _sns(place).unsubscribe(SubscriptionArn=live.physical_id)


@resource(
    "AWS::Events::Rule",
    replaces=["Name"],
    in_place=["Description", "EventPattern", "State", "Targets"],
)
class Rule(Resource):
    """Which events go where."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the rule."""
        name = properties.get("Name", place.generated_name(_LONGEST_RULE_NAME))
        return self.update(place, Live(name), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write the rule, and change its targets."""
        events, name = self._client(place), live.physical_id
        arn = events.put_rule(
            Name=name,
            Description=new.get("Description", ""),
            EventPattern=json.dumps(new["EventPattern"]),
            State=new.get("State", "ENABLED"),
        )["RuleArn"]
        kept = {target["Id"] for target in new.get("Targets", [])}
        self._remove_targets(place, name, old, kept)
        if kept:
            events.put_targets(Rule=name, Targets=new["Targets"])
        return Live(name, {"Arn": arn})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Remove the targets and delete the rule."""
        self._remove_targets(place, live.physical_id, properties, set())
        self._client(place).delete_rule(Name=live.physical_id)

    def _remove_targets(self, place: Place, name: str, old: Properties, kept: set[str]) -> None:
        gone = sorted({target["Id"] for target in old.get("Targets", [])} - kept)
        if gone:
            self._client(place).remove_targets(Rule=name, Ids=gone)

    @staticmethod
    def _client(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
        return client("events", place.account, place.region)
