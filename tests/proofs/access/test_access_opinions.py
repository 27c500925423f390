"""The proof's evaluator decides as others do: a second one of ours, and moto's where it can.

moto's covers identity policies of one account, without conditions, variables, `?` and NotResource;
it counts the case of actions, which AWS does not.
"""

import json

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from tests.proofs.access.access_cases import CURRENT, Case, Json, decision
from tests.proofs.access.random_cases import ACTIONS, RESOURCES, Maker
from tests.proofs.access.second_opinion import allows

FEW, MANY = 500, 30_000
PLAIN_ACTIONS = tuple(
    action
    for action in ACTIONS
    if "?" not in action and action not in ("S3:getobject", "kms:decrypt")
)
PLAIN_RESOURCES = tuple(resource for resource in RESOURCES if not {"$", "?"} & set(resource))


def differences(number: int) -> list[Case]:
    cases = (Maker(seed).case() for seed in range(number))
    return [case for case in cases if decision(case).allowed is not allows(case)]


def test_the_second_opinion_is_the_same() -> None:
    assert differences(FEW) == []


@pytest.mark.exhaustive
def test_the_second_opinion_is_the_same_for_many_requests() -> None:
    assert differences(MANY) == []


def test_random_requests_are_both_allowed_and_denied() -> None:
    answers = [decision(Maker(seed).case()) for seed in range(FEW)]
    assert FEW / 20 < sum(answer.allowed for answer in answers) < FEW / 2
    assert len({answer.reason for answer in answers}) >= 11


def plain_case(seed: int) -> Case:
    """A request in the part of the language that moto evaluates."""
    maker = Maker(seed)

    def statement() -> Json:
        return {
            "Effect": maker.pick(("Allow", "Deny")),
            maker.pick(("Action", "NotAction")): maker.one_or_more(PLAIN_ACTIONS),
            "Resource": maker.one_or_more(PLAIN_RESOURCES),
        }

    def document() -> Json:
        rows = [statement() for _ in range(maker.pick((1, 2, 3)))]
        return {"Version": CURRENT, "Statement": rows}

    return Case(
        action=maker.pick(("s3:GetObject", "s3:PutObject", "iam:GetRole", "kms:Decrypt")),
        resource=maker.pick(PLAIN_RESOURCES),
        policies=tuple(document() for _ in range(maker.pick((1, 2)))),
    )


def moto_allows(case: Case) -> bool:
    results = {
        IAMPolicy(json.dumps(document)).is_action_permitted(case.action, case.resource)
        for document in case.policies
    }
    return PermissionResult.DENIED not in results and PermissionResult.PERMITTED in results


def test_moto_decides_the_same_without_conditions() -> None:
    cases = [plain_case(seed) for seed in range(FEW)]
    assert [case for case in cases if decision(case).allowed is not moto_allows(case)] == []
    assert 0 < sum(map(moto_allows, cases)) < FEW
