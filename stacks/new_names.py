"""What a project started from the blueprint is called, and where its networks are."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from stacks.loading import parse_environment
from stacks.tier_settings import FIRST_FREE_PLACE

_PACKAGE = "[[package]]\n"


def new_networks(networks: Mapping[str, str], cidr: str | None) -> dict[str, str]:
    """Move the networks of the environments: the first to `cidr`, each other one behind it.

    Environments that share a network still do. Without `cidr` nothing moves.

    Raises:
        EnvironmentRefusedError: `cidr`, or a network behind it, is not one for a VPC.
    """
    if cidr is None:
        return dict(networks)
    places = {network: number for number, network in enumerate(dict.fromkeys(networks.values()))}
    moved = {}
    for environment, network in networks.items():
        # Refused before anything is counted from it, in the words of the environment file.
        first = IPv4Network(_vpc(cidr, f"CIDR={cidr}"))
        start = int(first.network_address) + places[network] * first.num_addresses
        behind = str(IPv4Network((start, first.prefixlen)))
        moved[environment] = _vpc(behind, f"CIDR={cidr}, {environment}")
    return moved


def _vpc(cidr: str, shown: str) -> str:
    return parse_environment({"network": {"cidr": cidr}}, "new", shown).network.cidr


def names_in_use(project: Path) -> set[str]:
    """The names of every package in the lock files: two of one name cannot be locked."""
    python = re.findall(r'^name = "(.+)"$', _read(project / "uv.lock"), re.MULTILINE)
    node = re.findall(r'"node_modules/([^"]+)": \{', _read(project / "package-lock.json"))
    return {*python, *node}


def title(project: Path) -> str:
    """Name and version of a project."""
    values = _project(project)
    return f"{values['name']} {values['version']}"


def rename(project: Path, name: str, networks: Mapping[str, str], origin: str) -> None:
    """Call the copy `project` by its new name, and move its environments to `networks`.

    `origin` is what its changelog says that it was started from.
    """
    old = _project(project)["name"]
    for file, before, after in (
        ("pyproject.toml", f'name = "{old}"', f'name = "{name}"'),
        ("uv.lock", f'name = "{old}"', f'name = "{name}"'),
        ("package.json", f'"name": "{old}"', f'"name": "{name}"'),
        ("package-lock.json", f'"name": "{old}"', f'"name": "{name}"'),
        *((f"environments/{each}.toml", f'"{old}"', f'"{name}"') for each in networks),
    ):
        _write(project / file, _read(project / file).replace(before, after))
    _write(project / "uv.lock", _in_order(_read(project / "uv.lock")))
    _move(project, networks)
    for readme in project.glob("README*.md"):
        _write(readme, re.sub(r"\A# .*", f"# {name}", _read(readme)))
    # What the blueprint changed is the blueprint's to tell.
    header, _, _ = _read(project / "CHANGELOG.md").partition("## Unreleased")
    started = f"## Unreleased\n\n### Added\n\n* Started from {origin}.\n"
    _write(project / "CHANGELOG.md", header + started)


def _move(project: Path, networks: Mapping[str, str]) -> None:
    for environment, network in networks.items():
        file = project / "environments" / f"{environment}.toml"
        old = tomllib.loads(_read(file))["network"]["cidr"]
        moved = _read(file).replace(f'cidr = "{old}"', f'cidr = "{network}"')
        _write(file, moved)
        if environment == "sandbox":
            # The picture at the top shows the sandbox.
            for readme in project.glob("README*.md"):
                _write(readme, _read(readme).replace(old, network))


def add_tiers(project: Path, tiers: Sequence[tuple[str, str, str]]) -> None:
    """Give every environment tiers more: name, the tier that reaches it, and the port."""
    for file in project.glob("environments/*.toml"):
        known = tomllib.loads(_read(file))["network"].get("tiers", [])
        free = max([FIRST_FREE_PLACE - 1, *(tier["place"] for tier in known)]) + 1
        text = _read(file)
        for place, (name, reached_from, port) in enumerate(tiers, start=free):
            text += (
                f'\n[[network.tiers]]\nname = "{name}"\nplace = {place}\n'
                f'reached_from = "{reached_from}"\nport = {port}\n'
            )
        _write(file, text)


def _in_order(lock: str) -> str:
    """The packages by name, as uv writes them: the next `uv lock` changes nothing."""
    header, *packages = lock.split(_PACKAGE)
    packages.sort(key=lambda package: package.partition("\n")[0])
    blocks = [header.rstrip("\n"), *(_PACKAGE + package.rstrip("\n") for package in packages)]
    return "\n\n".join(blocks) + "\n"


def _project(project: Path) -> dict[str, Any]:
    values: dict[str, Any] = tomllib.loads(_read(project / "pyproject.toml"))["project"]
    return values


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
