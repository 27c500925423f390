"""Reads policy documents; whatever is not understood is an error, never ignored.

Intrinsics are resolved before: every text is a text. Source of the grammar:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Protocol

from proofs.access.conditions import ALL, ANY, NULL, OPERATORS
from proofs.access.json_values import (
    Json,
    PolicyError,
    kind_of,
    known_elements,
    require,
    scalar,
    texts,
)
from proofs.access.model import Condition, Policy, Statement
from proofs.access.patterns import has_variables, variables
from proofs.findings import Origin

__all__ = ["PolicyError", "PolicyType", "Vocabulary", "read_policy"]

VARIABLES_VERSION = "2012-10-17"
OLD_VERSION = "2008-10-17"
_ALLOW, _DENY = "Allow", "Deny"
_IF_EXISTS = "IfExists"
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated")
_ACCOUNT_DIGITS = 12
_ARN_PARTS = 6


class PolicyType(Enum):
    """What a policy is attached to, which decides about the elements that it may have."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"


_CARRIERS = {
    PolicyType.IDENTITY: "an identity",
    PolicyType.RESOURCE: "a resource",
    PolicyType.TRUST: "a role's trust",
}


class Vocabulary(Protocol):
    """The names that AWS knows."""

    def knows_action(self, pattern: str) -> bool:
        """Say whether the pattern matches an action of AWS."""

    def knows_key(self, key: str) -> bool:
        """Say whether AWS has this context key, given in lower case."""


