"""Keeps what a proof found beside the templates, so that a reader need not prove them again.

Synthesis proves everything already. Its answers are written into the cloud assembly under a digest
of all that they follow from: the templates, the claims and the proofs themselves. If any of them
has changed since, the record is of something else, and the reader proves anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from blueprint import flows
from proofs import report
from proofs.access import CLAIMS_DIRECTORY, AccessProof, prove_access
from proofs.assembly import Assembly
from proofs.network import Proof, prove_assembly

NETWORK, ACCESS = "network", "access"
_PROOFS = Path(__file__).parent
# The proofs, and what they know of AWS: actions, and the policies that AWS manages.
_SOURCES = ("*.py", "*.json")


def network_answers(assembly: Assembly) -> dict[str, Any]:
    """What the network proof says: as recorded, or proved now."""
    return _known(NETWORK, assembly, None, lambda: report.network_data(prove_assembly(assembly)))


def access_answers(assembly: Assembly, claims: Path = CLAIMS_DIRECTORY) -> dict[str, Any]:
    """What the access proof says: as recorded, or proved now."""
    return _known(
        ACCESS, assembly, claims, lambda: report.access_data(prove_access(assembly, claims))
    )


def keep_network(assembly: Assembly, proof: Proof) -> None:
    """Write the answers of the network proof beside the templates."""
    _write(NETWORK, assembly, None, report.network_data(proof))


def keep_access(assembly: Assembly, claims: Path, proof: AccessProof) -> None:
    """Write the answers of the access proof beside the templates."""
    _write(ACCESS, assembly, claims, report.access_data(proof))


def digest(assembly: Assembly, claims: Path | None = None) -> str:
    """What an answer follows from, as one number in hexadecimal: SHA-256."""
    found = hashlib.sha256()
    for name, content in _premises(assembly, claims):
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _premises(assembly: Assembly, claims: Path | None) -> Iterator[tuple[str, bytes]]:
    for stack in sorted(assembly.stacks, key=lambda stack: stack.id):
        where = f"{stack.id} {stack.account} {stack.region}"
        yield where, json.dumps(stack.template, sort_keys=True).encode()
    sources = [path for kind in _SOURCES for path in sorted(_PROOFS.rglob(kind))]
    sources.append(Path(flows.__file__))
    for path in (*sources, *(sorted(claims.glob("*.toml")) if claims else ())):
        yield path.name, path.read_bytes()


def _known(
    name: str, assembly: Assembly, claims: Path | None, prove: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    path = _path(name, assembly)
    if path and path.is_file():
        record = _read(path)
        if record.get("digest") == digest(assembly, claims):
            answers: dict[str, Any] = record["answers"]
            return answers
    return prove()


def _read(path: Path) -> dict[str, Any]:
    """A record; one that was cut off says nothing."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content


def _write(name: str, assembly: Assembly, claims: Path | None, answers: dict[str, Any]) -> None:
    if path := _path(name, assembly):
        record = {"digest": digest(assembly, claims), "answers": answers}
        path.write_text(json.dumps(record), encoding="utf-8")


def _path(name: str, assembly: Assembly) -> Path | None:
    """Beside the first template; None: the templates are not on disk."""
    first = next((stack.path for stack in assembly.stacks if stack.path), None)
    return first.parent / f"proof-{name}.json" if first else None
