"""Who gets in, request by request, and that each condition of the trust policy is needed."""

import copy
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from blueprint.cross_account_role import Trust
from blueprint.policies import LONGEST_TRUST_POLICY

Conditions = dict[str, dict[str, Any]]
Request = Mapping[str, str]

B = "444455556666"
EXTERNAL_ID = "b7e4f0c2-5d1a-4e8b-9f36-2c8a71d0e94f"
PEOPLE = Trust(
    account=B,
    users=["alice", "bob"],
    mfa_maximum_age_hours=2,
    external_id=EXTERNAL_ID,
    organization_id="o-a1b2c3d4e5",
    source_cidrs=["203.0.113.0/24"],
)
SOFTWARE = Trust(account=B, role="ci", external_id=EXTERNAL_ID)

ALICE: Request = {
    "aws:PrincipalArn": f"arn:aws:iam::{B}:user/alice",
    "aws:username": "alice",
    "aws:MultiFactorAuthPresent": "true",
    "aws:MultiFactorAuthAge": "7199",
    "aws:PrincipalOrgID": "o-a1b2c3d4e5",
    "aws:SourceIp": "203.0.113.7",
    "sts:ExternalId": EXTERNAL_ID,
    "sts:RoleSessionName": "alice",
}
# A session of a role has neither a user name nor MFA.
CI: Request = {
    "aws:PrincipalArn": f"arn:aws:iam::{B}:role/ci",
    "sts:ExternalId": EXTERNAL_ID,
    "sts:RoleSessionName": "build-17",
}


