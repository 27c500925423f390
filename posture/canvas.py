"""What a picture is drawn with: boxes, icons, words and lines, each at its place.

Sizes are points; y grows downwards, as people read. Kinds are classes in the page's styles, which
colour them for light, dark and paper; the colours here are those of the PNG.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posture.icons import icon

Attributes = Mapping[str, str]

ICON = 38
_INK, _MUTED, _FLOW, _LINE = "#1b1f24", "#57606a", "#0b5cad", "#c4cad2"


@dataclass
class Scene:
    """What Graphviz draws, in this order."""

    title: str
    nodes: list[tuple[str, Attributes]] = field(default_factory=list)
    edges: list[tuple[str, str, Attributes]] = field(default_factory=list)

    def box(self, kind: str, left: float, top: float, right: float, bottom: float) -> None:
        """A frame with round corners; its look is that of its kind."""
        centre = ((left + right) / 2, (top + bottom) / 2)
        self._node(
            f"box-{kind}-{len(self.nodes)}",
            *centre,
            {
                "shape": "box",
                "width": f"{(right - left) / 72:.3f}",
                "height": f"{(bottom - top) / 72:.3f}",
                "class": f"box {kind}",
                **_BOXES[kind],
            },
        )

    def picture(self, name: str, x: float, y: float, size: float = ICON) -> None:
        """An icon."""
        side = f"{size / 72:.3f}"
        # Icons of one colour are turned where the page is dark.
        kind = "icon" if "::" in name or name in _COLOURED else "icon plain"
        look = {"shape": "none", "image": str(icon(name)), "imagescale": "true", "class": kind}
        self._node(f"icon-{len(self.nodes)}", x, y, look | {"width": side, "height": side})

    def text(self, words: str, x: float, y: float, kind: str, href: str = "") -> None:
        """Words, centred."""
        size, colour, bold = _TEXTS[kind]
        link = {"href": href} if href else {}
        self._node(
            f"text-{len(self.nodes)}",
            x,
            y,
            {
                "shape": "plaintext",
                "fixedsize": "false",
                "width": "0",
                "height": "0",
                "margin": "0",
                # Graphviz takes "<...>" for markup of its own, and a backslash for an escape.
                "label": " " * words.startswith("<") + words.replace("\\", "\\\\"),
                "fontsize": str(size),
                "fontcolor": colour,
                "fontname": "Helvetica-Bold" if bold else "Helvetica",
                "class": f"text {kind}",
                **link,
            },
        )

    def line(self, points: list[tuple[float, float]], kind: str, href: str = "") -> None:
        """A line through control points of a Bezier curve; a flow ends in an arrow."""
        ends = []
        is_arrow = kind != "lifeline"
        for (x, y), is_start in ((points[0], True), (points[-1], False)):
            ends.append(f"end-{len(self.nodes)}")
            # A dot tells the start from the end of an arrow that ends at the same line.
            look = {"shape": "point", "width": "0.07", "color": _LINES[kind]["color"]}
            look = look | {"class": f"dot {kind}"} if is_arrow and is_start else _NOTHING
            self._node(ends[-1], x, y, look)
        told = [f"{x:.1f},{-y:.1f}" for x, y in points]
        if is_arrow:
            told = [f"e,{told[-1]}", *told[:-1], _before_tip(points)]
        link = {"href": href} if href else {}
        look = {"class": kind, "pos": " ".join(told), "arrowsize": "0.6", **_LINES[kind], **link}
        if not is_arrow:
            look["dir"] = "none"
        self.edges.append((ends[0], ends[1], look))

    def _node(self, name: str, x: float, y: float, look: Attributes) -> None:
        self.nodes.append((name, {"pos": f"{x:.1f},{-y:.1f}", **look}))


_BOXES: dict[str, Attributes] = {
    "vpc": {"color": "#8c4fff", "style": "rounded", "penwidth": "1.4"},
    "tier": {"color": _LINE, "style": "rounded,filled", "fillcolor": "#f4f6f8"},
    "account": {"color": "#d6336c", "style": "rounded,dashed", "penwidth": "1.2"},
    "zone": {"color": "#7aa0c4", "style": "rounded,dashed"},
}
_TEXTS = {
    "title": (15, _INK, True),
    "head": (11.5, _INK, True),
    "small": (9.5, _MUTED, False),
    "ports": (11, _FLOW, False),
}
_LINES: dict[str, Attributes] = {
    "lifeline": {"color": _LINE, "style": "solid"},
    "flow": {"color": _FLOW, "penwidth": "1.3"},
    "assume": {"color": "#b3245c", "penwidth": "1.3", "style": "dashed"},
}


_COLOURED = {"vpc", "s3", "internet gateway", "virtual private gateway", "gateway endpoint"}
_NOTHING = {"shape": "point", "width": "0.01", "style": "invis"}


def _before_tip(points: list[tuple[float, float]]) -> str:
    """Where the line ends and the head of the arrow begins."""
    (x, y), (before, _) = points[-1], points[-2]
    return f"{x - (6 if before < x else -6):.1f},{-y:.1f}"
