"""The verifier and the oracle, which share no code, say the same of every network."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from proofs.assembly import read_assembly
from proofs.network import flows_of, read_network
from proofs.network.matrix import Analysis, matrix_of
from proofs.network.zones import Zones
from tests.proofs.oracle import Claim, Oracle
from tests.proofs.random_networks import random_templates
from tests.proofs.small_templates import Template, write_assembly
from tests.synthesis import shipped_assembly

NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}
OTHER = "all other protocols"


def claims(ports: Mapping[str, tuple[tuple[int, int], ...]], named: set[int]) -> Iterator[Claim]:
    """What an entry of the matrix claims, as the oracle writes it."""
    for protocol, ranges in ports.items():
        if protocol in NUMBERS:
            number = NUMBERS[protocol]
            yield from ((number, number, first, last) for first, last in ranges)
        elif protocol == OTHER:
            edges = [-1, *sorted(named | set(NUMBERS.values())), 256]
            gaps = pairwise(edges)
            yield from ((low + 1, high - 1, 0, 0) for low, high in gaps if low + 1 < high)
        else:
            number = int(protocol.removeprefix("protocol "))
            yield number, number, 0, 0


def disagreements(assembly: Path) -> list[str]:
    """Every pair of zones on which the two differ."""
    network = read_network(assembly)
    zones = Zones(flows_of(read_assembly(assembly))).in_vpc(network.cidrs)
    oracle = Oracle(assembly)
    claimed = {
        pair: list(claims(reach.ports, oracle.named_protocols))
        for pair, reach in matrix_of(Analysis(network, zones)).items()
    }
    assert {zone for pair in claimed for zone in pair} <= set(oracle.zones)
    return [str(disagreement) for disagreement in oracle.disagreements(claimed)]


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_oracle_confirms_the_shipped_environments(environment: str) -> None:
    assert disagreements(shipped_assembly(environment)) == []


REPEATABLE = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@settings(REPEATABLE, max_examples=60)
@given(template=random_templates())
def test_oracle_confirms_random_networks(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assembly = tmp_path_factory.getbasetemp() / "random-network"
    assert disagreements(write_assembly(assembly, template)) == []


@pytest.mark.exhaustive
@settings(REPEATABLE, max_examples=500)
@given(template=random_templates())
def test_oracle_confirms_500_random_networks(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assembly = tmp_path_factory.getbasetemp() / "one-of-500-networks"
    assert disagreements(write_assembly(assembly, template)) == []


@pytest.mark.parametrize(
    ("ports", "sentence"),
    [
        ((5432, 5433), "app -> db: protocol 6 port 5433 is claimed, and blocked"),
        ((5432, 5432), ""),
        ((5433, 5433), "protocol 6 port 5432 connects, and the claim lacks it"),
    ],
)
def test_oracle_contradicts_a_claim_of_one_port_more_or_less(
    ports: tuple[int, int], sentence: str
) -> None:
    oracle = Oracle(shipped_assembly("sandbox"))
    found = [
        str(disagreement)
        for disagreement in oracle.disagreements({("app", "db"): [(6, 6, *ports)]})
        if (disagreement.source, disagreement.destination) == ("app", "db")
    ]
    assert bool(found) is bool(sentence)
    assert sentence in " ".join(found)
