"""The page in a real browser: nothing is asked for, nothing complains, everything opens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posture.page import SECTIONS
from tests.posture.browser import CHROMIUM, Page, page
from tests.posture.conftest import posture_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
PHONE, DESK = 390, 1440


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with page() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(report: Callable[[str], Path]) -> str:
    return (report("production") / "index.html").as_uri()


def test_nothing_is_asked_for_and_nothing_complains(browser: Page, address: str) -> None:
    browser.open(address)
    asked = [url for url in browser.requests() if not url.startswith("data:")]
    assert asked == [address]
    assert browser.complaints() == []


def test_a_request_and_a_complaint_would_be_seen(browser: Page, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text('<img src="missing.png"><script>throw new Error("bad")</script>')
    browser.open(path.as_uri())
    assert len(browser.requests()) == 2
    assert any("bad" in complaint for complaint in browser.complaints())


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_section_is_seen_and_none_is_wider_than_the_screen(
    browser: Page, address: str, width: int
) -> None:
    browser.open(address, width=width)
    for name, title in SECTIONS:
        place = f"document.getElementById('{name}')"
        assert browser.run(f"{place}.getBoundingClientRect().height") > 50
        assert browser.run(f"{place}.querySelector('h2').innerText") == title
    assert browser.run("document.documentElement.scrollWidth") == width


def test_a_cell_opens_and_closes_by_mouse_and_by_keyboard(browser: Page, address: str) -> None:
    browser.open(address)
    card = "document.getElementById('reach-app-to-internet')"
    button = "document.querySelector('[popovertarget=reach-app-to-internet]')"
    is_open = f"{card}.matches(':popover-open')"
    assert browser.run(is_open) is False
    browser.run(f"{button}.click()")
    assert browser.run(is_open) is True
    assert "Witness packet" in browser.run(f"{card}.innerText")
    browser.press("Escape")
    assert browser.run(is_open) is False
    browser.run(f"{button}.focus()")
    browser.press("Enter")
    assert browser.run(is_open) is True
    browser.run(f"{card}.querySelector('.close').click()")
    assert browser.run(is_open) is False


def test_every_cell_opens(browser: Page, address: str) -> None:
    browser.open(address)
    opened = browser.run(
        "[...document.querySelectorAll('.matrix button')].filter(button => {"
        " button.click();"
        " const card = document.getElementById(button.getAttribute('popovertarget'));"
        " const seen = card.matches(':popover-open') && card.innerText.length > 20;"
        " card.hidePopover(); return seen; }).length"
    )
    assert opened == len(posture_of("production").matrix.cells)


def test_an_arrow_leads_to_its_packet_and_a_name_to_what_it_may_do(
    browser: Page, address: str
) -> None:
    browser.open(f"{address}#reach-app-to-internet")
    assert browser.run("document.querySelector(':popover-open').id") == "reach-app-to-internet"
    browser.open(address)
    browser.run("document.querySelector('.access tbody th a').click()")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.querySelector('.who[open] table') !== null") is True


def test_the_keyboard_comes_to_the_content_first(browser: Page, address: str) -> None:
    browser.open(address)
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.press("Enter")
    assert browser.run("location.hash") == f"#{SECTIONS[0][0]}"


def test_dark_is_dark(browser: Page, address: str) -> None:
    browser.open(address)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    browser.dark()
    assert browser.run(ground) != light


def test_paper_has_every_witness_and_no_navigation(browser: Page, address: str) -> None:
    browser.open(address)
    browser.send("Emulation.setEmulatedMedia", media="print")
    cards = "[...document.querySelectorAll('.card')]"
    shown = f"{cards}.filter(card => getComputedStyle(card).display !== 'none').length"
    assert browser.run(shown) == len(posture_of("production").matrix.open_cells)
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    browser.send("Emulation.setEmulatedMedia", media="")
