"""The stand-in's process: python -m rehearsal.server.

It prints its port when it is ready, and ends when its standard input does: when whoever started
it is gone, however that came about.
"""

import logging
import os
import sys
from threading import Thread

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from rehearsal import engine, missing_apis
from rehearsal.safety import refuse_connections_that_leave


def main() -> None:
    """Serve until standard input ends."""
    refuse_connections_that_leave()
    engine.install()
    missing_apis.install()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler
    )
    # The word localhost: moto recognises S3's virtual hosts by it.
    os.environ["AWS_ENDPOINT_URL"] = f"http://localhost:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
