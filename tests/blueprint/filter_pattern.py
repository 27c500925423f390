"""Whether a filter pattern of CloudWatch Logs matches an event, by what AWS documents of JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

The stand-in takes every JSON pattern for a match, and no library evaluates them. What is not
documented is an error here and no guess: a pattern whose answer depends on it is not ours to write.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<selector>\$(?:\.[\w-]+|\[\d+\])+)|(?P<string>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>&&|\|\||<=|>=|!=|[()<>=])|(?P<word>[^\s()&|<>=!\"%{}]+))"
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ABSENT = object()
Event = dict[str, Any]
Condition = Callable[[Event], bool]


class UndocumentedError(Exception):
    """AWS does not say what the answer is."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def matches(pattern: str, event: Event) -> bool:
    """Evaluate a JSON pattern.

    Raises:
        UndocumentedError: The pattern, or what it asks of this event, is not documented.
    """
    inside = re.fullmatch(r"\s*\{(.*)\}\s*", pattern, re.DOTALL)
    if inside is None:
        raise UndocumentedError(f"no JSON pattern: {pattern}")
    parser = _Parser(list(_tokens(inside[1])))
    condition = parser.either()
    parser.end()
    return condition(event)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise UndocumentedError(f"not understood: {text[at:]}")
        yield _Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


class _Parser:
    """Parentheses before `&&` before `||`."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens

    def either(self) -> Condition:
        parts = [self._both()]
        while self._take("||"):
            parts.append(self._both())
        return lambda event: any(part(event) for part in parts)

    def end(self) -> None:
        if self._tokens:
            raise UndocumentedError(f"too much: {self._tokens[0].text}")

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._take("&&"):
            parts.append(self._one())
        return lambda event: all(part(event) for part in parts)

    def _one(self) -> Condition:
        if self._take("("):
            condition = self.either()
            if not self._take(")"):
                raise UndocumentedError("a parenthesis is not closed")
            return condition
        selector = self._next("selector").text
        sign = self._next("sign", "word").text
        if sign in _COMPARE:
            return _comparison(selector, sign, self._next("string", "word"))
        return _state(selector, f"{sign} {self._next('word').text}")

    def _take(self, text: str) -> bool:
        taken = bool(self._tokens) and self._tokens[0] == _Token("sign", text)
        if taken:
            self._tokens.pop(0)
        return taken

    def _next(self, *kinds: str) -> _Token:
        if not self._tokens or self._tokens[0].kind not in kinds:
            raise UndocumentedError(f"expected {' or '.join(kinds)}")
        return self._tokens.pop(0)


def _state(selector: str, words: str) -> Condition:
    states: dict[str, Callable[[object], bool]] = {
        "IS NULL": lambda value: value is None,
        "IS TRUE": lambda value: value is True,
        "IS FALSE": lambda value: value is False,
        "NOT EXISTS": lambda value: value is _ABSENT,
    }
    if words not in states:
        raise UndocumentedError(words)
    return lambda event: states[words](_find(event, selector))


def _comparison(selector: str, sign: str, operand: _Token) -> Condition:
    if operand.kind == "word" and _NUMBER.fullmatch(operand.text):
        number = float(operand.text)
        return lambda event: _numbers(_find(event, selector), sign, number)
    if sign not in ("=", "!="):
        raise UndocumentedError(f"{sign} for text")
    text = operand.text[1:-1] if operand.kind == "string" else operand.text

    def compare(event: Event) -> bool:
        value = _find(event, selector)
        if isinstance(value, dict | list):
            # "the filter will not be applied": neither equal nor different.
            return False
        if sign == "!=" and not isinstance(value, str):
            raise UndocumentedError(f"{selector} != for what is no text: {value}")
        return isinstance(value, str) and _wild(text)(value) == (sign == "=")

    return compare


def _numbers(value: object, sign: str, number: float) -> bool:
    if isinstance(value, dict | list):
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        if sign == "!=" or isinstance(value, str):
            raise UndocumentedError(f"{sign} {number} for what is no number: {value}")
        return False
    return _COMPARE[sign](value, number)


def _wild(text: str) -> Callable[[str], bool]:
    """An asterisk stands for any text at the ends, and for itself in the middle."""
    before, after = text.startswith("*"), text.endswith("*")
    core = text.removeprefix("*").removesuffix("*")
    shape = (".*" if before else "") + re.escape(core) + (".*" if after else "")
    return lambda value: re.fullmatch(shape, value, re.DOTALL) is not None


def _find(event: Event, selector: str) -> object:
    value: Any = event
    for name, index in _STEP.findall(selector):
        if name and isinstance(value, dict) and name in value:
            value = value[name]
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return _ABSENT
    return value
