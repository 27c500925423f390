"""Multi-factor authentication for people (IA-6)."""

from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from blueprint.policies import NO_RESOURCE_LEVEL, Statement, StatementPolicy

# What people do for themselves, on their own user unless it says otherwise.
LOOK = ("iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices")
LOOK_AT_ACCOUNT = ("iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices")
ENROL = ("iam:ChangePassword", "iam:EnableMFADevice")
ENROL_DEVICE = ("iam:CreateVirtualMFADevice",)
REPLACE = ("iam:DeactivateMFADevice", "iam:ResyncMFADevice")
REPLACE_DEVICE = ("iam:DeleteVirtualMFADevice",)
# The console asks for these when a session begins, and `aws login` to turn one into a session of
# the command line, without access keys:
# https://docs.aws.amazon.com/signin/latest/userguide/console-access-control.html
# https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/trusted-identities.html
SIGN_IN = ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")
# Everybody may ask for it, so that no statement allows it; it is how an access key shows MFA.
SHOW_MFA = ("sts:GetSessionToken",)

BEFORE_MFA = (*LOOK, *LOOK_AT_ACCOUNT, *ENROL, *ENROL_DEVICE, *SIGN_IN, *SHOW_MFA)
_PRESENT = "aws:MultiFactorAuthPresent"
_DEVICES = (
    "People name their devices as they like. A device belongs to nobody before it is enabled, and "
    "IAM deletes none that is. Unsafe if a name gave rights."
)
_SESSION = (
    "The session belongs to who signs in, in whichever region the console is. Unsafe if this "
    "resource were one that several people share."
)


class _Actions(TypedDict, total=False):
    actions: list[str]
    not_actions: list[str]


class RequireMfa(StatementPolicy):
    """Self-service for credentials, and a denial of everything else until MFA.

    Invariant, for a member of a group that has this policy:

    | session | can |
    | --- | --- |
    | console, no device yet: the first | sign in, look, enrol a device, change the password |
    | MFA, recent | what the group allows; replace own devices |
    | MFA, older than the maximum age | look; everything else after signing in again |
    | access key alone | look, and ask for a session with MFA |

    An access key alone enrols nothing: with several devices a user, whoever stole it would enrol
    one of theirs and pass. Without a device the console session of the first sign-in is the only
    one that can, because the console asks for MFA as soon as there is a device. A lost device is
    taken away by an administrator; nobody else can reach another person's.

    Signing in itself asks for no MFA, or nobody could sign in to enrol. Whatever session it gives
    meets the same denials.

    Example:
        RequireMfa(self, "RequireMfa", maximum_age_hours=12)
    """

    def __init__(self, scope: Construct, construct_id: str, *, maximum_age_hours: int) -> None:
        """Create the policy; sessions count their age from the moment of MFA."""
        super().__init__(
            scope,
            construct_id,
            description="Own credentials; nothing else without recent MFA",
            statements=_self_service(cdk.Stack.of(scope)),
        )
        seconds = int(cdk.Duration.hours(maximum_age_hours).to_seconds())
        for sid, actions, conditions in _denials(seconds):
            self.add_statements(
                iam.PolicyStatement(
                    sid=sid,
                    effect=iam.Effect.DENY,
                    resources=["*"],
                    conditions=conditions,
                    **actions,
                )
            )


def _self_service(stack: cdk.Stack) -> list[Statement]:
    user = stack.format_arn(
        service="iam", region="", resource="user", resource_name="${aws:username}"
    )
    any_device = stack.format_arn(service="iam", region="", resource="mfa", resource_name="*")
    # Only the browser of the same machine. The other kind of client takes a code that somebody
    # reads out, and so can be talked out of people.
    command_line = stack.format_arn(
        service="signin", region="*", resource="oauth2", resource_name="public-client/localhost"
    )
    with_mfa = {"Bool": {_PRESENT: "true"}}
    return [
        Statement("LookAtAccount", LOOK_AT_ACCOUNT, ["*"], wildcard=NO_RESOURCE_LEVEL),
        Statement("OwnUser", (*LOOK, *ENROL), [user]),
        Statement("NewDevice", ENROL_DEVICE, [any_device], wildcard=_DEVICES),
        Statement("ReplaceOwnDevice", REPLACE, [user], with_mfa),
        Statement("DeleteDevice", REPLACE_DEVICE, [any_device], with_mfa, wildcard=_DEVICES),
        Statement("CommandLine", SIGN_IN, [command_line], wildcard=_SESSION),
    ]


def _denials(seconds: int) -> list[tuple[str, _Actions, dict[str, dict[str, str]]]]:
    age, old = "aws:MultiFactorAuthAge", str(seconds)
    all_but_self_service: _Actions = {"not_actions": list(BEFORE_MFA)}
    enrolment: _Actions = {"actions": [*ENROL, *ENROL_DEVICE]}
    return [
        # "IfExists" on purpose: with an access key alone both keys are absent, and a denial that
        # asks for their values would let it pass.
        ("NoMfa", all_but_self_service, {"BoolIfExists": {_PRESENT: "false"}}),
        ("OldMfa", all_but_self_service, {"NumericGreaterThanIfExists": {age: old}}),
        ("AccessKeyEnrolsNothing", enrolment, {"Null": {_PRESENT: "true"}}),
        # No "IfExists" on purpose: at the first sign-in there is no age, and people must enrol.
        ("OldMfaEnrolsNothing", enrolment, {"NumericGreaterThan": {age: old}}),
        # AWS does not say which age of MFA the next session would have.
        ("OldMfaSignsInAnew", {"actions": [*SIGN_IN]}, {"NumericGreaterThan": {age: old}}),
    ]
