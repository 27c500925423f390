"""The shipped environments, synthesized once, and small changes to their templates."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from proofs.assembly import Assembly, Stack, read_assembly
from proofs.network import Proof, prove_assembly
from tests.proofs.flat import flat_shipped
from tests.synthesis import shipped_assembly

Resources = dict[str, dict[str, Any]]
Change = Callable[[Resources], None]


@cache
def shipped(environment: str) -> Assembly:
    return read_assembly(shipped_assembly(environment))


def changed(environment: str, *changes: Change) -> Assembly:
    template = flat_shipped(environment)
    for change in changes:
        change(template["Resources"])
    stack = shipped(environment).named("Network")
    assert stack is not None
    return Assembly((replace(stack, template=template),))


@cache
def _unchanged(environment: str) -> Proof:
    return prove_assembly(shipped(environment))


def proof_of(environment: str, *changes: Change) -> Proof:
    if not changes:
        return _unchanged(environment)
    return prove_assembly(changed(environment, *changes))


def false_claims(proof: Proof) -> set[str]:
    return {claim.id for claim in proof.claims if not claim.holds}


def assembly_of(resources: Resources, **sections: object) -> Assembly:
    template = {"Resources": resources, **sections}
    return Assembly((Stack("Network", "Network", template, None, "111122223333", "eu-west-1"),))


# -- changes -----------------------------------------------------------------------------------


def group_of(resources: Resources, zone: str) -> str:
    return next(
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::EC2::SecurityGroup"
        and {"Key": "blueprint:zone", "Value": zone} in resource["Properties"]["Tags"]
    )


def subnets_of(resources: Resources, tier: str) -> list[str]:
    return [
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::EC2::Subnet"
        and {"Key": "aws-cdk:subnet-name", "Value": tier.capitalize()}
        in resource["Properties"]["Tags"]
    ]


def table_of(resources: Resources, subnet: str) -> dict[str, str]:
    return next(
        resource["Properties"]["RouteTableId"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::SubnetRouteTableAssociation"
        and resource["Properties"]["SubnetId"] == {"Ref": subnet}
    )


def acl_of(resources: Resources, tier: str) -> dict[str, Any]:
    subnet = subnets_of(resources, tier)[0]
    return next(
        resource["Properties"]["NetworkAclId"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::SubnetNetworkAclAssociation"
        and resource["Properties"]["SubnetId"] == {"Ref": subnet}
    )


def only(resources: Resources, kind: str) -> str:
    return next(name for name, resource in resources.items() if resource["Type"] == kind)


def let_in(zone: str, cidr: str = "0.0.0.0/0", protocol: str = "-1", port: int = 0) -> Change:
    """Adds an ingress rule to the zone's security group."""

    def change(resources: Resources) -> None:
        resources[f"Hole{zone}In"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": {"Ref": group_of(resources, zone)},
                "IpProtocol": protocol,
                "FromPort": port,
                "ToPort": port,
                "CidrIp": cidr,
            },
        }

    return change


def let_out(zone: str, cidr: str = "0.0.0.0/0") -> Change:
    """Adds an egress rule for everything to the zone's security group."""

    def change(resources: Resources) -> None:
        resources[f"Hole{zone}Out"] = {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {
                "GroupId": {"Ref": group_of(resources, zone)},
                "IpProtocol": "-1",
                "CidrIp": cidr,
            },
        }

    return change


def open_acl(tier: str) -> Change:
    """Lets everything through the tier's network ACL, both ways."""

    def change(resources: Resources) -> None:
        for egress in (False, True):
            resources[f"Open{tier}{egress}"] = {
                "Type": "AWS::EC2::NetworkAclEntry",
                "Properties": {
                    "NetworkAclId": acl_of(resources, tier),
                    "RuleNumber": 1,
                    "Egress": egress,
                    "RuleAction": "allow",
                    "CidrBlock": "0.0.0.0/0",
                    "Protocol": -1,
                },
            }

    return change


def route_to_internet(tier: str) -> Change:
    """Gives the tier's subnets a default route to the internet gateway, instead of any other."""

    def change(resources: Resources) -> None:
        for subnet in subnets_of(resources, tier):
            table = table_of(resources, subnet)
            for name, resource in list(resources.items()):
                if (
                    resource["Type"] == "AWS::EC2::Route"
                    and resource["Properties"]["RouteTableId"] == table
                ):
                    del resources[name]
            resources[f"Out{subnet}"] = {
                "Type": "AWS::EC2::Route",
                "Properties": {
                    "RouteTableId": table,
                    "DestinationCidrBlock": "0.0.0.0/0",
                    "GatewayId": {"Ref": only(resources, "AWS::EC2::InternetGateway")},
                },
            }

    return change


def remove(kind: str, *, where: Callable[[dict[str, Any]], bool] = lambda _: True) -> Change:
    """Removes the first resource of the type whose properties satisfy `where`."""

    def change(resources: Resources) -> None:
        del resources[
            next(
                name
                for name, resource in resources.items()
                if resource["Type"] == kind and where(resource["Properties"])
            )
        ]

    return change


def add(name: str, kind: str, properties: Callable[[Resources], dict[str, Any]]) -> Change:
    """Adds a resource whose properties may name others."""

    def change(resources: Resources) -> None:
        resources[name] = {"Type": kind, "Properties": properties(resources)}

    return change


def server(tier: str, zone: str | None = None, **more: object) -> Change:
    """Adds an instance to the tier's first subnet with the zone's group; None: no group."""

    def properties(resources: Resources) -> dict[str, Any]:
        groups = [{"Fn::GetAtt": [group_of(resources, zone), "GroupId"]}] if zone else None
        subnet = {"Ref": subnets_of(resources, tier)[0]}
        own = {"SubnetId": subnet} | ({"SecurityGroupIds": groups} if groups else {})
        return own | more

    return add(f"Server{tier}", "AWS::EC2::Instance", properties)
