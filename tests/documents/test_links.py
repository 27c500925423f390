"""Whatever a document links to is there, and its code blocks say what they are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.markdown import DOCUMENTS, Document, anchor

LANGUAGES = {"mermaid", "python", "sh", "text", "toml"}


def broken(document: Document) -> Iterator[str]:
    for link in document.links:
        name, _, place = link.partition("#")
        target = (document.path.parent / name).resolve() if name else document.path
        if not target.exists() or (place and place not in Document(target).anchors):
            yield link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_anchors_resolve(path: Path) -> None:
    assert list(broken(Document(path))) == []


@pytest.mark.parametrize(
    "link", ["missing.md", "#no-such-heading", "other.md#no-such-heading", "./no/folder/"]
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str) -> None:
    (tmp_path / "other.md").write_text("# Other\n")
    document = tmp_path / "document.md"
    document.write_text(f"# Title\n\n[this](other.md#other) and [that]({link})\n")
    assert list(broken(Document(document))) == [link]


def test_anchors_are_those_of_github() -> None:
    assert anchor("Onto a server") == "onto-a-server"
    assert anchor("`[servers.key_pair]`") == "serverskey_pair"
    assert anchor("2 つのコマンド") == "2-つのコマンド"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_blocks_of_code_say_their_language(path: Path) -> None:
    assert {block.language for block in Document(path).blocks} <= LANGUAGES


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_price(path: Path) -> None:
    assert not re.search(r"[$€¥]\s?\d|\bUSD\b|\d\s?円", Document(path).prose)
