"""The address plan: fixed places for every tier and zone."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.address_plan import APP, DB, ENDPOINTS, WEB, AddressPlan, Route, Tier

TIERS = [Tier(f"t{place}", place, Route.NONE) for place in range(8)]
vpc_cidrs = st.builds(
    lambda address, prefix: str(IPv4Network((address, prefix), strict=False)),
    st.integers(min_value=10 << 24, max_value=(11 << 24) - 1),
    st.integers(min_value=16, max_value=22),
)


@given(vpc_cidrs)
def test_subnets_never_overlap_and_lie_in_the_block_of_their_tier(cidr: str) -> None:
    plan = AddressPlan(cidr)
    subnets = [(tier, IPv4Network(plan.subnet(tier, zone))) for tier in TIERS for zone in range(4)]
    assert all(subnet.subnet_of(IPv4Network(plan.block(tier))) for tier, subnet in subnets)
    assert not any(one.overlaps(two) for (_, one), (_, two) in combinations(subnets, 2))
    assert sum(subnet.num_addresses for _, subnet in subnets) == IPv4Network(cidr).num_addresses


def test_the_plan_of_the_sandbox_reads_as_documented() -> None:
    plan = AddressPlan("10.0.0.0/16")
    assert [plan.block(tier) for tier in (WEB, APP, DB, ENDPOINTS)] == [
        "10.0.0.0/19",
        "10.0.32.0/19",
        "10.0.64.0/19",
        "10.0.96.0/19",
    ]
    assert plan.subnet(DB, 2) == "10.0.80.0/21"
    assert plan.subnet_mask == 21


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/23", "10.0.0.1/16", "nowhere"])
def test_networks_that_cannot_be_cut_are_refused(cidr: str) -> None:
    with pytest.raises(ValueError, match=cidr.split("/", maxsplit=1)[0]):
        AddressPlan(cidr)
