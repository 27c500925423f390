"""Launch templates, instances and key pairs."""
# ruff: noqa: ARG002 - every adapter has the same signature, used or not

from collections.abc import Callable
from typing import Any

from rehearsal.resources.base import (
    Live,
    Place,
    Properties,
    Resource,
    UnsupportedError,
    only,
    resource,
)
from rehearsal.resources.clients import client


@resource(
    "AWS::EC2::LaunchTemplate",
    replaces=["LaunchTemplateName"],
    in_place=["LaunchTemplateData", "TagSpecifications"],
)
class LaunchTemplate(Resource):
    """A launch template; every change is a new version, and the first one stays the default."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the template with its first version."""
        data = _data(properties)
        answer = place.ec2.create_launch_template(
            LaunchTemplateName=properties.get("LaunchTemplateName", place.generated_name(128)),
            LaunchTemplateData=data,
            TagSpecifications=place.ec2_tags("launch-template", _own_tags(properties)),
        )["LaunchTemplate"]
        return _template(answer["LaunchTemplateId"], answer["LatestVersionNumber"])

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Add a version when the data changed, and change tags."""
        latest = int(live.attributes["LatestVersionNumber"])
        if old["LaunchTemplateData"] != new["LaunchTemplateData"]:
            data = _data(new)
            answer = place.ec2.create_launch_template_version(
                LaunchTemplateId=live.physical_id, LaunchTemplateData=data
            )
            latest = answer["LaunchTemplateVersion"]["VersionNumber"]
        place.retag_ec2(live.physical_id, _own_tags(old), _own_tags(new))
        return _template(live.physical_id, latest)

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the template with all versions; what it launched stays."""
        place.ec2.delete_launch_template(LaunchTemplateId=live.physical_id)


_DATA = {
    "BlockDeviceMappings",
    "DisableApiTermination",
    "EbsOptimized",
    "IamInstanceProfile",
    "ImageId",
    "InstanceType",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "TagSpecifications",
    "UserData",
}
_METADATA = {"HttpEndpoint", "HttpPutResponseHopLimit", "HttpTokens"}
_INTERFACE = {"AssociatePublicIpAddress", "DeviceIndex", "Groups"}
_VOLUME = {"DeleteOnTermination", "Encrypted", "KmsKeyId", "VolumeSize", "VolumeType"}


def _data(properties: Properties) -> Any:  # noqa: ANN401 - boto3's type is private
    """The data, refused where the stand-in would drop some of it."""
    data = only(_DATA, properties["LaunchTemplateData"], "LaunchTemplateData")
    only(_METADATA, data.get("MetadataOptions", {}), "MetadataOptions")
    for mapping in data.get("BlockDeviceMappings", []):
        only(_VOLUME, mapping["Ebs"], "Ebs")
    for interface in _one_at_most(data.get("NetworkInterfaces", [])):
        only(_INTERFACE, interface, "NetworkInterfaces")
    return data


def _one_at_most(interfaces: list[Properties]) -> list[Properties]:
    if len(interfaces) > 1:
        raise UnsupportedError("the stand-in gives a server one network interface")
    return interfaces


def _template(template_id: str, latest: int) -> Live:
    attributes = {
        "DefaultVersionNumber": "1",
        "LatestVersionNumber": str(latest),
        "LaunchTemplateId": template_id,
    }
    return Live(template_id, attributes)


def _own_tags(properties: Properties) -> dict[str, Any]:
    specifications = properties.get("TagSpecifications", [])
    return {"Tags": [tag for each in specifications for tag in each["Tags"]]}


