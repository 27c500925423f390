"""The life of the identity stack alone, with SAML and OpenID Connect, which nothing ships."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rehearsal import protection, standin
from rehearsal.assembly import Assembly, read_assembly
from rehearsal.inventory import differences, take_inventory
from rehearsal.readback import read_back
from rehearsal.readback.resolve import Resolver
from rehearsal.standin import StandIn
from tests.conftest import Assembly as Synthesized
from tests.rehearsal.live import Live
from tests.rehearsal.tampering_people import FEDERATION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import TagTypeDef

pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.exhaustive,
    pytest.mark.xdist_group("people-life"),
]


@pytest.fixture(scope="module")
def identity(everything: Synthesized) -> Assembly:
    """The stack as CloudFormation gets it, without the question for the CDK's bootstrap."""
    assembly = read_assembly(everything.directory)
    (stack,) = (each for each in assembly.stacks if each.name == "Identity")
    asked = {"Parameters", "Rules"}
    template = {key: value for key, value in stack.template.items() if key not in asked}
    return replace(assembly, stacks=(replace(stack, template=template),))


@pytest.fixture(scope="module")
def stand_in(identity: Assembly) -> Iterator[StandIn]:
    with standin.running(identity.accounts[0], identity.region) as running:
        yield running


def test_federation_is_deployed_watched_and_removed(identity: Assembly, stand_in: StandIn) -> None:
    (stack,) = identity.stacks
    before = take_inventory(stand_in)
    tags: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in stack.tags.items()]
    stand_in.cloudformation.create_stack(
        StackName=stack.name,
        TemplateBody=json.dumps(stack.template),
        Tags=tags,
    )
    # The CLI does this from the manifest; here CloudFormation is called without it.
    stand_in.cloudformation.update_termination_protection(
        StackName=stack.name, EnableTerminationProtection=True
    )
    assert read_back(stand_in, identity).differences == ()
    resources = {each.logical_id: each for each in Resolver(stand_in, stack).resources()}
    undo = [tamper(Live(stand_in, resources)) for tamper, _ in FEDERATION.values()]
    found = [str(each) for each in read_back(stand_in, identity).differences]
    assert len(found) == len(FEDERATION)
    for _, pattern in FEDERATION.values():
        assert any(re.search(pattern, line, re.DOTALL) for line in found), pattern
    for action in reversed(undo):
        action()
    assert read_back(stand_in, identity).differences == ()
    protection.lift(stand_in, identity)
    stand_in.cloudformation.delete_stack(StackName=stack.name)
    assert differences(before, take_inventory(stand_in)) == []
