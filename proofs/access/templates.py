"""Puts everything in a cloud assembly together that decides about access."""

import json

from proofs.access.endpoints import read_endpoint
from proofs.access.guarded import read_guarded
from proofs.access.identities import read_identities
from proofs.access.model import Access
from proofs.access.resources import Resources
from proofs.assembly import Assembly


def access_of(assembly: Assembly) -> Access:
    """Read all stacks, whatever their accounts; what cannot be read is in `Access.doubts`."""
    resources = Resources(assembly)
    _check_stack_sets(resources, assembly)
    identities = read_identities(resources)
    guarded = (*read_guarded(resources), *identities.trusts)
    endpoints = tuple(resources.each("EC2::VPCEndpoint", read_endpoint))
    return Access(
        identities.users,
        identities.roles,
        identities.groups,
        guarded,
        identities.managed,
        endpoints,
        resources.findings,
    )


def _check_stack_sets(resources: Resources, assembly: Assembly) -> None:
    """A StackSet deploys what its template says: that must be among the templates read here."""
    for stack_set in resources.of("CloudFormation::StackSet"):
        body = _parsed(stack_set.values.get("TemplateBody"))
        if not any(body == stack.template for stack in assembly.stacks):
            why = "it deploys a template that is none of the assembly's"
            resources.doubt(stack_set.origin, why)


def _parsed(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
