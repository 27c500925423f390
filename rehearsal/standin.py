"""Starts and stops the stand-in, and gives clients and credentials for it."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config

from rehearsal.safety import Credentials, child_environment, refused_connections, require_loopback

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient

# Credentials of no account: the stand-in takes any.
_NOBODY = Credentials("rehearsal", "rehearsal")
_USER = "rehearsal"
# One for all sessions: reading the model of EC2 takes longer than most calls.
_LOADER = botocore.loaders.create_loader()


@dataclass(frozen=True)
class StandIn:
    """A running stand-in, seen from one account and region."""

    endpoint: str
    account: str
    region: str
    credentials: Credentials
    home: Path
    _known: dict[str, Credentials] = field(default_factory=dict, repr=False, compare=False)

    def of(self, account: str) -> "StandIn":
        """The same stand-in, seen from `account`."""
        if account == self.account:
            return self
        if account not in self._known:
            self._known[account] = _credentials(self.endpoint, account, self.region)
        return self.with_credentials(account, self._known[account])

    def with_credentials(self, account: str, credentials: Credentials) -> "StandIn":
        """The same stand-in, as somebody of `account` sees it."""
        return replace(self, account=account, credentials=credentials)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a child process that is to see this account and nothing else."""
        return child_environment(
            home=self.home,
            endpoint=self.endpoint,
            region=self.region,
            credentials=self.credentials,
        )

    @property
    def refused_connections(self) -> list[str]:
        """What children tried to reach beyond this machine, as host:port."""
        return refused_connections(self.environment)

    @property
    def ec2(self) -> "EC2Client":
        """EC2 of the stand-in."""
        return self.client("ec2")  # type: ignore[no-any-return] # `client` cannot know

    @property
    def iam(self) -> "IAMClient":
        """IAM of the stand-in."""
        return self.client("iam")  # type: ignore[no-any-return] # `client` cannot know

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation of the stand-in."""
        return self.client("cloudformation")  # type: ignore[no-any-return] # `client` cannot know

    def client(self, service: str) -> Any:  # noqa: ANN401 - every service has its own type
        """A client for `service`."""
        return _client(service, self.endpoint, self.region, self.credentials)


@lru_cache(maxsize=64)
def _client(service: str, endpoint: str, region: str, credentials: Credentials) -> Any:  # noqa: ANN401 - every service has its own type
    # Everything is given here, so that no profile or variable of the person who runs it counts.
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    session = boto3.Session(
        botocore_session=core,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.session_token,
        region_name=region,
    )
    return session.client(  # type: ignore[call-overload] # the stubs know literal names only
        service,
        endpoint_url=require_loopback(endpoint),
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


@contextmanager
def running(account: str, region: str) -> Iterator[StandIn]:
    """A fresh stand-in on a free port of this machine, with credentials for `account`."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory:
        home = Path(directory)
        environment = child_environment(
            home=home, endpoint="http://localhost", region=region, credentials=_NOBODY
        )
        with (
            (home / "server.log").open("w") as log,
            subprocess.Popen(
                [sys.executable, "-m", "rehearsal.server"],
                # Roles attach AWS's managed policies, which moto knows on request only.
                env={**environment, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            try:
                endpoint = _endpoint(process, home / "server.log")
                credentials = _credentials(endpoint, account, region)
                yield StandIn(endpoint, account, region, credentials, home)
            finally:
                process.kill()


def _endpoint(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None  # noqa: S101 - for mypy: it is a pipe
    port = process.stdout.readline().strip()
    if not port:
        raise RuntimeError(f"the stand-in did not start:\n{log.read_text()}")
    return f"http://localhost:{port}"


def _credentials(endpoint: str, account: str, region: str) -> Credentials:
    """The stand-in answers for the account that an access key belongs to: make one in `account`."""
    # A client of its own: the hook must not stay on one that others get.
    iam = _client.__wrapped__("iam", endpoint, region, _NOBODY)

    def name_account(params: dict[str, Any], **_: object) -> None:
        params["headers"]["x-moto-account-id"] = account

    iam.meta.events.register("before-call", name_account)
    iam.create_user(UserName=_USER)
    key = iam.create_access_key(UserName=_USER)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
