"""Claims about single resources, that no packet is needed for."""

from collections.abc import Iterator

from proofs.findings import Finding
from proofs.network.matrix import Analysis

EXPLICIT_ASSOCIATIONS = "explicit-associations"
NO_DEFAULT_GROUP = "no-default-group"
DEFAULT_GROUP_CLOSED = "default-group-closed"
EXPLICIT_EGRESS = "explicit-egress"
GROUPS_OF_ZONES = "groups-of-zones"
IN_THEIR_ZONE = "interfaces-in-their-zone"
NO_STRAY_PUBLIC_ADDRESS = "no-stray-public-address"


def structure(analysis: Analysis) -> list[Finding]:
    """Every finding about subnets, groups and interfaces."""
    return [*_subnets(analysis), *_groups(analysis), *_interfaces(analysis)]


def _subnets(analysis: Analysis) -> Iterator[Finding]:
    for subnet in analysis.network.subnets:
        name = subnet.origin
        if not subnet.explicit_acl:
            message = f"{name} has no network ACL of its own, so the default one allows everything."
            suggestion = "associate the network ACL of its tier"
            yield Finding(EXPLICIT_ASSOCIATIONS, message, (name,), suggestion)
        if not subnet.explicit_table:
            message = f"{name} has no route table of its own, so it follows the VPC's main one."
            suggestion = "associate the route table of its tier"
            yield Finding(EXPLICIT_ASSOCIATIONS, message, (name,), suggestion)
        if subnet.gives_public_addresses:
            message = f"{name} gives every server a public address on launch."
            suggestion = "set MapPublicIpOnLaunch to false: a server asks for an address itself"
            yield Finding(NO_STRAY_PUBLIC_ADDRESS, message, (name,), suggestion)
        if not analysis.zones.holding(subnet.cidr):
            message = f"{name} ({subnet.cidr}) lies in no zone of the flow table."
            yield Finding(IN_THEIR_ZONE, message, (name,), "give it an address of its tier")


def _groups(analysis: Analysis) -> Iterator[Finding]:
    for group in analysis.network.groups:
        if group.egress_missing:
            message = f"{group.origin} has no inline egress rule, so EC2 adds one for everything."
            suggestion = "add an inline egress rule, one that matches nothing if need be"
            yield Finding(EXPLICIT_EGRESS, message, (group.origin,), suggestion)
        if group.is_default and (group.ingress or group.egress):
            message = f"the {group.origin} lets traffic through to whoever forgets to name a group."
            suggestion = "remove all its rules (restrict_default_security_group)"
            yield Finding(DEFAULT_GROUP_CLOSED, message, (group.origin,), suggestion)
        if not group.is_default and group.zone not in analysis.zones.inside:
            zone = f"names the zone {group.zone!r}" if group.zone else "names no zone"
            message = f"{group.origin} {zone}, and the flow table has no such zone in the VPC."
            suggestion = "tag the group with its zone (blueprint:zone), or remove it"
            yield Finding(GROUPS_OF_ZONES, message, (group.origin,), suggestion)


def _interfaces(analysis: Analysis) -> Iterator[Finding]:
    expectations = analysis.expectations
    for interface in analysis.network.interfaces:
        if interface.hypothetical:
            continue
        origins = (interface.origin, interface.subnet.origin)
        zones = analysis.zones.holding(interface.subnet.cidr)
        if any(group.is_default for group in interface.groups):
            message = f"{interface.origin} carries the VPC's default security group."
            yield Finding(NO_DEFAULT_GROUP, message, origins, "name the group of its zone")
        if not interface.zones or not interface.zones <= zones or len(interface.zones) > 1:
            carried = ", ".join(sorted(interface.zones)) or "no zone"
            message = (
                f"{interface.origin} carries groups of {carried} and stands in "
                f"{interface.subnet.origin}, a subnet of {', '.join(sorted(zones)) or 'no zone'}."
            )
            suggestion = "give it the group of one zone and a subnet of the same zone"
            yield Finding(IN_THEIR_ZONE, message, origins, suggestion)
        if interface.has_public_address and not expectations.leads_to_internet(zones):
            message = f"{interface.origin} has a public address in a private subnet."
            yield Finding(NO_STRAY_PUBLIC_ADDRESS, message, origins, "remove the address")
