"""Changes that somebody makes by hand to live servers and what belongs to them."""

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.rehearsal.live import OPEN_POLICY, Live, Tampering, Undo

OPEN_TO_ROLES = OPEN_POLICY.replace('"Principal": "*", ', "")


# Servers and their volumes


def _server(live: Live, tier: str = "web") -> dict[str, Any]:
    reservations = live.stand_in.ec2.describe_instances(
        Filters=[
            {"Name": "tag:blueprint:tier", "Values": [tier]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )["Reservations"]
    return dict(reservations[0]["Instances"][0])


def _attribute(name: str, value: object, proper: object) -> Callable[[Live], Undo]:
    def tamper(live: Live) -> Undo:
        ec2, server = live.stand_in.ec2, _server(live)["InstanceId"]
        change: Any = ec2.modify_instance_attribute
        change(InstanceId=server, **{name: {"Value": value}})
        return lambda: change(InstanceId=server, **{name: {"Value": proper}})

    return tamper


def _change_user_data(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)["InstanceId"]
    proper = ec2.describe_instance_attribute(InstanceId=server, Attribute="userData")
    # The stand-in wants it encoded, although boto3 encodes it.
    hacked, encoded = base64.b64encode(b"echo hacked"), proper["UserData"]["Value"].encode()
    ec2.modify_instance_attribute(InstanceId=server, UserData={"Value": hacked})
    return lambda: ec2.modify_instance_attribute(InstanceId=server, UserData={"Value": encoded})


def _loosen_metadata(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)["InstanceId"]
    change: Any = ec2.modify_instance_metadata_options
    change(
        InstanceId=server, HttpTokens="optional", HttpPutResponseHopLimit=2, HttpEndpoint="enabled"
    )
    return lambda: change(
        InstanceId=server, HttpTokens="required", HttpPutResponseHopLimit=1, HttpEndpoint="enabled"
    )


def _swap_profile(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)
    proper = server["IamInstanceProfile"]["Arn"]
    other = _server(live, "db")["IamInstanceProfile"]["Arn"]

    def give(arn: str) -> None:
        associations = ec2.describe_iam_instance_profile_associations(
            Filters=[{"Name": "instance-id", "Values": [server["InstanceId"]]}]
        )["IamInstanceProfileAssociations"]
        ec2.replace_iam_instance_profile_association(
            AssociationId=associations[0]["AssociationId"], IamInstanceProfile={"Arn": arn}
        )

    give(other)
    return lambda: give(proper)


def _stop_monitoring(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)["InstanceId"]
    ec2.unmonitor_instances(InstanceIds=[server])
    return lambda: ec2.monitor_instances(InstanceIds=[server])


def _widen_groups(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)
    proper = [group["GroupId"] for group in server["NetworkInterfaces"][0]["Groups"]]
    other = _server(live, "db")["NetworkInterfaces"][0]["Groups"][0]["GroupId"]
    ec2.modify_instance_attribute(InstanceId=server["InstanceId"], Groups=[*proper, other])
    return lambda: ec2.modify_instance_attribute(InstanceId=server["InstanceId"], Groups=proper)


def _give_public_address(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live, "app")["InstanceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=address, InstanceId=server)["AssociationId"]

    def undo() -> None:
        ec2.disassociate_address(AssociationId=association)
        ec2.release_address(AllocationId=address)

    return undo


def _change_tag(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live, "db")["InstanceId"]

    def tag(value: str) -> None:
        ec2.create_tags(Resources=[server], Tags=[{"Key": "blueprint:tier", "Value": value}])

    tag("none")
    return lambda: tag("db")


def _add_volume(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live)
    zone = server["Placement"]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1, Encrypted=False)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=server["InstanceId"], Device="/dev/sdf")

    def undo() -> None:
        ec2.detach_volume(VolumeId=volume, InstanceId=server["InstanceId"], Device="/dev/sdf")
        ec2.delete_volume(VolumeId=volume)

    return undo


def _let_volume_go(live: Live) -> Undo:
    ec2, server = live.stand_in.ec2, _server(live, "db")
    device = server["BlockDeviceMappings"][0]["DeviceName"]

    def go(*, along: bool) -> None:
        ec2.modify_instance_attribute(
            InstanceId=server["InstanceId"],
            BlockDeviceMappings=[{"DeviceName": device, "Ebs": {"DeleteOnTermination": along}}],
        )

    go(along=True)
    return lambda: go(along=False)


def _launch_by_hand(live: Live) -> Undo:
    ec2 = live.stand_in.ec2
    subnet, image = _server(live, "app")["SubnetId"], _server(live, "app")["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)
    server = launched["Instances"][0]["InstanceId"]
    return lambda: ec2.terminate_instances(InstanceIds=[server])


def _add_template_version(live: Live) -> Undo:
    ec2, template = live.stand_in.ec2, live.one("AWS::EC2::LaunchTemplate")
    where: dict[str, Any] = {"LaunchTemplateId": template.physical_id}
    data = template.properties["LaunchTemplateData"]
    loose: Any = {**data, "MetadataOptions": {"HttpTokens": "optional"}}
    added = ec2.create_launch_template_version(**where, LaunchTemplateData=loose)
    number = str(added["LaunchTemplateVersion"]["VersionNumber"])
    return lambda: ec2.delete_launch_template_versions(**where, Versions=[number])


# Auto Scaling groups


def _group_setting(name: str, value: object) -> Callable[[Live], Undo]:
    def tamper(live: Live) -> Undo:
        group = live.one("AWS::AutoScaling::AutoScalingGroup")
        change: Any = live.stand_in.client("autoscaling").update_auto_scaling_group
        where = {
            "AutoScalingGroupName": group.physical_id,
            "LaunchTemplate": group.properties["LaunchTemplate"],
        }
        proper = group.properties[name]
        change(**where, **{name: value})
        undone = int(proper) if isinstance(value, int) else proper
        return lambda: change(**where, **{name: undone})

    return tamper


def _detach_target_group(live: Live) -> Undo:
    autoscaling = live.stand_in.client("autoscaling")
    group = live.one("AWS::AutoScaling::AutoScalingGroup")
    where = {
        "AutoScalingGroupName": group.physical_id,
        "TargetGroupARNs": group.properties["TargetGroupARNs"],
    }
    autoscaling.detach_load_balancer_target_groups(**where)
    return lambda: autoscaling.attach_load_balancer_target_groups(**where)


# Roles


def _tier_role(live: Live) -> Any:  # noqa: ANN401 - a deployed role
    return next(
        each
        for each in live.resources.values()
        if each.resource_type == "AWS::IAM::Role" and "PermissionsBoundary" in each.properties
    )


def _take_boundary(live: Live) -> Undo:
    iam, role = live.stand_in.iam, _tier_role(live)
    iam.delete_role_permissions_boundary(RoleName=role.physical_id)
    boundary = role.properties["PermissionsBoundary"]
    return lambda: iam.put_role_permissions_boundary(
        RoleName=role.physical_id, PermissionsBoundary=boundary
    )


def _trust_anyone(live: Live) -> Undo:
    iam, role = live.stand_in.iam, _tier_role(live)
    proper = json.dumps(role.properties["AssumeRolePolicyDocument"])
    anyone = OPEN_POLICY.replace('"Resource": "*"', '"Sid": "Anyone"').replace(
        '"Action": "*"', '"Action": "sts:AssumeRole"'
    )
    iam.update_assume_role_policy(RoleName=role.physical_id, PolicyDocument=anyone)
    return lambda: iam.update_assume_role_policy(RoleName=role.physical_id, PolicyDocument=proper)


def _widen_managed_policy(live: Live) -> Undo:
    iam = live.stand_in.iam
    arn = next(
        each.physical_id
        for each in live.resources.values()
        if each.resource_type == "AWS::IAM::ManagedPolicy" and each.stack == "Servers"
    )
    proper = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    wide = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=OPEN_TO_ROLES, SetAsDefault=True
    )["PolicyVersion"]["VersionId"]

    def undo() -> None:
        iam.set_default_policy_version(PolicyArn=arn, VersionId=proper)
        iam.delete_policy_version(PolicyArn=arn, VersionId=wide)

    return undo


def _detach_policy(live: Live) -> Undo:
    iam = live.stand_in.iam
    policy = next(
        each
        for each in live.resources.values()
        if each.resource_type == "AWS::IAM::ManagedPolicy" and each.properties.get("Roles")
    )
    where = {"RoleName": policy.properties["Roles"][0], "PolicyArn": policy.physical_id}
    iam.detach_role_policy(**where)
    return lambda: iam.attach_role_policy(**where)


def _swap_role(live: Live) -> Undo:
    iam, profile = live.stand_in.iam, live.one("AWS::IAM::InstanceProfile")
    name, (proper,) = profile.physical_id, profile.properties["Roles"]
    other = next(
        each.properties["Roles"][0]
        for each in live.resources.values()
        if each.resource_type == "AWS::IAM::InstanceProfile" and each.physical_id != name
    )

    def put(role: str, in_place_of: str) -> None:
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=in_place_of)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)

    put(other, proper)
    return lambda: put(proper, other)


