"""Clients of the stand-in for the adapters, which act in whatever account the stack is in."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config


@lru_cache(maxsize=None)  # noqa: UP033 - ruff's functools.cache would hide that this is shared state
def client(service: str, account: str, region: str) -> Any:  # noqa: ANN401 - every service has its own type
    """A client for `service`, acting in `account`; the endpoint is in the environment."""
    made: Any = boto3.client(  # type: ignore[call-overload] # the stubs know literal names only
        service,
        region_name=region,
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=4),
    )

    # CloudFormation acts as a service, in the account of the stack; the stand-in reads the account
    # from this header before it looks at the access key.
    def name_account(params: dict[str, Any], **_: object) -> None:
        params["headers"]["x-moto-account-id"] = account

    made.meta.events.register("before-call", name_account)
    return made
