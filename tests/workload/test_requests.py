"""A request from the internet to the database: three tiers as processes, a stand-in for AWS."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import boto3
import pytest

from rehearsal.standin import StandIn
from tests.workload.conftest import (
    BUCKET,
    REGION,
    Database,
    StartApp,
    create_bucket,
    free_port,
    get,
    service,
)
from tests.workload.metadata import ROLE_PATH, Metadata, serving
from tests.workload.server import Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.xdist_group("workload")

Connect = Callable[[], HTTPConnection]


@contextmanager
def web_server(root: Path, upstream_port: int) -> Iterator[Connect]:
    """A web server with the key and the certificate that its boot made."""
    server = Server(root)
    server.boot("web")
    keys = server.root / "etc/workload"
    # The visitor trusts this certificate and no other.
    trust = ssl.create_default_context(cafile=keys / "web.crt")
    trust.check_hostname = False
    port = free_port()

    def connect() -> HTTPConnection:
        return HTTPSConnection("127.0.0.1", port, timeout=30, context=trust)

    settings = {
        "CREDENTIALS_DIRECTORY": str(keys),
        "LISTEN_PORT": str(port),
        "UPSTREAM_HOST": "127.0.0.1",
        "UPSTREAM_PORT": str(upstream_port),
    }
    with service("web", connect, **settings):
        yield connect


@pytest.fixture(scope="module")
def web(app: Connect, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """A web server in front of the app server that has all it needs."""
    with web_server(tmp_path_factory.mktemp("web"), app().port) as connect:
        yield connect


def test_request_through_all_tiers_is_answered_from_s3_and_the_database(
    web: Connect, database: Database, s3: "S3Client"
) -> None:
    s3.delete_object(Bucket=BUCKET, Key="app/last-visit.json")
    before = database.visits

    first, second = get(web()), get(web())

    assert first.status == second.status == 200
    server = socket.gethostname()
    assert first.content == {
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        "visits": before + 1,
        "previous_visit": None,
        "server": server,
        "operating_system": "linux",
    }
    assert second.content["visits"] == database.visits == before + 2
    note = json.load(s3.get_object(Bucket=BUCKET, Key="app/last-visit.json")["Body"])
    assert second.content["previous_visit"].keys() == note.keys() == {"at", "server"}
    assert note["at"] >= second.content["previous_visit"]["at"]


def test_app_writes_only_under_its_prefix(app: Connect, s3: "S3Client") -> None:
    def keys() -> set[str]:
        return {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}

    before = keys()

    assert get(app()).status == 200

    assert {key for key in keys() - before if not key.startswith("app/")} == set()
    assert "app/last-visit.json" in keys()


def test_app_asks_the_metadata_service_with_a_session_token(
    app: Connect, metadata: Metadata
) -> None:
    assert get(app()).status == 200

    assert metadata.requests[:3] == [
        "PUT /latest/api/token",
        f"GET {ROLE_PATH}",
        f"GET {ROLE_PATH}app",
    ]


def test_metadata_service_gives_nothing_without_a_session_token(metadata: Metadata) -> None:
    assert metadata.answer("GET", ROLE_PATH, {})[0] == 401
    assert metadata.answer("GET", f"{ROLE_PATH}app", {})[0] == 401
    assert metadata.answer("PUT", "/latest/api/token", {})[0] == 404


def test_key_left_on_the_server_is_ignored(
    start_app: StartApp, role: dict[str, str], foreign_key: dict[str, str], database: Database
) -> None:
    with serving(Metadata(None)) as metadata:
        app = start_app(
            AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.endpoint,
            UPSTREAM_PORT=str(database.port),
            **foreign_key,
        )
        assert get(app(), "/health").content == {"status": "ok"}
        assert metadata.requests == [], "/health must touch nothing"

        without_role = get(app())
        metadata.role = role
        with_role = get(app())

    assert without_role.status == 503
    assert without_role.content == {
        "error": "this server has no role: the instance metadata service gives no credentials",
        "change": "attach the app tier's instance profile to this instance",
    }
    assert with_role.status == 200
    assert with_role.content["buckets"] == [BUCKET]


def test_key_left_on_the_server_would_be_used_by_default(
    account: StandIn, foreign_key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in foreign_key.items():
        monkeypatch.setenv(name, value)

    by_default = boto3.Session().client("s3", endpoint_url=account.endpoint, region_name=REGION)

    assert [bucket["Name"] for bucket in by_default.list_buckets()["Buckets"]] == ["foreign"]


def test_app_does_not_ask_the_metadata_service_the_old_way(
    start_app: StartApp, role: dict[str, str]
) -> None:
    """A service of version 1 has the role and gives it to whoever asks without a token."""
    with serving(Metadata(role, version=1)) as metadata:
        answer = get(start_app(AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.endpoint)())

    assert answer.status == 503
    assert answer.content["error"].startswith("this server has no role")


@pytest.fixture(scope="module")
def app_without_bucket(start_app: StartApp) -> Connect:
    """An app server whose data bucket was never deployed."""
    return start_app(DATA_BUCKET="nowhere")


def test_missing_bucket_is_named(app_without_bucket: Connect) -> None:
    answer = get(app_without_bucket())

    assert answer.status == 503
    assert answer.content == {
        "error": "S3 refused GetObject: NoSuchBucket",
        "change": "deploy the data bucket nowhere, or correct DATA_BUCKET",
    }


def test_password_that_is_not_published_yet_is_named(start_app: StartApp, s3: "S3Client") -> None:
    create_bucket(s3, "new")

    answer = get(start_app(DATA_BUCKET="new")())

    s3.delete_bucket(Bucket="new")
    assert answer.status == 503
    assert answer.content["error"].startswith(
        "the database password is not in s3://new/db/password"
    )
    assert answer.content["change"].startswith("wait until a db server has booted")


def test_database_that_is_down_is_named(app: Connect, start_app: StartApp) -> None:
    assert get(app()).status == 200

    answer = get(start_app(UPSTREAM_PORT="9")())

    assert answer.status == 503
    assert answer.content["error"].startswith("the database at 127.0.0.1:9 did not take the visit:")
    assert "Connection refused" in answer.content["error"]
    assert "security groups and network ACLs between app and db" in answer.content["change"]


def test_impostor_that_lets_everybody_in_gets_no_visit(
    start_app: StartApp, impostor: Database
) -> None:
    before = impostor.visits

    answer = get(start_app(UPSTREAM_PORT=str(impostor.port))())

    assert answer.status == 503
    assert "channel binding required" in answer.content["error"]
    assert impostor.visits == before


ACCESS_DENIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"""


