"""An instance metadata service on loopback: what 169.254.169.254 is on a server.

It speaks version 2 as AWS does: a session token by PUT, and nothing without it. moto's own hands
out fixed credentials and knows no token.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

ROLE_PATH = "/latest/meta-data/iam/security-credentials/"


@dataclass
class Metadata:
    """What it knows and what it was asked.

    Args:
        role: Credentials of the server's role; None for a server without a role.
        version: 2, or 1 for the old service, which gives everything to whoever asks.
    """

    role: dict[str, str] | None = None
    version: int = 2
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    requests: list[str] = field(default_factory=list)
    endpoint: str = ""

    def answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        """The status and the content for one request."""
        self.requests.append(f"{method} {path}")
        if method == "PUT":
            asked = (
                path == "/latest/api/token" and "x-aws-ec2-metadata-token-ttl-seconds" in headers
            )
            return (200, self.token) if self.version == 2 and asked else (404, "")
        if self.version == 2 and headers.get("x-aws-ec2-metadata-token") != self.token:
            return 401, ""
        if self.role is None or not path.startswith(ROLE_PATH):
            return 404, ""
        if path == ROLE_PATH:
            return 200, "app"
        return 200, json.dumps({"Code": "Success", "Type": "AWS-HMAC", **self.role})


@contextmanager
def serving(metadata: Metadata) -> Iterator[Metadata]:
    """Serve `metadata` on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = metadata.answer(self.command, self.path, headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        do_PUT = do_GET  # noqa: N815 - the base class names it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    metadata.endpoint = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield metadata
    finally:
        server.shutdown()
        server.server_close()
