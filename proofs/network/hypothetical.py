"""Interfaces for servers that are not deployed yet."""

from collections.abc import Sequence

from proofs.network.model import Interface, SecurityGroup, Subnet
from proofs.network.zones import Zones


def hypothetical_interfaces(
    subnets: Sequence[Subnet], groups: Sequence[SecurityGroup], zones: Zones
) -> tuple[Interface, ...]:
    """One interface for each zone's group in each subnet of the zone.

    The network is deployed before its servers, and its promise is about any server that carries
    the group of its zone. Such a server may have a public address exactly where one is of use: in
    a subnet with a route to the internet gateway.
    """
    return tuple(
        Interface(
            f"{group.zone} in {subnet.origin.logical_id}",
            subnet.origin,
            subnet,
            (group,),
            has_public_address=subnet.is_public,
            hypothetical=True,
        )
        for subnet in subnets
        for group in groups
        if group.zone in zones.holding(subnet.cidr)
    )
