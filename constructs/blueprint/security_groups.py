"""Security groups, generated from the flow table (NW-2)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from blueprint.flows import ANYWHERE, ZONE_TAG, Flow, Ports, Zone

# EC2 gives a group without any egress rule an allow-all one. This row lets nothing through:
# no host has the address 255.255.255.255, and ICMP type 252 is unassigned.
_NO_EGRESS = ec2.CfnSecurityGroup.EgressProperty(
    ip_protocol="icmp",
    from_port=252,
    to_port=86,
    cidr_ip="255.255.255.255/32",
    description="Nothing: keeps EC2 from adding its allow-all rule",
)


class ZoneSecurityGroups(Construct):
    """One security group a zone, holding exactly the zone's rows of the flow table.

    Invariant: a rule exists only if a row says so; zones with a group are named by group, the
    others by CIDR; every group has an egress rule, so EC2 adds none. The groups are immutable:
    to let traffic through, add a row to the table.

    Example:
        web, app = Zone("web", ("10.0.0.0/19",)), Zone("app", ("10.0.32.0/19",))
        flows = [
            Flow(INTERNET, web, HTTPS, "Customers"),
            Flow(web, app, tcp(8080), "Requests to the application"),
        ]
        groups = ZoneSecurityGroups(self, "SecurityGroups", vpc=vpc, zones=[web, app], flows=flows)
        security_group = groups.of(web)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        zones: Sequence[Zone],
        flows: Sequence[Flow],
    ) -> None:
        """Create one group for each of `zones` from the rows of `flows` that touch it."""
        super().__init__(scope, construct_id)
        self._ids = {zone: self._add_group(vpc, zone, flows, zones).attr_group_id for zone in zones}
        self._references = {
            zone: ec2.SecurityGroup.from_security_group_id(
                self, f"{_pascal(zone.name)}Reference", id_, mutable=False
            )
            for zone, id_ in self._ids.items()
        }
        for flow in flows:
            if flow.source in self._ids and flow.destination in self._ids:
                self._chain(flow)

    def of(self, zone: Zone) -> ec2.ISecurityGroup:
        """The group of the zone, for the network interfaces that belong to it."""
        return self._references[zone]

    def _add_group(
        self, vpc: ec2.IVpc, zone: Zone, flows: Sequence[Flow], zones: Sequence[Zone]
    ) -> ec2.CfnSecurityGroup:
        group = ec2.CfnSecurityGroup(
            self,
            _pascal(zone.name),
            vpc_id=vpc.vpc_id,
            group_description=f"Traffic of {zone.name}, generated from the flow table",
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol=flow.ports.protocol.value,
                    from_port=flow.ports.first,
                    to_port=flow.ports.last,
                    cidr_ip=cidr,
                    description=flow.purpose,
                )
                for flow in flows
                if flow.destination == zone and flow.source not in zones
                for cidr in flow.source.cidrs
            ],
            security_group_egress=_egress(zone, flows, zones) or [_NO_EGRESS],
            tags=[cdk.CfnTag(key=ZONE_TAG, value=zone.name)],
        )
        public = [
            str(flow.ports)
            for flow in flows
            if flow.destination == zone and ANYWHERE in flow.source.cidrs
        ]
        if public:
            cdk.Validations.of(group).acknowledge(
                cdk.Acknowledgment(
                    id="AwsSolutions::AwsSolutions-EC23",
                    reason=f"The flow table opens {', '.join(public)} of {zone.name} to the "
                    "internet: this is the public tier. Unsafe on any port that is not meant for "
                    "everyone, and on any other tier.",
                )
            )
        return group

    def _chain(self, flow: Flow) -> None:
        # Standalone rules: inline ones would make a cycle as soon as two groups name each other.
        source, destination = self._ids[flow.source], self._ids[flow.destination]
        name = f"{_pascal(flow.source.name)}To{_pascal(flow.destination.name)}"
        ports = f"{flow.ports.protocol.value.capitalize()}{flow.ports.first}"
        ec2.CfnSecurityGroupEgress(
            self,
            f"{name}{ports}Egress",
            group_id=source,
            destination_security_group_id=destination,
            ip_protocol=flow.ports.protocol.value,
            from_port=flow.ports.first,
            to_port=flow.ports.last,
            description=flow.purpose,
        )
        ec2.CfnSecurityGroupIngress(
            self,
            f"{name}{ports}Ingress",
            group_id=destination,
            source_security_group_id=source,
            ip_protocol=flow.ports.protocol.value,
            from_port=flow.ports.first,
            to_port=flow.ports.last,
            description=flow.purpose,
        )


def _egress(
    zone: Zone, flows: Sequence[Flow], zones: Sequence[Zone]
) -> list[ec2.CfnSecurityGroup.EgressProperty]:
    # Amazon S3 and the internet are the same CIDR to a group: one rule carries both purposes.
    purposes: dict[tuple[str, Ports], list[str]] = {}
    for flow in flows:
        if flow.source == zone and flow.destination not in zones:
            for cidr in flow.destination.cidrs:
                purposes.setdefault((cidr, flow.ports), []).append(flow.purpose)
    return [
        ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol=ports.protocol.value,
            from_port=ports.first,
            to_port=ports.last,
            cidr_ip=cidr,
            description="; ".join(why),
        )
        for (cidr, ports), why in purposes.items()
    ]


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
