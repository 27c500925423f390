"""Colours: text is told from its ground, in light, in dark and on paper.

https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest


def variables(css: str) -> Iterator[dict[str, str]]:
    """The colours of the light, the dark and the printed page."""
    for block in re.findall(r":root \{([^}]*)\}", css):
        yield dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def pairs() -> Iterator[tuple[str, str]]:
    plain, grounds = ("ink", "muted", "link"), ("ground", "surface", "sunken")
    yield from product(plain, grounds)
    yield from product(("good", "bad", "open", "mfa"), ("ground", "surface"))
    yield from ((name, f"{name}-ground") for name in ("good", "bad", "open", "quiet"))


def test_text_is_told_from_its_ground() -> None:
    css = (Path(__file__).parents[2] / "posture/page/report.css").read_text()
    themes = list(variables(css))
    assert len(themes) == 3
    for theme in themes:
        for text, ground in pairs():
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)


def test_contrast_is_computed_as_the_guidelines_do() -> None:
    assert contrast("#fff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
