"""Stacks themselves: whether CloudFormation refuses to delete them."""

from rehearsal.readback.facts import Fact
from rehearsal.standin import StandIn


def stack_fact(name: str, *, protected: bool) -> Fact:
    """What both sides say of a stack."""
    return Fact(("stack", name), name, {"TerminationProtection": protected})


def live_stack(stand_in: StandIn, name: str) -> Fact:
    """The stack as CloudFormation describes it."""
    (stack,) = stand_in.cloudformation.describe_stacks(StackName=name)["Stacks"]
    return stack_fact(name, protected=stack.get("EnableTerminationProtection", False))
