"""The verifier and the oracle, which share no code, say the same of every network."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from proofs.network import Proof, prove
from tests.proofs.assemblies import directory
from tests.proofs.oracle import UNTAGGED, Claim, Oracle
from tests.proofs.random_networks import random_templates
from tests.proofs.small_templates import Template, write_assembly

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


def disagreements(assembly: Path, proof: Proof) -> list[str]:
    """Every pair of zones on which the two differ."""
    oracle = Oracle(assembly)
    zones = (*oracle.zones, UNTAGGED)
    return [
        str(found)
        for source in zones
        for destination in zones
        for reach in [proof.matrix.get((source, destination))]
        for claimed in [list(claims(reach.ports if reach else {}, oracle.named_protocols))]
        if (found := oracle.disagreement(source, destination, claimed))
    ]


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_oracle_confirms_the_shipped_environments(environment: str) -> None:
    assembly = directory(environment)
    assert disagreements(assembly, prove(assembly)) == []


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(template=random_templates())
def test_oracle_confirms_random_networks(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.getbasetemp() / "random-network"
    assembly = write_assembly(directory, template)
    assert disagreements(assembly, prove(assembly)) == []


def test_oracle_contradicts_a_claim_of_one_port_more() -> None:
    found = Oracle(directory("sandbox")).disagreement("app", "db", [(6, 6, 5432, 5433)])
    assert found is not None
    assert str(found) == "app -> db: protocol 6 port 5433 is claimed, and blocked"


def test_oracle_contradicts_a_claim_of_one_port_less() -> None:
    found = Oracle(directory("sandbox")).disagreement("app", "db", [])
    assert found is not None
    assert found.possible
    assert "protocol 6 port 5432 connects, and the claim lacks it" in str(found)
