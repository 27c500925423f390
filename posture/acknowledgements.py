"""Findings of the validations: those acknowledged, with their reasons, and those that are open."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REPORT = "validation-report.json"


@dataclass(frozen=True)
class Acknowledgement:
    """Rules acknowledged for one reason.

    Attributes:
        rules: As the packs call them; one finding may break the rules of several.
        places: The constructs that the rules spoke of.
        acknowledged_at: Where the acknowledgements stand.
    """

    reason: str
    rules: tuple[str, ...]
    places: tuple[str, ...]
    acknowledged_at: tuple[str, ...]


@dataclass(frozen=True)
class Validations:
    """What the plugins of the synthesis said.

    `packs` holds the number of findings that nobody acknowledged, by plugin. A pack with nothing to
    say is not in the report of the CDK.
    """

    packs: Mapping[str, int]
    acknowledged: tuple[Acknowledgement, ...]


def validations(directory: Path) -> Validations:
    """Read the report of a cloud assembly; one without a report was not validated."""
    path = directory / _REPORT
    plugins: list[Mapping[str, Any]] = []
    if path.is_file():
        plugins = json.loads(path.read_text(encoding="utf-8"))["pluginReports"]
    merged: dict[str, Acknowledgement] = {}
    for found in (each for plugin in plugins for each in _acknowledged(plugin)):
        known = merged.get(found.reason)
        merged[found.reason] = _together(known, found) if known else found
    packs = {plugin["pluginName"]: len(plugin["violations"]) for plugin in plugins}
    return Validations(packs, tuple(merged.values()))


def _acknowledged(plugin: Mapping[str, Any]) -> Iterator[Acknowledgement]:
    for finding in plugin.get("suppressedViolations", ()):
        yield Acknowledgement(
            finding["reason"],
            (finding["ruleName"],),
            tuple(each.get("constructPath", "?") for each in finding["violatingConstructs"]),
            (finding["acknowledgedAt"],),
        )


def _together(one: Acknowledgement, other: Acknowledgement) -> Acknowledgement:
    return Acknowledgement(
        one.reason,
        tuple(dict.fromkeys((*one.rules, *other.rules))),
        tuple(dict.fromkeys((*one.places, *other.places))),
        tuple(dict.fromkeys((*one.acknowledged_at, *other.acknowledged_at))),
    )
