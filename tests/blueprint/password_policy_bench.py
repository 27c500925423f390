"""Plays CloudFormation, Lambda and AWS for the handler of the password policy."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_ssm import SSMClient

PARAMETER = "/test/earlier-password-policy"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Account/1"
LONGEST_ANSWER_BYTES = 4096
_URL_SECRET = "X-Amz-Signature"  # noqa: S105 - the name of a part of a signed URL

Kind = Literal["Create", "Update", "Delete"]
How = Literal["dies before", "dies after", "is refused"]
Policy = dict[str, int | bool]


class Handler(Protocol):
    """A module with a Lambda handler."""

    def handler(self, event: dict[str, Any], context: Any, /) -> None: ...  # noqa: ANN401


class _LambdaDiedError(BaseException):
    """The run ends here: no handler can catch it."""


@dataclass(frozen=True)
class Interruption:
    """What happens to a run at its nth call to AWS; a refusal repeats at the same operation."""

    call: int
    how: How
    times: int = 1000


@dataclass
class AwsCalls:
    """The calls of one run."""

    interruption: Interruption | None
    operations: list[str] = field(default_factory=list)
    refused: int = 0
    slept_seconds: float = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        original = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
            self.operations.append(operation)
            self._refuse()
            self._die("dies before")
            answer = original(client, operation, arguments)
            self._die("dies after")
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", call)
            clock = time.monotonic
            patch.setattr(time, "monotonic", lambda: clock() + self.slept_seconds)
            patch.setattr(time, "sleep", self._sleep)
            yield

    def _sleep(self, seconds: float) -> None:
        self.slept_seconds += seconds

    def _refuse(self) -> None:
        now = self.interruption
        if not now or now.how != "is refused" or now.call > len(self.operations):
            return
        if self.operations[-1] == self.operations[now.call - 1] and self.refused < now.times:
            self.refused += 1
            denied = {"Error": {"Code": "AccessDenied", "Message": "not for you"}}
            raise ClientError(denied, self.operations[-1])  # type: ignore[arg-type]

    def _die(self, how: How) -> None:
        now = self.interruption
        if now and now.call == len(self.operations) and now.how == how:
            raise _LambdaDiedError


class Inbox(HTTPServer):
    """Where the handler's answers go."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TakeAnswer)
        self.answers: list[dict[str, Any]] = []
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/answer?{_URL_SECRET}=1"


class _TakeAnswer(BaseHTTPRequestHandler):
    server: Inbox

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        # A signed URL takes no other content type than the signed one: none.
        taken = self.headers["content-type"] == "" and len(body) <= LONGEST_ANSWER_BYTES
        if taken:
            self.server.answers.append(json.loads(body))
        self.send_response(200 if taken else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class CloudFormation:
    """Sends the events of one resource, and demands an answer to each."""

    def __init__(self, handler: Handler, inbox: Inbox, logical_id: str = "PasswordPolicy") -> None:
        self.handler, self.inbox, self.logical_id = handler, inbox, logical_id
        self.physical_id: str | None = None
        self.operations: list[str] = []
        self.slept_seconds: float = 0

    def event(self, kind: Kind, policy: Policy) -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "StackId": STACK,
            "RequestId": "request",
            "LogicalResourceId": self.logical_id,
            "ResponseURL": self.inbox.url,
            # CloudFormation hands every scalar over as a string.
            "ResourceProperties": {
                "ServiceToken": "arn",
                "ServiceTimeout": "720",
                "Policy": {key: str(value).lower() for key, value in policy.items()},
            },
        }
        if kind != "Create":
            # What it makes up itself when a create was never answered.
            event["PhysicalResourceId"] = self.physical_id or "made-up"
        return event

    def send(
        self, kind: Kind, policy: Policy, interruption: Interruption | None = None
    ) -> dict[str, Any] | None:
        """The handler's answer; None when the run died, as the interruption says.

        Raises:
            AssertionError: no answer, another than the protocol's, or more than one.
        """
        event, calls = self.event(kind, policy), AwsCalls(interruption)
        self.inbox.answers.clear()
        context = SimpleNamespace(aws_request_id="request", log_stream_name="stream")
        try:
            with calls.watched():
                self.handler.handler(event, context)
        except _LambdaDiedError:
            assert not self.inbox.answers
            return None
        finally:
            self.operations, self.slept_seconds = calls.operations, calls.slept_seconds
        assert self.inbox.answers, f"no answer to {kind}"
        (answer,) = self.inbox.answers
        self._check(event, answer)
        self.physical_id = answer["PhysicalResourceId"]
        return answer

    def succeeds(self, kind: Kind, policy: Policy) -> None:
        answer = self.send(kind, policy)
        assert answer
        assert answer["Status"] == "SUCCESS", answer["Reason"]

    def fails(self, kind: Kind, policy: Policy, interruption: Interruption | None = None) -> str:
        """The reason."""
        answer = self.send(kind, policy, interruption)
        assert answer
        assert answer["Status"] == "FAILED"
        return str(answer["Reason"])

    @staticmethod
    def _check(event: dict[str, Any], answer: dict[str, Any]) -> None:
        for key in ("StackId", "RequestId", "LogicalResourceId"):
            assert answer[key] == event[key]
        assert answer["PhysicalResourceId"]
        # Another id would make CloudFormation delete "the old resource" after an update.
        if "PhysicalResourceId" in event:
            assert answer["PhysicalResourceId"] == event["PhysicalResourceId"]
        assert answer["Status"] in {"SUCCESS", "FAILED"}
        # CloudFormation refuses a failure without a reason.
        assert answer["Reason"] or answer["Status"] == "SUCCESS"
        assert _URL_SECRET not in answer["Reason"]


class Account:
    """What is in the account, seen past the handler."""

    def __init__(self, earlier: Policy | None) -> None:
        self._iam: IAMClient = boto3.client("iam")
        self._ssm: SSMClient = boto3.client("ssm")
        if earlier is not None:
            self._iam.update_account_password_policy(**earlier)  # type: ignore[arg-type] # as given
        self.untouched = self.policy()

    def policy(self) -> dict[str, Any] | None:
        try:
            return dict(self._iam.get_account_password_policy()["PasswordPolicy"])
        except self._iam.exceptions.NoSuchEntityException:
            return None

    def has(self, policy: Policy) -> bool:
        return policy.items() <= (self.policy() or {}).items()

    def is_untouched(self) -> bool:
        """Whether the earlier policy is back and nothing of the handler is left."""
        return self.policy() == self.untouched and not self._remembers()

    def _remembers(self) -> bool:
        return bool(self._ssm.get_parameters(Names=[PARAMETER])["Parameters"])
