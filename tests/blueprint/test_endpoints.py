"""Ways to the AWS API and to servers."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from blueprint.endpoints import S3GatewayEndpoint
from blueprint.update_buckets import update_buckets
from tests.blueprint.small_stack import SmallStack
from tests.conftest import Assembly

STACK = SmallStack()
DATA = s3.Bucket.from_bucket_name(STACK, "Data", "data")
S3GatewayEndpoint(
    STACK,
    "S3Endpoint",
    vpc=STACK.vpc,
    subnets=STACK.subnets,
    bucket=DATA,
    readable_objects=["arn:aws:s3:::assets/workload.zip"],
)


def s3_endpoint() -> dict[str, Any]:
    return STACK.one("AWS::EC2::VPCEndpoint")


def allowed() -> dict[str, dict[str, Any]]:
    return {
        statement["Sid"]: statement for statement in s3_endpoint()["PolicyDocument"]["Statement"]
    }


def resources(sid: str) -> list[str]:
    """The resources of a statement, without the partition in front."""
    found = allowed()[sid]["Resource"]
    found = found if isinstance(found, list) else [found]
    return [one if isinstance(one, str) else one["Fn::Join"][1][-1] for one in found]


def test_data_is_used_in_one_bucket_and_changed_in_no_other() -> None:
    assert resources("Data") == [":s3:::data", ":s3:::data/*"]
    changing = {"s3:PutObject", "s3:DeleteObject"}
    assert {sid for sid, one in allowed().items() if changing & set(one["Action"])} == {"Data"}
    assert resources("Objects") == ["arn:aws:s3:::assets/workload.zip"]


def test_only_updates_are_for_principals_of_no_account() -> None:
    own = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
    conditions = {sid: statement.get("Condition") for sid, statement in allowed().items()}
    assert conditions == {"Data": own, "BucketNames": own, "Objects": own, "Updates": None}
    assert allowed()["Updates"]["Action"] == "s3:GetObject"


def test_updates_are_read_from_whole_names_of_the_region() -> None:
    # A name with a wildcard would be a bucket that anyone can create and read requests of.
    assert resources("Updates") == [f":s3:::{name}/*" for name in update_buckets("eu-west-1")]
    assert not any("*" in name or "?" in name for name in update_buckets("eu-west-1"))


@pytest.mark.parametrize(
    ("region", "manager", "baseline"),
    [("eu-west-1", "5522fb710", ""), ("me-south-1", "a53fc9dce", "-uduvl7q8")],
)
def test_patching_reads_the_buckets_that_aws_lists(
    region: str, manager: str, baseline: str
) -> None:
    assert [name for name in update_buckets(region) if "patch" in name] == [
        f"aws-patch-manager-{region}-{manager}",
        f"patch-baseline-snapshot-{region}{baseline}",
    ]


def test_a_region_that_aws_does_not_list_has_packages_without_patching() -> None:
    for region in ("xx-nowhere-9", cdk.Aws.REGION):
        assert f"al2023-repos-{region}-de612dc2" in update_buckets(region)
        assert not any("patch" in name for name in update_buckets(region))


def test_every_given_subnet_routes_to_s3() -> None:
    assert s3_endpoint()["RouteTableIds"] == ["rtb-1", "rtb-2"]


def endpoints(assembly: Assembly, kind: str) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in assembly.network["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
        and resource["Properties"]["VpcEndpointType"] == kind
    ]


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