@contextmanager
def s3_that_refuses() -> Iterator[str]:
    """S3 as it answers a role without rights; moto enforces none."""

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(ACCESS_DENIED)))
            self.end_headers()
            self.wfile.write(ACCESS_DENIED)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_denied_action_is_named_as_iam_names_it_and_told_from_no_way_to_s3(
    start_app: StartApp,
) -> None:
    with s3_that_refuses() as endpoint:
        app = start_app(AWS_ENDPOINT_URL=endpoint)
        denied = get(app())
    unreachable = get(app())

    assert denied.status == unreachable.status == 503
    assert denied.content["error"] == "S3 refused ListBuckets: AccessDenied"
    assert denied.content["change"].startswith("allow s3:ListAllMyBuckets in the app tier's role")
    assert unreachable.content["error"].startswith("S3 cannot be used: Could not connect")
    assert "S3 gateway endpoint" in unreachable.content["change"]


def test_web_says_when_app_is_down_and_lives_on(tmp_path: Path) -> None:
    with web_server(tmp_path, upstream_port=9) as web:
        answer = get(web())

        assert get(web(), "/health").content == {"status": "ok"}
    assert answer.status == 502
    assert "the app tier at 127.0.0.1:9 did not answer" in answer.content["error"]
    assert "security groups and network ACLs between web and app" in answer.content["change"]


def test_web_passes_the_trouble_of_app_on(app_without_bucket: Connect, tmp_path: Path) -> None:
    with web_server(tmp_path, app_without_bucket().port) as web:
        answer = get(web())

    assert answer.status == 503
    assert answer.content == get(app_without_bucket()).content


@pytest.mark.parametrize(
    ("newest", "accepted"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)]
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_web_speaks_tls_1_2_and_later_only(
    web: Connect, newest: ssl.TLSVersion, *, accepted: bool
) -> None:
    visitor = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    visitor.check_hostname = False
    visitor.verify_mode = ssl.CERT_NONE
    visitor.set_ciphers("ALL:@SECLEVEL=0")
    visitor.minimum_version = ssl.TLSVersion.TLSv1
    visitor.maximum_version = newest

    try:
        with socket.create_connection(("127.0.0.1", web().port)) as plain:
            visitor.wrap_socket(plain).close()
        came_in = True
    except ssl.SSLError:
        came_in = False

    assert came_in is accepted


def test_visitor_who_says_nothing_does_not_stop_the_others(web: Connect) -> None:
    with socket.create_connection(("127.0.0.1", web().port)):
        assert get(web(), "/health").status == 200


def test_other_methods_are_refused(web: Connect) -> None:
    connection = web()
    connection.request("POST", "/", body=b"{}")

    assert connection.getresponse().status == 501
    connection.close()
