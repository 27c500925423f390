"""What the network stack deploys, environment by environment."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from proofs.network import prove
from stacks.environment import Environment
from tests.conftest import Assembly
from tests.readable import policy

Make = Callable[..., Environment]
Synthesize = Callable[[Environment], Assembly]

VPN = {
    "connection": "vpn",
    "cidrs": ["192.168.0.0/16"],
    "customer_gateway_address": "198.51.100.10",
}
DIRECT_CONNECT = {
    "connection": "direct-connect",
    "cidrs": ["192.168.0.0/16"],
    "direct_connect_gateway_id": "0a1b2c3d-0000-1111-2222-0123456789ab",
}


class PolicySnapshot(SingleFileSnapshotExtension):
    """A text file that a reviewer reads."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


def of_type(assembly: Assembly, kind: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in assembly.network["Resources"].items()
        if resource["Type"] == kind
    }


def test_template_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert assembly.network == snapshot(extension_class=JSONSnapshotExtension)


def test_policy_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert policy(assembly.network) == snapshot(extension_class=PolicySnapshot)


def test_every_subnet_has_its_own_route_table_and_a_network_acl(assembly: Assembly) -> None:
    subnets = {str({"Ref": logical_id}) for logical_id in of_type(assembly, "AWS::EC2::Subnet")}
    tables = of_type(assembly, "AWS::EC2::SubnetRouteTableAssociation").values()
    acls = of_type(assembly, "AWS::EC2::SubnetNetworkAclAssociation").values()
    assert Counter(str(table["SubnetId"]) for table in tables) == Counter(subnets)
    assert len({str(table["RouteTableId"]) for table in tables}) == len(subnets)
    assert Counter(str(acl["SubnetId"]) for acl in acls) == Counter(subnets)


def test_no_subnet_hands_out_public_addresses(assembly: Assembly) -> None:
    subnets = of_type(assembly, "AWS::EC2::Subnet").values()
    assert subnets
    assert not any(subnet.get("MapPublicIpOnLaunch") for subnet in subnets)


def test_the_default_security_group_is_closed(assembly: Assembly) -> None:
    (resource,) = of_type(assembly, "Custom::VpcRestrictDefaultSG").values()
    assert resource["DefaultSecurityGroupId"]["Fn::GetAtt"][1] == "DefaultSecurityGroup"


def test_no_function_may_create_a_log_group_that_outlives_the_stack(assembly: Assembly) -> None:
    (function,) = of_type(assembly, "AWS::Lambda::Function").values()
    role = of_type(assembly, "AWS::IAM::Role")[function["Role"]["Fn::GetAtt"][0]]
    assert "ManagedPolicyArns" not in role
    assert "logs:" not in str(role)


def test_of_what_bills_by_the_hour_the_sandbox_has_no_gateway_endpoint_or_address(
    sandbox: Assembly,
) -> None:
    kinds = {resource["Type"] for resource in sandbox.network["Resources"].values()}
    assert not kinds & {
        "AWS::EC2::EIP",
        "AWS::EC2::NatGateway",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPNConnection",
    }


def test_production_survives_the_loss_of_a_zone(production: Assembly) -> None:
    gateways = of_type(production, "AWS::EC2::NatGateway").values()
    assert len({str(gateway["SubnetId"]) for gateway in gateways}) == 3


@pytest.mark.parametrize(("name", "policy"), [("sandbox", "Delete"), ("production", "Retain")])
def test_data_outlive_the_stack_in_production_only(
    name: str, policy: str, request: pytest.FixtureRequest
) -> None:
    resources = request.getfixturevalue(name).network["Resources"].values()
    kept = [r for r in resources if r["Type"] in {"AWS::KMS::Key", "AWS::Logs::LogGroup"}]
    assert [resource["DeletionPolicy"] for resource in kept] == [policy] * 2


