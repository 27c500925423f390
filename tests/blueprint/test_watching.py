"""The three tables of what is watched, against docs/controls.toml."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from blueprint.alarm_rows import ALARMS, role_alarms
from blueprint.config_rows import CONFIG_RULES
from blueprint.event_rows import EVENT_ROWS

CONTROLS = tomllib.loads((Path(__file__).parents[2] / "docs" / "controls.toml").read_text())[
    "controls"
]
# What the course lists as "monitor", or answers by something that is watched all the time.
MONITORED = {"IA-1", "IA-9", "IA-10", "IA-12", "OP-1", "OP-2", "OP-3", "NW-9", "EC-4"}


class Row(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def controls(self) -> tuple[str, ...]: ...
    @property
    def description(self) -> str: ...


ROWS: tuple[Row, ...] = (
    *ALARMS,
    *role_alarms(cross_account_role="arn", break_glass_role="arn"),
    *EVENT_ROWS,
    *CONFIG_RULES,
)


def unwatched(rows: Iterable[Row]) -> set[str]:
    """The teachings about monitoring that no row is about."""
    return MONITORED - {control for row in rows for control in row.controls}


def unknown(rows: Iterable[Row]) -> set[str]:
    """The controls of rows that docs/controls.toml lacks."""
    ids = {control["id"] for control in CONTROLS}
    return {control for row in rows for control in row.controls} - ids


def test_controls_have_an_id_of_their_own_and_an_answer() -> None:
    assert all(set(control) == {"id", "teaching", "answer"} for control in CONTROLS)
    assert all(value.strip() for control in CONTROLS for value in control.values())
    ids = [control["id"] for control in CONTROLS]
    assert len(set(ids)) == len(ids)
    counts = Counter(name.partition("-")[0] for name in ids)
    assert [f"{group}-{n}" for group in counts for n in range(1, counts[group] + 1)] == ids


def test_rows_name_controls_that_exist() -> None:
    assert unknown(ROWS) == set()
    assert all(row.controls for row in ROWS)


def test_nothing_that_the_course_lists_as_monitor_is_without_a_row() -> None:
    assert unwatched(ROWS) == set()


@pytest.mark.parametrize("control", sorted(MONITORED))
def test_a_teaching_that_lost_its_rows_is_found(control: str) -> None:
    others = [row for row in ROWS if control not in row.controls]
    assert control in unwatched(others)


def test_a_row_of_an_unknown_control_is_found() -> None:
    (row,) = role_alarms(cross_account_role="arn")
    assert unknown([replace(row, controls=("IA-99",))]) == {"IA-99"}


def test_names_are_switches_and_so_there_is_one_of_each() -> None:
    names = Counter(row.name for row in ROWS)
    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name)] == []


def test_descriptions_are_sentences_for_people() -> None:
    for row in ROWS:
        assert row.description[0].isupper()
        assert not row.description.endswith(".")
