"""What can be checked of the Windows servers without Windows.

No package brings PowerShell, so nothing here runs the .ps1 files: they are parsed by a grammar, and
what they do is unproved. The client of PostgreSQL is C# because that can be run, where Mono is.
"""

import base64
import shutil
import socket
import ssl
import struct
import subprocess
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import tree_sitter_c_sharp
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from tests.workload.conftest import BUCKET, Database
from tests.workload.server import WORKLOAD

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


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_brace_that_is_not_closed_is_found(path: Path) -> None:
    text = path.read_text()
    broken = text[: text.rindex("}")] + text[text.rindex("}") + 1 :]

    assert errors(path, broken) != []


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that makes one visit with PostgreSql.cs."""
    compiler, runtime = shutil.which("mcs"), shutil.which("mono")
    if compiler is None or runtime is None:
        pytest.skip("needs Mono: apt-get install mono-mcs mono-runtime")
    program = tmp_path_factory.mktemp("visit") / "visit.exe"
    sources = [Path(__file__).with_name("visit.cs"), WORKLOAD / "windows/PostgreSql.cs"]
    # 5 is the version that Windows PowerShell's Add-Type compiles.
    compile_ = [compiler, "-langversion:5", f"-out:{program}", *map(str, sources)]
    subprocess.run(compile_, check=True, capture_output=True)  # noqa: S603 - our own sources
    return [runtime, str(program)]


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
