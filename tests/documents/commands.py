"""Finds the commands of the documents, and the rows of commands.toml that speak of them."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.documents.markdown import Document

ROWS = Path(__file__).with_name("commands.toml")
# How code within a line begins that a person is meant to type.
_TYPED = ("make ", "aws ", "cdk ", "npx ", "gh ", "bash ", "python ", "uv ", ".venv/bin/")


@dataclass(frozen=True)
class Command:
    """What a person types, and where it stands."""

    text: str
    place: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)

    @property
    def variables(self) -> dict[str, str]:
        """Settings, before the command or behind that of make."""
        return dict(word.split("=", 1) for word in self.words if re.match(r"[A-Z_]+=", word))

    @property
    def bare(self) -> str:
        """Without settings in front."""
        return re.sub(r"^([A-Z_]+=\S* )+", "", self.text)

    def __str__(self) -> str:
        return f"{self.text} ({self.place})"


@dataclass(frozen=True)
class Row:
    """How commands are tested that begin so; exactly one of the last three is given.

    `exit` is the code with which the documents' tests see the command end. `tested_by` is the test,
    or the file, that runs it. `not_run` is the reason why none can.
    """

    starts: str
    exit: int | None = None
    tested_by: str | None = None
    not_run: str | None = None

    def is_about(self, command: str) -> bool:
        return f"{command} ".startswith(f"{self.starts} ")


def commands_of(document: Document) -> list[Command]:
    """Every line of a block of shell, and code within lines that begins like a command."""
    typed = [code for code in document.code if code.startswith(_TYPED)]
    lines = [line for block in document.blocks for line in _lines(block.language, block.text)]
    return [Command(text, document.name) for text in dict.fromkeys([*lines, *typed])]


def _lines(language: str, text: str) -> Iterator[str]:
    if language != "sh":
        return
    for line in text.replace("\\\n", " ").splitlines():
        command = " ".join(re.sub(r"\s#.*", "", line).split())
        if command:
            yield command


@cache
def rows() -> tuple[Row, ...]:
    """The rows of commands.toml."""
    return tuple(Row(**row) for row in tomllib.loads(ROWS.read_text("utf-8"))["commands"])


def row_of(command: Command) -> Row:
    """The row that says most about a command.

    Raises:
        LookupError: none does.
    """
    found = [row for row in rows() if row.is_about(command.bare)]
    if not found:
        raise LookupError(f"{command}: no row of {ROWS.name} says how it is tested, or why not")
    return max(found, key=lambda row: len(row.starts))
