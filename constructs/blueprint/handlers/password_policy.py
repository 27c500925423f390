"""The Lambda function behind `blueprint.password_policy.PasswordPolicy` (IA-5).

It speaks CloudFormation's protocol itself and uses only what Lambda's Python runtime brings along:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

Every event may arrive twice, because Lambda repeats one whose run died, and the first run may have
died anywhere. So each is written to be run again from any point: the earlier policy is remembered
before ours is set, and forgotten after it is back.

It is remembered in a parameter and not in the resource's physical id, which would need no store:
CloudFormation learns that id from the answer only. A create that sets our policy and dies before it
answers would leave nobody who knows the earlier one, neither its second run nor the rollback. Nor
is the parameter a resource of the stack: it would always exist, and "create, unless it exists" is
the one step that tells the first run from its repetition.
"""

import json
import logging
import os
import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_ssm import SSMClient

# The slowest event is refused until patience ends, and then has four slow calls: 4 x 3 attempts x 6
# seconds and 12 seconds of pauses, so that the answer leaves well before the function's own end.
SLOWEST_EVENT_CALLS = 4
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 2, 4, 3
ANSWER_SECONDS = 10
# IAM shows a role's new policy to other services only after a while, of some seconds as a rule:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
PATIENCE_SECONDS, PAUSE_SECONDS = 30, 3
_REFUSED = {"AccessDenied", "AccessDeniedException"}
_PHYSICAL_ID = "account-password-policy"
# CloudFormation takes 4096 bytes for the whole answer.
_LONGEST_REASON = 1000

_logger = logging.getLogger(__name__)
_Policy = dict[str, Any]


class _Record(TypedDict):
    owner: str
    policy: _Policy | None


class _OwnedByAnotherError(Exception):
    """Another resource has set the policy: two would undo each other."""


def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ANN401 - Lambda's own type
    """Do what `event` asks for, and answer."""
    try:
        account = _Account(f"{event['LogicalResourceId']} of {event['StackId']}")
        if event["RequestType"] == "Delete":
            _once_allowed(account.restore)
        else:
            policy = _typed(event["ResourceProperties"]["Policy"])
            _once_allowed(lambda: account.set(policy))
    except Exception as error:
        # Not the event: whoever has its ResponseURL can answer for us.
        _logger.exception("%s failed", event["RequestType"])
        _answer(event, "FAILED", _reason(error, context))
    else:
        _answer(event, "SUCCESS", "")


class _Account:
    """The account's policy, and the record of the one before ours."""

    def __init__(self, owner: str) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        self._iam: IAMClient = boto3.client("iam", config=config)
        self._ssm: SSMClient = boto3.client("ssm", config=config)
        self._record = os.environ["EARLIER_POLICY_PARAMETER"]
        self._owner = owner

    def set(self, policy: _Policy) -> None:
        """Remember the earlier policy unless that is done, and set ours.

        An update does the same as a create: it can follow a create that was lost.
        """
        self._remember()
        self._iam.update_account_password_policy(**policy)

    def restore(self) -> None:
        """Put the earlier policy back and forget it; without a record of ours, there is none."""
        record = self._remembered()
        if record is None or record["owner"] != self._owner:
            return
        earlier = record["policy"]
        # Written without looking first: IAM may still show the earlier policy for a while.
        try:
            if earlier is None:
                self._iam.delete_account_password_policy()
            else:
                self._iam.update_account_password_policy(**earlier)
        except ClientError:
            # Refused, and nothing to do: an earlier run has done it, or ours was never set.
            if self._current() != earlier:
                raise
        self._ssm.delete_parameter(Name=self._record)

    def _remember(self) -> None:
        record = _Record(owner=self._owner, policy=self._current())
        try:
            # Refusing to overwrite is what keeps a second run from taking our policy for the
            # earlier one; looking first would leave a gap between look and write.
            self._ssm.put_parameter(
                Name=self._record, Value=json.dumps(record), Type="String", Overwrite=False
            )
        except self._ssm.exceptions.ParameterAlreadyExists:
            known = self._remembered()
            if known is not None and known["owner"] != self._owner:
                raise _OwnedByAnotherError(
                    f"The password policy of this account belongs to {known['owner']}. Allowed: "
                    "one resource an account. Change: remove one of the two; when that stack is "
                    f"gone without having put the earlier policy back, delete {self._record}."
                ) from None

    def _remembered(self) -> _Record | None:
        try:
            value = self._ssm.get_parameter(Name=self._record)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return None
        record: _Record = json.loads(value)
        return record

    def _current(self) -> _Policy | None:
        """The policy as it can be set again; None for an account without one."""
        try:
            policy = self._iam.get_account_password_policy()["PasswordPolicy"]
        except self._iam.exceptions.NoSuchEntityException:
            return None
        # IAM derives ExpirePasswords. It takes an absent key for False or 0, and refuses a 0: what
        # the policy lacked must stay away when it is set again.
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
        return {key: value for key, value in policy.items() if value and key != "ExpirePasswords"}


def _once_allowed(change: Callable[[], None]) -> None:
    """Make the change, from its start again while AWS refuses it as one does to a new role."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return change()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSED or time.monotonic() > end:
                raise
        time.sleep(PAUSE_SECONDS)


def _typed(policy: dict[str, str]) -> _Policy:
    """Undo CloudFormation, which hands every value over as a string."""
    words = {"true": True, "false": False}
    return {key: words[value] if value in words else int(value) for key, value in policy.items()}


def _reason(error: Exception, context: Any) -> str:  # noqa: ANN401 - Lambda's own type
    """What went wrong, in words that may be shown: AWS's and ours, but no unknown text."""
    shown = isinstance(error, BotoCoreError | ClientError | _OwnedByAnotherError)
    text = str(error) if shown else type(error).__name__
    return f"{text[:_LONGEST_REASON]} (log stream {context.log_stream_name})"


def _answer(event: dict[str, Any], status: str, reason: str) -> None:
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", _PHYSICAL_ID),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        # The URL is signed without a content type; urllib would send one.
        headers={"Content-Type": ""},
    )
    # When this fails, the run does, and Lambda repeats the event.
    urllib.request.urlopen(request, timeout=ANSWER_SECONDS)  # noqa: S310 - as above
