"""What is written from the model and from the proof is what they say now."""

import pytest

from proofs.mermaid import reachability
from proofs.network.matrix import Reach
from stacks import environment_reference
from stacks.environment import Environment, Network
from stacks.environment_reference import reference
from tests.documents.generated import (
    BEGIN,
    END,
    READMES,
    REFERENCE,
    picture,
    with_picture,
)


def reach(source: str, destination: str, *ports: int) -> tuple[tuple[str, str], Reach]:
    ranges = tuple((port, port) for port in ports)
    found = Reach(source, destination, {"tcp": ranges} if ports else {}, {}, (), ())
    return (source, destination), found


def test_reference_of_environments_is_what_the_model_says() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference(), "run make docs"


def test_pictures_in_the_readmes_are_what_is_proved() -> None:
    drawn = picture()
    for readme in READMES:
        text = readme.read_text(encoding="utf-8")
        assert with_picture(text, drawn) == text, f"{readme.name}: run make docs"


def test_every_key_of_a_section_stands_in_the_reference() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    for key in [*Network.model_fields, *(set(Environment.model_fields) - {"name"})]:
        assert any(row.startswith(f"| `{key}` |") for row in rows), key


def test_reference_repeats_what_refusals_say() -> None:
    row = next(line for line in reference().splitlines() if line.startswith("| `cidr` |"))
    assert "a private network (RFC 1918) from /16 to /22" in row
    assert "required" in row


def test_a_key_that_nobody_described_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network.model_fields["cidr"], "description", None)
    with pytest.raises(ValueError, match=r"Network\.cidr has no description"):
        environment_reference.reference()


def test_picture_has_an_arrow_for_what_passes_and_none_for_what_does_not() -> None:
    matrix = dict(
        [
            reach("web", "web"),
            reach("web", "db"),
            reach("db", "db"),
            reach("internet", "web", 443),
            reach("internet", "db"),
        ]
    )
    drawn = reachability(matrix)
    assert '    internet -- "tcp/443" --> web' in drawn
    assert drawn.count("-->") == 1
    assert "    internet([internet])" in drawn
    assert "        db[db]" in drawn


def test_picture_bundles_what_is_alike() -> None:
    pairs = [(a, b) for a in ("a-1", "b") for b in ("c", "d")]
    inside = [(zone, zone) for zone in ("a-1", "b", "c", "d")]
    matrix = dict([reach(*pair, 22) for pair in pairs] + [reach(*pair) for pair in inside])
    arrows = [line.strip() for line in reachability(matrix).splitlines() if "-->" in line]
    assert arrows == ['a_1 & b -- "tcp/22" --> c & d']


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_readme_without_its_two_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the text needs once"):
        with_picture(text, "")
