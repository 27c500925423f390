"""Runs the real handler of a custom resource as a local process, and takes its answer.

The protocol is CloudFormation's: the handler gets an event and PUTs its answer to `ResponseURL`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from rehearsal.safety import NODE_SCRIPTS, RECORD, Credentials, child_environment, program

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

_LONGEST_WAIT_SECONDS = 60
_SHOWN_CHARACTERS = 2000


class HandlerFailedError(Exception):
    """The handler answered FAILED, or did not answer."""


@dataclass(frozen=True)
class Function:
    """A Lambda function's code and configuration."""

    name: str
    directory: Path
    handler: str
    runtime: str
    timeout_seconds: int
    environment: Mapping[str, str]
    role_arn: str
    region: str


class _Inbox(HTTPServer):
    answer: dict[str, Any] | None = None


class _TakeAnswer(BaseHTTPRequestHandler):
    server: _Inbox

    def do_PUT(self) -> None:
        self.server.answer = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def invoke(
    function: Function, event: Mapping[str, object], credentials: "CredentialsTypeDef"
) -> dict[str, Any]:
    """Run `function` with `event`, acting with its role's `credentials`; return its answer.

    Raises:
        HandlerFailedError: it answered FAILED, gave no answer, or took too long.
    """
    with _Inbox(("127.0.0.1", 0), _TakeAnswer) as inbox, tempfile.TemporaryDirectory() as home:
        Thread(target=inbox.serve_forever, daemon=True).start()
        url = f"http://localhost:{inbox.server_port}/answer"
        output = _run(
            function,
            json.dumps({**event, "ResponseURL": url}),
            _environment(function, Path(home), credentials),
        )
        inbox.shutdown()
        answer = inbox.answer
    if answer is None:
        raise HandlerFailedError(f"{function.name} gave no answer. {output[-_SHOWN_CHARACTERS:]}")
    if answer["Status"] != "SUCCESS":
        raise HandlerFailedError(f"{function.name}: {answer['Reason']}")
    return answer


def _environment(
    function: Function, home: Path, credentials: "CredentialsTypeDef"
) -> dict[str, str]:
    ours = child_environment(
        home=home,
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        region=function.region,
        credentials=Credentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        ),
    )
    # The function's own variables must not open a way out.
    return {**function.environment, **ours, RECORD: os.environ[RECORD]}


def _run(function: Function, event: str, environment: Mapping[str, str]) -> str:
    if function.runtime.startswith("nodejs"):
        command = [program("node", environment), str(NODE_SCRIPTS / "run_handler.js")]
    elif function.runtime.startswith("python"):
        command = [sys.executable, "-m", "rehearsal.run_handler"]
    else:
        raise HandlerFailedError(f"{function.name}: cannot run {function.runtime} here")
    seconds = min(function.timeout_seconds, _LONGEST_WAIT_SECONDS)
    try:
        done = subprocess.run(  # noqa: S603 - the handler of the assembly is what we are to run
            [*command, str(function.directory), function.handler],
            input=event,
            env=dict(environment),
            cwd=function.directory,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise HandlerFailedError(f"{function.name} took over {seconds} seconds") from expired
    return done.stdout + done.stderr
