"""Every documented condition operator, with `IfExists`, `ForAllValues` and `ForAnyValue`.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/ pages
reference_policies_elements_condition_operators.html,
reference_policies_condition-logic-multiple-context-keys-or-values.html and
reference_policies_condition-single-vs-multi-valued-context-keys.html.
"""

import binascii
import math
import operator
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

from proofs.access.model import Condition, Context
from proofs.access.patterns import (
    Matcher,
    arn_matcher,
    has_variables,
    literal,
    matcher,
    substitute,
)

# Says whether a condition holds. The condition is compiled into it.
Check = Callable[[Context], bool]

ALL, ANY = "ForAllValues", "ForAnyValue"
NULL = "Null"
_YEAR_DIGITS = 4
_MONTH = len("2026-01")


class _Parser(Protocol):
    def __call__(self, text: str, /) -> Any: ...  # noqa: ANN401 - only compared with its like


@dataclass(frozen=True)
class Operator:
    """What an operator does with one value of the request.

    Attributes:
        matching: Compiles the values of the policy, of which one has to match.
        negated: None of them may match.
        variables: The values may hold policy variables.
        valid: Says whether a value of a policy is one that the operator can read.
    """

    matching: Callable[[tuple[str, ...]], Matcher]
    valid: Callable[[str], bool]
    negated: bool = False
    variables: bool = False


def _equal(values: tuple[str, ...]) -> Matcher:
    return frozenset(map(literal, values)).__contains__


def _equal_ignoring_case(values: tuple[str, ...]) -> Matcher:
    texts = frozenset(literal(value).lower() for value in values)
    return lambda text: text.lower() in texts


def _arn_like(values: tuple[str, ...]) -> Matcher:
    tests = [arn_matcher(value) for value in values]
    return lambda arn: any(test(arn) for test in tests)


def _compared(
    parse: _Parser, compare: Callable[[Any, Any], bool], values: tuple[str, ...]
) -> Matcher:
    limits = [parse(value) for value in values]

    def matches(text: str) -> bool:
        value = parse(text)
        return value is not None and any(
            limit is not None and compare(value, limit) for limit in limits
        )

    return matches


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def moment(text: str) -> datetime | None:
    """Read ISO 8601 as the W3C's note has it, or seconds since 1970."""
    try:
        if text.isdigit() and len(text) > _YEAR_DIGITS:
            return datetime.fromtimestamp(int(text), UTC)
        full = f"{text}-01-01" if len(text) == _YEAR_DIGITS else text
        full = f"{text}-01" if len(text) == _MONTH else full
        value = datetime.fromisoformat(full)
    except (ValueError, OverflowError):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _network(text: str) -> Any:  # noqa: ANN401 - of version 4 or 6, which do not mix
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _in_network(values: tuple[str, ...]) -> Matcher:
    networks = [network for network in map(_network, values) if network]

    def matches(text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return matches


def _is_arn(value: str) -> bool:
    """An ARN has six parts; a variable may stand for several of them."""
    return has_variables(value) or len(value.split(":", 5)) == 6  # noqa: PLR2004


def _readable(parse: _Parser) -> Callable[[str], bool]:
    return lambda text: parse(text) is not None


def _any_text(_: str) -> bool:
    return True


def _pair(
    name: str,
    opposite: str,
    matching: Callable[[tuple[str, ...]], Matcher],
    valid: Callable[[str], bool],
    *,
    variables: bool = False,
) -> Mapping[str, Operator]:
    return {
        name: Operator(matching, valid, variables=variables),
        opposite: Operator(matching, valid, negated=True, variables=variables),
    }


def _ordered(family: str, parse: _Parser) -> Mapping[str, Operator]:
    comparisons = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    equals = partial(_compared, parse, operator.eq)
    return {
        **_pair(f"{family}Equals", f"{family}NotEquals", equals, _readable(parse)),
        **{
            f"{family}{name}": Operator(partial(_compared, parse, compare), _readable(parse))
            for name, compare in comparisons.items()
        },
    }


OPERATORS: Mapping[str, Operator] = {
    **_pair("StringEquals", "StringNotEquals", _equal, _any_text, variables=True),
    **_pair(
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        _equal_ignoring_case,
        _any_text,
        variables=True,
    ),
    **_pair("StringLike", "StringNotLike", matcher, _any_text, variables=True),
    **_ordered("Numeric", _number),
    **_ordered("Date", moment),
    "Bool": Operator(partial(_compared, _boolean, operator.eq), _readable(_boolean)),
    "BinaryEquals": Operator(partial(_compared, _bytes, operator.eq), _readable(_bytes)),
    **_pair("IpAddress", "NotIpAddress", _in_network, _readable(_network)),
    **_pair("ArnEquals", "ArnNotEquals", _arn_like, _is_arn, variables=True),
    **_pair("ArnLike", "ArnNotLike", _arn_like, _is_arn, variables=True),
    NULL: Operator(partial(_compared, _boolean, operator.eq), _readable(_boolean)),
}


def holds(condition: Condition, context: Context) -> bool:
    """Say whether the condition holds for a request with these keys."""
    return compiled(condition)(context)


@cache
def compiled(condition: Condition) -> Check:
    """The condition as a function of the context, made once for all requests."""
    if condition.operator == NULL:
        return _null_check(condition)
    if any(map(has_variables, condition.values)):
        return lambda context: compiled(bound(condition, context))(context)
    return _check(condition)


def bound(condition: Condition, context: Context, known: frozenset[str] | None = None) -> Condition:
    """The condition with values in place of variables (of the `known` keys; None: of all).

    A value with a variable that has no value is like no other: it is left out. So an operator
    that has to match does not, and a negated one does.
    """
    values = (substitute(value, context, known) for value in condition.values)
    return replace(condition, values=tuple(value for value in values if value is not None))


def _null_check(condition: Condition) -> Check:
    """`Null` asks whether the key is absent, and has no use for values of the request."""
    key, wanted = condition.key, OPERATORS[NULL].matching(condition.values)
    absent, present = wanted("true"), wanted("false")
    return lambda context: present if context.get(key) else absent


def _check(condition: Condition) -> Check:
    named = OPERATORS[condition.operator]
    key, negated, matches = condition.key, named.negated, named.matching(condition.values)
    absent = condition.if_exists or condition.quantifier == ALL
    if not condition.quantifier:
        absent = absent or negated

        def check(context: Context) -> bool:
            values = context.get(key)
            if not values:
                return absent
            if len(values) == 1:
                return matches(values[0]) is not negated
            return any(map(matches, values)) is not negated

        return check
    combine = all if condition.quantifier == ALL else any

    def quantified(context: Context) -> bool:
        # An empty text is as good as no value: AWS calls both a null data set.
        values = [value for value in context.get(key, ()) if value]
        return combine(matches(value) is not negated for value in values) if values else absent

    return quantified