@resource(
    "AWS::EC2::Instance",
    replaces=["KeyName", "LaunchTemplate", "NetworkInterfaces"],
    in_place=[
        "DisableApiTermination",
        "EbsOptimized",
        "IamInstanceProfile",
        "InstanceType",
        "Monitoring",
        "Tags",
    ],
)
class Instance(Resource):
    """A server that a launch template describes."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Launch the server."""
        request: dict[str, Any] = {
            key: properties[key]
            for key in ("InstanceType", "KeyName", "LaunchTemplate")
            if key in properties
        }
        if "EbsOptimized" in properties:
            request["EbsOptimized"] = bool(properties["EbsOptimized"])
        if "Monitoring" in properties:
            request["Monitoring"] = {"Enabled": bool(properties["Monitoring"])}
        if "IamInstanceProfile" in properties:
            request["IamInstanceProfile"] = {"Name": properties["IamInstanceProfile"]}
        if "NetworkInterfaces" in properties:
            request["NetworkInterfaces"] = [
                _interface(each) for each in _one_at_most(properties["NetworkInterfaces"])
            ]
        answer = place.ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            TagSpecifications=place.ec2_tags("instance", properties),
            **request,
        )["Instances"][0]
        instance_id = answer["InstanceId"]
        if "DisableApiTermination" in properties:
            _protect(place, instance_id, properties)
        attributes = {
            "AvailabilityZone": answer["Placement"]["AvailabilityZone"],
            "InstanceId": instance_id,
            "PrivateIp": answer["PrivateIpAddress"],
        }
        return Live(instance_id, attributes)

    def update(self, place: Place, live: Live, old: Properties, new: Properties) -> Live:
        """Change what EC2 can change; size and EBS optimization need a stop."""
        changed = {key for key in self.in_place if old.get(key) != new.get(key)}
        if stopping := sorted(changed & _NEEDS_A_STOP.keys()):
            ids = [live.physical_id]
            place.ec2.stop_instances(InstanceIds=ids)
            for key in stopping:
                _NEEDS_A_STOP[key](place, live.physical_id, new)
            place.ec2.start_instances(InstanceIds=ids)
        for key in sorted(changed & _WHILE_RUNNING.keys()):
            _WHILE_RUNNING[key](place, live.physical_id, new)
        place.retag_ec2(live.physical_id, old, new)
        return live

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Terminate the server; EC2 refuses one that is protected."""
        place.ec2.terminate_instances(InstanceIds=[live.physical_id])


_INTERFACE_NAMES = {
    "AssociatePublicIpAddress": "AssociatePublicIpAddress",
    "DeviceIndex": "DeviceIndex",
    "GroupSet": "Groups",
    "SubnetId": "SubnetId",
}


def _interface(properties: Properties) -> dict[str, Any]:
    """An interface in the API's words."""
    only(_INTERFACE_NAMES, properties, "NetworkInterfaces")
    interface = {_INTERFACE_NAMES[key]: value for key, value in properties.items()}
    return {**interface, "DeviceIndex": int(interface["DeviceIndex"])}


def _protect(place: Place, instance_id: str, new: Properties) -> None:
    protected = bool(new.get("DisableApiTermination", False))
    place.ec2.modify_instance_attribute(
        InstanceId=instance_id, DisableApiTermination={"Value": protected}
    )


def _resize(place: Place, instance_id: str, new: Properties) -> None:
    place.ec2.modify_instance_attribute(
        InstanceId=instance_id, InstanceType={"Value": new["InstanceType"]}
    )


def _optimize(place: Place, instance_id: str, new: Properties) -> None:
    place.ec2.modify_instance_attribute(
        InstanceId=instance_id, EbsOptimized={"Value": bool(new.get("EbsOptimized", False))}
    )


def _monitor(place: Place, instance_id: str, new: Properties) -> None:
    change = place.ec2.monitor_instances if new.get("Monitoring") else place.ec2.unmonitor_instances
    change(InstanceIds=[instance_id])


def _change_profile(place: Place, instance_id: str, new: Properties) -> None:
    associations = place.ec2.describe_iam_instance_profile_associations(
        Filters=[{"Name": "instance-id", "Values": [instance_id]}]
    )["IamInstanceProfileAssociations"]
    place.ec2.replace_iam_instance_profile_association(
        AssociationId=associations[0]["AssociationId"],
        IamInstanceProfile={"Name": new["IamInstanceProfile"]},
    )


_Change = Callable[[Place, str, Properties], None]
_NEEDS_A_STOP: dict[str, _Change] = {"EbsOptimized": _optimize, "InstanceType": _resize}
_WHILE_RUNNING: dict[str, _Change] = {
    "DisableApiTermination": _protect,
    "IamInstanceProfile": _change_profile,
    "Monitoring": _monitor,
}


@resource("AWS::EC2::KeyPair", replaces=["KeyFormat", "KeyName", "KeyType", "Tags"])
class KeyPair(Resource):
    """A key pair; CloudFormation keeps the private key in a parameter, named by the pair's id."""

    def create(self, place: Place, properties: Properties) -> Live:
        """Create the pair and keep its private key."""
        pair = place.ec2.create_key_pair(
            KeyName=properties["KeyName"],
            KeyType=properties.get("KeyType", "rsa"),
            KeyFormat=properties.get("KeyFormat", "pem"),
            TagSpecifications=place.ec2_tags("key-pair", properties),
        )
        client("ssm", place.account, place.region).put_parameter(
            Name=_parameter(pair["KeyPairId"]), Type="SecureString", Value=pair["KeyMaterial"]
        )
        attributes = {"KeyPairId": pair["KeyPairId"], "KeyFingerprint": pair["KeyFingerprint"]}
        return Live(properties["KeyName"], attributes)

    def delete(self, place: Place, live: Live, properties: Properties) -> None:
        """Delete the pair and its private key."""
        place.ec2.delete_key_pair(KeyName=live.physical_id)
        client("ssm", place.account, place.region).delete_parameter(
            Name=_parameter(live.attributes["KeyPairId"])
        )


def _parameter(key_pair_id: str) -> str:
    return f"/ec2/keypair/{key_pair_id}"
