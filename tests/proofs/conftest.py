"""The shipped environments, synthesized once."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app import build_app
from stacks.loading import load_environment


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    found = {}
    for name in ("sandbox", "production"):
        directory = tmp_path_factory.mktemp(name)
        build_app(load_environment(name), outdir=str(directory)).synth()
        found[name] = directory
    return found
