"""The part of the live account that is read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rehearsal.standin import StandIn

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef


@dataclass(frozen=True)
class Account:
    """The part of the live account that the deployed stacks answer for.

    Attributes:
        stand_in: Where to ask.
        physical_ids: The stacks' physical ids, by resource type.
    """

    stand_in: StandIn
    physical_ids: Mapping[str, list[str]]

    def ids(self, resource_type: str) -> list[str]:
        """The physical ids of one type."""
        return self.physical_ids.get(resource_type, [])

    @cached_property
    def in_our_vpcs(self) -> "list[FilterTypeDef]":
        """Everything in the stacks' VPCs, whoever made it: an extra object is a difference."""
        return [{"Name": "vpc-id", "Values": self.ids("AWS::EC2::VPC")}]
