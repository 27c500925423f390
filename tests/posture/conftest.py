"""The report of the shipped environments, made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from posture.__main__ import write
from posture.facts import Posture, posture
from tests.synthesis import shipped_assembly


@cache
def posture_of(environment: str) -> Posture:
    return posture(shipped_assembly(environment))


@pytest.fixture(params=["sandbox", "production", "two-accounts"])
def facts(request: pytest.FixtureRequest) -> Posture:
    """The facts of each environment in turn."""
    return posture_of(request.param)


@pytest.fixture(scope="session")
def production() -> Posture:
    """The facts of the environment that has most."""
    return posture_of("production")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write the report of an environment; the folder it is in."""

    @cache
    def written(environment: str) -> Path:
        directory = tmp_path_factory.mktemp("report") / environment
        write(posture_of(environment), directory)
        return directory

    return written
