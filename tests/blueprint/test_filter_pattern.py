"""The matcher gives the answers of AWS's own examples.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import pytest

from tests.blueprint.filter_pattern import UndocumentedError, matches

TRAIL = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
}
COMPOUND = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [
        {"id": 2, "email": "John.Doe@example.com"},
        {"id": 3, "email": "Jane.Doe@example.com"},
    ],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}
JOHN = '$.user.email = "John.Stiles@example.com"'
NUMBERS = {"latency": 500, "numbers": [9999], "processes": [{"averageRuntime": 55.5}]}


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "UpdateTrail" }',
        "{ $.sourceIPAddress != 123.123.* }",
        '{ $.arrayKey[0] = "value" }',
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.ThisFlag IS TRUE }",
    ],
)
def test_examples_of_terms_match(pattern: str) -> None:
    assert matches(pattern, TRAIL)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "updatetrail" }',
        "{ $.sourceIPAddress != 111.111.* }",
        '{ $.arrayKey[1] = "value" }',
        '{ $.eventType[0] = "UpdateTrail" }',
        "{ $.objectList[0].id = 2 }",
        "{ $.SomeOtherObject IS NULL }",
        "{ $.SomeObject NOT EXISTS }",
        "{ $.ThisFlag IS FALSE }",
    ],
)
def test_their_near_misses_do_not(pattern: str) -> None:
    assert not matches(pattern, TRAIL)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        (
            '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
            False,
        ),
        (f"{{ {JOHN} || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }}", True),
        (f"{{ ({JOHN} || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }}", False),
    ],
)
def test_examples_of_compound_conditions(pattern: str, *, expected: bool) -> None:
    assert matches(pattern, COMPOUND) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.latency >= 500 }", True),
        ("{ $.latency > 500 }", False),
        ("{ $.numbers[0] < 10e3 }", True),
        ("{ $.numbers[0] < 10e-3 }", False),
        ("{ $.processes[0].averageRuntime <= 55.5 }", True),
        ("{ $.latency = 400 }", False),
        ("{ $.latency != 500 }", False),
        ("{ $.latency > +1000 }", False),
    ],
)
def test_examples_of_numbers(pattern: str, *, expected: bool) -> None:
    assert matches(pattern, NUMBERS) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("*Event", "PutEvent", True),
        ("*Event", "EventId", False),
        ("Event*", "EventId", True),
        ("Event*", "PutEvent", False),
        ("*Event*", "PutEvents", True),
        ("Ev*ent", "Ev*ent", True),
        ("Ev*ent", "Every event", False),
    ],
)
def test_asterisks_are_wildcards_at_the_ends_only(text: str, value: str, *, expected: bool) -> None:
    assert matches(f'{{ $.name = "{text}" }}', {"name": value}) is expected


@pytest.mark.parametrize("sign", ["=", "!="])
def test_an_array_is_neither_equal_nor_different(sign: str) -> None:
    assert not matches(f"{{ $.users {sign} 1 }}", {"users": [1, 2, 3]})


@pytest.mark.parametrize(
    "pattern",
    [
        '$.eventType = "UpdateTrail"',
        "{ $.absent != here }",
        "{ $.SomeObject != here }",
        "{ $.ThisFlag != 1 }",
        "{ $.eventType EXISTS }",
        "{ $.eventType IS TEXT }",
        "{ $.eventType > UpdateTrail }",
        "{ $.sourceIPAddress = 111 }",
        "{ $.eventType = %Update.*% }",
        "{ ($.eventType = UpdateTrail }",
        "{ $.eventType = UpdateTrail $.eventType }",
    ],
)
def test_what_aws_does_not_document_is_no_guess(pattern: str) -> None:
    with pytest.raises(UndocumentedError):
        matches(pattern, TRAIL)
