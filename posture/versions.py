"""What the report was made from: versions of the tools, and a hash of the assembly."""

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("aws-cdk-lib", "cdk-nag", "constructs")
_PACKAGE_JSON = Path(__file__).parents[1] / "package.json"


@dataclass(frozen=True)
class Origin:
    """What the report was made from.

    `assembly` is SHA-256 over the manifest and all templates, in the order of their names: the same
    templates give the same number.
    """

    assembly: str
    versions: tuple[tuple[str, str], ...]


def origin(directory: Path) -> Origin:
    """Hash the assembly, and ask every tool for its version."""
    packages = tuple((name, version(name)) for name in _PACKAGES)
    cli = json.loads(_PACKAGE_JSON.read_text(encoding="utf-8"))
    tools = {**cli.get("dependencies", {}), **cli.get("devDependencies", {})}
    return Origin(
        _hash(directory),
        (
            *packages,
            ("aws-cdk (CLI)", tools["aws-cdk"]),
            ("Python", platform.python_version()),
        ),
    )


def _hash(directory: Path) -> str:
    found = hashlib.sha256()
    for path in sorted((directory / "manifest.json", *directory.rglob("*.template.json"))):
        found.update(f"{path.relative_to(directory).as_posix()}\n".encode() + path.read_bytes())
    return found.hexdigest()
