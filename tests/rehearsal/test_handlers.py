"""Custom resources run their real handlers; a handler's failure is the deployment's."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rehearsal.handlers import Function, HandlerFailedError, invoke
from rehearsal.safety import RECORD

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

PYTHON = """
import json, os, urllib.request

def handler(event, context):
    answer = {
        "Status": event["ResourceProperties"]["Status"],
        "Reason": "because",
        "PhysicalResourceId": event["RequestType"] + "d",
        "Data": {"Key": os.environ["AWS_ACCESS_KEY_ID"], "Stage": os.environ["STAGE"]},
    }
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""
NODE = """
const https = require("https");
exports.handler = async (event) => {
  const url = new URL(event.ResponseURL);
  const body = JSON.stringify({ Status: "SUCCESS", PhysicalResourceId: event.RequestType + "d" });
  const options = { hostname: url.hostname, path: url.pathname, method: "PUT",
    headers: { "content-length": body.length } };
  await new Promise((resolve) => https.request(options, resolve).end(body));
};
"""


@pytest.fixture
def credentials() -> "CredentialsTypeDef":
    return {
        "AccessKeyId": "role-key",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": None,  # type: ignore[typeddict-item] # nobody reads it
    }


@pytest.fixture
def function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Function:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv(RECORD, str(tmp_path / "refused"))
    (tmp_path / "index.py").write_text(PYTHON)
    (tmp_path / "index.js").write_text(NODE)
    return Function(
        name="Maker",
        directory=tmp_path,
        handler="index.handler",
        runtime="python3.12",
        timeout_seconds=30,
        environment={"STAGE": "test", "AWS_ENDPOINT_URL": "https://sts.amazonaws.com"},
        role_arn="arn:aws:iam::123456789012:role/r",
        region="us-east-1",
    )


def _event(status: str = "SUCCESS") -> dict[str, object]:
    return {
        "RequestType": "Create",
        "RequestId": "1",
        "ResourceProperties": {"Status": status},
    }


def test_python_handler_answers_with_its_role_and_variables(
    function: Function, credentials: "CredentialsTypeDef"
) -> None:
    answer = invoke(function, _event(), credentials)
    assert answer["PhysicalResourceId"] == "Created"
    assert answer["Data"] == {"Key": "role-key", "Stage": "test"}


def test_node_handler_answers(function: Function, credentials: "CredentialsTypeDef") -> None:
    answer = invoke(replace(function, runtime="nodejs24.x"), _event(), credentials)
    assert answer["PhysicalResourceId"] == "Created"


def test_failure_carries_the_handlers_reason(
    function: Function, credentials: "CredentialsTypeDef"
) -> None:
    with pytest.raises(HandlerFailedError, match="Maker: because"):
        invoke(function, _event("FAILED"), credentials)


def test_handler_that_does_not_answer_has_failed(
    function: Function, credentials: "CredentialsTypeDef"
) -> None:
    (function.directory / "index.py").write_text("def handler(event, context): print('hm')")
    with pytest.raises(HandlerFailedError, match=r"gave no answer\. hm"):
        invoke(function, _event(), credentials)


def test_handler_that_takes_too_long_has_failed(
    function: Function, credentials: "CredentialsTypeDef"
) -> None:
    (function.directory / "index.py").write_text(
        "import time\ndef handler(event, context): time.sleep(30)"
    )
    with pytest.raises(HandlerFailedError, match="took over 1 seconds"):
        invoke(replace(function, timeout_seconds=1), _event(), credentials)


def test_handler_that_would_leave_the_machine_has_failed(
    function: Function, credentials: "CredentialsTypeDef"
) -> None:
    (function.directory / "index.py").write_text(
        "import socket\ndef handler(event, context): socket.create_connection(('192.0.2.1', 443))"
    )
    with pytest.raises(HandlerFailedError, match="loopback only"):
        invoke(function, _event(), credentials)
