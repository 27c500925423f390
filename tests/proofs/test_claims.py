"""The shipped networks keep their promises, and every promise can be seen to break.

The first half is written by hand, without the flow table. Each claim has a violating twin: a small
change to the template that makes exactly this claim false.
"""

import pytest

from proofs.findings import CANNOT_PROVE
from proofs.network import CLAIMS, Proof
from tests.proofs.assemblies import (
    Change,
    Resources,
    acl_of,
    add,
    changed,
    false_claims,
    group_of,
    let_in,
    let_out,
    only,
    open_acl,
    proof_of,
    remove,
    route_to_internet,
    server,
    subnets_of,
    table_of,
)

ENVIRONMENTS = ("sandbox", "production")
ADMINISTRATION = {22, 3389}
both = pytest.mark.parametrize("environment", ENVIRONMENTS)


def reaches(proof: Proof, source: str, destination: str) -> bool:
    reach = proof.matrix.get((source, destination))
    return reach is not None and bool(reach.ports)


def serves(proof: Proof, source: str, destination: str, port: int) -> bool:
    reach = proof.matrix.get((source, destination))
    ranges = reach.ports.get("tcp", ()) if reach else ()
    return any(first <= port <= last for first, last in ranges)


# -- by hand, independent of the flow table ----------------------------------------------------


@both
def test_every_claim_holds(environment: str) -> None:
    assert proof_of(environment).findings == ()


@both
@pytest.mark.parametrize("tier", ["app", "db"])
def test_nothing_from_the_internet_reaches_a_private_tier(environment: str, tier: str) -> None:
    assert not reaches(proof_of(environment), "internet", tier)
    assert not reaches(proof_of(environment), "management", tier)


@both
@pytest.mark.parametrize("tier", ["app", "db"])
def test_the_internet_reaching_a_private_tier_would_be_seen(environment: str, tier: str) -> None:
    proof = proof_of(environment, let_in(tier), open_acl(tier), route_to_internet(tier))
    assert reaches(proof, "internet", tier)
    assert "closed-world" in false_claims(proof)


@both
def test_database_reaches_nothing_outside_the_vpc_but_s3(environment: str) -> None:
    proof = proof_of(environment)
    assert not reaches(proof, "db", "internet")
    assert not reaches(proof, "db", "on-premises")
    assert reaches(proof, "db", "s3")


@both
def test_a_database_that_reaches_the_internet_would_be_seen(environment: str) -> None:
    proof = proof_of(environment, route_to_internet("db"))
    assert reaches(proof, "db", "internet")
    assert "closed-world" in false_claims(proof)


@both
def test_web_never_reaches_the_database(environment: str) -> None:
    proof = proof_of(environment)
    assert not reaches(proof, "web", "db")
    assert not reaches(proof, "web", "db-load-balancer")
    assert reaches(proof, "web", "app" if environment == "sandbox" else "app-load-balancer")


@both
def test_web_reaching_the_database_would_be_seen(environment: str) -> None:
    holes = (let_out("web"), open_acl("web"), let_in("db"), open_acl("db"))
    proof = proof_of(environment, *holes)
    assert reaches(proof, "web", "db")
    assert "closed-world" in false_claims(proof)


def test_behind_a_load_balancer_the_internet_reaches_nothing_else() -> None:
    proof = proof_of("production")
    reached = {
        to for source, to in proof.matrix if source == "internet" and reaches(proof, source, to)
    }
    assert reached == {"load-balancer"}
    assert serves(proof, "load-balancer", "web", 443)


def test_a_web_server_open_beside_the_load_balancer_would_be_seen() -> None:
    proof = proof_of("production", let_in("web", protocol="tcp", port=443))
    assert serves(proof, "internet", "web", 443)
    assert "closed-world" in false_claims(proof)


@both
def test_administration_only_from_where_administrators_are(environment: str) -> None:
    proof = proof_of(environment)
    for source, destination in proof.matrix:
        administered = any(serves(proof, source, destination, port) for port in ADMINISTRATION)
        if administered:
            assert source in {"management", "on-premises", "instance-connect"}
    assert serves(proof, "management", "web", 22) is (environment == "sandbox")
    assert serves(proof, "instance-connect", "db", 22)


