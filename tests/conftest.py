"""One synthesis an environment, shared by every test that reads templates."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from app import build_app
from stacks.environment import Environment
from stacks.loading import load_environment, parse_environment
from tests.synthesis import EVERYTHING, environment_named, shipped_assembly

ENVIRONMENTS = ("sandbox", "production")

# How long one example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("blueprint", deadline=None)
hypothesis.settings.load_profile("blueprint")


@dataclass(frozen=True)
class Assembly:
    """A synthesized environment on disk."""

    environment: Environment
    directory: Path

    def read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.directory / name).read_text(encoding="utf-8"))
        return content

    @cached_property
    def network(self) -> dict[str, Any]:
        return self.read("Network.template.json")

    @cached_property
    def servers(self) -> dict[str, Any]:
        return self.read("Servers.template.json")

    @cached_property
    def identity(self) -> dict[str, Any]:
        return self.read("Identity.template.json")

    @cached_property
    def audit(self) -> dict[str, Any]:
        return self.read("Audit.template.json")

    @cached_property
    def validation_report(self) -> dict[str, Any]:
        return self.read("validation-report.json")


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Environment], Assembly]:
    """Synthesize an environment with every validation on."""

    def make(environment: Environment) -> Assembly:
        directory = tmp_path_factory.mktemp(environment.name)
        build_app(environment, outdir=directory).synth()
        return Assembly(environment, directory)

    return make


@pytest.fixture(scope="session")
def sandbox() -> Assembly:
    return Assembly(load_environment("sandbox"), shipped_assembly("sandbox"))


@pytest.fixture(scope="session")
def production() -> Assembly:
    return Assembly(load_environment("production"), shipped_assembly("production"))


@pytest.fixture(scope="session")
def everything() -> Assembly:
    return Assembly(environment_named(EVERYTHING), shipped_assembly(EVERYTHING))


@pytest.fixture(params=ENVIRONMENTS)
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Each shipped environment in turn."""
    found: Assembly = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def environment_of() -> Callable[..., Environment]:
    """Make an environment from the smallest file, with sections replaced by keyword."""

    def make(**sections: Any) -> Environment:  # noqa: ANN401 (the values of a TOML file)
        values = {"network": {"cidr": "10.0.0.0/16"}, **sections}
        return parse_environment(values, "test", "environments/test.toml")

    return make
