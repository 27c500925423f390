"""A rehearsal never touches a real account, whatever the environment of the person who runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rehearsal.safety import (
    PROJECT,
    Credentials,
    UnsafeError,
    child_environment,
    program,
    refused_connections,
    require_loopback,
)

NOBODY = Credentials("nobody", "nothing")
BUCKETS = "import boto3; boto3.client('s3').list_buckets()"
# TEST-NET-1: no machine has this address.
ELSEWHERE = "192.0.2.1"


class Trap(HTTPServer):
    """Stands for AWS, or a proxy on the way to it; remembers who came."""

    visits: list[str]


class Remember(BaseHTTPRequestHandler):
    server: Trap
    raw_requestline: bytes

    def parse_request(self) -> bool:
        self.server.visits.append(self.raw_requestline.decode())
        return super().parse_request()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap(("127.0.0.1", 0), Remember) as server:
        server.visits = []
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def persons_environment(tmp_path: Path, trap: Trap) -> dict[str, str]:
    """Of someone with a profile, credentials, a proxy and an endpoint, all of which lead away."""
    away = f"http://127.0.0.1:{trap.server_port}"
    home = tmp_path / "person"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(
        "[production]\naws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = real\n"
    )
    (home / ".aws" / "config").write_text(
        f"[profile production]\nregion = eu-west-1\nendpoint_url = {away}\n"
    )
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": away,
        "AWS_ENDPOINT_URL_EC2": away,
        "HTTP_PROXY": away,
        "HTTPS_PROXY": away,
        "http_proxy": away,
        "https_proxy": away,
    }


def _run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )


def test_trap_catches_a_program_that_uses_the_persons_environment(
    persons_environment: dict[str, str], trap: Trap
) -> None:
    _run([sys.executable, "-c", BUCKETS], persons_environment)
    assert trap.visits


@pytest.mark.exhaustive
@pytest.mark.rehearsal
def test_rehearsal_ignores_the_persons_profile_proxy_and_endpoint(
    persons_environment: dict[str, str], trap: Trap, write_assembly: Callable[..., Path]
) -> None:
    assembly = write_assembly(
        {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
    )
    done = _run(
        [sys.executable, "-m", "rehearsal", str(assembly), "--then", sys.executable, "-c", BUCKETS],
        persons_environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing is left" in done.stdout
    assert "no differences" in done.stdout
    assert trap.visits == []


def test_children_inherit_nothing_but_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_ROLE_ARN", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "SECRET"):
        monkeypatch.setenv(name, "the person's own")
    environment = _environment(tmp_path)
    assert "the person's own" not in environment.values()
    assert environment["HOME"] == str(tmp_path)
    assert environment["PATH"].endswith(os.environ["PATH"])


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sts.amazonaws.com",
        "http://192.0.2.1:5000",
        "http://localhost.example.com:5000",
        "https://localhost:5000",
        "localhost:5000",
    ],
)
def test_endpoint_elsewhere_is_refused(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeError, match="not on this machine"):
        child_environment(home=tmp_path, endpoint=endpoint, region="r", credentials=NOBODY)


@pytest.mark.parametrize(
    "endpoint", ["http://localhost:5000", "http://127.0.0.1:1", "http://[::1]:2"]
)
def test_endpoint_here_is_accepted(endpoint: str) -> None:
    assert require_loopback(endpoint) == endpoint


@pytest.mark.parametrize(
    "script",
    [
        f"require('net').connect(443, '{ELSEWHERE}')",
        f"require('net').connect({{host: '{ELSEWHERE}', port: 443}})",
        f"require('https').get('https://{ELSEWHERE}/')",
        f"fetch('https://{ELSEWHERE}/')",
        "require('https').get('https://notices.example.com/')",
        "require('dns').promises.lookup('notices.example.com')",
    ],
)
def test_node_child_that_would_leave_is_refused_and_recorded(script: str, tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    done = _run([program("node", environment), "-e", script], environment)
    assert "a rehearsal talks to loopback only" in done.stderr
    assert refused_connections(environment)


# S3 clients put the bucket below the endpoint's name.
@pytest.mark.parametrize("host", ["localhost", "bucket.localhost"])
def test_node_child_reaches_this_machine(trap: Trap, tmp_path: Path, host: str) -> None:
    environment = _environment(tmp_path)
    script = f"require('http').get('http://{host}:{trap.server_port}/')"
    _run([program("node", environment), "-e", script], environment)
    assert trap.visits
    assert refused_connections(environment) == []


@pytest.mark.parametrize(
    "script",
    [
        f"import socket; socket.create_connection(('{ELSEWHERE}', 443))",
        "import urllib.request as r; r.urlopen('https://notices.example.com')",
    ],
)
def test_python_child_that_would_leave_is_refused_and_recorded(script: str, tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    guard = "from rehearsal.safety import refuse_connections_that_leave as g; g(); "
    done = _run([sys.executable, "-c", guard + script], environment)
    assert "a rehearsal talks to loopback only" in done.stderr
    assert refused_connections(environment)


def _environment(home: Path) -> dict[str, str]:
    return child_environment(
        home=home, endpoint="http://localhost:1", region="us-east-1", credentials=NOBODY
    )


def test_environment_is_json_of_strings(tmp_path: Path) -> None:
    assert json.loads(json.dumps(_environment(tmp_path))) == _environment(tmp_path)
