"""Draws who can talk to whom, as it was proved, in the language of Mermaid: `reachability(matrix)`.

A picture drawn from the matrix cannot show more, or less, than packets can do.
"""

from collections.abc import Mapping

from proofs.network.matrix import Reach
from proofs.network.ranges import traffic_text


def reachability(matrix: Mapping[tuple[str, str], Reach]) -> str:
    """Write the flowchart: a box for each zone of the VPC, and an arrow for whatever passes.

    Zones that talk to the same zones on the same ports share an arrow.
    """
    zones = dict.fromkeys(zone for pair in matrix for zone in pair)
    # Only a zone of the VPC is paired with itself.
    inside = [zone for zone in zones if (zone, zone) in matrix]
    lines = ["flowchart LR"]
    lines += [f"    {_id(zone)}([{zone}])" for zone in zones if zone not in inside]
    lines += ["    subgraph VPC", *(f"        {_id(zone)}[{zone}]" for zone in inside), "    end"]
    lines += [f"    {arrow}" for arrow in _arrows(matrix)]
    return "\n".join(lines)


def _arrows(matrix: Mapping[tuple[str, str], Reach]) -> list[str]:
    sources: dict[tuple[str, str], list[str]] = {}
    for (source, destination), reach in matrix.items():
        if reach.ports:
            sources.setdefault((destination, traffic_text(reach.ports)), []).append(_id(source))
    destinations: dict[tuple[str, str], list[str]] = {}
    for (destination, ports), names in sources.items():
        destinations.setdefault((" & ".join(names), ports), []).append(_id(destination))
    return [
        f'{start} -- "{ports}" --> {" & ".join(ends)}'
        for (start, ports), ends in destinations.items()
    ]


def _id(zone: str) -> str:
    """A name without hyphens, which are parts of arrows."""
    return zone.replace("-", "_")
