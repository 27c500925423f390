"""Guards that hold before any test is collected, and a place that all workers share."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

if (Path(__file__).parent / "constructs" / "__init__.py").exists():
    raise SystemExit(
        "constructs/__init__.py exists and shadows the PyPI package `constructs` that the CDK "
        "imports: delete it. constructs/ is a source root; our package is constructs/blueprint/."
    )

SHARED = "BLUEPRINT_TEST_ASSEMBLIES"


def pytest_configure(config: pytest.Config) -> None:
    """Before workers start, make the folder of the synthesized environments."""
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="blueprint-assemblies-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)
