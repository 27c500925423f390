"""The decided cases of MFA, each as the session in which a person meets it."""

from functools import cache

import pytest

from proofs.access.evaluate import Request, evaluate
from proofs.access.model import Access
from proofs.access.templates import access_of
from proofs.assembly import read_assembly
from tests.synthesis import shipped_assembly

REGION, ACCOUNT = "ap-northeast-1", "111122223333"
PRESENT, AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"


def with_mfa(seconds: int) -> dict[str, tuple[str, ...]]:
    """A session that began with MFA so long ago."""
    return {PRESENT: ("true",), AGE: (str(seconds),)}


# The console before there is a device; a key, which brings no key of the context; and MFA.
FIRST_LOGIN: dict[str, tuple[str, ...]] = {PRESENT: ("false",)}
KEY_ALONE: dict[str, tuple[str, ...]] = {}
RECENT, LIMIT, OLD = with_mfa(60), with_mfa(43_200), with_mfa(43_201)

RICHARD = f"arn:aws:iam::{ACCOUNT}:user/richard"
AKUA = f"arn:aws:iam::{ACCOUNT}:user/akua"
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
BREAK_GLASS = f"arn:aws:iam::{ACCOUNT}:role/<Identity.BreakGlassRole>"
ANY = "*"

CASES = [
    # Who, in which session, what, on what, and whether it is allowed.
    ("first login: own password", "richard", FIRST_LOGIN, "iam:ChangePassword", RICHARD, True),
    ("first login: a device", "richard", FIRST_LOGIN, "iam:CreateVirtualMFADevice", DEVICE, True),
    ("first login: enable it", "richard", FIRST_LOGIN, "iam:EnableMFADevice", RICHARD, True),
    ("first login: nothing else", "richard", FIRST_LOGIN, "lambda:ListFunctions", ANY, False),
    (
        "first login: take none away",
        "richard",
        FIRST_LOGIN,
        "iam:DeactivateMFADevice",
        RICHARD,
        False,
    ),
    ("first login: another's password", "richard", FIRST_LOGIN, "iam:ChangePassword", AKUA, False),
    ("key alone: look", "richard", KEY_ALONE, "iam:GetUser", RICHARD, True),
    ("key alone: show MFA", "richard", KEY_ALONE, "sts:GetSessionToken", ANY, True),
    ("key alone: enrols nothing", "richard", KEY_ALONE, "iam:EnableMFADevice", RICHARD, False),
    ("key alone: no password", "richard", KEY_ALONE, "iam:ChangePassword", RICHARD, False),
    ("key alone: nothing else", "richard", KEY_ALONE, "lambda:ListFunctions", ANY, False),
    ("MFA: the group's rights", "richard", RECENT, "lambda:ListFunctions", ANY, True),
    ("MFA: no other group's", "richard", RECENT, "ec2:StopInstances", ANY, False),
    ("MFA: at its limit", "richard", LIMIT, "lambda:ListFunctions", ANY, True),
    ("several devices: a second", "richard", RECENT, "iam:EnableMFADevice", RICHARD, True),
    ("several devices: take one away", "richard", RECENT, "iam:DeactivateMFADevice", RICHARD, True),
    ("old MFA: look", "richard", OLD, "iam:GetUser", RICHARD, True),
    ("old MFA: nothing else", "richard", OLD, "lambda:ListFunctions", ANY, False),
    ("old MFA: enrols nothing", "richard", OLD, "iam:EnableMFADevice", RICHARD, False),
    ("old MFA: takes none away", "richard", OLD, "iam:DeactivateMFADevice", RICHARD, False),
    ("lost device: not by a colleague", "akua", RECENT, "iam:DeactivateMFADevice", RICHARD, False),
    ("lost device: by an administrator", "mateo", RECENT, "iam:DeactivateMFADevice", RICHARD, True),
    ("lost device: who has MFA", "mateo", FIRST_LOGIN, "iam:DeactivateMFADevice", RICHARD, False),
    ("break-glass: fresh MFA", "saanvi", with_mfa(3_599), "sts:AssumeRole", BREAK_GLASS, True),
    ("break-glass: no older", "saanvi", with_mfa(3_600), "sts:AssumeRole", BREAK_GLASS, False),
    ("break-glass: no key alone", "saanvi", KEY_ALONE, "sts:AssumeRole", BREAK_GLASS, False),
    ("break-glass: nobody else", "richard", RECENT, "sts:AssumeRole", BREAK_GLASS, False),
]


@cache
def access() -> Access:
    return access_of(read_assembly(shipped_assembly("production")))


@pytest.mark.parametrize(
    ("user", "session", "action", "resource", "allowed"),
    [pytest.param(*case, id=name) for name, *case in CASES],
)
def test_session_is_decided_as_it_was_meant(
    user: str, session: dict[str, tuple[str, ...]], action: str, resource: str, *, allowed: bool
) -> None:
    (principal,) = (each for each in access().users if each.name == user)
    context = {"aws:requestedregion": (REGION,), **session}
    assert evaluate(access(), Request(principal, action, resource, context)).allowed is allowed
