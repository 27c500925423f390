"""Runs a Lambda handler as a plain process: python -m rehearsal.run_handler DIRECTORY HANDLER."""

import importlib
import json
import sys
from types import SimpleNamespace

from rehearsal.safety import refuse_connections_that_leave


def main() -> None:
    """Call the handler with the event that is on standard input."""
    directory, handler = sys.argv[1:]
    refuse_connections_that_leave()
    sys.path.insert(0, directory)
    module, _, function = handler.rpartition(".")
    event = json.load(sys.stdin)
    context = SimpleNamespace(aws_request_id=event["RequestId"], log_stream_name="rehearsal")
    getattr(importlib.import_module(module.replace("/", ".")), function)(event, context)


if __name__ == "__main__":
    main()
