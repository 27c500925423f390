"""Places everything in the picture: columns of zones, rows of availability zones, lanes of arrows.

Every zone is a column; below it runs a line, and each proved flow is an arrow between two of these
lines. So no arrow crosses a box, however many flows there are, and each has room for its ports.
"""

from collections.abc import Iterator

from posture.canvas import ICON, Scene
from posture.facts import Posture
from posture.lanes import Arrow, arrows
from posture.reachability import OUTSIDE
from posture.topology import Topology

_COLUMN, _GUTTER, _MARGIN = 114, 120, 16
_TOP, _TIER, _ROW, _HEAD, _LANE = 24, 70, 90, 46, 27
_LONG = 14  # letters of a column's name in one line
_RIGHT = "s3"
_PARTNER = "partner"
_WAYS = {
    "the internet gateway": "public: internet gateway",
    "a NAT gateway": "private: NAT gateway",
    "": "isolated: no default route",
}


class _Plan:
    """Where each column, row and lane is."""

    def __init__(self, facts: Posture) -> None:
        top = facts.topology
        present = {*facts.matrix.sources, *facts.matrix.destinations}
        left = [name for name in OUTSIDE if name in present and name != _RIGHT]
        inside = [zone for tier in top.tiers for zone in tier.zones if zone in present]
        right = [_RIGHT] if _RIGHT in present else []
        self.partner = bool(facts.access.paths)
        self.names = [*left, *inside, *right, *([_PARTNER] if self.partner else [])]
        self.columns = {name: number for number, name in enumerate(self.names)}
        self.first, self.last = len(left), len(left) + len(inside)
        self.rows = len(top.availability_zones)
        self.arrows = arrows(facts.matrix.cells, self.columns)
        self.lanes = max((arrow.lane for arrow in self.arrows), default=0) + 1 + self.partner
        self.foot = _TOP + 36 + _TIER + self.rows * _ROW
        self.vpc_left = self.first * _COLUMN + _MARGIN
        self.vpc_right = self.x(self.last - 1) + _COLUMN / 2 + 44

    def x(self, column: int) -> float:
        """The middle of a column."""
        inside = _MARGIN + _GUTTER if column >= self.first else 0
        return (column + 0.5) * _COLUMN + inside + (60 if column >= self.last else 0)

    def row(self, number: float) -> float:
        """The middle of an availability zone's row."""
        return _TOP + 36 + _TIER + (number + 0.45) * _ROW

    def lane(self, number: int) -> float:
        """The height of an arrow."""
        return self.foot + _HEAD + 18 + number * _LANE

    @property
    def bottom(self) -> float:
        """The end of the lines."""
        return self.lane(self.lanes - 1) + 16


def scene(facts: Posture) -> Scene:
    """Place everything that the facts speak of."""
    plan = _Plan(facts)
    drawn = Scene(
        f"{facts.environment}: {len(facts.matrix.open_cells)} proved flows between the zones of "
        f"VPC {facts.topology.vpc}"
    )
    _frames(drawn, plan, facts.topology)
    _things(drawn, plan, facts.topology)
    _outside(drawn, plan, facts)
    for arrow in plan.arrows:
        _arrow(drawn, plan, arrow)
    return drawn


def _frames(drawn: Scene, plan: _Plan, top: Topology) -> None:
    drawn.box("vpc", plan.vpc_left, _TOP, plan.vpc_right, plan.bottom + 10)
    drawn.picture("vpc", plan.vpc_left + 18, _TOP + 18, 26)
    drawn.text(f"VPC {top.vpc}", plan.vpc_left + 110, _TOP + 18, "title")
    for tier in top.tiers:
        xs = [plan.x(plan.columns[zone]) for zone in tier.zones if zone in plan.columns]
        if not xs:
            continue
        left, right = min(xs) - _COLUMN / 2 + 5, max(xs) + _COLUMN / 2 - 5
        drawn.box("tier", left, _TOP + 40, right, plan.foot + 4)
        middle = (left + right) / 2
        drawn.text(f"{tier.name} subnets", middle, _TOP + 56, "head")
        drawn.text(tier.cidr, middle, _TOP + 71, "small")
        drawn.text(_WAYS.get(tier.way_out, tier.way_out), middle, _TOP + 83, "small")
    for number, name in enumerate(top.availability_zones):
        top_edge = plan.row(number) - 0.45 * _ROW + 2
        left, right = plan.vpc_left + 36, plan.vpc_right - 36
        drawn.box("zone", left, top_edge, right, top_edge + _ROW - 6)
        drawn.text(name, left + 43, plan.row(number) - 2, "small")