def lets_in(conditions: Conditions, request: Request) -> bool:
    """Evaluate conditions as IAM does: all must be met; an absent key meets "IfExists" only.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    """
    return all(
        _is_met(operator, request.get(key), values, request)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _is_met(operator: str, given: str | None, values: str | list[str], request: Request) -> bool:
    if given is None:
        return operator.endswith("IfExists")
    return any(
        _compare(operator.removesuffix("IfExists"), given, _filled(value, request))
        for value in ([values] if isinstance(values, str) else values)
    )


def _filled(value: str, request: Request) -> str | None:
    # A variable whose key is absent matches nothing.
    return request.get("aws:username") if value == "${aws:username}" else value


def _compare(operator: str, given: str, value: str | None) -> bool:
    match operator:
        case _ if value is None:
            return False
        case "StringEquals" | "ArnEquals" | "Bool":
            return given == value
        case "NumericLessThan":
            return float(given) < float(value)
        case "IpAddress":
            return ip_address(given) in ip_network(value)
        case _:
            raise AssertionError(
                f"this judge knows no {operator}: teach it, or the answer means nothing"
            )


def without(request: Request, *keys: str) -> Request:
    return {key: value for key, value in request.items() if key not in keys}


STRANGERS: dict[str, Request] = {
    "an access key alone": without(ALICE, "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"),
    "a console session without MFA": {
        **without(ALICE, "aws:MultiFactorAuthAge"),
        "aws:MultiFactorAuthPresent": "false",
    },
    "MFA too long ago": {**ALICE, "aws:MultiFactorAuthAge": "7200"},
    "another user": {**ALICE, "aws:PrincipalArn": f"arn:aws:iam::{B}:user/mallory"},
    "a role named like a user": {**ALICE, "aws:PrincipalArn": f"arn:aws:iam::{B}:role/alice"},
    "another account's": {**ALICE, "aws:PrincipalArn": "arn:aws:iam::999999999999:user/alice"},
    "another's name": {**ALICE, "sts:RoleSessionName": "bob"},
    "a session without a user's name": without(ALICE, "aws:username"),
    "a wrong external id": {**ALICE, "sts:ExternalId": EXTERNAL_ID.upper()},
    "no external id": without(ALICE, "sts:ExternalId"),
    "another organization": {**ALICE, "aws:PrincipalOrgID": "o-zzzzzzzzzz"},
    "no organization": without(ALICE, "aws:PrincipalOrgID"),
    "another address": {**ALICE, "aws:SourceIp": "198.51.100.7"},
    "through a VPC endpoint": without(ALICE, "aws:SourceIp"),
}  # fmt: skip


def test_a_named_user_with_recent_mfa_gets_in() -> None:
    assert lets_in(PEOPLE.conditions("aws"), ALICE)


@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_gets_in(who: str) -> None:
    assert not lets_in(PEOPLE.conditions("aws"), STRANGERS[who])


# MFA is asked for twice: its age is absent without it, and says so only to those who know.
TWICE = {"aws:MultiFactorAuthPresent"}


@pytest.mark.parametrize(
    ("operator", "key"),
    [
        (operator, key)
        for operator, keys in PEOPLE.conditions("aws").items()
        for key in sorted(set(keys) - TWICE)
    ],
)
def test_without_any_one_condition_a_stranger_gets_in(operator: str, key: str) -> None:
    weaker = copy.deepcopy(PEOPLE.conditions("aws"))
    del weaker[operator][key]
    assert any(lets_in(weaker, request) for request in STRANGERS.values())


@pytest.mark.parametrize("weaken", ["remove", "IfExists"])
def test_without_the_conditions_on_mfa_an_access_key_gets_in(weaken: str) -> None:
    weaker = PEOPLE.conditions("aws")
    for operator in ("Bool", "NumericLessThan"):
        keys = weaker.pop(operator)
        if weaken == "IfExists":
            weaker[f"{operator}IfExists"] = keys
    assert lets_in(weaker, STRANGERS["an access key alone"])


def test_software_gets_in_by_its_role_and_external_id() -> None:
    conditions = SOFTWARE.conditions("aws")
    assert lets_in(conditions, CI)
    assert not lets_in(conditions, without(CI, "sts:ExternalId"))
    assert not lets_in(conditions, {**CI, "aws:PrincipalArn": f"arn:aws:iam::{B}:role/other"})


@pytest.mark.parametrize("operator", ["Bool", "NumericLessThan", "StringEquals"])
def test_each_condition_on_people_would_shut_a_role_out(operator: str) -> None:
    assert not lets_in({operator: PEOPLE.conditions("aws")[operator]}, CI)


def test_only_asked_conditions_are_in_the_policy() -> None:
    assert Trust(account=B, users=["alice"]).conditions("aws-cn") == {
        "ArnEquals": {"aws:PrincipalArn": [f"arn:aws-cn:iam::{B}:user/alice"]},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
    }


@pytest.mark.parametrize(
    "who",
    [{}, {"users": ["alice"], "role": "ci", "external_id": EXTERNAL_ID}, {"role": "ci"}],
)
def test_a_trust_in_nobody_in_both_or_without_a_proof_is_refused(who: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Allowed: .* Change: "):
        Trust(account=B, **who)


# A trust policy without a single user, in the longest partition.
EMPTY = (
    '{"Statement":[{"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":[]},'
    '"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":'
    '"3600"},"StringEquals":{"sts:RoleSessionName":"${aws:username}"}},"Effect":"Allow",'
    '"Principal":{"AWS":"arn:aws-us-gov:iam::444455556666:root"}}],"Version":"2012-10-17"}'
)


def test_a_trust_policy_beyond_the_quota_is_refused_with_its_length() -> None:
    def people(count: int) -> Trust:
        return Trust(account=B, users=[f"{number:064}" for number in range(count)])

    fits = (LONGEST_TRUST_POLICY - len(EMPTY)) // len(f'"arn:aws-us-gov:iam::{B}:user/{0:064}",')
    assert people(fits)
    said = (
        rf"has 2[01]\d\d characters. Allowed: {LONGEST_TRUST_POLICY}, .* Change: name fewer users"
    )
    with pytest.raises(ValueError, match=said):
        people(fits + 1)
