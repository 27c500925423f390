"""Load balancers add no rule beside the flow table, and speak TLS where the internet does."""

from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3

from blueprint.load_balancers import PublicLoadBalancer, TierLoadBalancer
from tests.blueprint.small_stack import SmallStack

STACK = SmallStack()
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
LOGS = s3.Bucket(STACK, "Logs")


def public(name: str, subnets: list[ec2.ISubnet]) -> PublicLoadBalancer:
    return PublicLoadBalancer(
        STACK,
        name,
        vpc=STACK.vpc,
        subnets=subnets,
        security_group=STACK.security_group,
        certificate_arn=CERTIFICATE,
        access_logs=LOGS,
        deletion_protection=True,
    )


def private(name: str, health_path: str | None) -> TierLoadBalancer:
    return TierLoadBalancer(
        STACK,
        name,
        vpc=STACK.vpc,
        subnets=STACK.subnets,
        security_group=STACK.security_group,
        port=8080,
        health_path=health_path,
    )


PUBLIC = public("Public", STACK.subnets)
BY_HTTP, BY_TCP = private("Http", "/health"), private("Tcp", None)


def of(construct: PublicLoadBalancer | TierLoadBalancer) -> dict[str, Any]:
    properties: dict[str, Any] = STACK.resource(construct.node.find_child("Resource"))["Properties"]
    return properties


def attributes(properties: dict[str, Any], name: str = "LoadBalancerAttributes") -> dict[str, Any]:
    return {attribute["Key"]: attribute["Value"] for attribute in properties[name]}


def listeners(protocol: str) -> list[dict[str, Any]]:
    found = [one["Properties"] for one in STACK.all_of("AWS::ElasticLoadBalancingV2::Listener")]
    return [one for one in found if one["Protocol"] == protocol]


def test_the_internet_is_listened_to_by_tls_only() -> None:
    (listener,) = listeners("HTTPS")
    assert listener["Port"] == 443
    assert listener["Certificates"] == [{"CertificateArn": CERTIFICATE}]
    # 2021-06 policies and newer take TLS 1.2 at least.
    assert "TLS13-1-2" in listener["SslPolicy"]
    assert listeners("HTTP") == []


def test_servers_behind_the_public_load_balancer_are_spoken_to_by_tls() -> None:
    target = STACK.resource(PUBLIC.targets)["Properties"]
    assert (target["Protocol"], target["Port"]) == ("HTTPS", 443)
    assert (target["HealthCheckProtocol"], target["HealthCheckPath"]) == ("HTTPS", "/health")


def test_requests_are_logged_and_malformed_headers_dropped() -> None:
    found = attributes(of(PUBLIC))
    assert found["access_logs.s3.enabled"] == "true"
    assert found["access_logs.s3.bucket"] == STACK.resolve(LOGS.bucket_name)
    assert found["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_one_load_balancer_faces_the_internet_and_none_loses_its_protection() -> None:
    for balancer, scheme in ((PUBLIC, "internet-facing"), (BY_HTTP, "internal")):
        assert of(balancer)["Scheme"] == scheme
        assert attributes(of(balancer))["deletion_protection.enabled"] == "true"


def test_no_load_balancer_adds_a_rule_beside_the_flow_table() -> None:
    for balancer in (PUBLIC, BY_HTTP, BY_TCP):
        assert of(balancer)["SecurityGroups"] == ["sg-1"]
    kinds = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress")
    assert [resource for kind in kinds for resource in STACK.all_of(kind)] == []


def test_servers_of_a_tier_see_the_load_balancer_and_not_the_client() -> None:
    for balancer in (BY_HTTP, BY_TCP):
        target = STACK.resource(balancer.targets)["Properties"]
        found = attributes(target, "TargetGroupAttributes")
        assert found["preserve_client_ip.enabled"] == "false"
        # The health check goes to the port of the traffic, which the flow table opens.
        assert "HealthCheckPort" not in target


def test_a_tier_load_balancer_stays_in_its_zone() -> None:
    assert attributes(of(BY_HTTP))["load_balancing.cross_zone.enabled"] == "false"


def test_health_is_asked_by_http_where_there_is_a_path() -> None:
    asked = [STACK.resource(b.targets)["Properties"] for b in (BY_HTTP, BY_TCP)]
    assert [target["HealthCheckProtocol"] for target in asked] == ["HTTP", "TCP"]
    assert [target.get("HealthCheckPath") for target in asked] == ["/health", None]


def test_a_public_load_balancer_in_one_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Narrow has 1 subnets .* at least two"):
        public("Narrow", STACK.subnets[:1])
