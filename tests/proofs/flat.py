"""All stacks of an assembly as one template, so that a change can touch any of them."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.synthesis import shipped_assembly

JsonObject = dict[str, Any]


def flat_template(assembly: Path) -> JsonObject:
    """Join the templates of `assembly` and resolve what refers from one to another.

    Of resources that two stacks call alike, the function that empties buckets for example, those
    of the last stack keep their names.
    """
    templates = {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in sorted(assembly.glob("*.template.json"))
    }
    flat: JsonObject = {"Resources": {}, "Parameters": {}, "Metadata": {}}
    for stack, template in templates.items():
        others = [templates[name]["Resources"] for name in templates if name > stack]
        twice = {name for name in template["Resources"] if any(name in other for other in others)}
        own = _renamed(template, {name: f"{stack}{name}" for name in twice})
        for section in flat:
            flat[section] |= _resolved(own.get(section, {}), templates)
    return flat


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    match value:
        case str():
            return names.get(value, value)
        case dict():
            return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
        case list():
            return [_renamed(item, names) for item in value]
        case _:
            return value


@cache
def _shipped(environment: str) -> JsonObject:
    return flat_template(shipped_assembly(environment))


def flat_shipped(environment: str) -> JsonObject:
    """A copy of a shipped environment's templates as one."""
    return copy.deepcopy(_shipped(environment))


def _resolved(value: Any, templates: JsonObject) -> Any:  # noqa: ANN401 - JSON in, JSON out
    match value:
        case {"Fn::GetStackOutput": {"StackName": name, "OutputName": output}}:
            return templates[name]["Outputs"][output]["Value"]
        case dict():
            return {key: _resolved(item, templates) for key, item in value.items()}
        case list():
            return [_resolved(item, templates) for item in value]
        case _:
            return value
