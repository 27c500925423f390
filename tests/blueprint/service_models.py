"""What AWS's SDK knows of a service: its calls, and how long a text may be."""

from functools import cache

import botocore.session
from botocore.model import ServiceModel


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def operations(service: str) -> frozenset[str]:
    return frozenset(model(service).operation_names)
