"""What people can do without recent MFA."""

from collections.abc import Callable, Iterable

import pytest

from tests.conftest import Assembly
from tests.policies import (
    ENROL,
    REPLACE,
    Change,
    Row,
    Template,
    all_actions,
    changed,
    managed,
    of_group,
    of_type,
    statement_of,
)

LOOK = {
    "iam:GetAccountPasswordPolicy",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
}
GROUPS = ("NetworkOperators", "ServerOperators", "Developers", "Auditors")
# Signing in to the console asks for them too, also at the first time, when there is no device.
SIGN_IN = {"signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"}
WITHOUT_MFA = LOOK | ENROL | SIGN_IN | {"sts:GetSessionToken"}
_PRESENT, _AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"


def mfa_gaps(template: Template) -> list[str]:
    """Which sessions can do more than the documented semantics of the conditions should let them.

    IfExists makes a condition true when the key is absent:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    present, age = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
    everything = set(all_actions().values())
    # the session; the condition that is true for it; what it must be denied
    wanted = [
        ("without MFA", {"BoolIfExists": {present: "false"}}, everything - WITHOUT_MFA),
        ("old MFA", {"NumericGreaterThanIfExists": {age: "43200"}}, everything - WITHOUT_MFA),
        ("old MFA enrols", {"NumericGreaterThan": {age: "43200"}}, ENROL),
        ("old MFA goes on by signing in", {"NumericGreaterThan": {age: "43200"}}, SIGN_IN),
        ("access key alone enrols", {"Null": {present: "true"}}, ENROL),
    ]
    gaps = []
    for group in of_type(template, "AWS::IAM::Group").values():
        rows = [row for row in of_group(template, group["GroupName"]) if not row.allows]
        gaps += [
            f"{group['GroupName']}: {session}"
            for session, condition, denied in wanted
            if not any(
                row.conditions == condition and row.resources == ["*"] and denied <= row.actions
                for row in rows
            )
        ]
        # At the first sign-in MFA is false and has no age.
        gaps += [
            f"{group['GroupName']}: nobody can sign in and enrol"
            for row in rows
            if row.actions & (ENROL | SIGN_IN)
            and row.conditions not in [condition for *_, condition, _ in wanted[2:]]
        ]
    gaps += [
        f"{row.policy}: {operator} in a statement that allows"
        for row in managed(template)
        if row.allows
        for operator, keys in row.conditions.items()
        if {present, age} & set(keys) and operator not in {"Bool", "NumericLessThan"}
    ]
    return gaps


def test_without_recent_mfa_people_only_look_and_enrol(assembly: Assembly) -> None:
    assert mfa_gaps(assembly.identity) == []


def _condition(sid: str, condition: dict[str, dict[str, str]]) -> Change:
    return lambda template: statement_of(template, sid).update(Condition=condition)


def _exempt(sid: str, action: str) -> Change:
    return lambda template: statement_of(template, sid)["NotAction"].append(action)


def _include(sid: str, action: str) -> Change:
    return lambda template: statement_of(template, sid)["NotAction"].remove(action)


def _detach(template: Template) -> None:
    group = next(iter(of_type(template, "AWS::IAM::Group").values()))
    group["ManagedPolicyArns"] = [arn for arn in group["ManagedPolicyArns"] if "Ref" not in arn]


@pytest.mark.parametrize(
    "change",
    [
        _condition("NoMfa", {"Bool": {_PRESENT: "false"}}),
        _condition("NoMfa", {"BoolIfExists": {_PRESENT: "true"}}),
        _condition("OldMfa", {"NumericGreaterThan": {_AGE: "43200"}}),
        _condition("OldMfa", {"NumericGreaterThanIfExists": {_AGE: "432000"}}),
        _condition("OldMfaEnrolsNothing", {"NumericGreaterThanIfExists": {_AGE: "43200"}}),
        _condition("OldMfaSignsInAnew", {"NumericGreaterThanIfExists": {_AGE: "43200"}}),
        _condition("OldMfaSignsInAnew", {"NumericGreaterThan": {_AGE: "432000"}}),
        _condition("AccessKeyEnrolsNothing", {"Null": {_PRESENT: "false"}}),
        _condition("ReplaceOwnDevice", {"BoolIfExists": {_PRESENT: "true"}}),
        _exempt("NoMfa", "iam:DeactivateMFADevice"),
        _exempt("NoMfa", "iam:DeleteVirtualMFADevice"),
        _exempt("NoMfa", "s3:*"),
        _exempt("OldMfa", "iam:*"),
        lambda template: statement_of(template, "NoMfa").update(Resource="arn:aws:s3:::x"),
        lambda template: statement_of(template, "NoMfa").update(Effect="Allow"),
        lambda template: statement_of(template, "AccessKeyEnrolsNothing")["Action"].remove(
            "iam:EnableMFADevice"
        ),
        _include("NoMfa", "iam:EnableMFADevice"),
        _include("NoMfa", "signin:AuthorizeOAuth2Access"),
        _include("OldMfa", "signin:CreateOAuth2Token"),
        _detach,
    ],
)
def test_a_gap_in_mfa_is_found(production: Assembly, change: Change) -> None:
    assert mfa_gaps(changed(production.identity, change))


def test_people_sign_in_before_their_first_device(production: Assembly) -> None:
    row = statement_of(production.identity, "CommandLine")
    assert set(row["Action"]) == SIGN_IN
    assert "Condition" not in row


@pytest.mark.parametrize("hours", [1, 36])
def test_the_age_of_mfa_is_that_of_the_environment(
    identity_of: Callable[..., Template], hours: int
) -> None:
    template = identity_of(mfa_maximum_age_hours=hours)
    ages = {
        str(keys[_AGE])
        for row in managed(template)
        for keys in row.conditions.values()
        if _AGE in keys
    }
    assert ages == {str(hours * 3600)}


def reached_users(rows: Iterable[Row]) -> set[str]:
    """Which users a statement lets somebody change."""
    return {
        arn.split(":", 5)[5]
        for row in rows
        if row.allows and row.actions & (ENROL | REPLACE)
        for arn in row.resources
    }


@pytest.mark.parametrize("group", GROUPS)
def test_people_reach_their_own_user_and_devices_that_belong_to_nobody(
    production: Assembly, group: str
) -> None:
    own = {"user/${aws:username}", "mfa/*"}
    assert reached_users(of_group(production.identity, group)) == own

    def widen(template: Template) -> None:
        statement_of(template, "ReplaceOwnDevice")["Resource"] = "arn:aws:iam::111122223333:user/*"

    assert reached_users(of_group(changed(production.identity, widen), group)) != own
