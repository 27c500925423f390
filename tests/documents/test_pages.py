"""Pages of stacks name the controls, and operations every alarm."""

import re
import tomllib
from pathlib import Path

import pytest

from app import build_app
from blueprint.alarm_rows import ALARM_NAMES
from blueprint.event_rows import EVENT_ROWS
from tests.documents.markdown import ROOT, Document
from tests.synthesis import EVERYTHING, environment_named

PAGES = sorted(ROOT.glob("docs/stacks/*.md"))
CONTROLS = {
    row["id"]
    for row in tomllib.loads((ROOT / "docs" / "controls.toml").read_text("utf-8"))["controls"]
}
SECTIONS = (
    r"What (it|they) holds?",
    "Controls",
    r"What (it|they) costs?",
    "What stays a person's duty",
    r"Before you change (it|them)",
)


def named_controls(page: Document) -> set[str]:
    table = next(table for table in page.tables if table[0][0] == "control")
    return {row[0] for row in table[1:]}


def test_every_stack_has_one_page() -> None:
    app = build_app(environment_named(EVERYTHING), validate=False)
    stacks = [child.node.id for child in app.node.children if hasattr(child, "template_options")]
    titles = " ".join(Document(page).headings[0][1] for page in PAGES)
    assert sorted(re.findall(r"\b[A-Z]\w+", titles.replace("The ", ""))) == sorted(stacks)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_says_what_a_reader_asks(path: Path) -> None:
    page = Document(path)
    headings = [text for _, text in page.headings]
    for section in SECTIONS:
        assert any(re.fullmatch(section, heading) for heading in headings), section
    assert 40 <= len(page.text.splitlines()) <= 80


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_names_controls_that_exist(path: Path) -> None:
    assert named_controls(Document(path)) <= CONTROLS


def test_every_control_stands_on_a_page() -> None:
    assert set().union(*(named_controls(Document(page)) for page in PAGES)) == CONTROLS


def test_operations_say_what_to_do_about_every_alarm_and_event_once() -> None:
    text = Document(ROOT / "docs" / "operations.md").text
    alarms = text.partition("## An alarm arrived")[2].partition("\n## ")[0]
    lines = [line for line in alarms.splitlines() if re.fullmatch(r"(`\w+`(, )?)+", line)]
    named = re.findall(r"`(\w+)`", " ".join(lines))
    assert sorted(named) == sorted([*ALARM_NAMES, *(row.name for row in EVENT_ROWS)])


def test_operations_give_three_steps_for_every_group_of_alarms() -> None:
    text = Document(ROOT / "docs" / "operations.md").text
    alarms = text.partition("## An alarm arrived")[2].partition("\n## ")[0]
    for group in alarms.split("\n### ")[1:]:
        assert re.findall(r"^(\d)\. ", group, re.MULTILINE) == ["1", "2", "3"], group
