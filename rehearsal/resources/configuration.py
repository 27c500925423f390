"""AWS Config: the recorder, where it delivers, the rules, and what repairs."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

import json
from typing import Any

from rehearsal.resources.base import Live, Place, Properties, Resource, only, resource
from rehearsal.resources.clients import client

_CHANNEL = "AWS::Config::DeliveryChannel"
_LONGEST_RULE_NAME = 128
_RULE = ("Description", "MaximumExecutionFrequency", "Scope", "Source")
_REMEDIATION = (
    "Automatic", "ExecutionControls", "MaximumAutomaticAttempts", "Parameters", "ResourceType",
    "RetryAttemptSeconds", "TargetId", "TargetType", "TargetVersion",
)  # fmt: skip


def _config(place: Place) -> Any:  # noqa: ANN401 - `client` cannot know
    return client("config", place.account, place.region)


@resource(
    "AWS::Config::ConfigurationRecorder",
    replaces=["Name"],
    in_place=["RecordingGroup", "RoleARN"],
    waits_for=_CHANNEL,
)
class ConfigurationRecorder(Resource):
    """The recorder; CloudFormation starts it when there is a delivery channel."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the recorder; an account and region has one."""
        name = properties.get("Name", place.generated_name())
        self._put(place, name, properties)
        # A channel that is made along starts it.
        if _config(place).describe_delivery_channels()["DeliveryChannels"]:
            _config(place).start_configuration_recorder(ConfigurationRecorderName=name)
        return Live(name)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change what is recorded, and as whom."""
        self._put(place, live.physical_id, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Stop and delete it."""
        _config(place).stop_configuration_recorder(ConfigurationRecorderName=live.physical_id)
        _config(place).delete_configuration_recorder(ConfigurationRecorderName=live.physical_id)

    @staticmethod
    def _put(place: Place, name: str, properties: Properties) -> None:
        recorder = {"name": name, "roleARN": properties["RoleARN"]}
        if group := properties.get("RecordingGroup"):
            recorder["recordingGroup"] = {_small(key): value for key, value in group.items()}
        _config(place).put_configuration_recorder(ConfigurationRecorder=recorder)


def _small(name: str) -> str:
    return name[0].lower() + name[1:]


@resource(
    _CHANNEL,
    replaces=["Name"],
    in_place=[
        "ConfigSnapshotDeliveryProperties",
        "S3BucketName",
        "S3KeyPrefix",
        "S3KmsKeyArn",
        "SnsTopicARN",
    ],
)
class DeliveryChannel(Resource):
    """Where the recorder delivers."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the channel, and start the recorder, which waits for it."""
        name = properties.get("Name", place.generated_name())
        live = self.update(place, Live(name), {}, properties)
        for each in _config(place).describe_configuration_recorders()["ConfigurationRecorders"]:
            _config(place).start_configuration_recorder(ConfigurationRecorderName=each["name"])
        return live

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Deliver elsewhere, or at other times."""
        said = {_small(key): value for key, value in new.items() if key != "Name"}
        if snapshots := said.pop("configSnapshotDeliveryProperties", None):
            only({"DeliveryFrequency"}, snapshots, "ConfigSnapshotDeliveryProperties")
            said["configSnapshotDeliveryProperties"] = {
                "deliveryFrequency": snapshots["DeliveryFrequency"]
            }
        _config(place).put_delivery_channel(DeliveryChannel={"name": live.physical_id, **said})
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the channel; Config refuses while something is recorded."""
        _config(place).delete_delivery_channel(DeliveryChannelName=live.physical_id)


@resource(
    "AWS::Config::ConfigRule",
    replaces=["ConfigRuleName"],
    in_place=[*_RULE, "InputParameters"],
)
class ConfigRule(Resource):
    """A rule, AWS's own or a custom one."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the rule; Config refuses it without a recorder."""
        name = properties.get("ConfigRuleName", place.generated_name(_LONGEST_RULE_NAME))
        return self.update(place, Live(name), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write the rule."""
        config, name = _config(place), live.physical_id
        rule = {key: new[key] for key in _RULE if key in new}
        if "InputParameters" in new:
            # CloudFormation hands every scalar over as a string, which Config asks for.
            rule["InputParameters"] = json.dumps(parameters(new["InputParameters"]))
        config.put_config_rule(ConfigRule={"ConfigRuleName": name, **rule})
        (made,) = config.describe_config_rules(ConfigRuleNames=[name])["ConfigRules"]
        return Live(name, {"Arn": made["ConfigRuleArn"], "ConfigRuleId": made["ConfigRuleId"]})

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the rule; Config refuses while something repairs for it."""
        _config(place).delete_config_rule(ConfigRuleName=live.physical_id)


def parameters(said: Any) -> dict[str, str]:  # noqa: ANN401 - an object, or JSON of one
    """The input parameters of a rule as Config keeps them: strings."""
    read: dict[str, Any] = json.loads(said) if isinstance(said, str) else said
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in read.items()
    }


@resource(
    "AWS::Config::RemediationConfiguration",
    replaces=["ConfigRuleName"],
    in_place=_REMEDIATION,
)
class RemediationConfiguration(Resource):
    """What repairs resources that break a rule."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Say what repairs; Config refuses it without the rule."""
        return self.update(place, Live(properties["ConfigRuleName"]), {}, properties)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Write it anew."""
        numbers = ("MaximumAutomaticAttempts", "RetryAttemptSeconds")
        said = {**new, **{key: int(new[key]) for key in numbers if key in new}}
        _config(place).put_remediation_configurations(RemediationConfigurations=[said])
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Repair no more."""
        _config(place).delete_remediation_configuration(ConfigRuleName=live.physical_id)
