"""Who can talk to whom, as the network proof answered: one cell a pair of zones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Zones that are not in the VPC stand at the edges of the matrix.
OUTSIDE = ("internet", "management", "on-premises", "s3")
_EVERYTHING = "everything"


@dataclass(frozen=True)
class Witness:
    """One packet that passes, and what let it through, step by step."""

    packet: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """What passes from one zone to another.

    Attributes:
        traffic: As people write it; `-`: nothing.
        passes: Whether anything does.
        wide: Whether everything does, which no row of a flow table says.
        blocked_by: The layers that block all of it, each by itself.
        witnesses: A packet for each protocol that passes.
    """

    source: str
    destination: str
    traffic: str
    passes: bool
    wide: bool
    blocked_by: tuple[str, ...]
    witnesses: tuple[Witness, ...]

    @property
    def id(self) -> str:
        """The name of the cell inside the page."""
        return f"reach-{self.source}-to-{self.destination}"


@dataclass(frozen=True)
class Matrix:
    """Every pair of zones that the proof decided about."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cell(self, source: str, destination: str) -> Cell | None:
        """The cell of a pair; None: neither zone is in the VPC, or nothing can begin there."""
        wanted = (source, destination)
        return next((c for c in self.cells if (c.source, c.destination) == wanted), None)

    @property
    def open_cells(self) -> tuple[Cell, ...]:
        """Those that let something through."""
        return tuple(cell for cell in self.cells if cell.passes)


def matrix(answers: Mapping[str, Any], order: Sequence[str]) -> Matrix:
    """Read the matrix from the network proof's answers.

    Args:
        answers: What the proof said.
        order: Zones inside the VPC, as they follow each other; others come last.
    """
    cells = tuple(_cell(entry) for entry in answers["matrix"])
    place = {name: number for number, name in enumerate(order)}

    def sort(names: Iterable[str]) -> tuple[str, ...]:
        known = dict.fromkeys(names)
        return tuple(sorted(known, key=lambda n: (n in OUTSIDE, place.get(n, len(place)))))

    return Matrix(sort(cell.source for cell in cells), sort(c.destination for c in cells), cells)


def _cell(entry: Mapping[str, Any]) -> Cell:
    witnesses = tuple(map(_witness, entry["witnesses"]))
    traffic = entry["text"]
    return Cell(
        entry["source"],
        entry["destination"],
        traffic,
        bool(entry["ports"]),
        traffic == _EVERYTHING,
        tuple(entry["blocked_by"]),
        witnesses,
    )


def _witness(entry: Mapping[str, Any]) -> Witness:
    packet = entry["packet"]
    numbers = {
        "source_port": "from port",
        "destination_port": "to port",
        "type": "type",
        "code": "code",
    }
    told = [f"{words} {packet[key]}" for key, words in numbers.items() if key in packet]
    text = f"{packet['protocol']} from {packet['source']} to {packet['destination']}"
    return Witness(", ".join([text, *told]), tuple(entry["path"].split("; ")))