def test_flow_logs_are_encrypted_with_a_rotated_key_and_expire(assembly: Assembly) -> None:
    (key,) = of_type(assembly, "AWS::KMS::Key").values()
    (group,) = of_type(assembly, "AWS::Logs::LogGroup").values()
    (flow_log,) = of_type(assembly, "AWS::EC2::FlowLog").values()
    assert key["EnableKeyRotation"] is True
    assert group["KmsKeyId"]["Fn::GetAtt"][0] in of_type(assembly, "AWS::KMS::Key")
    assert group["RetentionInDays"] == assembly.environment.network.flow_log_retention_days
    assert flow_log["LogGroupName"]["Ref"] in of_type(assembly, "AWS::Logs::LogGroup")
    assert flow_log["TrafficType"] == "ALL"


def growth(before: Assembly, after: Assembly) -> tuple[set[str], set[str]]:
    """Logical ids that went away, and those whose properties changed."""
    old, new = before.network["Resources"], after.network["Resources"]
    return set(old) - set(new), {key for key in set(old) & set(new) if old[key] != new[key]}


def test_a_third_zone_moves_no_subnet_and_changes_no_logical_id(
    environment_of: Make, synthesize: Synthesize
) -> None:
    two = synthesize(environment_of(network={"cidr": "10.0.0.0/16", "zones": 2}))
    three = synthesize(environment_of(network={"cidr": "10.0.0.0/16", "zones": 3}))
    assert growth(two, three) == (set(), set())


def test_a_new_tier_moves_no_subnet_and_changes_no_logical_id(
    environment_of: Make, synthesize: Synthesize
) -> None:
    without = {"cidr": "10.0.0.0/16", "instance_connect_endpoint": False}
    with_endpoints = {**without, "interface_endpoints": True}
    # Without a tier for endpoints, the company's network is the way in to private servers.
    three_tiers = synthesize(environment_of(network=without, on_premises=VPN))
    four_tiers = synthesize(environment_of(network=with_endpoints, on_premises=VPN))
    gone, changed = growth(three_tiers, four_tiers)
    resources = four_tiers.network["Resources"]
    assert not gone
    # Rows for the new tier change the entries of network ACLs, in place.
    assert {resources[key]["Type"] for key in changed} <= {"AWS::EC2::NetworkAclEntry"}
    assert {"EndpointsSubnet1", "EndpointsSubnet2"} <= {
        str(resources[key]["Properties"]["Tags"][-1]["Value"]).rsplit("/", maxsplit=1)[-1]
        for key in set(resources) - set(three_tiers.network["Resources"])
        if resources[key]["Type"] == "AWS::EC2::Subnet"
    }


def test_a_tier_of_the_file_moves_nothing_and_only_its_neighbour_reaches_it(
    environment_of: Make, synthesize: Synthesize
) -> None:
    network: dict[str, object] = {"cidr": "10.0.0.0/16"}
    cache = {"name": "cache", "place": 6, "reached_from": "app", "port": 6379}
    without = synthesize(environment_of(network=network))
    with_cache = synthesize(environment_of(network={**network, "tiers": [cache]}))
    gone, changed = growth(without, with_cache)
    resources = with_cache.network["Resources"]
    assert not gone
    # Group rules of the neighbour, and rows of network ACLs, change in place.
    assert {resources[key]["Type"] for key in changed} <= {
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::SecurityGroup",
    }
    reach = prove(with_cache.directory).matrix
    open_ = {key for key, cell in reach.items() if "cache" in key and cell.ports}
    assert open_ == {("app", "cache")}


def test_switching_nat_on_replaces_no_subnet(environment_of: Make, synthesize: Synthesize) -> None:
    without = synthesize(environment_of(network={"cidr": "10.0.0.0/16", "nat": "none"}))
    with_nat = synthesize(environment_of(network={"cidr": "10.0.0.0/16", "nat": "single"}))
    gone, _ = growth(without, with_nat)
    assert not gone
    for key, before in of_type(without, "AWS::EC2::Subnet").items():
        after = of_type(with_nat, "AWS::EC2::Subnet")[key]
        # The CDK's own tag says "Private" instead of "Isolated"; a tag replaces nothing.
        assert {**after, "Tags": None} == {**before, "Tags": None}


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_the_database_tier_never_has_a_default_route(
    nat: str, environment_of: Make, synthesize: Synthesize
) -> None:
    network = synthesize(environment_of(network={"cidr": "10.0.0.0/16", "nat": nat}))
    routes = of_type(network, "AWS::EC2::Route")
    expected = {"none": 0, "single": 1, "per-zone": 2}[nat]
    assert len(of_type(network, "AWS::EC2::NatGateway")) == expected
    assert not any("Db" in str(route["RouteTableId"]) for route in routes.values())
    assert any("App" in str(route["RouteTableId"]) for route in routes.values()) is (nat != "none")


