"""Reads an environment file and says in one message what is wrong with it."""

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from blueprint.network_acls import network_acl_rows
from stacks.environment import Environment
from stacks.network_flows import network_flows

DIRECTORY = Path(__file__).parents[1] / "environments"


class EnvironmentRefusedError(Exception):
    """The environment cannot be used: the file, the key, the value, what is allowed, the change."""


def load_environment(name: str, directory: Path = DIRECTORY) -> Environment:
    """Read and validate `directory`/`name`.toml.

    Raises:
        EnvironmentRefusedError: the name is unknown, the file is unreadable, or a value is not
            allowed; one sentence a mistake.
    """
    known = sorted(path.stem for path in directory.glob("*.toml"))
    if name not in known:
        raise EnvironmentRefusedError(
            f'environment "{name}" does not exist. Allowed: {", ".join(known) or "none yet"}. '
            f"Change: -c environment=NAME, or add {directory.name}/{name}.toml."
        )
    path = directory / f"{name}.toml"
    shown = f"{directory.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentRefusedError(
            f"{shown} cannot be read: {error}. Allowed: a readable UTF-8 file. "
            "Change: its permissions or encoding."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise EnvironmentRefusedError(
            f"{shown} is not TOML: {error}. Allowed: key = value lines under [section] headers. "
            "Change: that line."
        ) from error
    if not values:
        raise EnvironmentRefusedError(
            f"{shown} is empty. Allowed: at least [network] with cidr. "
            f"Change: copy {directory.name}/sandbox.toml."
        )
    return parse_environment(values, name, shown)


def parse_environment(values: dict[str, Any], name: str, shown: str) -> Environment:
    """Validate the values of the environment `name`, in a file that messages call `shown`.

    Raises:
        EnvironmentRefusedError: a value is not allowed; one sentence a mistake.
    """
    if "name" in values:
        raise EnvironmentRefusedError(
            f"{shown}: name is an unknown key; the file's name is the environment's. "
            f"Allowed: {', '.join(_keys(()))}. Change: remove it."
        )
    try:
        environment = Environment.model_validate({**values, "name": name})
    except ValidationError as error:
        messages = [f"{shown}: {_message(details)}" for details in error.errors()]
        raise EnvironmentRefusedError("\n".join(messages)) from error
    try:
        for tier in environment.tiers:
            network_acl_rows(
                environment.plan.block(tier),
                network_flows(environment),
                (environment.network.cidr, *environment.on_premises.cidrs),
            )
    except ValueError as error:
        raise EnvironmentRefusedError(
            f"{shown}: {error}. (keys management.cidrs and on_premises.cidrs)"
        ) from error
    return environment


def _message(details: ErrorDetails) -> str:
    key = ".".join(str(part) for part in details["loc"]) or "the file"
    context = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            known = list(_keys(details["loc"][:-1]))
            close = difflib.get_close_matches(str(details["loc"][-1]), known, n=1)
            hint = f'write "{close[0]}"' if close else "remove it"
            return f"{key} is an unknown key. Allowed: {', '.join(known)}. Change: {hint}."
        case "missing":
            return f"{key} is missing. Allowed: any valid value. Change: add it."
        case "refused":
            return f"{key} = {_shown(details['input'])}: {details['msg']}"
        case _:
            allowed = context.get("expected") or context.get("pattern") or details["msg"]
            return (
                f"{key} = {_shown(details['input'])} is not allowed. Allowed: {allowed}. "
                "Change: this value."
            )


def _shown(value: object) -> str:
    return "this section" if isinstance(value, dict | BaseModel) else repr(value)


def _keys(section: tuple[int | str, ...]) -> Iterator[str]:
    model: type[BaseModel] = Environment
    for part in section:
        annotation = model.model_fields[str(part)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return
        model = annotation
    yield from (key for key in model.model_fields if key != "name")
