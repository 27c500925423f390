"""Every dangerous change is found, by the claim that is meant to find it; no benign one is."""

from typing import Any

import pytest

from tests.proofs.access.access_mutations import ACCESS
from tests.proofs.catalogue import Catalogue, Trial
from tests.proofs.mutations import NETWORK

CATALOGUES: tuple[Catalogue[Any], ...] = (NETWORK, ACCESS)
DANGERS = [trial for catalogue in CATALOGUES for trial in catalogue.dangers()]
HARMLESS = [trial for catalogue in CATALOGUES for trial in catalogue.harmless()]
# One a claim or so, of the environments that other tests synthesize too: a few seconds.
SAMPLE = (
    "sandbox-mfa-deny-without-if-exists",
    "sandbox-identity-policies-roles-with-boundary-if-any",
    "sandbox-resource-policies-endpoint-or-another",
    "sandbox-endpoints-data-for-any-account",
    "sandbox-reading-key-misspelt",
    "two-accounts-cross-account-external-id-if-exists",
)
BENIGN_SAMPLE = ("sandbox-statements-reversed", "sandbox-policy-inline")

of_catalogue = pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda each: each.proof)


def is_found(trial: Trial) -> bool:
    return trial.claim in trial.broken()


@pytest.mark.exhaustive
@pytest.mark.parametrize("trial", DANGERS, ids=lambda trial: trial.name)
def test_dangerous_change_is_found_by_its_claim(trial: Trial) -> None:
    assert is_found(trial)


@pytest.mark.exhaustive
@pytest.mark.parametrize("trial", HARMLESS, ids=lambda trial: trial.name)
def test_benign_change_is_not_found(trial: Trial) -> None:
    assert trial.broken() == set()


@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_of_dangers_is_found(name: str) -> None:
    (trial,) = (trial for trial in ACCESS.dangers() if trial.name == name)
    assert is_found(trial)


@pytest.mark.parametrize("name", BENIGN_SAMPLE)
def test_a_sample_of_benign_changes_is_not_found(name: str) -> None:
    (trial,) = (trial for trial in ACCESS.harmless() if trial.name == name)
    assert trial.broken() == set()


@of_catalogue
def test_every_claim_has_a_change_that_breaks_it(catalogue: Catalogue[Any]) -> None:
    broken = {mutation.claim for layer in catalogue.layers.values() for mutation in layer}
    assert broken == set(catalogue.claims)


@of_catalogue
def test_no_two_changes_share_a_name(catalogue: Catalogue[Any]) -> None:
    names = [trial.name for trial in (*catalogue.dangers(), *catalogue.harmless())]
    assert len(names) == len(set(names))


@of_catalogue
def test_change_that_changes_nothing_is_refused(catalogue: Catalogue[Any]) -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        catalogue.broken_by("sandbox", lambda _: None)


def test_looking_changes_nothing() -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        NETWORK.broken_by("sandbox", lambda editor: editor.group("web"))
    with pytest.raises(ValueError, match="changes nothing"):
        ACCESS.broken_by("sandbox", lambda editor: editor.policy("RequireMfa", "NoMfa"))
