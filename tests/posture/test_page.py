"""The page: whole, readable, accessible, and loading nothing from anywhere."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from posture.__main__ import write
from posture.facts import Posture, posture
from posture.page import SECTIONS, page
from posture.picture import picture
from tests.posture.conftest import posture_of
from tests.synthesis import shipped_assembly

ENVIRONMENTS = ("sandbox", "production", "two-accounts")
# Elements of HTML without an end; those of SVG say so with a slash.
VOID = {"br", "hr", "img", "input", "link", "meta"}
LOADING = ("src", "srcset", "poster", "data", "action", "formaction", "background")


@dataclass
class Element:
    """One element with its attributes, its parents' names, and its own text."""

    name: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    text: str = ""


@dataclass
class Reader(HTMLParser):
    """Reads a page strictly: every element that begins has to end, in order."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        element = Element(tag, given, tuple(parent.name for parent in self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a beginning"
        last = self.open.pop()
        assert last.name == tag, f"</{tag}> ends <{last.name}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(text: str) -> list[Element]:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader.elements


@pytest.fixture(params=ENVIRONMENTS)
def html(request: pytest.FixtureRequest, report: Callable[[str], Path]) -> str:
    return (report(request.param) / "index.html").read_text("utf-8")


@pytest.fixture
def elements(html: str) -> list[Element]:
    return read(html)


def of(elements: list[Element], name: str) -> list[Element]:
    return [element for element in elements if element.name == name]


def ids(elements: list[Element]) -> list[str]:
    return [e.attributes["id"] for e in elements if "id" in e.attributes]


def loaded(elements: list[Element]) -> list[str]:
    """Every address that a browser would ask for by itself."""
    own = [e.attributes[key] for e in elements for key in LOADING if key in e.attributes]
    links = [e for e in elements if e.name in {"link", "use", "image"}]
    own += [e.attributes["href"] for e in links if "href" in e.attributes]
    styles = [e.text for e in of(elements, "style")] + [
        e.attributes.get("style", "") for e in elements
    ]
    own += [address for style in styles for address in re.findall(r"url\(([^)]*)\)", style)]
    own += [style for style in styles if "@import" in style]
    return [address for address in own if not address.startswith(("#", "data:image/png;base64,"))]


def test_nothing_is_loaded_from_outside(elements: list[Element]) -> None:
    assert loaded(elements) == []
    (policy,) = (e for e in of(elements, "meta") if "http-equiv" in e.attributes)
    assert policy.attributes["content"].startswith("default-src 'none';")
    assert "http" not in policy.attributes["content"]


@pytest.mark.parametrize(
    "wrong",
    [
        '<script src="https://example.com/x.js"></script>',
        '<link rel="stylesheet" href="x.css">',
        '<img src="x.png">',
        "<style>p { background: url(x.png) }</style>",
        '<style>@import "x.css";</style>',
        '<svg><image href="/icons/x.png"/></svg>',
    ],
)
def test_something_loaded_is_found(wrong: str) -> None:
    assert len(loaded(read(f"<html>{wrong}</html>"))) == 1


def test_every_section_is_there_and_in_the_navigation(elements: list[Element]) -> None:
    sections = [e.attributes["id"] for e in of(elements, "section")]
    assert sections == [name for name, _ in SECTIONS]
    linked = [e.attributes["href"] for e in of(elements, "a") if "nav" in e.parents]
    assert linked == [f"#{name}" for name in sections]


def test_ids_are_unique_and_every_link_inside_the_page_has_a_place(
    elements: list[Element],
) -> None:
    known = ids(elements)
    assert len(known) == len(set(known))
    pointing = [e.attributes["href"].removeprefix("#") for e in of(elements, "a")]
    pointing += [e.attributes["popovertarget"] for e in of(elements, "button")]
    for key in ("aria-labelledby", "aria-controls"):
        pointing += [e.attributes[key] for e in elements if key in e.attributes]
    assert set(pointing) <= set(known)


def test_every_cell_of_the_matrix_opens_its_own_card(facts: Posture) -> None:
    elements = read(page(facts, ""))
    buttons = [e for e in of(elements, "button") if "td" in e.parents]
    assert len(buttons) == len(facts.matrix.cells)
    for button in buttons:
        assert button.attributes["aria-label"]
        assert button.attributes["popovertarget"] in ids(elements)
    opened = {cell.id for cell in facts.matrix.open_cells}
    cards = {e.attributes["id"]: e for e in elements if "popover" in e.attributes}
    assert cards.keys() == {cell.id for cell in facts.matrix.cells}
    for name, card in cards.items():
        assert ("Witness packet" in card.text) == (name in opened)
        assert ("Blocked by" in card.text) == (name not in opened)


def test_tables_have_headers_with_a_scope_and_a_name(elements: list[Element]) -> None:
    headers = of(elements, "th")
    assert headers
    assert all(e.attributes.get("scope") for e in headers)
    for header in headers:
        in_head = "thead" in header.parents
        assert header.attributes["scope"] in ({"col"} if in_head else {"row", "rowgroup"})
    assert len(of(elements, "thead")) == len(of(elements, "table"))


def test_headings_go_down_one_level_at_a_time(elements: list[Element]) -> None:
    levels = [int(e.name[1]) for e in elements if re.fullmatch(r"h[1-6]", e.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_arrow_of_the_picture_is_an_open_cell_and_the_other_way_round(
    facts: Posture,
) -> None:
    elements = read(picture(facts).svg)
    linked = {e.attributes["href"] for e in of(elements, "a")} - {"#path-1"}
    assert linked == {f"#{cell.id}" for cell in facts.matrix.open_cells}
    drawn = [e for e in elements if e.attributes.get("class", "") == "edge flow"]
    assert len(drawn) == len(facts.matrix.open_cells)


def test_an_arrow_that_no_proof_gave_would_be_seen(production: Posture) -> None:
    fewer = replace(production.matrix, cells=production.matrix.cells[:-8])
    elements = read(picture(replace(production, matrix=fewer)).svg)
    linked = {e.attributes["href"] for e in of(elements, "a")} - {"#path-1"}
    assert linked != {f"#{cell.id}" for cell in production.matrix.open_cells}


def test_what_the_facts_say_is_escaped(production: Posture) -> None:
    attack = "<script>alert(1)</script>\"'&"
    (first, *rest) = production.access.principals
    evil = replace(first, name=attack)
    claim = replace(production.claims[0], description=attack, holds=False)
    cell = replace(production.matrix.open_cells[0], traffic=attack)
    facts = replace(
        production,
        environment=attack,
        claims=(claim, *production.claims[1:]),
        access=replace(production.access, principals=(evil, *rest)),
        matrix=replace(production.matrix, cells=(cell, *production.matrix.cells)),
        topology=replace(production.topology, vpc=attack),
    )
    text = page(facts, picture(facts).svg)
    assert text.count("<script>") == 1
    assert "alert(1)&lt;/script&gt;" in text
    read(text)


def test_red_things_are_said_at_the_top(production: Posture) -> None:
    claim = replace(production.claims[0], holds=False)
    text = page(replace(production, claims=(claim, *production.claims[1:])), "")
    head = text.partition("<nav")[0]
    assert "Not everything holds" in head
    assert "claim closed-world is false" in head
    assert "Everything claimed is proved" in page(production, "")


# -- limits


def test_the_page_is_small(html: str) -> None:
    assert len(html.encode()) <= 1_500_000


def test_two_reports_are_written_in_five_seconds(tmp_path: Path) -> None:
    directories = {name: shipped_assembly(name) for name in ("sandbox", "production")}
    start = time.perf_counter()
    for name, directory in directories.items():
        write(posture(directory), tmp_path / name)
    assert time.perf_counter() - start <= 5


def test_the_picture_is_there_as_png_too(report: Callable[[str], Path]) -> None:
    content = (report("production") / "picture.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n")


def test_the_same_facts_give_the_same_page(production: Posture) -> None:
    again = posture(shipped_assembly("production"))
    assert page(again, picture(again).svg) == page(production, picture(production).svg)


def test_an_environment_without_a_second_account_has_no_way_from_one() -> None:
    text = page(posture_of("sandbox"), "")
    assert "The way from the other account" not in text
    assert "The way from the other account" in page(posture_of("two-accounts"), "")