_ELEMENTS: Mapping[PolicyType, frozenset[str]] = {
    PolicyType.IDENTITY: frozenset(
        {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    ),
    PolicyType.RESOURCE: frozenset(
        {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
        | {"Principal", "NotPrincipal"}
    ),
    PolicyType.TRUST: frozenset({"Sid", "Effect", "Action", "NotAction", "Condition", "Principal"}),
}


def read_policy(
    document: Json,
    *,
    type_: PolicyType,
    name: str,
    origin: Origin,
    vocabulary: Vocabulary,
) -> Policy:
    """Read one policy document.

    Args:
        document: As JSON has it, with intrinsics resolved.
        type_: What it is attached to. Session policies and boundaries are of identities, endpoint
            policies of resources.
        name: What people call it.
        origin: The resource that carries it.
        vocabulary: The actions and context keys that AWS knows.

    Raises:
        PolicyError: Something in it is not understood.
    """
    return _Reader(type_, vocabulary).policy(document, name, origin)


class _Reader:
    """Reads the documents of one type."""

    def __init__(self, type_: PolicyType, vocabulary: Vocabulary) -> None:
        self._type, self._vocabulary = type_, vocabulary
        self._version = OLD_VERSION

    def policy(self, document: Json, name: str, origin: Origin) -> Policy:
        require(isinstance(document, dict), f"the policy is {kind_of(document)}, no object")
        known_elements(document, frozenset({"Version", "Id", "Statement"}), "the policy")
        self._version = document.get("Version", OLD_VERSION)
        require(
            self._version in (VARIABLES_VERSION, OLD_VERSION),
            f"the version {self._version!r} is none of the policy language",
        )
        require("Statement" in document, "the policy has no Statement")
        statements = document["Statement"]
        rows = statements if isinstance(statements, list) else [statements]
        require(bool(rows), "the policy has no statements")
        read = tuple(self._statement(row, origin, number) for number, row in enumerate(rows, 1))
        return Policy(origin, name, read)

    def _statement(self, row: Json, origin: Origin, number: int) -> Statement:
        require(isinstance(row, dict), f"statement #{number} is {kind_of(row)}, no object")
        sid = f" ({row['Sid']})" if isinstance(row.get("Sid"), str) and row["Sid"] else ""
        position = f"statement #{number}{sid}"
        try:
            return self._elements(row, origin.at(f"{origin.position} {position}".strip()))
        except PolicyError as error:
            raise PolicyError(f"{position}: {error.reason}") from None

    def _elements(self, row: Mapping[str, Json], origin: Origin) -> Statement:
        known_elements(row, _ELEMENTS[self._type], f"the policy of {_CARRIERS[self._type]}")
        effect = row.get("Effect")
        require(effect in (_ALLOW, _DENY), f"the Effect is {effect!r}, not Allow or Deny")
        actions, but_actions = _one_of(row, "Action", "NotAction")
        resources, but_resources = self._resources(row)
        principals, but_principals = self._principals(row)
        require(
            not (but_principals and effect == _ALLOW),
            "AWS does not support Allow with NotPrincipal",
        )
        for action in actions:
            self._check_action(action)
        return Statement(
            origin,
            allows=effect == _ALLOW,
            actions=actions,
            resources=tuple(map(self._resource, resources)),
            conditions=tuple(self._conditions(row.get("Condition", {}))),
            principals=principals,
            but_actions=but_actions,
            but_resources=but_resources,
            but_principals=but_principals,
        )

    def _check_action(self, action: str) -> None:
        require("${" not in action, f"the action {action!r} has a policy variable")
        require(action == "*" or ":" in action, f"the action {action!r} names no service")
        require(self._vocabulary.knows_action(action), f"AWS has no action {action!r}")

    def _resources(self, row: Mapping[str, Json]) -> tuple[tuple[str, ...], bool]:
        if self._type is PolicyType.TRUST:
            return ("*",), False
        return _one_of(row, "Resource", "NotResource")

    def _resource(self, pattern: str) -> str:
        pattern = self._versioned(pattern)
        self._check_variables(pattern)
        before = pattern.partition("${")[0]
        require(
            not has_variables(pattern) or before.count(":") >= _ARN_PARTS - 1,
            f"the resource {pattern!r} has a policy variable before its fifth colon",
        )
        return pattern

    def _principals(
        self, row: Mapping[str, Json]
    ) -> tuple[tuple[tuple[str, tuple[str, ...]], ...] | None, bool]:
        if self._type is PolicyType.IDENTITY:
            return None, False
        but = "NotPrincipal" in row
        require(but != ("Principal" in row), "it needs one of Principal and NotPrincipal")
        value = row["NotPrincipal" if but else "Principal"]
        if value == "*":
            return (("AWS", ("*",)),), but
        require(isinstance(value, dict) and bool(value), f"the Principal is {kind_of(value)}")
        return tuple(_principals_of(kind, entry) for kind, entry in value.items()), but

    def _conditions(self, block: Json) -> Iterator[Condition]:
        require(isinstance(block, dict), f"the Condition is {kind_of(block)}, no object")
        for operator, keys in block.items():
            require(
                isinstance(keys, dict), f"the condition {operator} is {kind_of(keys)}, no object"
            )
            for key, value in keys.items():
                yield self._condition(operator, key, texts(value, f"the value of {key}", scalar))

    def _condition(self, written: str, key: str, values: tuple[str, ...]) -> Condition:
        quantifier, _, rest = written.rpartition(":")
        name = rest.removesuffix(_IF_EXISTS)
        if_exists = name != rest
        operator = OPERATORS.get(name)
        require(
            quantifier in ("", ALL, ANY) and operator is not None,
            f"the condition operator {written!r} is unknown",
        )
        require(
            name != NULL or not (if_exists or quantifier),
            f"the condition operator {written!r} is unknown: Null stands alone",
        )
        require(self._vocabulary.knows_key(key.lower()), f"the condition key {key!r} is unknown")
        values = tuple(map(self._versioned, values))
        for value in values:
            self._check_variables(value)
            if operator:
                require(
                    operator.variables or not has_variables(value),
                    f"{written} takes no policy variable such as {value!r}",
                )
                require(operator.valid(value), f"{written} cannot read the value {value!r}")
        return Condition(name, key.lower(), values, if_exists, quantifier)

    def _versioned(self, pattern: str) -> str:
        """In the old version of the language, `${aws:username}` is nothing but a text."""
        return pattern if self._version == VARIABLES_VERSION else pattern.replace("${", "${$}{")

    def _check_variables(self, pattern: str) -> None:
        end = pattern.rpartition("${")[2] if "${" in pattern else "}"
        require("}" in end, f"the policy variable in {pattern!r} has no end")
        for key in variables(pattern):
            require(self._vocabulary.knows_key(key), f"the policy variable {key!r} is unknown")


def _principals_of(kind: str, entry: Json) -> tuple[str, tuple[str, ...]]:
    require(
        kind in _PRINCIPAL_TYPES,
        f"the principal type {kind!r} is none that can be tied to an account",
    )
    values = texts(entry, f"the principal {kind}")
    for value in values if kind == "AWS" else ():
        is_account = len(value) == _ACCOUNT_DIGITS and value.isdigit()
        is_arn = value.startswith("arn:") and len(value.split(":")) == _ARN_PARTS
        require(
            value == "*" or is_account or is_arn, f"the principal {value!r} is no account or ARN"
        )
    for value in values:
        require(
            value == "*" or not set("*?") & set(value),
            f"the principal {value!r} has a wildcard, which only `*` alone may be",
        )
    return kind, values


def _one_of(row: Mapping[str, Json], name: str, opposite: str) -> tuple[tuple[str, ...], bool]:
    """The texts of an element or of its opposite, of which a statement has exactly one."""
    but = opposite in row
    require(but != (name in row), f"it needs one of {name} and {opposite}")
    element = opposite if but else name
    return texts(row[element], f"the {element}"), but
