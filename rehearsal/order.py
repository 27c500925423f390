"""The order in which a stack's resources are made, and deleted in reverse.

CloudFormation promises no order but that of references and of DependsOn. Some services refuse a
resource because of what its template does not name: a rule of Config before the recorder, a trail
before the policy of its bucket. An order that works by chance would hide what a first deployment
fails for, so such a template is refused, whatever the order here would have been.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from rehearsal.resources.base import RESOURCES

_SUB = re.compile(r"\$\{([^!.}]+)[^}]*\}")

Definitions = Mapping[str, Mapping[str, Any]]
_Graph = dict[str, list[str]]


@dataclass(frozen=True)
class _Reliance:
    """A type that AWS refuses while one of another type is missing.

    Attributes:
        kind: The type that is refused.
        on: The type that must be there.
        error: What AWS answers.
        by: The property by which it names an object, and the property by which the other one names
            the same; empty where there is one of the other type in an account.
    """

    kind: str
    on: str
    error: str
    by: tuple[str, str] | None = None


# The errors of the calls that CloudFormation makes, from the API references of the services.
_RELIANCES = (
    _Reliance(
        "AWS::CloudTrail::Trail",
        "AWS::S3::BucketPolicy",
        "InsufficientS3BucketPolicyException",
        ("S3BucketName", "Bucket"),
    ),
    *(
        _Reliance(
            "AWS::CloudTrail::Trail",
            policy,
            "InvalidCloudWatchLogsLogGroupArnException",
            ("CloudWatchLogsRoleArn", "Roles"),
        )
        for policy in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
    ),
    _Reliance(
        "AWS::Config::DeliveryChannel",
        "AWS::S3::BucketPolicy",
        "InsufficientDeliveryPolicyException",
        ("S3BucketName", "Bucket"),
    ),
    _Reliance(
        "AWS::Config::ConfigRule",
        "AWS::Config::ConfigurationRecorder",
        "NoAvailableConfigurationRecorderException",
    ),
    _Reliance("AWS::SecurityHub::Standard", "AWS::SecurityHub::Hub", "InvalidAccessException"),
)


def in_order(definitions: Definitions, *, deleting: bool = False) -> list[str]:
    """The logical ids, each after those that it refers to or depends on.

    Args:
        definitions: The resources of the template by logical id.
        deleting: The order will be reversed, to delete.
    """
    graph = _graph(definitions)
    for waiting, made_along in _waiting(definitions):
        if made_along not in _before(graph, waiting) and waiting not in _before(graph, made_along):
            _make_together(graph, waiting, made_along, deleting=deleting)
    return list(TopologicalSorter(graph).static_order())


def refuse_chance(definitions: Definitions) -> None:
    """Refuse what works in some of the orders that the template allows, and not in others.

    Raises:
        ValidationError: a resource relies on another one and does not depend on it.
    """
    graph = _graph(definitions)
    for name, definition in definitions.items():
        for reliance in _RELIANCES:
            if reliance.kind == definition["Type"]:
                for other in {*_relied_on(reliance, name, definitions)} - _before(graph, name):
                    raise ValidationError(
                        message=f"{name} ({reliance.kind}) does not depend on {other} "
                        f"({reliance.on}): AWS answers {reliance.error} when it is made first"
                    )


def refuse_waiting_for_itself(definitions: Definitions, existing: Container[str]) -> None:
    """Refuse what CloudFormation would wait for until it gives up.

    The recorder of Config is complete when it records, for which it needs the delivery channel: a
    channel that depends on the recorder is never begun.
    https://github.com/awsdocs/aws-cloudformation-user-guide/pull/1282

    Args:
        definitions: The resources of the template by logical id.
        existing: Logical ids of what need not be created.

    Raises:
        ValidationError: a resource waits for another one, which depends on it.
    """
    graph = _graph(definitions)
    for waiting, made_along in _waiting(definitions):
        if waiting not in existing and waiting in _before(graph, made_along):
            raise ValidationError(
                message=f"{waiting} waits for {made_along}, which depends on {waiting}: "
                "CloudFormation would wait until it gives up"
            )


def _relied_on(reliance: _Reliance, name: str, definitions: Definitions) -> Iterator[str]:
    for other, its in definitions.items():
        if its["Type"] == reliance.on and (
            reliance.by is None
            or _named(definitions[name], reliance.by[0]) & _named(its, reliance.by[1])
        ):
            yield other


def _named(definition: Mapping[str, Any], key: str) -> set[str]:
    """The logical ids that a property names, or the name that it spells out."""
    value = definition.get("Properties", {}).get(key)
    return {value} if isinstance(value, str) else set(_references(value))


def _graph(definitions: Definitions) -> _Graph:
    return {
        logical_id: sorted(set(_references(definition)) & definitions.keys())
        for logical_id, definition in definitions.items()
    }


def _waiting(definitions: Definitions) -> Iterator[tuple[str, str]]:
    """Those that wait, each with one that it waits for."""
    for waiting, definition in definitions.items():
        adapter = RESOURCES.get(definition["Type"])
        if adapter and adapter.waits_for:
            for other, its in definitions.items():
                if its["Type"] == adapter.waits_for:
                    yield waiting, other


def _before(graph: _Graph, name: str) -> set[str]:
    """Everything that comes before `name`, by whatever lies between."""
    found, rest = set[str](), [name]
    while rest:
        new = set(graph[rest.pop()]) - found
        found |= new
        rest += new
    return found


def _make_together(graph: _Graph, waiting: str, made_along: str, *, deleting: bool) -> None:
    """One after the other, and what needs the first after both; it goes first, too."""
    for name, needs in graph.items():
        if waiting in needs and name != made_along:
            needs.append(made_along)
    if deleting:
        graph[waiting].append(made_along)
    else:
        graph[made_along].append(waiting)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.split(".")[0]
            elif key == "DependsOn":
                yield from [item] if isinstance(item, str) else item
            elif key == "Fn::Sub":
                yield from _SUB.findall(item if isinstance(item, str) else item[0])
                yield from _references(item)
            else:
                yield from _references(item)
