"""The shipped environments as the proofs read them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Assembly


@pytest.fixture(scope="session")
def assemblies(sandbox: Assembly, production: Assembly) -> Mapping[str, Path]:
    return {assembly.environment.name: assembly.directory for assembly in (sandbox, production)}
