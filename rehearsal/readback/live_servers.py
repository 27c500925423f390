"""Servers, launch templates, groups and key pairs: what is live."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rehearsal.readback.account import Account
from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.servers import described, first, template_fact, volume_fact

_FROM_PARAMETER = "resolve:ssm:"
_GROUP_TAG = "aws:autoscaling:groupName"
_TEMPLATE_TAGS = ("aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version")
_GONE = {"shutting-down", "terminated"}
_ALL_METRICS = 8


def live_facts(account: Account) -> Iterator[Fact]:
    """What is live of the stacks' servers; a server that nobody stated is a difference."""
    ec2 = account.stand_in.ec2
    for template_id in account.ids("AWS::EC2::LaunchTemplate"):
        answer = ec2.describe_launch_template_versions(
            LaunchTemplateId=template_id, Versions=["$Latest"]
        )
        data: Any = answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        yield template_fact(template_id, data)
    yield from _live_groups(account)
    yield from _live_servers(account)
    for name in account.ids("AWS::EC2::KeyPair"):
        for pair in ec2.describe_key_pairs(KeyNames=[name])["KeyPairs"]:
            yield Fact(("key pair", name), name, pair["KeyType"])
            parameters = account.stand_in.client("ssm").describe_parameters(
                ParameterFilters=[{"Key": "Name", "Values": [f"/ec2/keypair/{pair['KeyPairId']}"]}]
            )
            if parameters["Parameters"]:
                yield Fact(("private key in a parameter", name), name)


def _live_groups(account: Account) -> Iterator[Fact]:
    autoscaling = account.stand_in.client("autoscaling")
    names = account.ids("AWS::AutoScaling::AutoScalingGroup")
    if not names:
        return
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)
    for group in answer["AutoScalingGroups"]:
        name, template = group["AutoScalingGroupName"], group["LaunchTemplate"]
        metrics = [each["Metric"] for each in group["EnabledMetrics"]]
        value: Value = {
            "Cooldown": group["DefaultCooldown"],
            "DesiredCapacity": group["DesiredCapacity"],
            "HealthCheckGracePeriod": group["HealthCheckGracePeriod"],
            "HealthCheckType": group["HealthCheckType"],
            "LaunchTemplate": f"{template['LaunchTemplateId']} {template['Version']}",
            "MaxSize": group["MaxSize"],
            "Metrics": ["every"] if len(metrics) == _ALL_METRICS else [*sorted(metrics)],
            "MinSize": group["MinSize"],
            "Subnets": [*sorted(group["VPCZoneIdentifier"].split(","))],
            "Tags": {tag["Key"]: tag["Value"] for tag in group["Tags"]},
            "TargetGroups": [*sorted(group["TargetGroupARNs"])],
        }
        yield Fact(("Auto Scaling group", name), name, value)


def _live_servers(account: Account) -> Iterator[Fact]:
    if not account.ids("AWS::EC2::VPC"):
        return
    pages = account.stand_in.ec2.get_paginator("describe_instances")
    found: list[dict[str, Any]] = [
        dict(instance)
        for page in pages.paginate(Filters=account.in_our_vpcs)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in _GONE
    ]
    numbers: Counter[str] = Counter()
    subnets: dict[str, Counter[str]] = {
        name: Counter() for name in account.ids("AWS::AutoScaling::AutoScalingGroup")
    }
    # In a lasting order: the servers of a group have numbers only.
    for instance in sorted(found, key=lambda each: str(each["InstanceId"])):
        server_id = instance["InstanceId"]
        group = _tags(instance).get(_GROUP_TAG, "")
        if group in subnets:
            numbers[group] += 1
            subnets[group][instance["SubnetId"]] += 1
            yield from _live_server(
                account, ("server", group, str(numbers[group])), group, instance
            )
        else:
            yield from _live_server(account, ("server", server_id), server_id, instance)
            yield Fact(("subnet of", server_id), server_id, instance["SubnetId"])
    yield from _live_spread(account, subnets)


def _live_spread(account: Account, subnets: dict[str, Counter[str]]) -> Iterator[Fact]:
    autoscaling = account.stand_in.client("autoscaling")
    for name, counts in subnets.items():
        answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        for group in answer["AutoScalingGroups"]:
            places = group["VPCZoneIdentifier"].split(",")
            spread: Value = [*sorted((counts[each] for each in places), reverse=True)]
            yield Fact(("spread of", name), name, spread)


def _live_server(
    account: Account, key: tuple[str, ...], owner: str, instance: dict[str, Any]
) -> Iterator[Fact]:
    ec2, server_id = account.stand_in.ec2, instance["InstanceId"]
    protected = ec2.describe_instance_attribute(
        InstanceId=server_id, Attribute="disableApiTermination"
    )
    user_data = ec2.describe_instance_attribute(InstanceId=server_id, Attribute="userData")
    interface = first(instance["NetworkInterfaces"])
    data = {
        **instance,
        "DisableApiTermination": protected["DisableApiTermination"]["Value"],
        "ImageId": _live_image(account, instance),
        "Monitoring": {"Enabled": instance["Monitoring"]["State"] != "disabled"},
        "UserData": user_data["UserData"].get("Value", ""),
    }
    value = {
        **described(data),
        "PublicAddress": "PublicIp" in interface.get("Association", {}),
        "SecurityGroups": [*sorted(group["GroupId"] for group in interface["Groups"])],
        "Platform": instance.get("Platform", "linux"),
        "Tags": {**_own(_tags(instance))},
    }
    yield Fact(key, owner, value)
    for mapping in instance["BlockDeviceMappings"]:
        ebs = mapping["Ebs"]
        for volume in ec2.describe_volumes(VolumeIds=[ebs["VolumeId"]])["Volumes"]:
            words = {
                **volume,
                "DeleteOnTermination": ebs["DeleteOnTermination"],
                "VolumeSize": volume["Size"],
            }
            tags = _own(_tags(dict(volume)))
            yield volume_fact((*key, mapping["DeviceName"]), owner, words, tags)


def _live_image(account: Account, instance: dict[str, Any]) -> str:
    """The parameter of the launch template while it names this image; else the image."""
    image_id = str(instance["ImageId"])
    tags = _tags(instance)
    template_id, version = (tags.get(tag) for tag in _TEMPLATE_TAGS)
    if not template_id or not version:
        return image_id
    versions = account.stand_in.ec2.describe_launch_template_versions(
        LaunchTemplateId=template_id, Versions=[version]
    )["LaunchTemplateVersions"]
    wanted = versions[0]["LaunchTemplateData"].get("ImageId", "")
    if not wanted.startswith(_FROM_PARAMETER):
        return image_id
    parameter = account.stand_in.client("ssm").get_parameter(
        Name=wanted.removeprefix(_FROM_PARAMETER)
    )
    return wanted if parameter["Parameter"]["Value"] == image_id else image_id


def _tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def _own(tags: dict[str, str]) -> dict[str, str]:
    """The tags that somebody gave, without those of AWS."""
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}
