"""Why a rehearsal can never touch a real account.

Three independent walls: the children's environment is built from scratch (no profile, no
credentials, no proxy of the person who runs it); every endpoint must be loopback; and every child
refuses, and records, a connection that would leave the machine.
"""

import ipaddress
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

NODE_SCRIPTS = Path(__file__).parent / "node"
PROJECT = Path(__file__).parents[1]
RECORD = "REHEARSAL_REFUSED_CONNECTIONS"


class UnsafeError(Exception):
    """Something would leave the machine."""


@dataclass(frozen=True)
class Credentials:
    """Credentials that only the stand-in knows."""

    access_key: str
    secret_key: str
    session_token: str | None = None

    def variables(self) -> dict[str, str]:
        """As environment variables."""
        token = {"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {}
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            **token,
        }


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback(endpoint: str) -> str:
    """Return `endpoint` when it is on this machine.

    Raises:
        UnsafeError: it is not.
    """
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise UnsafeError(f"{endpoint} is not on this machine: a rehearsal talks to loopback only")
    return endpoint


def child_environment(
    *, home: Path, endpoint: str, region: str, credentials: Credentials
) -> dict[str, str]:
    """The whole environment of a child process. Of ours, it inherits only PATH.

    Args:
        home: A directory of the rehearsal's own. The CDK CLI caches account ids in its home, and
            the AWS SDKs read profiles from it.
        endpoint: Where every AWS call goes.
        region: The region of the calls.
        credentials: Credentials of the stand-in.

    Raises:
        UnsafeError: `endpoint` is not on this machine.
    """
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": require_loopback(endpoint),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Files that do not exist: the SDKs would look in the real home if HOME were odd.
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "NO_PROXY": "*",
        "CI": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "NODE_OPTIONS": f"--require={NODE_SCRIPTS / 'loopback_only.js'}",
        "NODE_PATH": str(PROJECT / "node_modules"),
        "PYTHONPATH": str(PROJECT),
        RECORD: str(home / "refused-connections"),
        **credentials.variables(),
    }


def refuse_connections_that_leave() -> None:
    """From now on, this Python process can open no connection but to loopback."""

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            _refuse_unless_loopback(arguments[1])
        elif event == "socket.getaddrinfo":
            _refuse_unless_loopback((arguments[0], arguments[1]))

    sys.addaudithook(audit)


def _refuse_unless_loopback(address: object) -> None:
    # A str or bytes is a Unix socket, which is on this machine.
    if not isinstance(address, tuple) or address[0] is None:
        return
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    if is_loopback(host):
        return
    if record := os.environ.get(RECORD):
        with Path(record).open("a") as file:
            file.write(f"{host}:{address[1]}\n")
    raise UnsafeError(f"refused to connect to {host}: a rehearsal talks to loopback only")


def refused_connections(environment: Mapping[str, str]) -> list[str]:
    """What the children with `environment` tried to reach beyond this machine."""
    record = Path(environment[RECORD])
    return sorted(set(record.read_text().split())) if record.exists() else []


def program(name: str, environment: Mapping[str, str]) -> str:
    """The path of the program `name`.

    Raises:
        FileNotFoundError: it is not installed.
    """
    path = shutil.which(name, path=environment["PATH"])
    if path is None:
        raise FileNotFoundError(f"{name} is not installed; `uv sync` installs it")
    return path
