"""Every dangerous change is found, by the claim that is meant to find it; no benign one is."""

from pathlib import Path

import pytest

from proofs.network import CLAIMS, prove
from tests.proofs.flat import flat_shipped
from tests.proofs.mutations import BENIGN, MUTATIONS, Benign, Mutation, mutated
from tests.proofs.small_templates import write_assembly


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("mutation", "environment"),
    [
        pytest.param(mutation, environment, id=f"{environment}-{layer}-{mutation.id}")
        for layer, mutations in MUTATIONS.items()
        for mutation in mutations
        for environment in mutation.environments
    ],
)
def test_dangerous_change_is_found_by_its_claim(
    mutation: Mutation, environment: str, tmp_path: Path
) -> None:
    changed = mutated(flat_shipped(environment), mutation.change)
    findings = prove(write_assembly(tmp_path, changed)).findings
    assert mutation.claim in {finding.claim for finding in findings}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("benign", "environment"),
    [
        pytest.param(benign, environment, id=f"{environment}-{benign.id}")
        for benign in BENIGN
        for environment in benign.environments
    ],
)
def test_benign_change_is_not_found(benign: Benign, environment: str, tmp_path: Path) -> None:
    changed = mutated(flat_shipped(environment), benign.change)
    assert prove(write_assembly(tmp_path, changed)).findings == ()


def test_every_claim_has_a_change_that_breaks_it() -> None:
    broken = {mutation.claim for mutations in MUTATIONS.values() for mutation in mutations}
    assert broken == set(CLAIMS)


def test_no_two_changes_of_a_layer_share_a_name() -> None:
    for mutations in MUTATIONS.values():
        names = [mutation.id for mutation in mutations]
        assert len(names) == len(set(names))


def test_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        mutated(flat_shipped("sandbox"), lambda editor: editor.group("web"))
