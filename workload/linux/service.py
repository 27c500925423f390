"""What both services share: JSON answers, one line of log a request, one thread a request."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Service(BaseHTTPRequestHandler):
    """Answers GET; every other method gets the 501 of the base class."""

    # Seconds: a client that connects and says nothing must not hold a thread for ever.
    timeout = 10
    # The default tells strangers the version of Python.
    server_version = "workload"
    sys_version = ""

    def answer(self, status: int, content: dict[str, object]) -> None:
        """Answer with `content` as JSON."""
        self.pass_on(status, "application/json", json.dumps(content).encode() + b"\n")

    def pass_on(self, status: int, content_type: str, body: bytes) -> None:
        """Answer with `body` as it is."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Write a line to standard output, which systemd appends to /var/log/workload.log."""
        # The request line comes from strangers: `repr` keeps control characters out of the log.
        line = f"{self.log_date_time_string()} {self.address_string()} {(format % args)!r}\n"
        sys.stdout.write(line)
        sys.stdout.flush()


class Server(ThreadingHTTPServer):
    """Listens on every address; the security group decides who may come."""

    def __init__(self, port: int, handler: type[Service]) -> None:
        """Listen on `port`."""
        super().__init__(("", port), handler)
