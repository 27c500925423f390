"""Ways to the AWS API and to servers, as production deploys them."""

from typing import Any

import pytest

from tests.conftest import Assembly


def endpoints(assembly: Assembly, kind: str) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in assembly.network["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
        and resource["Properties"]["VpcEndpointType"] == kind
    ]


def statements(endpoint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {s.get("Sid", ""): s for s in endpoint["PolicyDocument"]["Statement"]}


def test_only_own_principals_reach_only_own_buckets(assembly: Assembly) -> None:
    (endpoint,) = endpoints(assembly, "Gateway")
    allowed = statements(endpoint)
    assert set(allowed) == {"OwnBuckets", "AmazonLinuxPackages"}
    account = assembly.environment.account or {"Ref": "AWS::AccountId"}
    assert allowed["OwnBuckets"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
    }
    assert allowed["AmazonLinuxPackages"]["Action"] == "s3:GetObject"


def test_servers_route_to_s3_and_endpoints_do_not(assembly: Assembly) -> None:
    (endpoint,) = endpoints(assembly, "Gateway")
    tables = [table["Ref"] for table in endpoint["RouteTableIds"]]
    zones = assembly.environment.network.zones
    assert len(tables) == 3 * (zones if isinstance(zones, int) else len(zones))
    assert all(table.startswith(("VpcWeb", "VpcApp", "VpcDb")) for table in tables)


def test_interface_endpoints_take_only_the_group_of_the_flow_table(production: Assembly) -> None:
    found = endpoints(production, "Interface")
    assert len(found) == 3
    for endpoint in found:
        (group,) = endpoint["SecurityGroupIds"]
        assert group["Fn::GetAtt"][0].startswith("SecurityGroupsInterfaceEndpoints")
        assert all(s["Ref"].startswith("VpcEndpoints") for s in endpoint["SubnetIds"])
        assert endpoint["PrivateDnsEnabled"] is True
        (statement,) = endpoint["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}


@pytest.mark.parametrize("name", ["sandbox", "production"])
def test_instance_connect_shows_servers_its_own_address(
    name: str, request: pytest.FixtureRequest
) -> None:
    resources = request.getfixturevalue(name).network["Resources"].values()
    (endpoint,) = (r for r in resources if r["Type"] == "AWS::EC2::InstanceConnectEndpoint")
    assert endpoint["Properties"]["PreserveClientIp"] is False
    assert endpoint["Properties"]["SubnetId"]["Ref"].startswith("VpcEndpointsSubnet1")
