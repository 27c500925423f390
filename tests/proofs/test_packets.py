"""The method is exact: trying one packet of each cell says the same as trying every packet."""

from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.findings import Origin
from proofs.network import flows_of, read_network
from proofs.network.addresses import NOT_UNICAST, cidr, within
from proofs.network.closed_world import closed_world
from proofs.network.filters import icmp
from proofs.network.matrix import Analysis, Pair, matrix_of
from proofs.network.model import NetworkAcl, Rule, everything
from proofs.network.packets import Check, End, Packet, Port, evaluate, verdict, way
from proofs.network.ranges import (
    ALL,
    ICMP,
    TCP,
    UDP,
    Ranges,
    difference,
    intersection,
    ports_text,
    union,
)
from proofs.network.zones import Zones
from tests.proofs.assemblies import changed, let_in, open_acl, route_to_internet, shipped

HERE = Origin("Network", "Resource")


@cache
def analysis_of(environment: str, broken: bool = False) -> Analysis:  # noqa: FBT001, FBT002 (a key)
    holes = (let_in("db", protocol="tcp", port=5432), open_acl("app"), route_to_internet("db"))
    assembly = changed(environment, *holes) if broken else shipped(environment)
    flows = flows_of(assembly)
    network = read_network(assembly)
    return Analysis(network, Zones(flows).in_vpc(network.cidrs))


KEYS = tuple(product(("sandbox", "production"), (False, True)))
addresses = st.integers(0, 2**32 - 1)
ports = st.integers(0, 65535)


def has(ranges: Ranges, number: int) -> bool:
    return any(first <= number <= last for first, last in ranges)


