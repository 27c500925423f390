"""The picture: what stands where, with one arrow for each proved flow, as SVG and as PNG.

Graphviz draws what `scene` places: its own layout would move everything whenever one flow comes or
goes. Links lead to the cells of the matrix, and classes let the page's styles colour it.
"""

import base64
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pygraphviz

from posture.canvas import Scene
from posture.facts import Posture
from posture.scene import scene

# Twice as many points as the picture is wide: sharp on paper and on fine screens.
_PNG_DPI = 144
_IMAGE = re.compile(r'<image xlink:href="([^"]+)"([^>]*?)\s+preserveAspectRatio="[^"]*"([^>]*)/>')
_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_SIZE = re.compile(r'<svg width="[^"]*" height="[^"]*"')


@dataclass(frozen=True)
class Picture:
    """The same picture for a page and for a document."""

    svg: str
    png: bytes


def picture(facts: Posture) -> Picture:
    """Draw it."""
    drawn = scene(facts)
    return Picture(_svg(drawn), _draw(drawn, "png", dpi=_PNG_DPI, background="white"))


def _draw(drawn: Scene, form: str, *, dpi: int, background: str) -> bytes:
    graph = pygraphviz.AGraph(
        directed=True,
        dpi=dpi,
        bgcolor=background,
        outputorder="edgesfirst",
        splines="true",
        pad=0.15,
    )
    graph.node_attr.update(fontname="Helvetica", fixedsize="true", label="")
    for name, attributes in drawn.nodes:
        graph.add_node(name, **attributes)
    for source, destination, attributes in drawn.edges:
        graph.add_edge(source, destination, **attributes)
    # `nop2` takes every position as it is.
    content: bytes = graph.draw(format=form, prog="nop2")
    return content


def _svg(drawn: Scene) -> str:
    raw = _draw(drawn, "svg", dpi=72, background="transparent").decode()
    icons: dict[str, str] = {}

    def use(match: re.Match[str]) -> str:
        name = icons.setdefault(match[1], f"icon-{len(icons)}")
        return f'<use href="#{name}"{match[2]}{match[3]}/>'

    drawing = _IMAGE.sub(use, _HEAD.sub("", raw))
    symbols = "".join(_symbol(name, Path(path)) for path, name in icons.items())
    label = '<svg role="img" aria-labelledby="drawing-title"'
    drawing = _SIZE.sub(label, drawing, count=1).replace("xlink:href", "href")
    # Titles of Graphviz are names of nodes, which help nobody.
    drawing = re.sub(r"<title>.*?</title>\s*", "", drawing, flags=re.DOTALL)
    head = f'<title id="drawing-title">{escape(drawn.title)}</title><defs>{symbols}</defs>'
    begin, end, rest = drawing.partition(">")
    return begin + end + head + rest


def _symbol(name: str, path: Path) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<symbol id="{name}" viewBox="0 0 64 64">'
        f'<image href="data:image/png;base64,{content}" width="64" height="64"/></symbol>'
    )
