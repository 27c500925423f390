"""What can be checked of the Windows servers without Windows.

No package brings PowerShell, so nothing here runs the .ps1 files: they are parsed by a grammar, and
what they do is unproved. The client of PostgreSQL, and what accepts requests, are C# because that
can be run, where Mono is.
"""

import base64
import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import tree_sitter_c_sharp
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from blueprint.operating_systems import WINDOWS_SERVER_2025
from stacks.workload import user_data
from tests.workload.conftest import BUCKET, Answer, Database, free_port, get
from tests.workload.server import SETTINGS, WORKLOAD

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FILES = sorted((WORKLOAD / "windows").iterdir())


def errors(path: Path, text: str) -> list[int]:
    """The lines of `text` that the language of `path` does not allow."""
    grammar = tree_sitter_c_sharp if path.suffix == ".cs" else tree_sitter_powershell
    found: list[int] = []

    def collect(node: Node) -> None:
        if node.is_error or node.is_missing:
            found.append(node.start_point.row + 1)
        for child in node.children:
            collect(child)

    collect(Parser(Language(grammar.language())).parse(text.encode()).root_node)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_written_in_its_language(path: Path) -> None:
    assert errors(path, path.read_text()) == []


def user_data_errors(settings: dict[str, str]) -> list[int]:
    """The lines of a server's user data that PowerShell does not allow."""
    text = user_data(WINDOWS_SERVER_2025, settings).render()
    assert text.startswith("<powershell>")
    assert text.endswith("</powershell>")
    script = text.removeprefix("<powershell>").removesuffix("</powershell>")
    return errors(Path("user-data.ps1"), script)


def test_user_data_with_its_settings_is_powershell() -> None:
    assert user_data_errors({"TIER": "app", **SETTINGS}) == []