@both
def test_ssh_from_the_internet_would_be_seen(environment: str) -> None:
    hole = let_in("web", protocol="tcp", port=22)
    proof = proof_of(environment, hole, open_acl("web"))
    assert serves(proof, "internet", "web", 22)
    assert "closed-world" in false_claims(proof)


# -- each claim breaks alone -------------------------------------------------------------------


def first_acl_row(resources: Resources) -> dict[str, object]:
    name = only(resources, "AWS::EC2::NetworkAclEntry")
    properties: dict[str, object] = resources[name]["Properties"]
    return properties


def duplicate_number(resources: Resources) -> None:
    resources["Twin"] = {
        "Type": "AWS::EC2::NetworkAclEntry",
        "Properties": first_acl_row(resources) | {"CidrBlock": "10.0.0.0/8"},
    }


def no_ports(resources: Resources) -> None:
    del first_acl_row(resources)["PortRange"]


def no_egress(resources: Resources) -> None:
    resources[group_of(resources, "web")]["Properties"]["SecurityGroupEgress"] = []


def hand_out_addresses(resources: Resources) -> None:
    subnet = subnets_of(resources, "web")[0]
    resources[subnet]["Properties"]["MapPublicIpOnLaunch"] = True


def ipv6_twin(resources: Resources) -> None:
    ingress = resources[group_of(resources, "web")]["Properties"]["SecurityGroupIngress"]
    ingress.append({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"})


def untagged_group(resources: Resources) -> None:
    resources[group_of(resources, "db")]["Properties"]["Tags"] = []


def peering(resources: Resources) -> dict[str, object]:
    return {"VpcId": {"Ref": only(resources, "AWS::EC2::VPC")}, "PeerVpcId": "vpc-12345678"}


def database_on_the_internet(resources: Resources) -> dict[str, object]:
    return {
        "RouteTableId": table_of(resources, subnets_of(resources, "db")[0]),
        "DestinationCidrBlock": "8.8.8.8/32",
        "GatewayId": {"Ref": only(resources, "AWS::EC2::InternetGateway")},
    }


def is_outbound(properties: dict[str, object]) -> bool:
    return properties["Egress"] is True and properties["CidrBlock"] == "0.0.0.0/0"


def is_gateway(properties: dict[str, object]) -> bool:
    return properties["VpcEndpointType"] == "Gateway"


BREAKING: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("closed-world", (remove("AWS::EC2::SecurityGroupIngress"),)),
    ("closed-world", (remove("AWS::EC2::NetworkAclEntry", where=is_outbound),)),
    ("closed-world", (remove("AWS::EC2::VPCEndpoint", where=is_gateway),)),
    ("security-groups-alone", (let_in("db", protocol="tcp", port=5432),)),
    ("security-groups-alone", (let_out("db"),)),
    ("security-groups-alone", (let_in("app", cidr="172.16.0.0/12"),)),
    ("network-acls-alone", (open_acl("db"),)),
    ("routes-alone", (route_to_internet("db"),)),
    ("routes-alone", (add("Way", "AWS::EC2::Route", database_on_the_internet),)),
    ("adversarial-public-address", (route_to_internet("db"), open_acl("db"))),
    ("explicit-associations", (remove("AWS::EC2::SubnetNetworkAclAssociation"),)),
    ("explicit-associations", (remove("AWS::EC2::SubnetRouteTableAssociation"),)),
    ("explicit-egress", (no_egress,)),
    ("groups-of-zones", (untagged_group,)),
    ("interfaces-in-their-zone", (server("db", "web"),)),
    ("no-default-group", (server("db"),)),
    ("default-group-closed", (remove("Custom::VpcRestrictDefaultSG"),)),
    ("no-stray-public-address", (hand_out_addresses,)),
    ("no-ipv6", (ipv6_twin,)),
    ("acl-numbers-unique", (duplicate_number,)),
    ("acl-rows-have-ports", (no_ports,)),
    (CANNOT_PROVE, (add("Peering", "AWS::EC2::VPCPeeringConnection", peering),)),
)


@both
@pytest.mark.parametrize(("claim", "changes"), BREAKING)
def test_a_broken_network_makes_the_claim_false(
    environment: str, claim: str, changes: tuple[Change, ...]
) -> None:
    assert claim in false_claims(proof_of(environment, *changes))


def test_every_claim_has_a_violating_twin() -> None:
    assert {claim for claim, _ in BREAKING} == set(CLAIMS)


@both
@pytest.mark.parametrize(
    ("layer", "change"),
    [
        ("security-groups-alone", let_in("db", protocol="tcp", port=5432)),
        ("network-acls-alone", open_acl("db")),
        ("routes-alone", route_to_internet("endpoints")),
    ],
)
def test_a_broken_layer_is_found_while_the_others_still_hold(
    environment: str, layer: str, change: Change
) -> None:
    proof = proof_of(environment, change)
    assert not reaches(proof, "internet", "db")
    assert not reaches(proof, "internet", "interface-endpoints")
    assert layer in false_claims(proof)


def shut_a_nat_port(resources: Resources) -> dict[str, object]:
    return {
        "NetworkAclId": acl_of(resources, "web"),
        "RuleNumber": 1,
        "Egress": False,
        "RuleAction": "deny",
        "CidrBlock": "0.0.0.0/0",
        "Protocol": 6,
        "PortRange": {"From": 2000, "To": 2000},
    }


def test_answers_come_back_to_every_port_that_a_gateway_or_balancer_picks() -> None:
    """But RDP's, which the web tier keeps shut for everyone but administrators."""
    shut = add("Shut", "AWS::EC2::NetworkAclEntry", shut_a_nat_port)
    balancer, nat = proof_of("production", shut).findings
    assert "load-balancer -> web tcp/443" in balancer.message
    assert "app -> internet tcp/443 via web" in nat.message
    assert {balancer.claim, nat.claim} == {"closed-world"}
    assert balancer.positions == nat.positions == ("inbound 1",)


# -- what is not a violation -------------------------------------------------------------------


def rename(resources: Resources) -> None:
    for resource in resources.values():
        for rule in resource["Properties"].get("SecurityGroupIngress", []):
            rule["Description"] = "another"
        resource["Properties"].get("Tags", []).append({"Key": "Team", "Value": "network"})


def reorder(resources: Resources) -> None:
    for resource in resources.values():
        resource["Properties"].get("SecurityGroupIngress", []).reverse()
    items = list(resources.items())
    resources.clear()
    resources.update(reversed(items))


@both
@pytest.mark.parametrize(
    "change", [rename, reorder, server("db", "db"), remove("AWS::Logs::LogGroup")]
)
def test_harmless_changes_are_no_findings(environment: str, change: Change) -> None:
    assert proof_of(environment, change).findings == ()


def test_a_change_leaves_the_shipped_assembly_alone() -> None:
    changed("sandbox", rename)
    assert proof_of("sandbox").findings == ()


# -- counterexamples ---------------------------------------------------------------------------


def test_a_counterexample_names_packet_path_rules_and_repair() -> None:
    holes = (let_in("db", protocol="tcp", port=5432), open_acl("db"), route_to_internet("db"))
    proof = proof_of("sandbox", *holes)
    (finding,) = [
        finding
        for finding in proof.findings
        if finding.claim == "closed-world" and finding.message.startswith("internet reaches db")
    ]
    assert "tcp/5432" in finding.message
    assert "Network/Holedb" in finding.message
    assert "Opendb" in finding.message
    assert "the internet gateway" in finding.message
    assert finding.stack == "Network"
    assert "HoledbIn" in finding.logical_ids
    assert "inbound 1" in finding.positions
    assert finding.suggestion
    assert finding.packet is not None
    assert finding.packet["destination_port"] == 5432
