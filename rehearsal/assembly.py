"""Reads a cloud assembly: its stacks, their templates and where they go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STAND_IN_ACCOUNT = "123456789012"
STAND_IN_REGION = "us-east-1"


class UnusableAssemblyError(Exception):
    """The input cannot be rehearsed: one sentence that says why."""


@dataclass(frozen=True)
class Stack:
    """A stack of the assembly."""

    name: str
    account: str
    region: str
    template: dict[str, Any]
    needs_bootstrap: bool
    termination_protection: bool
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly whose stacks all go to one region, of one account or more."""

    directory: Path
    stacks: tuple[Stack, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the stand-in plays; who deploys acts in the first."""
        return tuple(dict.fromkeys(stack.account for stack in self.stacks))

    @property
    def region(self) -> str:
        """The region that the stand-in plays."""
        return self.stacks[0].region

    def stacks_of(self, account: str) -> tuple[Stack, ...]:
        """The stacks that go to `account`."""
        return tuple(stack for stack in self.stacks if stack.account == account)

    @property
    def to_bootstrap(self) -> tuple[str, ...]:
        """The accounts where a stack expects `cdk bootstrap` to have run."""
        return tuple(
            account
            for account in self.accounts
            if any(stack.needs_bootstrap for stack in self.stacks_of(account))
        )


def read_assembly(directory: Path) -> Assembly:
    """Read the assembly in `directory`.

    A stack that leaves its account or region open gets the stand-in's.

    Raises:
        UnusableAssemblyError: there is no assembly, it has no stack, or its stacks go to more than
            one region.
    """
    manifest = directory / "manifest.json"
    try:
        artifacts = json.loads(manifest.read_text())["artifacts"]
        stacks = tuple(
            _stack(directory, name, artifact)
            for name, artifact in artifacts.items()
            if artifact["type"] == "aws:cloudformation:stack"
        )
    except FileNotFoundError as missing:
        raise UnusableAssemblyError(
            f"{directory} is no cloud assembly: {missing.filename} does not exist. "
            "Make one with: npx cdk synth -o DIRECTORY"
        ) from missing
    except (KeyError, TypeError, ValueError, NotADirectoryError) as error:
        raise UnusableAssemblyError(f"{manifest} cannot be read: {error!r}") from error
    regions = sorted({stack.region for stack in stacks})
    if len(regions) != 1:
        found = ", ".join(regions) or "no stack"
        raise UnusableAssemblyError(f"{directory} needs stacks in one region; it has {found}")
    return Assembly(directory.resolve(), stacks)


def _stack(directory: Path, name: str, artifact: dict[str, Any]) -> Stack:
    properties = artifact["properties"]
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    return Stack(
        name=properties.get("stackName", name),
        account=STAND_IN_ACCOUNT if account == "unknown-account" else account,
        region=STAND_IN_REGION if region == "unknown-region" else region,
        template=json.loads((directory / properties["templateFile"]).read_text()),
        needs_bootstrap="requiresBootstrapStackVersion" in properties,
        termination_protection=properties.get("terminationProtection", False),
        tags=properties.get("tags", {}),
    )
