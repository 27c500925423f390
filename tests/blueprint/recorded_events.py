"""Events as AWS writes them, complete, and changed in one place for a near-miss.

Their shape is that of the examples in the user guides of CloudTrail, IAM, GuardDuty, Security Hub,
AWS Config and Systems Manager, with the fields that CloudTrail has had since (version 1.11).
"""

import json
from pathlib import Path
from typing import Any

Event = dict[str, Any]
EVENTS = Path(__file__).parent / "events"


def recorded(name: str, changes: Event | None = None) -> Event:
    """The event of a file, with other values at some paths (`a.b`); None there takes it away."""
    event: Event = json.loads((EVENTS / f"{name}.json").read_text())
    for path, value in (changes or {}).items():
        *way, last = path.split(".")
        place = event
        for step in way:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return event


def call(service: str, name: str, changes: Event | None = None) -> Event:
    """A call to a service that changes something, by a user with MFA."""
    written = {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "readOnly": False,
        "tlsDetails.clientProvidedHostHeader": f"{service}.eu-west-1.amazonaws.com",
    }
    return recorded("api-call", written | (changes or {}))


def refused(code: str, changes: Event | None = None) -> Event:
    """A call that only reads, for which the user has no rights."""
    why = {"errorCode": code, "errorMessage": "You are not authorized to perform this operation."}
    return recorded("api-call", why | (changes or {}))


def by_root(changes: Event | None = None) -> Event:
    """A call of the root user."""
    root = {
        "type": "Root",
        "principalId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333",
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "attributes": {"creationDate": "2026-11-12T08:55:01Z", "mfaAuthenticated": "true"}
        },
    }
    return recorded("api-call", {"userIdentity": root} | (changes or {}))


def by_cloudtrail(record: Event) -> Event:
    """The event in which EventBridge gets a record of CloudTrail."""
    signed_in = record["eventType"] == "AwsConsoleSignIn"
    return {
        "version": "0",
        "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38",
        "detail-type": f"AWS {'Console Sign In' if signed_in else 'API Call'} via CloudTrail",
        "source": f"aws.{record['eventSource'].partition('.')[0]}",
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }
