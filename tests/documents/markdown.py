"""Reads what the documents' tests ask about a Markdown file."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md")),
    ROOT / "workload" / "README.md",
    *sorted(ROOT.glob("docs/**/*.md")),
)
_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code; `language` is what stands behind its fence, or nothing."""

    language: str
    text: str


@dataclass(frozen=True)
class Document:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return [Block(*match.groups()) for match in _FENCE.finditer(self.text)]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        found = re.findall(r"^(#+) (.+)$", self.prose, re.MULTILINE)
        return [(len(marks), text) for marks, text in found]

    @cached_property
    def anchors(self) -> set[str]:
        return {anchor(text) for _, text in self.headings}

    @cached_property
    def code(self) -> list[str]:
        """The code within lines; a line may end inside it."""
        return [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", self.prose)]

    @cached_property
    def links(self) -> list[str]:
        """Where links inside the repository lead."""
        return re.findall(r"\]\((?!https?:)([^)\s]+)\)", self.prose)

    @cached_property
    def tables(self) -> list[list[list[str]]]:
        """Tables as rows of cells, the line below the heading left out."""
        rows = re.findall(r"(?:^\|.*\|\n)+", self.prose + "\n", re.MULTILINE)
        return [
            [_cells(line) for number, line in enumerate(table.splitlines()) if number != 1]
            for table in rows
        ]


def anchor(heading: str) -> str:
    """What GitHub calls the place of a heading."""
    words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return words.replace(" ", "-")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
