"""Writes what the proofs found: as text for people, as JSON for programs."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from proofs.access import AccessProof, summary
from proofs.findings import Claim, Finding
from proofs.network import Proof
from proofs.network.matrix import Reach
from proofs.network.ranges import traffic_text

_YES, _NO = "✓", "✗"


def text(network: Proof, access: AccessProof | None, name: str) -> str:
    """Both tables, then each claim with its verdict and its counterexamples."""
    lines = [f"Who can talk to whom: {name}", "", *_table(network.matrix), ""]
    claims, findings = network.claims, network.findings
    if access:
        lines += [f"Who may do what: {name}", "", *summary.table(summary.grants(access.cases)), ""]
        claims, findings = (*claims, *access.claims), (*findings, *access.findings)
    for claim in claims:
        lines.append(f"{_YES if claim.holds else _NO} {claim.id}: {claim.description}")
        lines += [f"    {finding}" for finding in findings if finding.claim == claim.id]
    held = sum(claim.holds for claim in claims)
    lines += ["", f"{held} of {len(claims)} claims hold."]
    return "\n".join(lines)


def as_json(network: Proof, access: AccessProof | None, environment: str | None) -> str:
    """Claims, findings, the matrix with its witnesses, and all that is allowed, as JSON."""
    who_can, who_may = network_data(network), access_data(access) if access else {}
    data = {
        "environment": environment,
        "holds": not (who_can["findings"] or who_may.get("findings")),
        "claims": [*who_can["claims"], *who_may.get("claims", ())],
        "findings": [*who_can["findings"], *who_may.get("findings", ())],
        "matrix": who_can["matrix"],
        "access": who_may.get("access"),
    }
    return json.dumps(data, indent=2)


def network_data(proof: Proof) -> dict[str, Any]:
    """What the network proof found, as plain values."""
    matrix = [_reach(reach) for reach in proof.matrix.values()]
    return {**_verdicts(proof.claims, proof.findings), "matrix": matrix}


def access_data(proof: AccessProof) -> dict[str, Any]:
    """What the access proof found, as plain values."""
    grants = summary.grants(proof.cases)
    return {
        **_verdicts(proof.claims, proof.findings),
        "principals": summary.principals(grants),
        "access": summary.data(grants),
    }


def _verdicts(claims: Iterable[Claim], findings: Iterable[Finding]) -> dict[str, Any]:
    return {
        "claims": [
            {"id": claim.id, "description": claim.description, "holds": claim.holds}
            for claim in claims
        ],
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "claim": finding.claim,
        "message": finding.message,
        "suggestion": finding.suggestion,
        "stack": finding.stack,
        "resources": list(finding.logical_ids),
        "positions": list(finding.positions),
        "packet": finding.packet,
    }


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "source": reach.source,
        "destination": reach.destination,
        "text": traffic_text(reach.ports),
        "ports": reach.ports,
        "client_ports": reach.client_ports,
        "blocked_by": list(reach.blocked_by),
        "rules": [str(origin) for origin in reach.rules],
        "witnesses": [
            {"packet": dict(decision.packet.data()), "path": decision.path()}
            for decision in reach.witnesses
        ],
    }


def _table(matrix: Mapping[tuple[str, str], Reach]) -> list[str]:
    """One row a source, one column a destination; a dot: nothing, blank: not of this network."""
    sources = list(dict.fromkeys(source for source, _ in matrix))
    destinations = list(dict.fromkeys(destination for _, destination in matrix))
    rows = [["from \\ to", *destinations]]
    for source in sources:
        reaches = (matrix.get((source, destination)) for destination in destinations)
        rows.append([source, *(_cell(reach) for reach in reaches)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def _cell(reach: Reach | None) -> str:
    if reach is None:
        return ""
    return traffic_text(reach.ports) if reach.ports else "·"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