@pytest.mark.parametrize("company", [VPN, DIRECT_CONNECT])
def test_the_company_reaches_only_the_private_tiers_route_tables(
    company: dict[str, Any], environment_of: Make, synthesize: Synthesize
) -> None:
    network = synthesize(environment_of(on_premises=company))
    (propagation,) = of_type(network, "AWS::EC2::VPNGatewayRoutePropagation").values()
    tables = [table["Ref"] for table in propagation["RouteTableIds"]]
    assert len(tables) == 4
    assert all(table.startswith(("VpcApp", "VpcDb")) for table in tables)


def test_static_routes_are_those_of_the_company(
    environment_of: Make, synthesize: Synthesize
) -> None:
    static = synthesize(environment_of(on_premises={**VPN, "routing": "static"}))
    dynamic = synthesize(environment_of(on_premises={**VPN, "routing": "bgp"}))
    (route,) = of_type(static, "AWS::EC2::VPNConnectionRoute").values()
    assert route["DestinationCidrBlock"] == "192.168.0.0/16"
    assert not of_type(dynamic, "AWS::EC2::VPNConnectionRoute")
    for network, only_static in ((static, True), (dynamic, False)):
        (connection,) = of_type(network, "AWS::EC2::VPNConnection").values()
        assert connection["StaticRoutesOnly"] is only_static


def test_pre_shared_keys_are_named_and_never_written(
    environment_of: Make, synthesize: Synthesize
) -> None:
    network = synthesize(
        environment_of(on_premises={**VPN, "pre_shared_key_secrets": ["vpn/one", "vpn/two"]})
    )
    (connection,) = of_type(network, "AWS::EC2::VPNConnection").values()
    keys = [tunnel["PreSharedKey"] for tunnel in connection["VpnTunnelOptionsSpecifications"]]
    assert keys == [
        "{{resolve:secretsmanager:vpn/one:SecretString}}",
        "{{resolve:secretsmanager:vpn/two:SecretString}}",
    ]


def test_a_template_states_the_traffic_it_is_meant_to_allow(assembly: Assembly) -> None:
    metadata = assembly.network["Metadata"]
    assert metadata["Environment"] == assembly.environment.name
    assert metadata["FlowTable"]["rows"]


def test_nothing_is_left_to_copy_by_hand(assembly: Assembly) -> None:
    # Outputs are those that another stack of the environment reads by itself.
    audit = json.dumps(assembly.read("Audit.template.json"))
    read = audit + json.dumps(assembly.servers)
    assert all(f'"{output}"' in read for output in assembly.network["Outputs"])
    if assembly.environment.partner:
        read = audit + json.dumps(assembly.read("CrossAccountRole.template.json"))
        assert all(f'"{output}"' in read for output in assembly.servers["Outputs"])
    else:
        assert "Outputs" not in assembly.servers
    assert set(assembly.network["Parameters"]) == {"BootstrapVersion"}


# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
@pytest.mark.parametrize(
    ("kind", "key", "quota"),
    [
        ("AWS::EC2::NetworkAclEntry", lambda p: (str(p["NetworkAclId"]), p["Egress"]), 20),
        ("AWS::EC2::SecurityGroupIngress", lambda p: str(p["GroupId"]), 60),
        ("AWS::EC2::SecurityGroupEgress", lambda p: str(p["GroupId"]), 60),
        ("AWS::EC2::EIP", lambda _: "region", 5),
        ("AWS::EC2::VPC", lambda _: "region", 5),
    ],
)
def test_no_quota_is_exceeded(
    assembly: Assembly, kind: str, key: Callable[[dict[str, Any]], object], quota: int
) -> None:
    counts = Counter(key(properties) for properties in of_type(assembly, kind).values())
    assert all(count <= quota for count in counts.values())


def test_templates_stay_under_the_resource_quota(assembly: Assembly) -> None:
    assert len(assembly.network["Resources"]) <= 500
