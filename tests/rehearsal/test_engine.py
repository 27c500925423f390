"""Stacks behave as CloudFormation's: nothing is ignored, and what fails leaves nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal import play, standin
from rehearsal.assembly import UnusableAssemblyError, read_assembly
from rehearsal.inventory import differences, take_inventory
from rehearsal.standin import StandIn

# It starts a stand-in, which takes seconds; the tests share it.
pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.exhaustive,
    pytest.mark.xdist_group("engine"),
]

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
ACCOUNT = "210987654321"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standin.running(ACCOUNT, "eu-west-1") as running:
        yield running


@pytest.fixture
def unchanged(stand_in: StandIn) -> Iterator[None]:
    """The test leaves the stand-in as it was, but for stacks that failed."""
    before = take_inventory(stand_in)
    yield
    left = differences(before, take_inventory(stand_in))
    assert [line for line in left if not line.startswith("stack ")] == []


def _template(**resources: object) -> str:
    return json.dumps({"Resources": resources})


def _group(description: str, **properties: object) -> dict[str, Any]:
    fixed = {"GroupDescription": description, "VpcId": {"Ref": "Vpc"}}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {**fixed, **properties}}


def _launch(**data: object) -> dict[str, Any]:
    image = "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base"
    properties = {"LaunchTemplateData": {"ImageId": image, "InstanceType": "t3.large", **data}}
    return {"Type": "AWS::EC2::LaunchTemplate", "Properties": properties}


def _ids(stand_in: StandIn, stack: str) -> dict[str, str]:
    resources = stand_in.cloudformation.describe_stack_resources(StackName=stack)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in resources["StackResources"]
    }


def test_stand_in_answers_for_the_account_and_region_asked_for(stand_in: StandIn) -> None:
    assert stand_in.client("sts").get_caller_identity()["Account"] == ACCOUNT
    subnet = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "10.0.0.0/24",
            "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        },
    }
    stand_in.cloudformation.create_stack(
        StackName="zones", TemplateBody=_template(Vpc=VPC, Subnet=subnet)
    )
    subnets = stand_in.ec2.describe_subnets(SubnetIds=[_ids(stand_in, "zones")["Subnet"]])
    assert subnets["Subnets"][0]["AvailabilityZone"] == "eu-west-1a"
    stand_in.cloudformation.delete_stack(StackName="zones")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"Type": "AWS::EC2::Subnet", "Properties": {"Sort": "x"}}, "does not understand Sort"),
        ({"Type": "AWS::SQS::Queue"}, "cannot play AWS::SQS::Queue"),
        (
            _group("g", SecurityGroupIngress=[{"IpProtocol": "-1", "SourcePrefixListId": "pl-1"}]),
            "does not understand .*SourcePrefixListId",
        ),
        (_launch(HibernationOptions={"Configured": True}), "not understand HibernationOptions"),
        (_launch(MetadataOptions={"HttpProtocolIpv6": "enabled"}), "understand HttpProtocolIpv6"),
        (
            _group("g", Tags=[{"Key": "k", "Value": {"Fn::GetAtt": ["Vpc", "Nothing"]}}]),
            "has no attribute Nothing",
        ),
    ],
)
def test_failed_creation_says_why_and_leaves_nothing(
    stand_in: StandIn, broken: dict[str, Any], reason: str, request: pytest.FixtureRequest
) -> None:
    name = f"broken-{abs(hash(request.node.name))}"
    with pytest.raises(ClientError, match=rf"Broken \(AWS::.*\): .*{reason}"):
        stand_in.cloudformation.create_stack(
            StackName=name, TemplateBody=_template(Vpc=VPC, Broken=broken)
        )


@pytest.mark.usefixtures("unchanged")
def test_update_changes_in_place_replaces_and_deletes(stand_in: StandIn) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8"}
    before = _template(Vpc=VPC, Same=_group("s"), Other=_group("o"), Gone=_group("g"))
    after = _template(Vpc=VPC, Same=_group("s", SecurityGroupEgress=[rule]), Other=_group("other"))
    stand_in.cloudformation.create_stack(StackName="changing", TemplateBody=before)
    old = _ids(stand_in, "changing")
    stand_in.cloudformation.update_stack(StackName="changing", TemplateBody=after)
    new = _ids(stand_in, "changing")
    assert new["Same"] == old["Same"]
    assert new["Other"] != old["Other"]
    live = take_inventory(stand_in)
    assert ("security group", old["Other"]) not in live
    assert ("security group", old["Gone"]) not in live
    group = json.loads(live["security group", new["Same"]])
    assert [each["FromPort"] for each in group["IpPermissionsEgress"]] == [1]
    stand_in.cloudformation.delete_stack(StackName="changing")


def test_retained_resource_outlives_its_stack(stand_in: StandIn) -> None:
    kept = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"}
    stand_in.cloudformation.create_stack(StackName="kept", TemplateBody=_template(Log=kept))
    name = _ids(stand_in, "kept")["Log"]
    stand_in.cloudformation.delete_stack(StackName="kept")
    assert ("log group", name) in take_inventory(stand_in)


def _output(name: str, stack: str = "outputs") -> dict[str, Any]:
    return {"Fn::GetStackOutput": {"StackName": stack, "OutputName": name}}


@pytest.fixture
def outputs(stand_in: StandIn) -> Iterator[str]:
    """A stack with an output; it gives the id of its VPC."""
    template = {"Resources": {"Vpc": VPC}, "Outputs": {"Id": {"Value": {"Ref": "Vpc"}}}}
    stand_in.cloudformation.create_stack(StackName="outputs", TemplateBody=json.dumps(template))
    yield _ids(stand_in, "outputs")["Vpc"]
    stand_in.cloudformation.delete_stack(StackName="outputs")


def test_output_of_another_stack_is_read(stand_in: StandIn, outputs: str) -> None:
    group = _group("g", VpcId=_output("Id"))
    stand_in.cloudformation.create_stack(StackName="reads", TemplateBody=_template(Group=group))
    group_id = _ids(stand_in, "reads")["Group"]
    found = stand_in.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert found[0]["VpcId"] == outputs
    stand_in.cloudformation.delete_stack(StackName="reads")


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (_output("Other"), "the stack outputs has no output Other"),
        (_output("Id", "absent"), "there is no stack absent to read the output Id of"),
    ],
)
def test_output_that_does_not_exist_is_refused(
    stand_in: StandIn, asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        stand_in.cloudformation.create_stack(
            StackName=f"asks-{abs(hash(reason))}",
            TemplateBody=_template(Group=_group("g", VpcId=asked)),
        )


SERVED = {
    "Vpc": VPC,
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "10.0.0.0/24",
            "AvailabilityZone": "eu-west-1a",
        },
    },
}


NEWEST = {
    "LaunchTemplateId": {"Ref": "Template"},
    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
}
SCALED = {
    "Type": "AWS::AutoScaling::AutoScalingGroup",
    "Properties": {
        "LaunchTemplate": NEWEST,
        "MinSize": "1",
        "DesiredCapacity": "2",
        "MaxSize": "3",
        "VPCZoneIdentifier": [{"Ref": "Subnet"}],
    },
}


def _server(**properties: object) -> dict[str, Any]:
    fixed = {
        "LaunchTemplate": NEWEST,
        "NetworkInterfaces": [{"DeviceIndex": "0", "SubnetId": {"Ref": "Subnet"}}],
    }
    return {"Type": "AWS::EC2::Instance", "Properties": {**fixed, **properties}}


@pytest.mark.usefixtures("unchanged")
def test_protected_server_is_not_deleted(stand_in: StandIn) -> None:
    template = _template(**SERVED, Template=_launch(), Server=_server(DisableApiTermination=True))
    stand_in.cloudformation.create_stack(StackName="protected", TemplateBody=template)
    server = _ids(stand_in, "protected")["Server"]
    with pytest.raises(ClientError, match="may not be terminated"):
        stand_in.cloudformation.delete_stack(StackName="protected")
    assert ("server", server) in take_inventory(stand_in)
    stand_in.ec2.modify_instance_attribute(
        InstanceId=server, DisableApiTermination={"Value": False}
    )
    stand_in.cloudformation.delete_stack(StackName="protected")


@pytest.mark.usefixtures("unchanged")
def test_protected_stack_is_not_deleted_until_its_protection_is_lifted(stand_in: StandIn) -> None:
    cloudformation = stand_in.cloudformation
    cloudformation.create_stack(
        StackName="kept", TemplateBody=_template(Vpc=VPC), EnableTerminationProtection=True
    )
    with pytest.raises(ClientError, match=r"Stack \[kept\] cannot be deleted while Term"):
        cloudformation.delete_stack(StackName="kept")
    assert ("VPC", _ids(stand_in, "kept")["Vpc"]) in take_inventory(stand_in)
    cloudformation.update_termination_protection(
        StackName="kept", EnableTerminationProtection=False
    )
    cloudformation.delete_stack(StackName="kept")


@pytest.mark.usefixtures("unchanged")
def test_protection_refuses_people_and_not_the_group_of_a_server(stand_in: StandIn) -> None:
    template = _template(**SERVED, Template=_launch(DisableApiTermination=True), Group=SCALED)
    stand_in.cloudformation.create_stack(StackName="scaled", TemplateBody=template)
    one, other = (identity for kind, identity in take_inventory(stand_in) if kind == "server")
    with pytest.raises(ClientError, match="may not be terminated"):
        stand_in.ec2.terminate_instances(InstanceIds=[one])
    stand_in.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=one, ShouldDecrementDesiredCapacity=True
    )
    assert ("server", one) not in take_inventory(stand_in)
    assert ("server", other) in take_inventory(stand_in)
    stand_in.cloudformation.delete_stack(StackName="scaled")


@pytest.mark.usefixtures("unchanged")
def test_what_servers_leave_behind_is_their_kept_volumes(stand_in: StandIn) -> None:
    kept = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 50, "DeleteOnTermination": False}}
    template = _template(**SERVED, Template=_launch(BlockDeviceMappings=[kept]), Server=_server())
    stand_in.cloudformation.create_stack(StackName="keeps", TemplateBody=template)
    stand_in.cloudformation.delete_stack(StackName="keeps")
    (volume,) = (identity for kind, identity in take_inventory(stand_in) if kind == "volume")
    stand_in.ec2.delete_volume(VolumeId=volume)


@pytest.mark.usefixtures("unchanged")
def test_private_key_is_kept_in_a_parameter_as_long_as_the_pair(stand_in: StandIn) -> None:
    pair = {"Type": "AWS::EC2::KeyPair", "Properties": {"KeyName": "break-glass"}}
    stand_in.cloudformation.create_stack(StackName="keys", TemplateBody=_template(Pair=pair))
    (name,) = (identity for kind, identity in take_inventory(stand_in) if kind == "parameter")
    assert name.startswith("/ec2/keypair/key-")
    stand_in.cloudformation.delete_stack(StackName="keys")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("kind", ["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"])
def test_an_account_has_one_analyzer_of_each_type(stand_in: StandIn, kind: str) -> None:
    analyzer = {"Type": "AWS::AccessAnalyzer::Analyzer", "Properties": {"Type": kind}}
    with pytest.raises(ClientError, match=f"There is an analyzer of {kind}"):
        stand_in.cloudformation.create_stack(
            StackName=f"two-of-{kind.replace('_', '-')}",
            TemplateBody=_template(One=analyzer, Other=analyzer),
        )


def _give_password(stand_in: StandIn) -> Callable[[], object]:
    stand_in.iam.create_login_profile(UserName="ann", Password="Tr0ub4dor&3-first")  # noqa: S106 - nobody's
    return lambda: stand_in.iam.delete_login_profile(UserName="ann")


def _give_device(stand_in: StandIn) -> Callable[[], object]:
    iam = stand_in.iam
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    ann = {"UserName": "ann", "SerialNumber": device["SerialNumber"]}
    iam.enable_mfa_device(**ann, AuthenticationCode1="123456", AuthenticationCode2="654321")

    def undo() -> None:
        iam.deactivate_mfa_device(**ann)
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])

    return undo


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("give", "held"), [(_give_password, "password"), (_give_device, "devices")]
)
def test_a_user_who_can_still_sign_in_is_not_removed(
    stand_in: StandIn, give: Callable[[StandIn], Callable[[], object]], held: str
) -> None:
    ann = {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann"}}
    stand_in.cloudformation.create_stack(
        StackName="people", TemplateBody=_template(Vpc=VPC, Ann=ann)
    )
    take = give(stand_in)
    refused = f"Cannot delete user ann, which has {held}"
    with pytest.raises(ClientError, match=refused):
        stand_in.cloudformation.update_stack(StackName="people", TemplateBody=_template(Vpc=VPC))
    with pytest.raises(ClientError, match=refused):
        stand_in.cloudformation.delete_stack(StackName="people")
    assert ("user", "ann") in take_inventory(stand_in)
    take()
    stand_in.cloudformation.delete_stack(StackName="people")


def test_unplayed_type_is_refused_before_anything_starts(
    write_assembly: Callable[..., Path],
) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    assembly = read_assembly(write_assembly({"Vpc": VPC, "Jobs": queue, "Mail": queue}))
    with pytest.raises(
        UnusableAssemblyError, match=r"AWS::SQS::Queue in stack Small \(Jobs, Mail\)"
    ):
        play.refuse_unplayed(assembly)


def test_shipped_templates_hold_played_types_only(sandbox: Any, production: Any) -> None:  # noqa: ANN401 - assemblies
    play.refuse_unplayed(sandbox)
    play.refuse_unplayed(production)
