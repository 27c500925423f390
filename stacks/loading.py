"""Reads an environment file and says in one message what is wrong with it."""

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from blueprint.network_acls import network_acl_rows
from stacks.audit_settings import Audit
from stacks.environment import (
    DirectConnection,
    Environment,
    Management,
    Network,
    NoConnection,
    Ports,
    Vpn,
)
from stacks.identity_settings import (
    AccessAnalyzer,
    BreakGlass,
    Identity,
    Oidc,
    PasswordPolicy,
    Saml,
    User,
)
from stacks.network_flows import network_flows
from stacks.partner_settings import Organization, Partner
from stacks.server_settings import Fleet, KeyPair, LoadBalancer, Servers
from stacks.tier_settings import MoreTier

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
    return parse_environment(values, name, shown, directory)


def parse_environment(
    values: dict[str, Any], name: str, shown: str, directory: Path = DIRECTORY
) -> Environment:
    """Validate the values of the environment `name`, in a file that messages call `shown`.

    Args:
        values: What the file says.
        name: The environment's.
        shown: What messages call the file.
        directory: Where the files that it names are looked for.

    Raises:
        EnvironmentRefusedError: a value is not allowed; one sentence a mistake.
    """
    if "name" in values:
        raise EnvironmentRefusedError(
            f"{shown}: name is an unknown key; the file's name is the environment's. "
            f"Allowed: {', '.join(_keys(()))}. Change: remove it."
        )
    try:
        environment = Environment.model_validate(
            {**values, "name": name}, context={"directory": directory}
        )
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
            f"{shown}: management.cidrs and on_premises.cidrs: {error}. Allowed: as many as fit. "
            "Change: name fewer networks, or wider ones."
        ) from error
    return environment


def _message(details: ErrorDetails) -> str:
    # A union of sections puts its tag ("vpn") between the section and the key.
    place = [part for part in details["loc"] if part not in {*_TAGS, "[key]"}]
    if details["type"].startswith("union_tag"):
        place.append("connection")
    given = details["input"]
    if details["type"] == "union_tag_invalid":
        given = given["connection"]
    # A whole section is named by its key; repeating its contents helps nobody.
    value = "" if _is_section(given) else f" = {given!r}"
    name = ".".join(_toml_key(part) for part in place)
    key = name + value
    match details["type"]:
        case "extra_forbidden":
            known = sorted(_keys(details["loc"][:-1]))
            close = difflib.get_close_matches(str(place[-1]), known, n=1)
            change = f'write "{close[0]}"' if close else "remove it"
            return f"{key}: unknown key. Allowed: {', '.join(known)}. Change: {change}."
        case "missing" | "union_tag_not_found":
            return f"{name} is missing. Allowed: {_wanted(details)}. Change: add it."
        case "refused":
            return f"{key}: {details['msg']}.".removeprefix(": ")
        case _:
            return f"{key}: not allowed. Allowed: {_wanted(details)}. Change: this value."


def _is_section(given: object) -> bool:
    if isinstance(given, list | tuple) and given:
        return all(_is_section(item) for item in given)
    return isinstance(given, dict | BaseModel)


def _toml_key(part: int | str) -> str:
    text = str(part)
    return text if text.replace("-", "").replace("_", "").isalnum() else repr(text)


def _wanted(details: ErrorDetails) -> str:
    """Say what a value must be, where pydantic says it in the words of Python."""
    context = details.get("ctx", {})
    words = {
        "missing": f"a value, as in {DIRECTORY.name}/production.toml",
        "string_type": "text in quotes",
        "int_type": "a whole number, without quotes",
        "bool_type": "true or false, without quotes",
        "tuple_type": "a list in brackets",
        "dict_type": "a [section] with key = value lines",
        "model_type": "a [section] with key = value lines",
        "model_attributes_type": "a [section] with key = value lines",
        "too_short": "at least one",
        "too_long": f"at most {context.get('max_length')}",
        "union_tag_not_found": ", ".join(_TAGS),
    }
    tables = [part for part in details["loc"] if part in _TABLES]
    if tables and details["type"] in {"tuple_type", "model_type"}:
        return f"[[servers.{tables[-1]}]] tables with key = value lines"
    expected = context.get("expected") or context.get("expected_tags")
    return words.get(details["type"]) or str(expected or details["msg"])


_TAGS = ("none", "vpn", "direct-connect")
# Sections that stand once a fleet, in double brackets.
_TABLES = ("web", "app", "db")
_SECTIONS: dict[str, type[BaseModel]] = {
    "audit": Audit,
    "organization": Organization,
    "partner": Partner,
    "servers": Servers,
    "key_pair": KeyPair,
    "load_balancer": LoadBalancer,
    **dict.fromkeys(_TABLES, Fleet),
    "identity": Identity,
    "password_policy": PasswordPolicy,
    "users": User,
    "saml": Saml,
    "oidc": Oidc,
    "access_analyzer": AccessAnalyzer,
    "break_glass": BreakGlass,
    "network": Network,
    "tiers": MoreTier,
    "ports": Ports,
    "management": Management,
    "none": NoConnection,
    "vpn": Vpn,
    "direct-connect": DirectConnection,
}


def _keys(place: tuple[int | str, ...]) -> Iterator[str]:
    # A number says which of several tables of one name it is.
    names = [part for part in place if isinstance(part, str)]
    model = _SECTIONS[names[-1]] if names else Environment
    # The environment's name is that of its file.
    yield from (key for key in model.model_fields if (model, key) != (Environment, "name"))