def _things(drawn: Scene, plan: _Plan, top: Topology) -> None:
    spots: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for place in top.places:
        zone = place.zone or _public(top, plan)
        if zone in plan.columns:
            name = place.type.rpartition("::")[2]
            told = f"{f'{place.count} x ' * (place.count > 1)}{_NAMES.get(name, name)}"
            spots.setdefault((zone, place.availability_zone), []).append((place.type, told))
    for (zone, row), things in spots.items():
        step = _COLUMN / 2 if len(things) > 1 else 0
        start = plan.x(plan.columns[zone]) - step * (len(things) - 1) / 2
        for number, (kind, told) in enumerate(things):
            x, y = start + number * step, plan.row(row)
            drawn.picture(kind, x, y - 8, ICON if len(things) == 1 else 30)
            drawn.text(told, x, y + 23, "small")


_NAMES = {
    "Instance": "server",
    "AutoScalingGroup": "scaling group",
    "LoadBalancer": "load balancer",
    "VPCEndpoint": "endpoint",
    "InstanceConnectEndpoint": "endpoint",
    "NatGateway": "NAT",
}


def _public(top: Topology, plan: _Plan) -> str:
    """The column that NAT gateways stand in: the last of the public tier."""
    public = [tier.zones for tier in top.tiers if tier.way_out == "the internet gateway"]
    zones = [zone for zone in (public[0] if public else ()) if zone in plan.columns]
    return zones[-1] if zones else ""


def _outside(drawn: Scene, plan: _Plan, facts: Posture) -> None:
    for name, column in plan.columns.items():
        x = plan.x(column)
        drawn.line([(x, plan.foot + _HEAD - 6), *_straight(x, plan)], "lifeline")
        for line, words in enumerate(reversed(_label(name, facts))):
            drawn.text(words, x, plan.foot + _HEAD - 16 - 13 * line, "head")
        if plan.first <= column < plan.last:
            continue
        drawn.picture("users" if name == _PARTNER else name, x, plan.row(0) - 6, 46)
    for name, x, row in _gateways(plan, facts):
        drawn.picture(name, x, plan.row(row) - 8, 32)
        first, last = name.rsplit(" ", 1)
        drawn.text(first, x, plan.row(row) + 17, "small")
        drawn.text(last, x, plan.row(row) + 28, "small")
    if plan.partner:
        _partner(drawn, plan, facts)


def _straight(x: float, plan: _Plan) -> Iterator[tuple[float, float]]:
    start, end = plan.foot + _HEAD - 6, plan.bottom
    yield from ((x, start + (end - start) * part) for part in (1 / 3, 2 / 3, 1))


def _label(name: str, facts: Posture) -> tuple[str, ...]:
    """The name of a column, in one line or two."""
    if name == _PARTNER:
        return ("account", facts.access.paths[0].user_account)
    first, dash, last = name.rpartition("-")
    if len(name) > _LONG:
        return (first + dash, last)
    return ({"s3": "Amazon S3"}.get(name, name),)


def _gateways(plan: _Plan, facts: Posture) -> Iterator[tuple[str, float, float]]:
    """On the border of the VPC: what the arrows say that they go through."""
    used = {arrow.gateway for arrow in plan.arrows}
    if used & {"internet gateway", "NAT gateway"}:
        yield "internet gateway", plan.vpc_left, 0
    if "virtual private gateway" in used or facts.topology.has_vpn:
        yield "virtual private gateway", plan.vpc_left, 1
    if "gateway endpoint" in used:
        yield "gateway endpoint", plan.vpc_right, 0


def _partner(drawn: Scene, plan: _Plan, facts: Posture) -> None:
    path = facts.access.paths[0]
    x, s3 = plan.x(plan.columns[_PARTNER]), plan.x(plan.columns.get(_RIGHT, plan.last - 1))
    drawn.box("account", x - 50, _TOP + 40, x + 50, plan.foot + 4)
    users = len({user for each in facts.access.paths for user in each.users})
    drawn.text(f"{users} {'user' if users == 1 else 'users'}", x, plan.row(0) + 28, "small")
    y = plan.lane(plan.lanes - 1)
    drawn.line([(x, y), (x - 20, y), (s3 + 20, y), (s3, y)], "assume", "#path-1")
    drawn.text(f"as {path.role}", (x + s3) / 2, y - 7, "ports")


def _arrow(drawn: Scene, plan: _Plan, arrow: Arrow) -> None:
    start, end, y = plan.x(arrow.start), plan.x(arrow.end), plan.lane(arrow.lane)
    href = f"#{arrow.cell.id}"
    if arrow.start == arrow.end:
        points = [(start, y - 6), (start + 30, y - 8), (start + 30, y + 8), (start + 1, y + 5)]
        drawn.line(points, "flow", href)
        drawn.text(arrow.cell.traffic, start + 46, y, "ports", href)
        return
    third = (end - start) / 3
    points = [(start, y), (start + third, y), (end - third, y), (end, y)]
    drawn.line(points, "flow", href)
    drawn.text(arrow.label, (start + end) / 2, y - 8, "ports", href)
