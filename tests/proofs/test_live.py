"""The proof reads a deployed network and finds what it finds in the templates."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from blueprint.address_plan import APP
from blueprint.flows import ZONE_TAG
from proofs.__main__ import main
from proofs.findings import UnusableInputError
from proofs.network import flows_of, prove_network, read_network, with_comparison
from proofs.network.live import live_network
from proofs.network.model import Network, Rule, SecurityGroup, Subnet, Target
from proofs.network.ranges import TCP
from stacks.loading import load_environment
from tests.proofs.assemblies import proof_of, shipped
from tests.synthesis import shipped_assembly

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

STAND_IN_ACCOUNT = "123456789012"

pytestmark = pytest.mark.exhaustive


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator["EC2Client"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("ec2")


def permission(rule: Rule, ids: dict[str, str]) -> Any:  # noqa: ANN401 -- boto3's own type
    peer: dict[str, Any] = (
        {"UserIdGroupPairs": [{"GroupId": ids[rule.peer]}]}
        if isinstance(rule.peer, str)
        else {"IpRanges": [{"CidrIp": str(rule.peer)}]}
    )
    if rule.protocol == TCP:
        first, last = rule.ports
        return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **peer}
    kind, code = divmod(rule.ports[0], 256)
    return {"IpProtocol": "icmp", "FromPort": kind, "ToPort": code, **peer}


class Deployment:
    """Creates, by hand, what the templates describe."""

    def __init__(self, ec2: "EC2Client", network: Network) -> None:
        self.ec2, self.ids = ec2, {}  # type: ignore[var-annotated]
        self.vpc = ec2.create_vpc(CidrBlock=str(network.cidrs[0]))["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self._empty_default_group()
        for group in network.groups:
            if not group.is_default:
                self._create_group(group)
        for group in network.groups:
            self._fill_group(group)
        for subnet in network.subnets:
            self._create_subnet(subnet)

    def _empty_default_group(self) -> None:
        (group,) = self.ec2.describe_security_groups(
            Filters=[
                {"Name": "vpc-id", "Values": [self.vpc]},
                {"Name": "group-name", "Values": ["default"]},
            ]
        )["SecurityGroups"]
        for rules, revoke in (
            (group["IpPermissions"], self.ec2.revoke_security_group_ingress),
            (group["IpPermissionsEgress"], self.ec2.revoke_security_group_egress),
        ):
            if rules:
                revoke(GroupId=group["GroupId"], IpPermissions=rules)

    def _create_group(self, group: SecurityGroup) -> None:
        created = self.ec2.create_security_group(
            GroupName=group.id,
            Description="from the template",
            VpcId=self.vpc,
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": [{"Key": ZONE_TAG, "Value": group.zone or ""}],
                }
            ],
        )
        self.ids[group.id] = created["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        self.ec2.revoke_security_group_egress(
            GroupId=created["GroupId"],
            IpPermissions=everything,  # type: ignore[arg-type]
        )

    def _fill_group(self, group: SecurityGroup) -> None:
        for rule in group.ingress:
            self.ec2.authorize_security_group_ingress(
                GroupId=self.ids[group.id], IpPermissions=[permission(rule, self.ids)]
            )
        for rule in group.egress:
            self.ec2.authorize_security_group_egress(
                GroupId=self.ids[group.id], IpPermissions=[permission(rule, self.ids)]
            )

    def _create_subnet(self, subnet: Subnet) -> None:
        created = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=str(subnet.cidr))["Subnet"]
        name = created["SubnetId"]
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=name)
        for route in subnet.table.routes:
            if route.target is Target.INTERNET_GATEWAY:
                self.ec2.create_route(
                    RouteTableId=table,
                    DestinationCidrBlock=str(route.destination),
                    GatewayId=self.gateway,
                )
        if subnet.table.s3_endpoint:
            self.ec2.create_vpc_endpoint(
                VpcId=self.vpc,
                ServiceName="com.amazonaws.eu-west-1.s3",
                VpcEndpointType="Gateway",
                RouteTableIds=[table],
            )
        self._associate_acl(subnet, name)

    def _associate_acl(self, subnet: Subnet, name: str) -> None:
        acl = subnet.acl
        if acl.id not in self.ids:
            created = self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
            self.ids[acl.id] = created
            for egress, rows in ((False, acl.ingress), (True, acl.egress)):
                for number, rule in rows:
                    self._add_entry(created, number, rule, egress=egress)
        (current,) = self.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [name]}]
        )["NetworkAcls"]
        association = next(a for a in current["Associations"] if a["SubnetId"] == name)
        self.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=self.ids[acl.id]
        )

    def _add_entry(self, acl: str, number: int, rule: Rule, *, egress: bool) -> None:
        ports: Any = {"PortRange": {"From": rule.ports[0], "To": rule.ports[1]}}
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Egress=egress,
            RuleAction="allow" if rule.allow else "deny",
            CidrBlock=str(rule.peer),
            Protocol="-1" if rule.protocol is None else str(rule.protocol),
            **(ports if rule.protocol is not None else {}),
        )


def test_live_network_has_the_matrix_of_its_templates(ec2: "EC2Client") -> None:
    Deployment(ec2, read_network(shipped("sandbox")))
    flows = flows_of(shipped("sandbox"))
    live = prove_network(live_network(flows, account=STAND_IN_ACCOUNT), flows)
    proof = with_comparison(live, proof_of("sandbox"))
    assert proof.findings == ()
    assert "live-equals-templates" in {claim.id for claim in proof.claims}


def test_a_rule_that_somebody_added_by_hand_is_found(ec2: "EC2Client") -> None:
    deployment = Deployment(ec2, read_network(shipped("sandbox")))
    web = deployment.ids["Network/SecurityGroupsWeb4BA0AA9B"]
    app = load_environment("sandbox").plan.block(APP)
    ec2.authorize_security_group_ingress(
        GroupId=web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=app
    )
    flows = flows_of(shipped("sandbox"))
    live = prove_network(live_network(flows, account=STAND_IN_ACCOUNT), flows)
    assert "security-groups-alone" in {finding.claim for finding in live.findings}


def test_a_route_taken_away_changes_the_live_matrix(ec2: "EC2Client") -> None:
    Deployment(ec2, read_network(shipped("sandbox")))
    for table in ec2.describe_route_tables()["RouteTables"]:
        if any("igw-" in route.get("GatewayId", "") for route in table["Routes"]):
            ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    flows = flows_of(shipped("sandbox"))
    live = prove_network(live_network(flows, account=STAND_IN_ACCOUNT), flows)
    proof = with_comparison(live, proof_of("sandbox"))
    messages = [f.message for f in proof.findings if f.claim == "live-equals-templates"]
    assert any(message.startswith("internet -> web") for message in messages)


def test_live_refuses_an_account_that_nobody_named(ec2: "EC2Client") -> None:
    del ec2
    with pytest.raises(UnusableInputError, match="--live-account"):
        live_network((), account=None)


def test_live_refuses_another_account_than_the_named_one(ec2: "EC2Client") -> None:
    del ec2
    with pytest.raises(UnusableInputError, match=STAND_IN_ACCOUNT):
        live_network((), account="999999999999")


def test_an_account_without_the_network_is_unusable(
    ec2: "EC2Client", capsys: pytest.CaptureFixture[str]
) -> None:
    del ec2
    assert "AWS_ENDPOINT_URL" not in os.environ
    code = main([str(shipped_assembly("sandbox")), "--live", "--live-account", STAND_IN_ACCOUNT])
    assert code == 2
    assert "blueprint:zone" in capsys.readouterr().err
