"""Synthesizes each shipped environment once a test run, however many workers there are."""

import fcntl
import os
from functools import cache
from pathlib import Path

from app import build_app
from stacks.environment import Environment
from stacks.loading import load_environment

# Set by the root conftest before workers start; they inherit it.
SHARED = "BLUEPRINT_TEST_ASSEMBLIES"


@cache
def shipped_assembly(name: str) -> Path:
    """The cloud assembly of a shipped environment, synthesized with every validation."""
    return assembly_of(load_environment(name))


def assembly_of(environment: Environment, *, validate: bool = True) -> Path:
    """The cloud assembly of an environment; those of one name are the same."""
    directory = Path(os.environ[SHARED]) / environment.name
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "manifest.json").exists():
            build_app(environment, outdir=directory, validate=validate).synth()
    return directory