# Stacks


def _lift_protection(live: Live) -> Undo:
    def protect(*, on: bool) -> None:
        live.stand_in.cloudformation.update_termination_protection(
            StackName="Servers", EnableTerminationProtection=on
        )

    protect(on=False)
    return lambda: protect(on=True)


SERVERS: dict[str, Tampering] = {
    "stack no longer protected": (
        _lift_protection,
        "stack Servers: .*live is TerminationProtection = False",
    ),
    "server resized": (
        _attribute("InstanceType", "x2gd.medium", "m7g.medium"),
        "server .*InstanceType = m7g.medium.*, live is .*InstanceType = x2gd.medium",
    ),
    "server no longer protected": (
        _attribute("DisableApiTermination", value=False, proper=True),
        "server .*live is .*DisableApiTermination = False",
    ),
    "EBS optimization stopped": (
        _attribute("EbsOptimized", value=False, proper=True),
        "server .*live is .*EbsOptimized = False",
    ),
    "monitoring stopped": (_stop_monitoring, "server .*live is .*Monitoring = False"),
    "user data changed": (_change_user_data, "server .*UserData = .*live is .*echo hacked"),
    "metadata without a token": (_loosen_metadata, "server .*live is .*HttpTokens = optional"),
    "metadata over a hop": (_loosen_metadata, "server .*HttpPutResponseHopLimit = 2"),
    "another profile": (_swap_profile, "server .*InstanceProfile = .*live is .*InstanceProfile"),
    "groups of a server widened": (_widen_groups, "server .*SecurityGroups = .*live is"),
    "public address given": (_give_public_address, "server .*live is .*PublicAddress = True"),
    "tag changed": (_change_tag, "server .*live is .*Tags = .*'blueprint:tier': 'none'"),
    "volume added": (_add_volume, "volume of .*/dev/sdf: .* nothing, live is .*'Encrypted': False"),
    "volume no longer kept": (_let_volume_go, "volume of .*live is DeleteOnTermination = True"),
    "server launched by hand": (_launch_by_hand, "server i-[0-9a-f]+: .* nothing"),
    "launch template changed": (
        _add_template_version,
        "launch template .*live is .*HttpTokens = optional",
    ),
    "group resized": (_group_setting("MaxSize", 9), "Auto Scaling group .*live is .*MaxSize = 9"),
    "health check changed": (
        _group_setting("HealthCheckType", "EC2"),
        "Auto Scaling group .*live is .*HealthCheckType = EC2",
    ),
    "target group detached": (_detach_target_group, "Auto Scaling group .*TargetGroups = ..,?"),
    "boundary taken": (_take_boundary, "role .*live is .*PermissionsBoundary = None"),
    "anyone trusted": (_trust_anyone, "role .*live is .*AssumeRolePolicyDocument = .*Anyone"),
    "managed policy widened": (_widen_managed_policy, "managed policy .*'Action': '\\*'"),
    "policy detached": (_detach_policy, "attached policy .*live is nothing"),
    "role of a profile swapped": (_swap_role, "instance profile .*live is"),
}
