"""Adapters follow AWS's own resource schemas, which cfn-lint carries."""

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped] # no types

from rehearsal.resources.base import RESOURCES, UnsupportedError
from rehearsal.resources.functions import CUSTOM_RESOURCE

# No resources but in a template.
WITHOUT_SCHEMA = {CUSTOM_RESOURCE, "AWS::CDK::Metadata"}
# The schema knows no update that changes the physical id; the user guide does, and CloudFormation
# moves the subnet without an interruption.
MOVED = ("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId")

adapters = pytest.mark.parametrize("name", sorted(RESOURCES.keys() - WITHOUT_SCHEMA))


def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema
    return found


@adapters
def test_what_aws_replaces_is_never_changed_in_place(name: str) -> None:
    create_only = {path.split("/")[2] for path in _schema(name).get("createOnlyProperties", [])}
    changed = {key for key in RESOURCES[name].in_place if (name, key) != MOVED}
    assert create_only & changed == set()


@adapters
def test_properties_of_adapters_exist(name: str) -> None:
    adapter = RESOURCES[name]
    assert adapter.replaces | adapter.in_place <= _schema(name)["properties"].keys()


@adapters
def test_a_property_that_no_adapter_knows_is_refused(name: str) -> None:
    with pytest.raises(
        UnsupportedError, match=f"{name}: the stand-in does not understand Invented"
    ):
        RESOURCES[name].refuse_unknown(["Invented"])
