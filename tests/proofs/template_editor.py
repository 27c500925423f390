"""Finds things in a synthesized template by what they mean, and changes them.

Nothing here knows a logical id: resources are found by tag, association and content.
"""

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A resource's properties, or an inline rule, and the container that holds it."""

    properties: JsonObject
    holder: list[JsonObject] | JsonObject
    name: str = ""

    def set(self, **values: object) -> None:
        """Give properties new values."""
        self.properties.update(values)

    def unset(self, *names: str) -> None:
        """Take properties away."""
        for name in names:
            del self.properties[name]

    def drop(self) -> None:
        """Remove the part."""
        if isinstance(self.holder, list):
            self.holder.remove(self.properties)
        else:
            del self.holder[self.name]


@dataclass
class TemplateEditor:
    """A copy of a template, to be changed."""

    template: JsonObject
    resources: JsonObject = field(init=False)
    _original: JsonObject = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Copy, so that the original stays as it is."""
        self._original = self.template
        self.template = copy.deepcopy(self.template)
        self.resources = self.template["Resources"]

    @property
    def is_changed(self) -> bool:
        """Whether the copy differs from the original, be it in the order of its resources."""
        return self.template != self._original or list(self.resources) != list(
            self._original["Resources"]
        )

    def add(self, name: str, kind: str, **properties: object) -> None:
        """Add a resource."""
        if name in self.resources:
            raise ValueError(f"the template has a resource {name} already")
        self.resources[name] = {"Type": f"AWS::{kind}", "Properties": properties}

    def all(self, kind: str) -> list[Part]:
        """Every resource of a type: "EC2::Subnet", or what follows "Custom::"."""
        kinds = {f"AWS::{kind}", f"Custom::{kind}"}
        names = [name for name, resource in self.resources.items() if resource["Type"] in kinds]
        return [self._part(name) for name in names]

    def one(self, kind: str) -> Part:
        """The first resource of a type."""
        return self.all(kind)[0]

    def where(self, kind: str, **values: object) -> list[Part]:
        """The resources of a type that have these values."""
        return [part for part in self.all(kind) if part.properties.items() >= values.items()]

    def _part(self, name: str) -> Part:
        properties: JsonObject = self.resources[name].setdefault("Properties", {})
        return Part(properties, self.resources, name)

    # The whole template

    def rename(self, names: Iterable[str]) -> None:
        """Give resources other logical ids, and follow them in every reference."""
        text = json.dumps(self.template)
        for number, name in enumerate(sorted(names, key=len, reverse=True)):
            text = text.replace(f'"{name}"', f'"Renamed{number}"')
        self.template = json.loads(text)
        self.resources = self.template["Resources"]

    def rename_everything(self) -> None:
        """Give every resource another logical id."""
        self.rename(self.resources)
