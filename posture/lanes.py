"""The arrows of the picture: one for each open cell of the proved matrix, in lanes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from posture.reachability import Cell

_GATEWAYS = ("NAT gateway", "internet gateway", "virtual private gateway", "gateway endpoint")


@dataclass(frozen=True)
class Arrow:
    """One proved flow between two columns; `lane` is its row below the columns' heads."""

    cell: Cell
    start: int
    end: int
    lane: int

    @property
    def label(self) -> str:
        """The traffic, and the gateway that it goes through."""
        return f"{self.cell.traffic} via {self.gateway}" if self.gateway else self.cell.traffic

    @property
    def gateway(self) -> str:
        """The gateway that the witness packet goes through; empty: none."""
        route = self.cell.witnesses[0].steps[0] if self.cell.witnesses else ""
        return next((name for name in _GATEWAYS if name in route), "")


def arrows(cells: Iterable[Cell], columns: Mapping[str, int]) -> tuple[Arrow, ...]:
    """Give every open cell the highest lane in which nothing is in its way."""
    taken: list[list[tuple[int, int]]] = []
    found = []
    ordered = sorted(
        (cell for cell in cells if cell.passes),
        key=lambda cell: (columns[cell.source], columns[cell.destination]),
    )
    for cell in ordered:
        start, end = columns[cell.source], columns[cell.destination]
        # One that comes back to its column needs the room to the right of it.
        span = (min(start, end), max(start, end, start + (start == end)))
        lane = _lane(taken, span)
        found.append(Arrow(cell, start, end, lane))
    return tuple(found)


def _lane(taken: list[list[tuple[int, int]]], span: tuple[int, int]) -> int:
    for number, spans in enumerate(taken):
        if _is_free(spans, span):
            spans.append(span)
            return number
    taken.append([span])
    return len(taken) - 1


def _is_free(spans: Sequence[tuple[int, int]], span: tuple[int, int]) -> bool:
    """Arrows may meet at a column, since they end there."""
    return all(span[1] <= first or last <= span[0] for first, last in spans)
