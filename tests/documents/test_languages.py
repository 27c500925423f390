"""The Japanese README says what the English one does, as far as a program can see."""

import tomllib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.documents.markdown import ROOT, Document

ENGLISH, JAPANESE = Document(ROOT / "README.md"), Document(ROOT / "README.ja.md")


def differences(one: Document, two: Document) -> list[str]:
    """Where headings, blocks of code, tables or links are not those of the other language."""
    levels = [[level for level, _ in document.headings] for document in (one, two)]
    found = ["headings"] * (levels[0] != levels[1])
    for kind in ("blocks", "tables", "links"):
        pairs = zip_longest(_shape(one, kind), _shape(two, kind))
        found += [f"{kind}: {a} and {b}" for a, b in pairs if a != b]
    return found


def _shape(document: Document, kind: str) -> Sequence[object]:
    if kind == "blocks":
        return document.blocks
    if kind == "links":
        # Each links to the other.
        return sorted(link for link in document.links if not link.startswith("README"))
    return [
        [[sorted(cell.split("`")[1::2]) for cell in row] for row in table]
        for table in document.tables
    ]


def test_readme_in_japanese_is_in_step_with_the_english_one() -> None:
    assert differences(ENGLISH, JAPANESE) == []


def test_readme_in_japanese_is_japanese() -> None:
    # A project that was started from this one has its name at the top.
    name = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    for level, heading in JAPANESE.headings:
        is_japanese = any(ord(letter) > ord("ぁ") for letter in heading)
        assert is_japanese or (level, heading) == (1, name), f"{level} {heading}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n## Limits\n", "\n"),
        ("\n## Limits\n", "\n### Limits\n"),
        ("make deploy-local\n", "make deploy-locally\n"),
        ("| a zone |", "| a zone | an Availability Zone |"),
        ("| `make bench` |", "| `make mark` |"),
        ("docs/rehearsal.md)", "docs/proofs.md)"),
    ],
)
def test_a_change_of_one_language_alone_is_seen(tmp_path: Path, old: str, new: str) -> None:
    changed = tmp_path / "README.md"
    assert old in ENGLISH.text
    changed.write_text(ENGLISH.text.replace(old, new, 1), encoding="utf-8")
    assert differences(Document(changed), JAPANESE)
