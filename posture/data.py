"""Reads the data files of the report; a mistake in one names the file and the key."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proofs.findings import UnusableInputError

DOCS = Path(__file__).parents[1] / "docs"


def rows(path: Path, table: str) -> list[Mapping[str, Any]]:
    """The rows of one table.

    Raises:
        UnusableInputError: there is no such file, it is no TOML, or it lacks the table.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UnusableInputError(f"{path} cannot be read as TOML: {error}") from error
    if table not in content:
        raise UnusableInputError(f"{path} has no [[{table}]]")
    found: list[Mapping[str, Any]] = content[table]
    return found


def texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of a row; default: empty."""
    return tuple(row.get(key, ()))
