"""The assemblies, made once; the property tests ask for the one that they need."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import build_app
from rehearsal.assembly import Assembly, read_assembly
from stacks.loading import DIRECTORY, parse_environment
from tests.conftest import Assembly as Synthesized
from tests.synthesis import shipped_assembly

Variant = Callable[..., Assembly]


@pytest.fixture(scope="session")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Variant:
    """Variant an environment file with changes: `variant("sandbox", network={...})`."""

    def make(name: str, **changes: dict[str, Any]) -> Assembly:
        values = tomllib.loads((DIRECTORY / f"{name}.toml").read_text())
        for section, change in changes.items():
            values[section] = {**values[section], **change}
        directory = tmp_path_factory.mktemp(name)
        build_app(parse_environment(values, name, name), outdir=directory).synth()
        return read_assembly(directory)

    return make


@pytest.fixture(scope="session")
def sandbox(sandbox: Synthesized) -> Assembly:
    return read_assembly(sandbox.directory)


@pytest.fixture(scope="session")
def two_accounts() -> Assembly:
    return read_assembly(shipped_assembly("two-accounts"))


@pytest.fixture(scope="session")
def production(production: Synthesized) -> Assembly:
    return read_assembly(production.directory)


@pytest.fixture
def write_assembly(tmp_path: Path) -> Callable[..., Path]:
    """Write an assembly with one stack, `Small`, of these resources."""

    def write(
        resources: dict[str, Any], environment: str = "unknown-account/unknown-region"
    ) -> Path:
        directory = tmp_path / "assembly"
        directory.mkdir(exist_ok=True)
        artifact = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{environment}",
            "properties": {"templateFile": "Small.template.json"},
        }
        manifest = {"version": "55.0.0", "artifacts": {"Small": artifact}}
        (directory / "manifest.json").write_text(json.dumps(manifest))
        (directory / "Small.template.json").write_text(json.dumps({"Resources": resources}))
        return directory

    return write
