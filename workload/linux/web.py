"""The web tier: takes HTTPS from the internet and passes GET requests on to the app tier."""

from __future__ import annotations

import os
import ssl
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from workload.linux.service import Server, Service

UPSTREAM = f"{os.environ['UPSTREAM_HOST']}:{os.environ['UPSTREAM_PORT']}"
# Longer than the app tier may take, so that its own message arrives and not ours.
UPSTREAM_TIMEOUT_SECONDS = 40


class Web(Service):
    """Answers /health itself: it says that this server lives, not that the app tier does."""

    def do_GET(self) -> None:  # noqa: N802 - the base class names it
        """Answer one request."""
        if self.path == "/health":
            self.answer(200, {"status": "ok"})
            return
        connection = HTTPConnection(UPSTREAM, timeout=UPSTREAM_TIMEOUT_SECONDS)
        try:
            connection.request("GET", self.path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, HTTPException) as error:
            self.answer(
                502,
                {
                    "error": f"the app tier at {UPSTREAM} did not answer: {error}",
                    "change": "look at the log of an app server, and at the security groups and "
                    "network ACLs between web and app",
                },
            )
            return
        finally:
            connection.close()
        content_type = response.getheader("Content-Type", "application/octet-stream")
        self.pass_on(response.status, content_type, body)


def main() -> None:
    """Serve until the process ends."""
    # systemd puts the key here (LoadCredential): the file of root stays closed to this user.
    credentials = Path(os.environ["CREDENTIALS_DIRECTORY"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(credentials / "web.crt", credentials / "web.key")
    server = Server(int(os.environ["LISTEN_PORT"]), Web)
    # The handshake happens in the request's own thread: here, one silent client would stop all.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