# -- cells -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_one_packet_a_cell_says_what_every_pair_of_ports_says(key: tuple[str, bool]) -> None:
    """The product of port sets is what the evaluator says of whole packets, port by port."""
    analysis = analysis_of(*key)
    edges = (0, 21, 22, 23, 443, 1023, 1024, 3389, 5432, 8080, 32767, 32768, 65535)
    pairs = analysis.pairs[:: max(1, len(analysis.pairs) // 60)]
    for pair, protocol in product(pairs, (TCP, UDP, ICMP)):
        passing = analysis.can.way(pair.way, protocol)
        for server, client in product(edges, edges):
            packet = Packet(pair.source, pair.destination, protocol, server, client)
            expected = has(passing[Port.SERVER], server) and (
                protocol == ICMP or has(passing[Port.CLIENT], client)
            )
            assert evaluate(analysis.network, packet).passes is expected


@settings(max_examples=300, deadline=None)
@given(addresses, st.tuples(ports, ports), st.booleans(), st.data())
def test_any_address_behaves_like_its_cell(
    address: int,
    numbers: tuple[int, int],
    inward: bool,  # noqa: FBT001 -- hypothesis passes by position
    data: st.DataObject,
) -> None:
    analysis = analysis_of(*data.draw(st.sampled_from(KEYS)))
    subnets = tuple(subnet.cidr for subnet in analysis.network.subnets)
    if within(address, subnets) or within(address, NOT_UNICAST):
        return
    blocks = analysis.cutting._blocks  # noqa: SLF001 -- the claim is about these very edges
    same = {block for block in blocks if address in block}
    (cell,) = [
        cell
        for cell in analysis.cutting.outside
        if {block for block in blocks if cell.address in block} == same
    ]
    end, _ = data.draw(st.sampled_from(analysis.ends))
    decisions = []
    for outside in (address, cell.address):
        ends = (End(outside), end) if inward else (end, End(outside))
        decisions.append(evaluate(analysis.network, Packet(*ends, TCP, *numbers)).passes)
    assert decisions[0] is decisions[1]


def test_no_outside_address_is_left_out() -> None:
    """Every unicast address outside the subnets lies in exactly one cell."""
    analysis = analysis_of("production")
    for text in ("8.8.8.8", "203.0.113.7", "192.168.4.4", "10.200.0.1", "172.16.0.1", "100.64.1.1"):
        address = cidr(text).first
        same = {b for b in analysis.cutting._blocks if address in b}  # noqa: SLF001
        cells = [
            cell
            for cell in analysis.cutting.outside
            if {b for b in analysis.cutting._blocks if cell.address in b} == same  # noqa: SLF001
        ]
        assert len(cells) == 1


@pytest.mark.parametrize("key", KEYS)
def test_every_witness_passes_the_evaluator(key: tuple[str, bool]) -> None:
    analysis = analysis_of(*key)
    for reach in matrix_of(analysis).values():
        assert len(reach.witnesses) == len(reach.ports)
        assert all(witness.passes for witness in reach.witnesses)
        assert bool(reach.blocked_by) is not bool(reach.ports)


# -- single hops -------------------------------------------------------------------------------


def acl_check(*rows: Rule) -> Check:
    acl = NetworkAcl("acl", HERE, tuple(enumerate(rows, 100)), ())
    return Check(acl, egress=False, remote=End(cidr("198.51.100.1").first), port=Port.SERVER)


def test_the_lowest_matching_number_decides() -> None:
    allow = Rule(HERE, TCP, (443, 443), cidr("0.0.0.0/0"))
    deny = Rule(HERE, None, ALL[0], cidr("198.51.100.0/24"), allow=False)
    assert verdict(acl_check(allow, deny), TCP, 443, doubt=True).passes
    assert not verdict(acl_check(deny, allow), TCP, 443, doubt=True).passes
    assert not verdict(acl_check(), TCP, 443, doubt=True).passes


@pytest.mark.parametrize(
    ("allow", "doubt", "passes"),
    [(True, True, True), (True, False, False), (False, True, True), (False, False, False)],
)
def test_a_doubtful_row_never_helps_a_claim(
    allow: bool,  # noqa: FBT001 -- pytest passes by name
    doubt: bool,  # noqa: FBT001
    passes: bool,  # noqa: FBT001
) -> None:
    """For "cannot" it lets through, for "can" it stops; a doubtful deny is the mirror image."""
    unsure = everything(HERE, allow=allow, doubtful=True)
    rest = () if allow else (everything(HERE),)
    assert verdict(acl_check(unsure, *rest), TCP, 1, doubt=doubt).passes is passes


def pair_between(analysis: Analysis, source: str, destination: str, *, same: bool) -> Pair:
    for pair in analysis.pairs:
        near, far = pair.source.interface, pair.destination.interface
        if not (near and far and near.zones == {source} and far.zones == {destination}):
            continue
        if (near.subnet.id == far.subnet.id) is same:
            return pair
    raise LookupError


def test_network_acls_see_nothing_inside_a_subnet() -> None:
    analysis = analysis_of("sandbox")
    inside = pair_between(analysis, "web", "web", same=True)
    across = pair_between(analysis, "web", "web", same=False)
    assert evaluate(analysis.network, Packet(inside.source, inside.destination, TCP, 443)).passes
    decision = evaluate(analysis.network, Packet(across.source, across.destination, TCP, 443))
    assert not decision.passes
    assert "network ACL" in decision.path()


def test_answers_need_a_client_port_that_the_network_acls_let_back() -> None:
    analysis = analysis_of("sandbox")
    pair = pair_between(analysis, "app", "db", same=False)
    passes = {
        port: evaluate(
            analysis.network, Packet(pair.source, pair.destination, TCP, 5432, port)
        ).passes
        for port in (1024, 32767, 32768, 65535)
    }
    assert passes == {1024: False, 32767: False, 32768: True, 65535: True}
    assert matrix_of(analysis)["app", "db"].client_ports == {"tcp": ((32768, 65535),)}


def test_nat_is_a_one_way_path() -> None:
    analysis = analysis_of("production")
    internet = cidr("8.8.8.8").first
    app = next(end for end, zones in analysis.ends if zones == {"app"})
    out = way(analysis.network, app, End(internet))
    assert out.nat is not None
    assert not out.obstacle
    assert way(analysis.network, End(internet), app).obstacle


def test_matrix_names_the_layers_that_block() -> None:
    matrix = matrix_of(analysis_of("production"))
    assert set(matrix["internet", "db"].blocked_by) == {"security groups", "routes"}
    assert matrix["app", "internet"].blocked_by == ()


def test_shipped_networks_are_closed_and_broken_ones_are_not() -> None:
    for environment, broken in KEYS:
        analysis = analysis_of(environment, broken)
        assert bool(closed_world(analysis)) is broken


# -- sets of ports -----------------------------------------------------------------------------


ranges = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple)).map(
    union  # type: ignore[arg-type]
)


def members(value: Ranges) -> set[int]:
    return {number for first, last in value for number in range(first, last + 1)}


@given(ranges, ranges)
def test_sets_of_ports_are_sets(left: Ranges, right: Ranges) -> None:
    assert members(intersection(left, right)) == members(left) & members(right)
    assert members(difference(left, right)) == members(left) - members(right)
    assert members(union((*left, *right))) == members(left) | members(right)
    assert union(left) == left


def test_ports_are_written_as_people_do() -> None:
    assert ports_text("tcp", ((443, 443),)) == "tcp/443"
    assert ports_text("tcp", ((22, 22), (1024, 65535))) == "tcp/22,1024-65535"
    assert ports_text("icmp", (icmp(8, 0),)) == "icmp/8.0"
    assert ports_text("udp", ALL) == "udp/any port"
    assert ports_text("protocol 47", ALL) == "protocol 47"