def test_setting_that_breaks_the_user_data_is_found() -> None:
    assert user_data_errors({"TIER": "app", **SETTINGS, "REGION": "it's here"}) != []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_brace_that_is_not_closed_is_found(path: Path) -> None:
    text = path.read_text()
    broken = text[: text.rindex("}")] + text[text.rindex("}") + 1 :]

    assert errors(path, broken) != []


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that makes one visit with PostgreSql.cs."""
    return compiled("visit.cs", "PostgreSql.cs", tmp_path_factory.mktemp("visit"))


def compiled(main: str, library: str, folder: Path) -> list[str]:
    """The command that runs `main` of the tests with a file of the workload."""
    compiler, runtime = shutil.which("mcs"), shutil.which("mono")
    if compiler is None or runtime is None:
        pytest.skip("needs Mono: apt-get install mono-mcs mono-runtime")
    program = folder / "program.exe"
    sources = [Path(__file__).with_name(main), WORKLOAD / "windows" / library]
    # 5 is the version that Windows PowerShell's Add-Type compiles.
    compile_ = [compiler, "-langversion:5", f"-out:{program}", *map(str, sources)]
    subprocess.run(compile_, check=True, capture_output=True)  # noqa: S603 - our own sources
    return [runtime, str(program)]


@pytest.fixture
def port_of_requests(tmp_path: Path) -> Iterator[int]:
    """Where a server answers with Requests.cs; it is never done with /busy."""
    port = free_port()
    command = [*compiled("requests.cs", "Requests.cs", tmp_path), str(port)]
    process = subprocess.Popen(command)  # noqa: S603 - our own program
    try:
        deadline = time.monotonic() + 30
        while ask(port, "/health") is None:
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def ask(port: int, path: str) -> Answer | None:
    """The answer, if there is one soon."""
    try:
        return get(HTTPConnection("127.0.0.1", port, timeout=5), path)
    except OSError:
        return None


@pytest.mark.exhaustive
def test_server_that_is_busy_says_that_it_lives_and_keeps_no_endless_queue(
    port_of_requests: int,
) -> None:
    alive = Answer(200, {"status": "ok"})
    address = ("127.0.0.1", port_of_requests)
    busy = f"GET /busy HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode()

    assert ask(port_of_requests, "/health") == alive
    assert ask(port_of_requests, "/visit") == Answer(200, "/visit")
    with ExitStack() as stack:
        for _ in range(1 + 20):  # one is worked on, the others wait
            visitor = stack.enter_context(socket.create_connection(address))
            visitor.sendall(busy)
            assert ask(port_of_requests, "/health") == alive
        refused = ask(port_of_requests, "/visit")
    assert refused == Answer(
        503,
        {"error": "too many requests wait", "change": "ask again later, or add servers"},
    )
    assert ask(port_of_requests, "/health") == alive


def run(visit: list[str], port: int, password: str, server: str = "w") -> tuple[int, list[str]]:
    """Make one visit; the exit code and the lines that it printed."""
    command = [*visit, "127.0.0.1", str(port), password, server]
    result = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout.splitlines()


@pytest.fixture(scope="module")
def password(s3: "S3Client") -> str:
    return s3.get_object(Bucket=BUCKET, Key="db/password")["Body"].read().decode()


@pytest.mark.exhaustive
@pytest.mark.xdist_group("workload")
def test_client_counts_a_visit_over_tls_and_scram_with_channel_binding(
    visit: list[str], database: Database, password: str
) -> None:
    before = database.visits
    name = "it's $1; DROP TABLE visits; --"

    assert run(visit, database.port, password, name) == (0, [str(before + 1), name])


@pytest.mark.exhaustive
@pytest.mark.xdist_group("workload")
def test_client_reports_a_wrong_password(visit: list[str], database: Database) -> None:
    code, lines = run(visit, database.port, "wrong")

    assert code == 1
    assert "28P01" in lines[0]


@pytest.mark.exhaustive
@pytest.mark.xdist_group("workload")
def test_client_refuses_an_impostor_that_lets_everybody_in(
    visit: list[str], impostor: Database, password: str
) -> None:
    before = impostor.visits

    code, lines = run(visit, impostor.port, password)

    assert (code, impostor.visits) == (1, before)
    assert lines == ["the database asked for another authentication than SCRAM"]


def message(kind: bytes, content: bytes) -> bytes:
    """A message of PostgreSQL's protocol."""
    return kind + struct.pack("!i", len(content) + 4) + content


def pretend(listener: socket.socket, certificate: ssl.SSLContext) -> None:
    """Play a server that knows the protocol but not the password, and claims success."""
    plain, _ = listener.accept()
    plain.recv(8)
    plain.sendall(b"S")
    with certificate.wrap_socket(plain, server_side=True) as visitor:
        visitor.recv(4096)
        offer = b"SCRAM-SHA-256-PLUS\0\0"
        visitor.sendall(message(b"R", struct.pack("!i", 10) + offer))
        nonce = visitor.recv(4096).split(b"r=")[1]
        challenge = b"r=" + nonce + b"more,s=" + base64.b64encode(b"salt" * 4) + b",i=4096"
        visitor.sendall(message(b"R", struct.pack("!i", 11) + challenge))
        visitor.recv(4096)
        proof = b"v=" + base64.b64encode(bytes(32))
        visitor.sendall(message(b"R", struct.pack("!i", 12) + proof))
        visitor.sendall(message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I"))
        visitor.recv(4096)


@pytest.mark.exhaustive
@pytest.mark.xdist_group("workload")
def test_client_refuses_a_server_that_does_not_know_the_password(
    visit: list[str], database: Database
) -> None:
    data = database.server.root / "var/lib/pgsql/data"
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.load_cert_chain(data / "server.crt", data / "server.key")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=pretend, args=(listener, certificate), daemon=True).start()
        outcome = run(visit, listener.getsockname()[1], "whatever it is")

    assert outcome == (1, ["the database does not know the password"])
