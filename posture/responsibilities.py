"""Shared responsibility: every layer, whose it is, what covers it, what stays a person's duty."""

from dataclasses import dataclass
from pathlib import Path

from posture.data import DOCS, rows, texts

RESPONSIBILITIES = DOCS / "responsibilities.toml"


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        owner: `AWS`, `you`, or `AWS and you`.
        covers: What of the blueprint covers your part.
        controls: The controls that it comes under.
        proofs: The claims that show it.
        duty: What a person still has to do; empty: nothing.
    """

    name: str
    owner: str
    covers: str
    controls: tuple[str, ...]
    proofs: tuple[str, ...]
    duty: str


def layers(path: Path = RESPONSIBILITIES) -> tuple[Layer, ...]:
    """Every layer, from the ground up."""
    return tuple(
        Layer(
            row["layer"],
            row["owner"],
            row["covers"],
            texts(row, "controls"),
            texts(row, "proofs"),
            row.get("duty", ""),
        )
        for row in rows(path, "layers")
    )
