"""What the proof does not understand in a policy document is an error with a reason."""

from dataclasses import dataclass

import pytest

from proofs.access.documents import PolicyError, PolicyType, read_policy
from proofs.access.model import Condition
from proofs.findings import Origin
from proofs.intrinsics import Unknown
from tests.proofs.access.access_cases import (
    APP,
    CURRENT,
    HERE,
    MATEO,
    OLD,
    ROOT_A,
    Json,
    allow,
    deny,
    document,
    policy,
    to,
)

TYPES = {
    "identity": PolicyType.IDENTITY,
    "resource": PolicyType.RESOURCE,
    "trust": PolicyType.TRUST,
}


class FewKnown:
    """A vocabulary with a few names."""

    def knows_action(self, pattern: str) -> bool:
        return pattern in ("*", "s3:*", "s3:GetObject", "sts:AssumeRole")

    def knows_key(self, key: str) -> bool:
        return key in ("aws:username", "aws:sourceip", "aws:tagkeys", "aws:principalarn")


@dataclass(frozen=True)
class Mistake:
    """A document, and what is wrong with it."""

    reason: str
    document: Json
    type: str = "identity"


def under(operator: str, key: str, value: Json) -> Json:
    return document(allow(Condition={operator: {key: value}}))


MISTAKES = (
    Mistake("the policy is a list, no object", [allow()]),
    Mistake("the policy is not known: a parameter", Unknown("a parameter")),
    Mistake("the version '2012-10-18' is none", document(allow(), version="2012-10-18")),
    Mistake("the policy has no Statement", {"Version": CURRENT}),
    Mistake("the policy has no statements", document()),
    Mistake("the element 'Statements' is unknown", {"Version": CURRENT, "Statements": []}),
    Mistake("statement #2 is a str", document(allow(), "Allow")),
    Mistake("the Effect is 'allow'", document({**allow(), "Effect": "allow"})),
    Mistake("the element 'Actions' is unknown", document(allow(Actions="s3:*"))),
    Mistake("the element 'condition' is unknown", document(allow(condition={}))),
    Mistake("one of Action and NotAction", document(allow(None))),
    Mistake("one of Action and NotAction", document(allow(NotAction="s3:*"))),
    Mistake("one of Resource and NotResource", document(allow("s3:*", None))),
    Mistake("one of Resource and NotResource", document(allow("s3:*", NotResource="*"))),
    Mistake("the Action is empty", document(allow([]))),
    Mistake("the Action is a int, no text", document(allow(["s3:*", 1]))),
    Mistake("the Resource is not known: late", document(allow("s3:*", Unknown("late")))),
    Mistake("AWS has no action 's3:GetObjekt'", document(allow("s3:GetObjekt"))),
    Mistake("the action 's3' names no service", document(allow("s3"))),
    Mistake("has a policy variable", document(allow("s3:${aws:username}"))),
    Mistake("before its fifth colon", document(allow("s3:*", "arn:aws:s3:${aws:username}::data"))),
    Mistake(
        "the policy variable 'aws:usernam' is unknown",
        document(allow("s3:*", "arn:aws:s3:::data/${aws:usernam}")),
    ),
    Mistake("has no end", document(allow("s3:*", "arn:aws:s3:::data/${aws:username"))),
    Mistake("the Condition is a list", document(allow(Condition=[]))),
    Mistake("the condition Bool is a str", document(allow(Condition={"Bool": "true"}))),
    Mistake(
        "the condition operator 'StringEqual' is unknown", under("StringEqual", "aws:username", "x")
    ),
    Mistake(
        "the condition operator 'stringequals' is unknown",
        under("stringequals", "aws:username", "x"),
    ),
    Mistake(
        "the condition operator 'ForEachValue:StringEquals' is unknown",
        under("ForEachValue:StringEquals", "aws:TagKeys", "x"),
    ),
    Mistake("Null stands alone", under("NullIfExists", "aws:username", "true")),
    Mistake("Null stands alone", under("ForAnyValue:Null", "aws:TagKeys", "true")),
    Mistake(
        "the condition key 'aws:UserNam' is unknown", under("StringEquals", "aws:UserNam", "x")
    ),
    Mistake("the value of aws:username is empty", under("StringEquals", "aws:username", [])),
    Mistake("the value of aws:username is a dict", under("StringEquals", "aws:username", {})),
    Mistake("the value of aws:username is a NoneType", under("StringEquals", "aws:username", None)),
    Mistake("Bool cannot read the value 'yes'", under("Bool", "aws:username", "yes")),
    Mistake(
        "NumericLessThan cannot read the value 'few'",
        under("NumericLessThan", "aws:username", "few"),
    ),
    Mistake(
        "DateLessThan cannot read the value 'soon'", under("DateLessThan", "aws:username", "soon")
    ),
    Mistake("BinaryEquals cannot read the value '*'", under("BinaryEquals", "aws:username", "*")),
    Mistake(
        "IpAddress cannot read the value '10.0.0'", under("IpAddress", "aws:SourceIp", "10.0.0")
    ),
    Mistake(
        "ArnLike cannot read the value 'arn:aws:iam:*'",
        under("ArnLike", "aws:PrincipalArn", "arn:aws:iam:*"),
    ),
    Mistake("Null cannot read the value 'absent'", under("Null", "aws:username", "absent")),
    Mistake("Bool takes no policy variable", under("Bool", "aws:username", "${aws:username}")),
    Mistake(
        "the policy variable 'aws:nobody' is unknown",
        under("StringEquals", "aws:username", "${aws:nobody}"),
    ),
    Mistake("the element 'Principal' is unknown in the policy of an identity", document(to(MATEO))),
    Mistake("one of Principal and NotPrincipal", document(allow()), "resource"),
    Mistake(
        "does not support Allow with NotPrincipal",
        document(allow(NotPrincipal={"AWS": MATEO})),
        "resource",
    ),
    Mistake("the Principal is a str", document(allow(Principal=MATEO)), "resource"),
    Mistake(
        "the principal type 'CanonicalUser'",
        document(allow(Principal={"CanonicalUser": "79a5"})),
        "resource",
    ),
    Mistake("has a wildcard", document(to(f"{APP}*")), "resource"),
    Mistake(
        "has a wildcard", document(allow(Principal={"Service": "*.amazonaws.com"})), "resource"
    ),
    Mistake("is no account or ARN", document(to("mateo")), "resource"),
    Mistake("is no account or ARN", document(to("11112222333")), "resource"),
    Mistake(
        "the principal AWS is not known: late",
        document(allow(Principal={"AWS": Unknown("late")})),
        "resource",
    ),
    Mistake(
        "the element 'Resource' is unknown in the policy of a role's trust",
        document(to(ROOT_A, action="sts:AssumeRole")),
        "trust",
    ),
    Mistake(
        "the element 'NotPrincipal' is unknown in the policy of a role's trust",
        document(deny("sts:AssumeRole", None, NotPrincipal="*")),
        "trust",
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.reason)
def test_what_is_not_understood_is_an_error(mistake: Mistake) -> None:
    with pytest.raises(PolicyError) as raised:
        read_policy(
            mistake.document,
            type_=TYPES[mistake.type],
            name="policy",
            origin=HERE,
            vocabulary=FewKnown(),
        )
    assert mistake.reason in raised.value.reason


def test_an_error_says_which_statement_it_is_in() -> None:
    with pytest.raises(PolicyError, match=r"^statement #2 \(Second\): the Effect"):
        policy(document(allow(), {**allow(Sid="Second"), "Effect": "Maybe"}))


def test_a_statement_says_where_it_stands() -> None:
    read = read_policy(
        document(allow(), allow(Sid="Second")),
        type_=PolicyType.IDENTITY,
        name="policy",
        origin=Origin("Stack", "Role", "policy Data"),
        vocabulary=FewKnown(),
    )
    assert [statement.origin.position for statement in read.statements] == [
        "policy Data statement #1",
        "policy Data statement #2 (Second)",
    ]


def test_conditions_are_read_in_full() -> None:
    block = {
        "ForAnyValue:StringLikeIfExists": {"AWS:TagKeys": ["a*", "b"]},
        "NumericLessThan": {"aws:MultiFactorAuthAge": 3600},
        "Bool": {"aws:SecureTransport": False},
    }
    (statement,) = policy(document(allow(Condition=block))).statements
    assert statement.conditions == (
        Condition(
            "StringLike", "aws:tagkeys", ("a*", "b"), if_exists=True, quantifier="ForAnyValue"
        ),
        Condition("NumericLessThan", "aws:multifactorauthage", ("3600",)),
        Condition("Bool", "aws:securetransport", ("false",)),
    )


def test_variables_of_the_old_version_become_texts() -> None:
    (statement,) = policy(document(allow("s3:*", "data/${aws:username}"), version=OLD)).statements
    assert statement.resources == ("data/${$}{aws:username}",)


def test_the_resource_of_a_trust_policy_is_its_role() -> None:
    read = policy(document(allow("sts:AssumeRole", None, Principal="*")), PolicyType.TRUST)
    assert read.statements[0].resources == ("*",)
    assert read.statements[0].principals == (("AWS", ("*",)),)
