"""The resource types that the stand-in plays in full; any other type stops the rehearsal."""

from rehearsal.resources import (
    alarms,
    analyzers,
    associations,
    auto_scaling,
    backups,
    buckets,
    configuration,
    data,
    detection,
    endpoints,
    filters,
    functions,
    iam,
    load_balancers,
    names,
    notifications,
    on_premises,
    people,
    servers,
    trails,
    vpc,
)
from rehearsal.resources.base import RESOURCES, Live, Place, Properties, Resource, UnsupportedError

__all__ = [
    "Live",
    "Place",
    "Properties",
    "Resource",
    "UnsupportedError",
    "adapter",
    "alarms",
    "analyzers",
    "associations",
    "auto_scaling",
    "backups",
    "buckets",
    "configuration",
    "data",
    "detection",
    "endpoints",
    "filters",
    "functions",
    "iam",
    "is_played",
    "load_balancers",
    "names",
    "notifications",
    "on_premises",
    "people",
    "servers",
    "trails",
    "vpc",
]


def is_played(resource_type: str) -> bool:
    """Whether the stand-in can play `resource_type`."""
    return _known_as(resource_type) in RESOURCES


def adapter(resource_type: str) -> Resource:
    """The adapter of `resource_type`.

    Raises:
        UnsupportedError: there is none.
    """
    if not is_played(resource_type):
        raise UnsupportedError(f"the stand-in cannot play {resource_type}")
    return RESOURCES[_known_as(resource_type)]


def _known_as(resource_type: str) -> str:
    is_custom = resource_type.startswith("Custom::")
    return functions.CUSTOM_RESOURCE if is_custom else resource_type
