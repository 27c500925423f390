"""The app tier: lists the account's buckets, counts the visit in the database, leaves a note.

It has no key. The role of the server it runs on gives it short-lived credentials through the
instance metadata service, and nothing else is asked for any.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    MetadataRetrievalError,
)

from workload.linux.service import Server, Service

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DATA_BUCKET = os.environ["DATA_BUCKET"]
DATABASE_HOST = os.environ["UPSTREAM_HOST"]
DATABASE_PORT = os.environ["UPSTREAM_PORT"]
LAST_VISIT = "app/last-visit.json"
PASSWORD = "db/password"  # noqa: S105 - the key of the object, not what is in it
# S3 answers 403, not 404, for an object that is missing when the role may not list the bucket.
MISSING = ("NoSuchKey", "AccessDenied")


class TroubleError(Exception):
    """Why a request cannot be answered, and what to change."""

    def __init__(self, error: str, change: str) -> None:
        """Take the two sentences that the visitor gets."""
        super().__init__(error)
        self.error = error
        self.change = change


@functools.cache  # a TroubleError is not cached: the role may arrive later
def s3() -> S3Client:
    """A client that uses the role of this server and no other credentials.

    boto3's default would take keys from environment variables and files before the role: a key
    that somebody left on the server would then be used, and nobody would notice.
    """
    core = botocore.session.Session()
    core.set_config_variable("ec2_metadata_v1_disabled", True)  # noqa: FBT003 - botocore's call
    role = core.get_component("credential_provider").get_provider("iam-role")
    core.register_component("credential_provider", CredentialResolver([role]))
    if core.get_credentials() is None:
        raise no_role()
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
    session = boto3.Session(botocore_session=core, region_name=os.environ["REGION"])
    return session.client("s3", config=config)


def no_role() -> TroubleError:
    """The metadata service has no credentials for us."""
    return TroubleError(
        "this server has no role: the instance metadata service gives no credentials",
        "attach the app tier's instance profile to this instance",
    )


def bucket_names() -> list[str]:
    """The names of all buckets of the account."""
    return [bucket["Name"] for bucket in s3().list_buckets()["Buckets"]]


def database_password() -> str:
    """The password that the db tier published."""
    try:
        return s3().get_object(Bucket=DATA_BUCKET, Key=PASSWORD)["Body"].read().decode().strip()
    except ClientError as error:
        if code(error) not in MISSING:
            raise
        raise TroubleError(
            f"the database password is not in s3://{DATA_BUCKET}/{PASSWORD}, or may not be read",
            "wait until a db server has booted and look at its console output; then check that "
            f"the app tier's role may s3:GetObject {PASSWORD} and use the bucket's key",
        ) from error


def count_visit(server: str) -> int:
    """Add a visit of `server` to the database.

    Returns:
        How many visits there are now.
    """
    # Channel binding ties the password's proof to the server's certificate, so that only a server
    # that knows the password passes: as good as a certificate authority, without one.
    connection = (
        f"host={DATABASE_HOST} port={DATABASE_PORT} dbname=workload user=workload "
        "connect_timeout=5 sslmode=require channel_binding=require"
    )
    psql = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    try:
        result = subprocess.run(  # noqa: S603 - no shell, and psql quotes the one value itself
            [*psql, "--set", "ON_ERROR_STOP=1", "--set", f"server={server}", connection],
            input="INSERT INTO visits (server) VALUES (:'server');\nSELECT count(*) FROM visits;\n",
            env={"PATH": os.environ["PATH"], "PGPASSWORD": database_password()},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except subprocess.SubprocessError as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise TroubleError(
            f"the database at {DATABASE_HOST}:{DATABASE_PORT} did not take the visit: {reason}",
            "look at the log of a db server, and at the security groups and network ACLs between "
            "app and db",
        ) from error
    return int(result.stdout)


def exchange_note(note: dict[str, str]) -> object:
    """Put `note` in the place of the last visit's.

    Returns:
        The last visit's, or None when this is the first.
    """
    previous = None
    try:
        previous = json.load(s3().get_object(Bucket=DATA_BUCKET, Key=LAST_VISIT)["Body"])
    except ClientError as error:
        if code(error) not in MISSING:
            raise
    s3().put_object(Bucket=DATA_BUCKET, Key=LAST_VISIT, Body=json.dumps(note).encode())
    return previous


def visit() -> dict[str, object]:
    """Do everything that one request asks for.

    Raises:
        TroubleError: something that this needs is not there.
    """
    server = socket.gethostname()
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    try:
        return {
            "buckets": bucket_names(),
            "visits": count_visit(server),
            "previous_visit": exchange_note({"at": now, "server": server}),
            "server": server,
            "operating_system": "linux",
        }
    except (CredentialRetrievalError, MetadataRetrievalError) as error:
        raise no_role() from error
    except (ClientError, BotoCoreError) as error:
        raise s3_trouble(error) from error


def code(error: ClientError) -> str:
    """The code by which S3 says what is wrong."""
    return error.response["Error"]["Code"]


def s3_trouble(error: ClientError | BotoCoreError) -> TroubleError:
    """What an error of S3 means here."""
    if not isinstance(error, ClientError):
        change = "check the S3 gateway endpoint, its route, and the security group's way out to S3"
        return TroubleError(f"S3 cannot be used: {error}", change)
    # The one call here whose action has another name.
    action = {"ListBuckets": "ListAllMyBuckets"}.get(error.operation_name, error.operation_name)
    change = {
        "AccessDenied": f"allow s3:{action} in the app tier's role, the endpoint's policy and the "
        "bucket's, and the use of the bucket's key",
        "NoSuchBucket": f"deploy the data bucket {DATA_BUCKET}, or correct DATA_BUCKET",
    }.get(code(error), "look the code up in the error list of Amazon S3")
    return TroubleError(f"S3 refused {error.operation_name}: {code(error)}", change)


class App(Service):
    """Answers /health without touching anything: a load balancer asks it every few seconds."""

    def do_GET(self) -> None:  # noqa: N802 - the base class names it
        """Answer one request."""
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
            return
        try:
            self.answer(200, visit())
        except TroubleError as trouble:
            self.answer(503, {"error": trouble.error, "change": trouble.change})


if __name__ == "__main__":
    Server(int(os.environ["LISTEN_PORT"]), App).serve_forever()
