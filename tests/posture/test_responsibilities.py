"""Shared responsibility: no layer without an owner, none of yours without cover."""

from pathlib import Path

import pytest

from posture.controls import CONTROLS
from posture.data import rows
from posture.responsibilities import layers
from proofs import access, network
from proofs.findings import UnusableInputError


def test_every_layer_has_an_owner_and_what_covers_it() -> None:
    found = layers()
    assert {layer.owner for layer in found} == {"AWS", "you"}
    assert all(layer.name and layer.covers for layer in found)


def test_every_layer_of_yours_is_covered_by_a_control() -> None:
    known = {row["id"] for row in rows(CONTROLS, "controls")}
    for layer in layers():
        assert layer.controls
        assert set(layer.controls) <= known
        assert set(layer.proofs) <= {*network.CLAIMS, *access.CLAIMS}
        if layer.owner == "you":
            assert "SR-2" in layer.controls or layer.duty


def test_a_file_without_layers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "responsibilities.toml"
    path.write_text("[[layer]]\n")
    with pytest.raises(UnusableInputError, match=r"has no \[\[layers\]\]"):
        layers(path)
