"""Synthesizes each environment once a test run, however many workers there are."""

import fcntl
import os
from functools import cache
from pathlib import Path

from app import build_app
from stacks.environment import Environment
from stacks.loading import DIRECTORY, load_environment

# Set by the root conftest before workers start; they inherit it.
SHARED = "BLUEPRINT_TEST_ASSEMBLIES"


# Not shipped: every switch about people and trust (tests/stacks/everything.toml).
EVERYTHING = "everything"


def environment_named(name: str) -> Environment:
    """A shipped environment, or EVERYTHING."""
    folder = Path(__file__).with_name("stacks") if name == EVERYTHING else DIRECTORY
    return load_environment(name, folder)


@cache
def shipped_assembly(name: str) -> Path:
    """The cloud assembly of an environment, synthesized with every validation."""
    return assembly_of(environment_named(name))


def assembly_of(environment: Environment, *, validate: bool = True) -> Path:
    """The cloud assembly of an environment; those of one name are the same."""
    directory = Path(os.environ[SHARED]) / environment.name
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "manifest.json").exists():
            build_app(environment, outdir=directory, validate=validate).synth()
    return directory
