"""Load balancers: what the templates say, and what is live."""

from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import states

# What the stand-in answers for attributes that nobody set.
_UNSET_OF_BALANCER = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "load_balancing.cross_zone.enabled": "false",
}
_UNSET_OF_GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.enabled": "false",
    "waf.fail_open.enabled": "false",
}
_WEB = ("HTTP", "HTTPS")
_ENCRYPTED = ("HTTPS", "TLS")


@states("AWS::ElasticLoadBalancingV2::LoadBalancer")
def _balancer(it: Deployed) -> Iterator[Fact]:
    said = it.properties
    yield _balancer_fact(
        it.physical_id,
        said.get("Scheme", "internet-facing"),
        said.get("Type", "application"),
        said.get("SecurityGroups", []),
        said["Subnets"],
    )
    attributes = _attributes(said.get("LoadBalancerAttributes", []))
    yield from _attribute_facts(it.physical_id, {**_UNSET_OF_BALANCER, **attributes})


@states("AWS::ElasticLoadBalancingV2::TargetGroup")
def _group(it: Deployed) -> Iterator[Fact]:
    arn, said = it.physical_id, it.properties
    yield _group_fact(
        arn, {"TargetType": "instance", "HealthCheckProtocol": said["Protocol"]} | said
    )
    sticky_by = "lb_cookie" if said["Protocol"] in _WEB else "source_ip"
    attributes = _attributes(said.get("TargetGroupAttributes", []))
    yield from _attribute_facts(
        arn, {**_UNSET_OF_GROUP, "stickiness.type": sticky_by, **attributes}
    )
    yield Fact(("number of targets", arn), arn, len(said.get("Targets", [])) + _scaled(it))


def _scaled(it: Deployed) -> int:
    """How many servers Auto Scaling groups add to a target group."""
    return sum(
        int(peer.properties.get("DesiredCapacity", peer.properties["MinSize"]))
        for peer in it.peers.values()
        if peer.resource_type == "AWS::AutoScaling::AutoScalingGroup"
        and it.physical_id in peer.properties.get("TargetGroupARNs", [])
    )


@states("AWS::ElasticLoadBalancingV2::Listener")
def _listener(it: Deployed) -> Iterator[Fact]:
    yield _listener_fact(it.physical_id, it.properties)


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' load balancers; an unstated listener is a difference."""
    elbv2 = account.stand_in.client("elbv2")
    if arns := account.ids("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        for balancer in elbv2.describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"]:
            yield from _live_balancer(elbv2, balancer)
    if arns := account.ids("AWS::ElasticLoadBalancingV2::TargetGroup"):
        for group in elbv2.describe_target_groups(TargetGroupArns=arns)["TargetGroups"]:
            yield from _live_group(elbv2, group)


def _live_balancer(elbv2: Any, balancer: dict[str, Any]) -> Iterator[Fact]:  # noqa: ANN401 - `StandIn.client` cannot know
    arn = balancer["LoadBalancerArn"]
    yield _balancer_fact(
        arn,
        balancer["Scheme"],
        balancer["Type"],
        balancer.get("SecurityGroups", []),
        [zone["SubnetId"] for zone in balancer["AvailabilityZones"]],
    )
    answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)
    yield from _attribute_facts(arn, _attributes(answer["Attributes"]))
    for listener in elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        yield _listener_fact(listener["ListenerArn"], listener)


def _live_group(elbv2: Any, group: dict[str, Any]) -> Iterator[Fact]:  # noqa: ANN401 - `StandIn.client` cannot know
    arn = group["TargetGroupArn"]
    yield _group_fact(arn, group)
    answer = elbv2.describe_target_group_attributes(TargetGroupArn=arn)
    yield from _attribute_facts(arn, _attributes(answer["Attributes"]))
    health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    yield Fact(("number of targets", arn), arn, len(health))


def _balancer_fact(arn: str, scheme: str, kind: str, groups: list[str], subnets: list[str]) -> Fact:
    value: Value = {
        "Scheme": scheme,
        "SecurityGroups": [*sorted(groups)],
        "Subnets": [*sorted(subnets)],
        "Type": kind,
    }
    return Fact(("load balancer", arn), arn, value)


def _group_fact(arn: str, group: dict[str, Any]) -> Fact:
    keys = ("HealthCheckPath", "HealthCheckProtocol", "Port", "Protocol", "TargetType", "VpcId")
    value: dict[str, Value] = {key: group.get(key) for key in keys}
    if group["Protocol"] in _WEB:
        value["Matcher"] = group.get("Matcher", {}).get("HttpCode", "200")
    return Fact(("target group", arn), arn, value)


def _listener_fact(arn: str, listener: dict[str, Any]) -> Fact:
    value: dict[str, Value] = {
        "Actions": [f"{a['Type']} {a.get('TargetGroupArn')}" for a in listener["DefaultActions"]],
        "Certificates": [c["CertificateArn"] for c in listener.get("Certificates", [])],
        "LoadBalancer": listener["LoadBalancerArn"],
        "Port": listener["Port"],
        "Protocol": listener["Protocol"],
    }
    if listener["Protocol"] in _ENCRYPTED:
        value["SslPolicy"] = listener["SslPolicy"]
    return Fact(("listener", arn), arn, value)


def _attributes(items: list[dict[str, str]]) -> dict[str, str]:
    return {item["Key"]: str(item["Value"]) for item in items}


def _attribute_facts(arn: str, attributes: dict[str, str]) -> Iterator[Fact]:
    for key, value in attributes.items():
        yield Fact(("attribute", arn, key), arn, value)
