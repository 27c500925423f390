"""All stacks of an assembly as one template, so that a change can touch any of them."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.synthesis import shipped_assembly

JsonObject = dict[str, Any]


def flat_template(assembly: Path) -> JsonObject:
    """Join the templates of `assembly` and resolve what refers from one to another.

    Raises:
        ValueError: two stacks have a resource of one name.
    """
    templates = {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in sorted(assembly.glob("*.template.json"))
    }
    flat: JsonObject = {"Resources": {}, "Parameters": {}, "Metadata": {}}
    for template in templates.values():
        twice = flat["Resources"].keys() & template["Resources"].keys()
        if twice:
            raise ValueError(f"two stacks have a resource {min(twice)}")
        for section in flat:
            flat[section] |= _resolved(template.get(section, {}), templates)
    return flat


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
