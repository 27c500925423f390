"""Auto Scaling groups."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, UnsupportedError, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

# What a rolling update launches anew.
_ROLLS = ("LaunchTemplate", "VPCZoneIdentifier")


@resource(
    "AWS::AutoScaling::AutoScalingGroup",
    replaces=["AutoScalingGroupName"],
    in_place=[
        "Cooldown",
        "DesiredCapacity",
        "HealthCheckGracePeriod",
        "HealthCheckType",
        "LaunchTemplate",
        "MaxSize",
        "MetricsCollection",
        "MinSize",
        "Tags",
        "TargetGroupARNs",
        "VPCZoneIdentifier",
    ],
)
class AutoScalingGroup(Resource):
    """A group of servers, which launches what is missing."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the group; it launches its servers."""
        name = properties.get("AutoScalingGroupName", place.generated_name())
        settings: dict[str, Any] = {}
        if "Cooldown" in properties:
            settings["DefaultCooldown"] = int(properties["Cooldown"])
        _autoscaling(place).create_auto_scaling_group(
            AutoScalingGroupName=name,
            Tags=_tags(place, name, properties),
            TargetGroupARNs=properties.get("TargetGroupARNs", []),
            **_sizes_and_template(properties),
            **settings,
        )
        _collect_metrics(place, name, properties)
        return Live(name)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the group; its update policy says whether servers that run are replaced."""
        if old.get("Cooldown") != new.get("Cooldown"):
            raise UnsupportedError("the stand-in cannot change Cooldown")
        autoscaling, name = _autoscaling(place), live.physical_id
        _refuse_impossible_rolling(place, new)
        autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, **_sizes_and_template(new))
        before, after = (set(each.get("TargetGroupARNs", [])) for each in (old, new))
        if gone := sorted(before - after):
            autoscaling.detach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=gone
            )
        if added := sorted(after - before):
            autoscaling.attach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=added
            )
        autoscaling.create_or_update_tags(Tags=_tags(place, name, new))
        _collect_metrics(place, name, new)
        if any(old.get(key) != new.get(key) for key in _ROLLS):
            _roll(place, name)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the group with its servers."""
        _autoscaling(place).delete_auto_scaling_group(
            AutoScalingGroupName=live.physical_id, ForceDelete=True
        )


def _autoscaling(place: Place) -> "AutoScalingClient":
    autoscaling: AutoScalingClient = client("autoscaling", place.account, place.region)
    return autoscaling


def _sizes_and_template(properties: Properties) -> dict[str, Any]:
    least = int(properties["MinSize"])
    return {
        "DesiredCapacity": int(properties.get("DesiredCapacity", least)),
        "HealthCheckGracePeriod": int(properties.get("HealthCheckGracePeriod", 0)),
        "HealthCheckType": properties.get("HealthCheckType", "EC2"),
        "LaunchTemplate": properties["LaunchTemplate"],
        "MaxSize": int(properties["MaxSize"]),
        "MinSize": least,
        "VPCZoneIdentifier": ",".join(properties["VPCZoneIdentifier"]),
    }


def _tags(place: Place, name: str, properties: Properties) -> list[Any]:
    """The group's tags; CloudFormation hands those of the stack on to the servers too."""
    own = [dict(tag) for tag in properties.get("Tags", [])]
    stack = [
        {"Key": key, "Value": value, "PropagateAtLaunch": True}
        for key, value in place.stack_tags.items()
        if key not in {tag["Key"] for tag in own}
    ]
    return [
        {**tag, "ResourceId": name, "ResourceType": "auto-scaling-group"} for tag in (*own, *stack)
    ]


def _collect_metrics(place: Place, name: str, properties: Properties) -> None:
    for collection in properties.get("MetricsCollection", []):
        chosen = {"Metrics": collection["Metrics"]} if "Metrics" in collection else {}
        _autoscaling(place).enable_metrics_collection(
            AutoScalingGroupName=name, Granularity=collection["Granularity"], **chosen
        )


def _refuse_impossible_rolling(place: Place, new: Properties) -> None:
    """CloudFormation refuses to keep as many servers in service as there may be at most."""
    rolling = place.update_policy.get("AutoScalingRollingUpdate", {})
    in_service = int(rolling.get("MinInstancesInService", 0))
    if in_service >= int(new["MaxSize"]):
        raise UnsupportedError(
            f"MinInstancesInService ({in_service}) must be less than MaxSize ({new['MaxSize']})"
        )


def _roll(place: Place, name: str) -> None:
    """Replace every server, one by one; without a policy, those that run stay as they are."""
    if "AutoScalingRollingUpdate" not in place.update_policy:
        return
    autoscaling = _autoscaling(place)
    groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    for server in groups["AutoScalingGroups"][0]["Instances"]:
        autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=server["InstanceId"], ShouldDecrementDesiredCapacity=False
        )
