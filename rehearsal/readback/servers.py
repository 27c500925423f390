"""Servers, launch templates, groups and key pairs: what the templates say."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.readback.facts import Fact, Value
from rehearsal.readback.resolve import Deployed
from rehearsal.readback.statements import settings, states

# What the templates say


@states("AWS::EC2::LaunchTemplate")
def _launch_template(it: Deployed) -> Iterator[Fact]:
    yield template_fact(it.physical_id, it.properties["LaunchTemplateData"])


@states("AWS::EC2::Instance")
def _instance(it: Deployed) -> Iterator[Fact]:
    template, said = _template_of(it), it.properties
    data = {**template, **{key: said[key] for key in template.keys() & said.keys()}}
    data["InstanceType"] = said.get("InstanceType", template.get("InstanceType"))
    data["DisableApiTermination"] = said.get(
        "DisableApiTermination", template.get("DisableApiTermination", False)
    )
    if "Monitoring" in said:
        data["Monitoring"] = {"Enabled": said["Monitoring"]}
    if "IamInstanceProfile" in said:
        data["IamInstanceProfile"] = {"Name": said["IamInstanceProfile"]}
    own = {tag["Key"]: tag["Value"] for tag in said.get("Tags", [])}
    interface = {**first(template.get("NetworkInterfaces")), **first(said["NetworkInterfaces"])}
    key = ("server", it.physical_id)
    tags = {**it.stack_tags, **_launch_tags(template, "instance"), **own}
    yield from _server_facts(key, it.physical_id, data, interface, tags)
    yield Fact(("subnet of", it.physical_id), it.physical_id, interface["SubnetId"])


@states("AWS::AutoScaling::AutoScalingGroup")
def _group(it: Deployed) -> Iterator[Fact]:
    template, said, name = _template_of(it), it.properties, it.physical_id
    value = settings(said, HealthCheckType="EC2")
    desired = int(said.get("DesiredCapacity", said["MinSize"]))
    tags = {**it.stack_tags, **{tag["Key"]: tag["Value"] for tag in said.get("Tags", [])}}
    metrics = [metric for each in said.get("MetricsCollection", []) for metric in _metrics(each)]
    value |= {
        "Cooldown": int(said.get("Cooldown", 300)),
        "DesiredCapacity": desired,
        "HealthCheckGracePeriod": int(said.get("HealthCheckGracePeriod", 0)),
        "LaunchTemplate": f"{said['LaunchTemplate']['LaunchTemplateId']} "
        f"{said['LaunchTemplate']['Version']}",
        "MaxSize": int(said["MaxSize"]),
        "Metrics": [*sorted(metrics)],
        "MinSize": int(said["MinSize"]),
        "Subnets": [*sorted(said["VPCZoneIdentifier"])],
        "Tags": {**tags},
        "TargetGroups": [*sorted(said.get("TargetGroupARNs", []))],
    }
    yield Fact(("Auto Scaling group", name), name, value)
    yield Fact(("spread of", name), name, _spread(desired, len(said["VPCZoneIdentifier"])))
    handed_on = {
        tag["Key"]: tag["Value"] for tag in said.get("Tags", []) if tag["PropagateAtLaunch"]
    }
    launched = {**_launch_tags(template, "instance"), **it.stack_tags, **handed_on}
    for number in range(1, desired + 1):
        key = ("server", name, str(number))
        interface = first(template["NetworkInterfaces"])
        yield from _server_facts(key, name, template, interface, launched)


@states("AWS::EC2::KeyPair")
def _key_pair(it: Deployed) -> Iterator[Fact]:
    yield Fact(("key pair", it.physical_id), it.physical_id, it.properties.get("KeyType", "rsa"))
    yield Fact(("private key in a parameter", it.physical_id), it.physical_id)


def _template_of(it: Deployed) -> dict[str, Any]:
    template = it.peers[it.properties["LaunchTemplate"]["LaunchTemplateId"]]
    data: dict[str, Any] = template.properties["LaunchTemplateData"]
    return data


def _metrics(collection: dict[str, Any]) -> list[str]:
    return collection.get("Metrics") or ["every"]


def _spread(count: int, subnets: int) -> Value:
    """How many servers are in each subnet, the fullest first: as even as can be."""
    least, more = divmod(count, subnets)
    return [*([least + 1] * more), *([least] * (subnets - more))]


def _launch_tags(template: dict[str, Any], kind: str) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for specification in template.get("TagSpecifications", [])
        if specification["ResourceType"] == kind
        for tag in specification["Tags"]
    }


def _server_facts(
    key: tuple[str, ...],
    owner: str,
    data: dict[str, Any],
    interface: dict[str, Any],
    tags: dict[str, str],
) -> Iterator[Fact]:
    value = {**described(data), **_placed(interface)}
    value["Platform"] = "windows" if "windows" in data["ImageId"].lower() else "linux"
    value["Tags"] = {**tags}
    yield Fact(key, owner, value)
    for volume in data.get("BlockDeviceMappings", []):
        yield volume_fact(
            (*key, volume["DeviceName"]), owner, volume["Ebs"], _launch_tags(data, "volume")
        )


def _placed(interface: dict[str, Any]) -> dict[str, Value]:
    groups = interface.get("Groups") or interface.get("GroupSet") or []
    return {
        "PublicAddress": bool(interface.get("AssociatePublicIpAddress", False)),
        "SecurityGroups": [*sorted(groups)],
    }


# What both sides say


def template_fact(template_id: str, data: dict[str, Any]) -> Fact:
    """The latest version of a launch template."""
    volumes: Value = {
        each["DeviceName"]: _volume(each["Ebs"]) for each in data.get("BlockDeviceMappings", [])
    }
    value = {**described(data), **_placed(first(data.get("NetworkInterfaces")))}
    value |= {
        "Volumes": volumes,
        "TagsOfServers": {**_launch_tags(data, "instance")},
        "TagsOfVolumes": {**_launch_tags(data, "volume")},
    }
    return Fact(("launch template", template_id), template_id, value)


def described(data: dict[str, Any]) -> dict[str, Value]:
    """What a launch template says of a server; templates and the API use the same words."""
    options, profile = data.get("MetadataOptions", {}), data.get("IamInstanceProfile", {})
    hops = options.get("HttpPutResponseHopLimit")
    return {
        "DisableApiTermination": bool(data.get("DisableApiTermination", False)),
        "EbsOptimized": bool(data.get("EbsOptimized", False)),
        "HttpEndpoint": options.get("HttpEndpoint", "enabled"),
        "HttpPutResponseHopLimit": hops and int(hops),
        "HttpTokens": options.get("HttpTokens", "optional"),
        "Image": data["ImageId"],
        "InstanceProfile": (profile.get("Name") or profile.get("Arn", "")).rpartition("/")[2],
        "InstanceType": data.get("InstanceType"),
        "KeyName": data.get("KeyName"),
        "Monitoring": bool(data.get("Monitoring", {}).get("Enabled", False)),
        "UserData": base64.b64decode(data.get("UserData", "")).decode(),
    }


def _volume(ebs: Mapping[str, Any]) -> Value:
    return {
        "DeleteOnTermination": bool(ebs.get("DeleteOnTermination", True)),
        "Encrypted": bool(ebs.get("Encrypted", False)),
        "KmsKeyId": ebs.get("KmsKeyId"),
        "VolumeSize": ebs.get("VolumeSize") and int(ebs["VolumeSize"]),
        "VolumeType": ebs.get("VolumeType"),
    }


def volume_fact(
    key: tuple[str, ...], owner: str, ebs: Mapping[str, Any], tags: dict[str, str]
) -> Fact:
    """A volume of a server."""
    volume = _volume(ebs)
    assert isinstance(volume, dict)  # noqa: S101 - for mypy
    return Fact(("volume of", *key[1:]), owner, {**volume, "Tags": {**tags}})


def first(items: Any) -> dict[str, Any]:  # noqa: ANN401 - absent or a list
    """The first item, or nothing."""
    return dict(items[0]) if items else {}
