"""Load balancers, their listeners and target groups."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from typing import TYPE_CHECKING, Any

from rehearsal.resources.base import Live, Place, Properties, Resource, UnsupportedError, resource
from rehearsal.resources.clients import client

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_LONGEST_NAME = 32


def _elbv2(place: Place) -> "ElasticLoadBalancingv2Client":
    elbv2: ElasticLoadBalancingv2Client = client("elbv2", place.account, place.region)
    return elbv2


def _tags(place: Place, properties: Properties) -> list[Any]:
    return [{"Key": key, "Value": value} for key, value in place.tags(properties).items()]


def _retag(place: Place, arn: str, old: Properties, new: Properties) -> None:
    if gone := sorted(place.tags(old).keys() - place.tags(new).keys()):
        _elbv2(place).remove_tags(ResourceArns=[arn], TagKeys=gone)
    if tags := _tags(place, new):
        _elbv2(place).add_tags(ResourceArns=[arn], Tags=tags)


@resource(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    replaces=["Name", "Scheme", "Type"],
    in_place=["LoadBalancerAttributes", "SecurityGroups", "Subnets", "Tags"],
)
class LoadBalancer(Resource):
    """An application or network load balancer."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the load balancer, then set its attributes."""
        balancer = _elbv2(place).create_load_balancer(
            Name=properties.get("Name", place.generated_name(_LONGEST_NAME)),
            Scheme=properties.get("Scheme", "internet-facing"),
            SecurityGroups=properties.get("SecurityGroups", []),
            Subnets=properties["Subnets"],
            Tags=_tags(place, properties),
            Type=properties.get("Type", "application"),
        )["LoadBalancers"][0]
        arn = balancer["LoadBalancerArn"]
        _set_attributes(place, arn, properties)
        attributes = {
            "CanonicalHostedZoneID": balancer["CanonicalHostedZoneId"],
            "DNSName": balancer["DNSName"],
            "LoadBalancerArn": arn,
            "LoadBalancerFullName": arn.split("loadbalancer/")[1],
        }
        return Live(arn, attributes)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change attributes, subnets, security groups and tags."""
        elbv2, arn = _elbv2(place), live.physical_id
        if old["Subnets"] != new["Subnets"]:
            elbv2.set_subnets(LoadBalancerArn=arn, Subnets=new["Subnets"])
        if old.get("SecurityGroups") != new.get("SecurityGroups"):
            elbv2.set_security_groups(
                LoadBalancerArn=arn, SecurityGroups=new.get("SecurityGroups", [])
            )
        _refuse_taken_back(old, new, "LoadBalancerAttributes")
        _set_attributes(place, arn, new)
        _retag(place, arn, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the load balancer; AWS refuses one that is protected."""
        _elbv2(place).delete_load_balancer(LoadBalancerArn=live.physical_id)


def _set_attributes(place: Place, arn: str, properties: Properties) -> None:
    if attributes := properties.get("LoadBalancerAttributes"):
        _elbv2(place).modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)


def _refuse_taken_back(old: Properties, new: Properties, key: str) -> None:
    """The stand-in does not know AWS's default of an attribute that a template no longer sets."""
    before, after = ({each["Key"] for each in side.get(key, [])} for side in (old, new))
    if gone := sorted(before - after):
        raise UnsupportedError(f"the stand-in cannot take back {', '.join(gone)}")


@resource(
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    replaces=["Name", "Port", "Protocol", "TargetType", "VpcId"],
    in_place=[
        "HealthCheckPath",
        "HealthCheckProtocol",
        "Matcher",
        "Tags",
        "TargetGroupAttributes",
        "Targets",
    ],
)
class TargetGroup(Resource):
    """Where a listener sends requests, and how it knows who is well."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the group, then set its attributes and register its targets."""
        group = _elbv2(place).create_target_group(
            Name=properties.get("Name", place.generated_name(_LONGEST_NAME)),
            Port=int(properties["Port"]),
            Protocol=properties["Protocol"],
            Tags=_tags(place, properties),
            TargetType=properties.get("TargetType", "instance"),
            VpcId=properties["VpcId"],
            **_health(properties),
        )["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        _set_group_attributes(place, arn, properties)
        _register(place, arn, {}, properties)
        full_name = arn.split(":")[-1]
        return Live(arn, {"TargetGroupArn": arn, "TargetGroupFullName": full_name})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change the health check, attributes, targets and tags."""
        arn = live.physical_id
        if _health(old) != _health(new):
            _elbv2(place).modify_target_group(TargetGroupArn=arn, **_health(new))
        _refuse_taken_back(old, new, "TargetGroupAttributes")
        _set_group_attributes(place, arn, new)
        _register(place, arn, old, new)
        _retag(place, arn, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the group; AWS refuses one that a listener uses."""
        _elbv2(place).delete_target_group(TargetGroupArn=live.physical_id)


def _health(properties: Properties) -> dict[str, Any]:
    keys = ("HealthCheckPath", "HealthCheckProtocol", "Matcher")
    return {key: properties[key] for key in keys if key in properties}


def _set_group_attributes(place: Place, arn: str, properties: Properties) -> None:
    if attributes := properties.get("TargetGroupAttributes"):
        _elbv2(place).modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)


def _register(place: Place, arn: str, old: Properties, new: Properties) -> None:
    before, after = old.get("Targets", []), new.get("Targets", [])
    if gone := [target for target in before if target not in after]:
        _elbv2(place).deregister_targets(TargetGroupArn=arn, Targets=gone)
    if added := [target for target in after if target not in before]:
        _elbv2(place).register_targets(TargetGroupArn=arn, Targets=added)


@resource(
    "AWS::ElasticLoadBalancingV2::Listener",
    replaces=["LoadBalancerArn"],
    in_place=["Certificates", "DefaultActions", "Port", "Protocol", "SslPolicy"],
)
class Listener(Resource):
    """What a load balancer listens for, and where it sends it."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the listener."""
        answer = _elbv2(place).create_listener(
            LoadBalancerArn=properties["LoadBalancerArn"], **_listener(properties)
        )
        arn = answer["Listeners"][0]["ListenerArn"]
        return Live(arn, {"ListenerArn": arn})

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change anything but the load balancer."""
        _elbv2(place).modify_listener(ListenerArn=live.physical_id, **_listener(new))
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the listener."""
        _elbv2(place).delete_listener(ListenerArn=live.physical_id)


def _listener(properties: Properties) -> dict[str, Any]:
    settings = {key: value for key, value in properties.items() if key != "LoadBalancerArn"}
    return {**settings, "Port": int(settings["Port"])}
