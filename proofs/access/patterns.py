"""What a pattern of a policy matches: wildcards, policy variables and escapes.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/ pages
reference_policies_elements_resource.html, reference_policies_elements_action.html and
reference_policies_variables.html.
"""

import re
from collections.abc import Callable, Collection
from functools import cache

from proofs.access.model import Context

# Says whether a text matches. What it was made from is compiled into it.
Matcher = Callable[[str], bool]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
_TOKEN = re.compile(r"\$\{([*?$])\}|([*?])|([^*?$]+|\$)", re.DOTALL)
_ESCAPES = frozenset("*?$")
_SPECIAL = re.compile(r"[*?$]")
_WILDCARDS = {"*": ".*", "?": "."}


def variables(pattern: str) -> tuple[str, ...]:
    """The context keys, in lower case, that the pattern takes values from."""
    inner = (found[1] for found in _VARIABLE.finditer(pattern) if found[1] not in _ESCAPES)
    return tuple(_key_and_default(text)[0] for text in inner)


def has_variables(pattern: str) -> bool:
    """Say whether the pattern depends on the context."""
    return "${" in pattern and bool(variables(pattern))


def substitute(pattern: str, context: Context, known: Collection[str] | None = None) -> str | None:
    """Put values in place of policy variables; the result is a pattern again.

    A value stands for itself: what would be a wildcard in it is none.

    Args:
        pattern: With or without variables.
        context: Where the values come from.
        known: The keys that `context` decides about; others stay variables. None: all keys.

    Returns:
        None if a variable has neither one value nor a default: then nothing matches. A key with
        several values cannot be a variable.
    """
    if "${" not in pattern:
        return pattern
    parts, end = [], 0
    for found in _VARIABLE.finditer(pattern):
        value = _replacement(found[0], found[1], context, known)
        if value is None:
            return None
        parts += [pattern[end : found.start()], value]
        end = found.end()
    return "".join([*parts, pattern[end:]])


def _replacement(
    whole: str, inner: str, context: Context, known: Collection[str] | None
) -> str | None:
    if inner in _ESCAPES:
        return whole
    key, default = _key_and_default(inner)
    if known is not None and key not in known:
        return whole
    values = context.get(key, ())
    value = values[0] if len(values) == 1 else default
    return None if value is None else escape(value)


def _key_and_default(inner: str) -> tuple[str, str | None]:
    found = _DEFAULT.fullmatch(inner)
    return (found[1].lower(), found[2]) if found else (inner.lower(), None)


def escape(text: str) -> str:
    """The pattern that matches this text and nothing else."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def literal(pattern: str) -> str:
    """The text of a pattern in which wildcards stand for themselves, as `StringEquals` reads it."""
    return "".join(a or b or c for a, b, c in _TOKEN.findall(pattern))


@cache
def matcher(patterns: tuple[str, ...]) -> Matcher:
    """Match any of the patterns, which hold no variables; `*` also spans `:` and `/`."""
    if "*" in patterns:
        return lambda _: True
    texts = frozenset(literal(pattern) for pattern in patterns if _is_plain(pattern))
    rest = [_expression(pattern) for pattern in patterns if not _is_plain(pattern)]
    if not rest:
        return texts.__contains__
    match = re.compile("|".join(f"(?:{expression})" for expression in rest), re.DOTALL).fullmatch
    return lambda text: text in texts or match(text) is not None


@cache
def action_matcher(patterns: tuple[str, ...]) -> Matcher:
    """Match any of the patterns, whatever the case: `s3:getobject` is `s3:GetObject`."""
    matches = matcher(tuple(pattern.lower() for pattern in patterns))
    return lambda action: matches(action.lower())


@cache
def arn_matcher(pattern: str) -> Matcher:
    """Match as `ArnLike` does: each of the six parts of the ARN for itself, the case counts."""
    parts = [matcher((part,)) for part in pattern.split(":", 5)]

    def matches(arn: str) -> bool:
        texts = arn.split(":", 5)
        return len(parts) == len(texts) == 6 and all(  # noqa: PLR2004 - an ARN has six parts
            part(text) for part, text in zip(parts, texts, strict=True)
        )

    return matches


def _is_plain(pattern: str) -> bool:
    return not any(wildcard for _, wildcard, _ in _TOKEN.findall(pattern))


def _expression(pattern: str) -> str:
    return "".join(
        _WILDCARDS[wildcard] if wildcard else re.escape(escaped or text)
        for escaped, wildcard, text in _TOKEN.findall(pattern)
    )
