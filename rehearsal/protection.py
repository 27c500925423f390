"""Protection against deletion: AWS refuses to destroy what carries it, until a person lifts it."""

from collections.abc import Callable

from rehearsal.assembly import Assembly
from rehearsal.readback.resolve import deployed_resources, deployed_stacks
from rehearsal.standin import StandIn

_DELETION_PROTECTION = "deletion_protection.enabled"


def lift(stand_in: StandIn, assembly: Assembly) -> list[str]:
    """Lift the protection of the stacks of `assembly` and of what they hold; return their names."""
    resources = [
        f"{stack.name}/{logical_id}"
        for stack, logical_id, physical_id in deployed_resources(stand_in, assembly)
        if _lift_one(
            stand_in.of(stack.account), stack.template["Resources"][logical_id]["Type"], physical_id
        )
    ]
    return sorted([*lift_stacks(stand_in, assembly), *resources])


def lift_stacks(stand_in: StandIn, assembly: Assembly) -> list[str]:
    """Lift the protection of the stacks alone; return their names."""
    protected = [
        stack
        for stack, described in deployed_stacks(stand_in, assembly)
        if described.get("EnableTerminationProtection")
    ]
    for stack in protected:
        stand_in.of(stack.account).cloudformation.update_termination_protection(
            StackName=stack.name, EnableTerminationProtection=False
        )
    return [stack.name for stack in protected]


def _lift_one(stand_in: StandIn, resource_type: str, physical_id: str) -> bool:
    lift_it = _LIFTS.get(resource_type)
    return lift_it is not None and lift_it(stand_in, physical_id)


def _lift_of_server(stand_in: StandIn, server_id: str) -> bool:
    described = stand_in.ec2.describe_instance_attribute(
        InstanceId=server_id, Attribute="disableApiTermination"
    )
    if not described["DisableApiTermination"]["Value"]:
        return False
    stand_in.ec2.modify_instance_attribute(
        InstanceId=server_id, DisableApiTermination={"Value": False}
    )
    return True


def _lift_of_balancer(stand_in: StandIn, arn: str) -> bool:
    elbv2 = stand_in.client("elbv2")
    described = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    if {"Key": _DELETION_PROTECTION, "Value": "true"} not in described:
        return False
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": _DELETION_PROTECTION, "Value": "false"}]
    )
    return True


_LIFTS: dict[str, Callable[[StandIn, str], bool]] = {
    "AWS::EC2::Instance": _lift_of_server,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _lift_of_balancer,
}
