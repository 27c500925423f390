"""Writes the reference of environment files from their model, so that the two cannot disagree.

What is allowed stands in validators, which speak only when they refuse. So each key is given values
that no key takes, and the reference repeats what the refusals say.
"""

import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from blueprint.operating_systems import OperatingSystem
from stacks.environment import Environment
from stacks.fields import Section
from stacks.loading import DIRECTORY

INTRODUCTION = """\
# Environment files

An environment is a file of `environments/`: one account and region, its network, servers and
people. The name of the file is the name of the environment. Copy one, change it, and synthesize:

```sh
make synth ENV=sandbox
```

A mistake is refused before anything is built, with one sentence that says what is allowed and what
to change; so are keys that do not fit together, and keys that do not exist. `make docs` writes this
page from the model in `stacks/`.
"""
TOP = "Keys of the file"
# Each is refused by some validator, and all that refuse say the same.
_PROBES: tuple[object, ...] = (
    "", "\0", "8.8.8.0/24", "10.0.0.0/30", -1, 0, 10**6, 2**63,
    ["\0"], ["10.0.0.0/8"], ["0.0.0.0/1"], {"\0": "\0"},
)  # fmt: skip
_WORDS: Mapping[object, str] = {
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    OperatingSystem: "text",
    dict: "table of texts",
    Mapping: "table of texts",
}


def reference() -> str:
    """Write the whole page, in Markdown."""
    parts = [INTRODUCTION]
    parts += [_section(model) for model in dict.fromkeys(_models(Environment))]
    return "\n".join(parts)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for section in sections_of(field.annotation):
            yield from _models(section)


def sections_of(annotation: object) -> list[type[BaseModel]]:
    """The sections in a type: of a union more than one, of a value none."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for argument in get_args(annotation) for section in sections_of(argument)]


def _section(model: type[BaseModel]) -> str:
    heading, text = _heading(model)
    lines = [f"## {heading}", "", text, ""] if text else [f"## {heading}", ""]
    lines += ["| key | type | default | what it decides |", "| --- | --- | --- | --- |"]
    lines += [
        _row(model, key, field)
        for key, field in model.model_fields.items()
        # The environment's name is that of its file.
        if (model, key) != (Environment, "name")
    ]
    return "\n".join([*lines, ""])


def _heading(model: type[BaseModel]) -> tuple[str, str]:
    """The docstring: the section and what it is about."""
    if model is Environment:
        return TOP, ""
    heading, _, text = (model.__doc__ or "").partition(": ")
    lines = [line.strip() for line in text.strip().splitlines()]
    return heading, "\n".join([lines[0][0].upper() + lines[0][1:], *lines[1:]])


def _row(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    sections = sections_of(field.annotation)
    if sections:
        names = dict.fromkeys(_heading(section)[0] for section in sections)
        what = f"See {' or '.join(names)}."
        return f"| `{key}` | section | {_default(field)} | {what} |"
    if not field.description:
        raise ValueError(f"{model.__name__}.{key} has no description: add Field(description=...)")
    allowed = _allowed(model, key)
    what = ". ".join([field.description, *([f"Allowed: {allowed}"] if allowed else [])])
    what = what.replace("|", "\\|")
    return f"| `{key}` | {_words(field.annotation)} | {_default(field)} | {what}. |"


def _words(annotation: Any) -> str:  # noqa: ANN401 (any type)
    """Say a type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0])
    if origin in (Union, types.UnionType):
        return ", or ".join(_words(each) for each in arguments if each is not types.NoneType)
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    choices = arguments if origin is Literal else _members(annotation)
    return " or ".join(f'`"{choice}"`' for choice in choices) or _WORDS[origin or annotation]


def _members(annotation: object) -> tuple[str, ...]:
    """The values of an enumeration."""
    if not (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return ()
    return tuple(str(member.value) for member in annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple) and any(isinstance(each, Section) for each in value):
        return "one with its defaults"
    if isinstance(value, Section):
        return "its defaults"
    if value is None or value in ((), {}):
        return "none"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(_toml(each) for each in value)}]"
        case OperatingSystem():
            return f'"{value.name}"'
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def _allowed(model: type[BaseModel], key: str) -> str:
    """What the validators of a key say is allowed, each once."""
    said: dict[str, None] = {}
    for probe in _PROBES:
        try:
            model.model_validate({key: probe}, context={"directory": DIRECTORY})
        except ValidationError as error:
            for details in error.errors():
                if details["loc"][:1] == (key,) and details["type"] == "refused":
                    said[details["ctx"]["allowed"]] = None
    return "; ".join(said)
