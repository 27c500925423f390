"""Synthesizes each shipped environment once a test run, however many workers there are."""

import fcntl
import os
from functools import cache
from pathlib import Path

from app import build_app
from stacks.loading import load_environment

# Set by the root conftest before workers start; they inherit it.
SHARED = "BLUEPRINT_TEST_ASSEMBLIES"


@cache
def shipped_assembly(environment: str) -> Path:
    """The cloud assembly of a shipped environment, synthesized with every validation."""
    directory = Path(os.environ[SHARED]) / environment
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "manifest.json").exists():
            build_app(load_environment(environment), outdir=directory).synth()
    return directory
