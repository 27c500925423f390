"""Whatever is launched from a template is hardened, on Linux and Windows alike."""

from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from blueprint.operating_systems import (
    AMAZON_LINUX_2023,
    OPERATING_SYSTEMS,
    OperatingSystem,
)
from blueprint.server_template import ServerTemplate
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
STACK.tags.set_tag("stage", "x")
KEY = kms.Key.from_key_arn(STACK, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1")
ROLE = iam.Role.from_role_name(STACK, "Role", "app")
PROFILE = iam.InstanceProfile(STACK, "Profile", role=ROLE)


def template(
    name: str,
    system: OperatingSystem,
    instance_type: str | None = None,
    key_pair: ec2.IKeyPair | None = None,
    *,
    keep_volumes: bool = True,
    termination_protection: bool = True,
    public_address: bool = False,
) -> ServerTemplate:
    windows = system.family == "Windows"
    return ServerTemplate(
        STACK,
        name,
        tier="app",
        operating_system=system,
        security_group=STACK.security_group,
        instance_profile=PROFILE,
        volumes_key=KEY,
        user_data=ec2.UserData.for_windows() if windows else ec2.UserData.for_linux(),
        instance_type=instance_type,
        key_pair=key_pair,
        keep_volumes=keep_volumes,
        termination_protection=termination_protection,
        public_address=public_address,
    )


HARDENED = {name: template(name, system) for name, system in OPERATING_SYSTEMS.items()}
OTHER = template(
    "Other",
    AMAZON_LINUX_2023,
    "t4g.small",
    ec2.KeyPair.from_key_pair_name(STACK, "KeyPair", "break-glass"),
    keep_volumes=False,
    termination_protection=False,
    public_address=True,
)


def data_of(server_template: ServerTemplate) -> dict[str, Any]:
    resource = STACK.resource(server_template.launch_template)
    data: dict[str, Any] = resource["Properties"]["LaunchTemplateData"]
    return data


@pytest.mark.parametrize("name", OPERATING_SYSTEMS)
def test_metadata_is_answered_with_a_token_and_to_the_server_itself(name: str) -> None:
    assert data_of(HARDENED[name])["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }


@pytest.mark.parametrize("name", OPERATING_SYSTEMS)
def test_the_root_volume_is_encrypted_under_the_customer_key(name: str) -> None:
    (device,) = data_of(HARDENED[name])["BlockDeviceMappings"]
    system = OPERATING_SYSTEMS[name]
    # Another name would add a second volume and leave the root volume as the image has it.
    assert device["DeviceName"] == system.root_device
    assert device["Ebs"] == {
        "Encrypted": True,
        "KmsKeyId": KEY.key_arn,
        "VolumeSize": system.volume_gib,
        "VolumeType": "gp3",
        "DeleteOnTermination": False,
    }


@pytest.mark.parametrize("name", OPERATING_SYSTEMS)
def test_the_image_is_the_newest_at_launch(name: str) -> None:
    parameter = OPERATING_SYSTEMS[name].image_parameter
    assert data_of(HARDENED[name])["ImageId"] == f"resolve:ssm:{parameter}"


@pytest.mark.parametrize("name", OPERATING_SYSTEMS)
def test_servers_have_no_key_and_no_public_address_by_default(name: str) -> None:
    data = data_of(HARDENED[name])
    assert "KeyName" not in data
    assert "SecurityGroupIds" not in data  # EC2 takes them on the interface or here, not both
    assert data["NetworkInterfaces"] == [
        {"DeviceIndex": 0, "Groups": ["sg-1"], "AssociatePublicIpAddress": False}
    ]


@pytest.mark.parametrize("name", OPERATING_SYSTEMS)
def test_ec2_refuses_to_terminate_servers_unless_a_template_says_otherwise(name: str) -> None:
    assert data_of(HARDENED[name])["DisableApiTermination"] is True
    assert data_of(OTHER)["DisableApiTermination"] is False


def test_a_key_a_public_address_and_short_lived_volumes_must_be_asked_for() -> None:
    data = data_of(OTHER)
    assert data["KeyName"] == "break-glass"
    assert data["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is True
    assert data["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"] is True


def test_rights_come_from_the_profile_by_name_alone() -> None:
    # EC2 refuses a launch that says both name and ARN, and an instance knows the name only.
    name = STACK.resolve(PROFILE.instance_profile_name)
    assert data_of(OTHER)["IamInstanceProfile"] == {"Name": name}


def test_servers_and_their_volumes_carry_name_tier_and_the_tags_of_the_stack() -> None:
    tagged = {
        specification["ResourceType"]: {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
        for specification in data_of(OTHER)["TagSpecifications"]
    }
    tags = {"Name": "Stack/App/Linux", "blueprint:tier": "app", "stage": "x"}
    assert tagged == {"instance": tags, "volume": tags}


def test_a_type_that_cannot_start_the_image_is_refused_before_an_instance_fails() -> None:
    with pytest.raises(ValueError, match=r"t3\.large has the x86_64 architecture"):
        template("Refused", AMAZON_LINUX_2023, "t3.large")
