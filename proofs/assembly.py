"""Reads a cloud assembly: the directory that `cdk synth` writes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs.findings import UnusableInputError


@dataclass(frozen=True)
class Stack:
    """One synthesized template with what the manifest says of it.

    `id` is its path in the app: `Network`, or `Baseline/Members/Identity` inside of a stage.
    `account` and `region` are None where the template works in any.
    """

    id: str
    name: str
    template: Mapping[str, Any]
    path: Path | None = None
    account: str | None = None
    region: str | None = None

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The template's resources by logical id."""
        resources: Mapping[str, Mapping[str, Any]] = self.template.get("Resources", {})
        return resources

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The template's own Metadata section."""
        metadata: Mapping[str, Any] = self.template.get("Metadata", {})
        return metadata


@dataclass(frozen=True)
class Assembly:
    """All stacks of an app."""

    stacks: tuple[Stack, ...]
    _by_name: Mapping[str, Stack] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the stacks by deployed name."""
        object.__setattr__(self, "_by_name", {stack.name: stack for stack in self.stacks})

    def named(self, name: str) -> Stack | None:
        """The stack deployed under `name`."""
        return self._by_name.get(name)

    def metadata(self, key: str) -> list[tuple[Stack, Any]]:
        """The stacks that state `key` in their Metadata, with its value."""
        return [(stack, stack.metadata[key]) for stack in self.stacks if key in stack.metadata]


def read_assembly(directory: Path) -> Assembly:
    """Read every stack of `directory`, those of stages included.

    Raises:
        UnusableInputError: it is no cloud assembly, or a template in it cannot be read.
    """
    if not directory.is_dir():
        raise UnusableInputError(f"{directory} is not a directory: run `cdk synth` first")
    stacks = tuple(_stacks(directory))
    if not stacks:
        raise UnusableInputError(f"{directory} holds no stack")
    return Assembly(stacks)


def load_template(path: Path) -> dict[str, Any]:
    """Read one template.

    Raises:
        UnusableInputError: it is no JSON object.
    """
    return _json(path)


def _stacks(directory: Path) -> Iterator[Stack]:
    manifest = directory / "manifest.json"
    if not manifest.is_file():
        raise UnusableInputError(f"{directory} is no cloud assembly: it has no manifest.json")
    artifacts = _json(manifest).get("artifacts", {})
    for artifact_id, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(directory / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            path = directory / properties["templateFile"]
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            yield Stack(
                # "Path/In/The/App (NameOfTheStack)"; without the name where that is the path.
                str(artifact.get("displayName", artifact_id)).partition(" ")[0],
                properties.get("stackName", artifact_id),
                _json(path),
                path,
                None if account.startswith("unknown-") else account,
                None if region.startswith("unknown-") else region,
            )


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UnusableInputError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnusableInputError(f"{path} holds no JSON object")
    return content
