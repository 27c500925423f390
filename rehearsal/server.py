"""The stand-in's process: python -m rehearsal.server.

It prints its port when it is ready, and ends when its standard input does: when whoever started
it is gone, however that came about.
"""

import functools
import logging
import os
import sys
from threading import Thread

import botocore.loaders
from werkzeug.serving import make_server

from rehearsal.safety import refuse_connections_that_leave

# Every session reads the services' models anew, and moto makes many: share what was read. It has
# to happen before moto is imported, which reads some while it is.
botocore.loaders.create_loader = functools.cache(botocore.loaders.create_loader)


def main() -> None:
    """Serve until standard input ends."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )

    from rehearsal import engine, missing_apis  # noqa: PLC0415

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
