"""Names of tiers inside the VPC."""

import pytest
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from blueprint.tier_names import TierNames
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
NAMES = TierNames(STACK, "Names", vpc=STACK.vpc)
BALANCER = elbv2.NetworkLoadBalancer(
    STACK, "Balancer", vpc=STACK.vpc, security_groups=[STACK.security_group]
)
NAMES.add("app", ["10.0.32.4", "10.0.40.4"])
NAMES.add("db", BALANCER)


def test_only_the_vpc_resolves_the_names() -> None:
    zone = STACK.one("AWS::Route53::HostedZone")
    assert zone["Name"] == "blueprint.internal."
    assert zone["VPCs"] == [{"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}]


def test_a_tier_is_found_by_the_name_that_the_others_are_told() -> None:
    records = [record["Properties"] for record in STACK.all_of("AWS::Route53::RecordSet")]
    assert [record["Name"] for record in records] == [
        f"{TierNames.of(tier)}." for tier in ("app", "db")
    ]


def test_servers_are_named_by_address_and_found_again_within_a_minute() -> None:
    app, db = (record["Properties"] for record in STACK.all_of("AWS::Route53::RecordSet"))
    assert (app["ResourceRecords"], app["TTL"]) == (["10.0.32.4", "10.0.40.4"], "60")
    assert "ResourceRecords" not in db
    assert db["AliasTarget"]["HostedZoneId"] == STACK.resolve(
        BALANCER.load_balancer_canonical_hosted_zone_id
    )


def test_a_name_without_a_server_is_refused() -> None:
    with pytest.raises(ValueError, match="the web tier has no servers to name"):
        NAMES.add("web", [])
