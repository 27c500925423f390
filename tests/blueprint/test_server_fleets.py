"""Servers as single instances, and as an Auto Scaling group."""

from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from blueprint.operating_systems import AMAZON_LINUX_2023
from blueprint.server_fleets import ServerGroup, ServerInstances
from blueprint.server_template import ServerTemplate
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
TEMPLATE = ServerTemplate(
    STACK,
    "Template",
    tier="app",
    operating_system=AMAZON_LINUX_2023,
    security_group=STACK.security_group,
    instance_profile=iam.InstanceProfile(
        STACK, "Profile", role=iam.Role.from_role_name(STACK, "Role", "app")
    ),
    volumes_key=kms.Key.from_key_arn(STACK, "Key", "arn:aws:kms:eu-west-1:111122223333:key/1"),
    user_data=ec2.UserData.for_linux(),
    instance_type="t4g.small",
)
TARGETS = [
    elbv2.NetworkTargetGroup(
        STACK, name, vpc=STACK.vpc, port=8080, target_type=elbv2.TargetType.INSTANCE
    )
    for name in ("ForInstances", "ForGroup")
]


def instances(
    name: str, subnets: list[ec2.ISubnet], instance_type: str = "t4g.medium"
) -> ServerInstances:
    return ServerInstances(
        STACK,
        name,
        tier="app",
        template=TEMPLATE,
        instance_type=instance_type,
        subnets=subnets,
        count=3,
    )


def group(name: str, *, behind_load_balancer: bool) -> ServerGroup:
    return ServerGroup(
        STACK,
        name,
        vpc=STACK.vpc,
        template=TEMPLATE,
        subnets=STACK.subnets,
        count=3,
        behind_load_balancer=behind_load_balancer,
    )


INSTANCES = instances("Instances", STACK.subnets)
INSTANCES.serve(TARGETS[0], 8080)
GROUP = group("Scaled", behind_load_balancer=True)
ALONE = group("Alone", behind_load_balancer=False)
GROUP.serve(TARGETS[1], 8080)


def servers() -> list[dict[str, Any]]:
    return [server["Properties"] for server in STACK.all_of("AWS::EC2::Instance")]


def resource_of(construct: ServerGroup) -> dict[str, Any]:
    return STACK.resource(construct.node.find_child("Resource"))


def test_servers_are_spread_over_the_subnets_in_turn() -> None:
    subnets = [server["NetworkInterfaces"][0]["SubnetId"] for server in servers()]
    assert subnets == ["subnet-1", "subnet-2", "subnet-1"]


def test_every_server_and_group_takes_the_newest_version_of_the_template() -> None:
    latest = STACK.resolve(TEMPLATE.launch_template.latest_version_number)
    groups = [group["Properties"] for group in STACK.all_of("AWS::AutoScaling::AutoScalingGroup")]
    assert [one["LaunchTemplate"]["Version"] for one in [*servers(), *groups]] == [latest] * 5


def test_an_instance_says_nothing_that_weakens_its_template() -> None:
    data = STACK.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    of_template = data["NetworkInterfaces"][0]
    for server in servers():
        assert set(server) == {
            "DisableApiTermination",
            "IamInstanceProfile",
            "InstanceType",
            "LaunchTemplate",
            "Monitoring",
            "NetworkInterfaces",
            "Tags",
        }
        (interface,) = server["NetworkInterfaces"]
        assert interface["GroupSet"] == of_template["Groups"]
        assert interface["AssociatePublicIpAddress"] is of_template["AssociatePublicIpAddress"]
        assert server["IamInstanceProfile"] == data["IamInstanceProfile"]["Name"]
        assert server["Monitoring"] is True
        assert server["DisableApiTermination"] is data["DisableApiTermination"] is True
        assert {"Key": "blueprint:tier", "Value": "app"} in server["Tags"]


def test_the_size_of_single_servers_is_their_own() -> None:
    assert {server["InstanceType"] for server in servers()} == {"t4g.medium"}


def test_a_fleet_without_a_place_or_with_another_processor_is_refused() -> None:
    with pytest.raises(ValueError, match="Nowhere has no subnets"):
        instances("Nowhere", [])
    with pytest.raises(ValueError, match=r"t3\.small has the x86_64 architecture"):
        instances("Wrong", STACK.subnets, "t3.small")


def test_a_group_launches_a_replacement_first_and_waits_without_asking() -> None:
    resource = resource_of(GROUP)
    update = resource["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (resource["Properties"]["MinSize"], resource["Properties"]["MaxSize"]) == ("3", "4")
    assert (update["MinInstancesInService"], update["MaxBatchSize"]) == (3, 1)
    # It waits and does not ask: README.md and the docstring say what that means.
    assert (update["PauseTime"], update.get("WaitOnResourceSignals")) == ("PT10M", None)
    assert "DesiredCapacity" not in resource["Properties"]


def test_only_a_group_behind_a_load_balancer_believes_its_health_checks() -> None:
    health = [resource_of(one)["Properties"]["HealthCheckType"] for one in (GROUP, ALONE)]
    assert health == ["ELB", "EC2"]  # "ELB" counts beside EC2's own


def test_servers_are_targets_of_the_load_balancer_they_serve() -> None:
    for_instances, _ = (STACK.resource(target)["Properties"] for target in TARGETS)
    assert [(target["Port"]) for target in for_instances["Targets"]] == [8080] * 3
    assert resource_of(GROUP)["Properties"]["TargetGroupARNs"] == [
        STACK.resolve(TARGETS[1].target_group_arn)
    ]
    assert "TargetGroupARNs" not in resource_of(ALONE)["Properties"]
