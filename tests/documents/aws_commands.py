"""Compares commands of the AWS CLI with the models of AWS's services, which botocore has.

The CLI makes its commands from the same models, so that a misspelt option is found without it:
https://github.com/aws/aws-cli/blob/v2/awscli/clidriver.py
"""

import tomllib
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel
from botocore.session import Session

from tests.documents.commands import ROWS

# Options of every command:
# https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
_EVERYWHERE = {"output", "profile", "query", "region"}
# What the CLI calls otherwise than botocore.
_SERVICES = {"configservice": "config", "s3api": "s3"}


@cache
def _cli_only() -> dict[str, list[str]]:
    """Commands that the CLI has beside the models, with their options."""
    table = tomllib.loads(ROWS.read_text("utf-8"))["cli"]
    return {row["command"]: row["options"] for row in table}


def problem(words: list[str]) -> str:
    """Say what is wrong with a command of the AWS CLI; nothing: an empty text."""
    names = [word for word in words[1:3] if not word.startswith("--")]
    options = _options(words[1 + len(names) :])
    if (own := _cli_only().get(" ".join(names))) is not None:
        return ", ".join(f"no option --{name}" for name in options if name not in own)
    try:
        model = _model(*names)
    except (KeyError, TypeError, UnknownServiceError):
        return f"no command {' '.join(names)}"
    members = model.input_shape.members if model.input_shape else {}
    shapes = {xform_name(name, "-"): shape for name, shape in members.items()}
    required = model.input_shape.required_members if model.input_shape else []
    found = [_option(name, values, shapes) for name, values in options.items()]
    given = {name.removeprefix("no-") for name in options}
    found += [
        f"no --{xform_name(name, '-')}"
        for name in required
        # The CLI makes the token up that a request is unique by.
        if xform_name(name, "-") not in given and not members[name].metadata.get("idempotencyToken")
    ]
    return ", ".join(text for text in found if text)


def _model(service: str, operation: str) -> OperationModel:
    models = Session().get_service_model(_SERVICES.get(service, service))
    by_name = {xform_name(name, "-"): name for name in models.operation_names}
    return models.operation_model(by_name[operation])


def _options(words: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            found[word.removeprefix("--")] = []
        elif found:
            found[list(found)[-1]].append(word)
        else:
            found[word] = []
    return found


def _option(name: str, values: list[str], shapes: dict[str, Any]) -> str:
    if name in _EVERYWHERE:
        return ""
    is_off = name.startswith("no-") and name not in shapes
    shape = shapes.get(name.removeprefix("no-") if is_off else name)
    if shape is None or (is_off and shape.type_name != "boolean"):
        return f"no option --{name}"
    if shape.type_name == "boolean":
        return f"--{name} takes no value" if values else ""
    if not values:
        return f"--{name} without a value"
    return "; ".join(filter(None, (_value(name, value, shape) for value in values)))


def _value(name: str, value: str, shape: Any) -> str:  # noqa: ANN401 (any of botocore's shapes)
    if value.startswith("file://"):
        return ""
    inner = shape.member if shape.type_name == "list" else shape
    if inner.type_name == "structure":
        keys = [part.split("=")[0] for part in value.split(",") if "=" in part]
        return ", ".join(f"--{name} has no {key}" for key in keys if key not in inner.members)
    choices = getattr(inner, "enum", [])
    return f"--{name} is none of {choices}" if choices and value not in choices else ""
