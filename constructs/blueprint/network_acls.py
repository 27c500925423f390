"""Network ACLs, generated from the flow table (NW-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from blueprint.flows import ANY_CLIENT_PORTS, ANYWHERE, Flow, Ports

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
RULES_PER_DIRECTION = 20
# First numbers of the three groups of rows; rows inside a group are ten apart.
_NAMED, _DENIED, _ANYWHERE, _STEP = 100, 400, 700, 10


@dataclass(frozen=True)
class AclRow:
    """One entry of a network ACL. `ports` None means every protocol and port."""

    number: int
    egress: bool
    allow: bool
    cidr: str
    ports: Ports | None


def network_acl_rows(block: str, flows: Sequence[Flow], private: Sequence[str]) -> list[AclRow]:
    """The entries of the network ACL of the tier that owns `block`.

    Rows come in three groups, so that "anywhere" never means a network of our own:
    named CIDRs allowed, then `private` (the VPC and the networks behind it) denied, then
    anywhere allowed.

    Args:
        block: CIDR of the tier; zones with this CIDR live in the tier.
        flows: The flow table.
        private: CIDRs that a row for "anywhere" does not mean.

    Raises:
        ValueError: more rows than the quota of 20 a direction; says which tier and how many.
    """
    rows = [
        row for egress in (False, True) for row in _direction(block, flows, private, egress=egress)
    ]
    for egress, direction in ((False, "inbound"), (True, "outbound")):
        count = sum(row.egress is egress for row in rows)
        if count > RULES_PER_DIRECTION:
            raise ValueError(
                f"the network ACL of {block} needs {count} {direction} rules and AWS allows "
                f"{RULES_PER_DIRECTION}"
            )
    return rows


def _direction(
    block: str, flows: Sequence[Flow], private: Sequence[str], *, egress: bool
) -> list[AclRow]:
    allowed = _without_covered(_allowed(block, flows, egress=egress))
    anywhere = [(cidr, ports) for cidr, ports in allowed if cidr == ANYWHERE]
    named = [(cidr, ports) for cidr, ports in allowed if cidr != ANYWHERE]
    denied: list[tuple[str, Ports | None]] = []
    if anywhere:
        denied += [(cidr, None) for cidr in private]
        if not egress:
            denied += [(ANYWHERE, ports) for ports in _shadowed(block, flows, anywhere)]
    groups: tuple[tuple[int, bool, Sequence[tuple[str, Ports | None]]], ...] = (
        (_NAMED, True, named),
        (_DENIED, False, denied),
        (_ANYWHERE, True, anywhere),
    )
    return [
        AclRow(first + _STEP * index, egress, allow, cidr, ports)
        for first, allow, group in groups
        for index, (cidr, ports) in enumerate(group)
    ]


def _allowed(block: str, flows: Sequence[Flow], *, egress: bool) -> list[tuple[str, Ports]]:
    """What one direction must let through: requests, and answers to the client's ports."""
    rows: list[tuple[str, Ports]] = []
    for flow in flows:
        source, destination, via = flow.source, flow.destination, flow.via
        answer = Ports(flow.ports.protocol, *source.client_ports)
        nat_answer = Ports(flow.ports.protocol, *ANY_CLIENT_PORTS)
        # (where the tier stands in the flow, the zone on the other side, what passes)
        passes = (
            [
                (source, destination.cidrs, flow.ports),
                (destination, source.cidrs, answer),
                (via, destination.cidrs, flow.ports),
                (via, source.cidrs, answer),
            ]
            if egress
            else [
                (destination, source.cidrs, flow.ports),
                (source, destination.cidrs, answer),
                (via, source.cidrs, flow.ports),
                (via, destination.cidrs, nat_answer),
            ]
        )
        rows += [
            (cidr, ports)
            for zone, cidrs, ports in passes
            if zone is not None and zone.cidrs == (block,)
            for cidr in cidrs
        ]
    return rows


def _without_covered(rows: Sequence[tuple[str, Ports]]) -> list[tuple[str, Ports]]:
    """Drop a row that another row for the same CIDR makes superfluous."""
    unique = list(dict.fromkeys(rows))
    return [
        (cidr, ports)
        for cidr, ports in unique
        if not any(
            other != ports
            and other_cidr == cidr
            and other.protocol == ports.protocol
            and other.first <= ports.first
            and ports.last <= other.last
            for other_cidr, other in unique
        )
    ]


def _shadowed(
    block: str, flows: Sequence[Flow], anywhere: Sequence[tuple[str, Ports]]
) -> list[Ports]:
    """Ports that the tier serves to named networks only, inside a range open for answers.

    Without a deny row, an answer range of 1024-65535 would open them to the whole internet.
    """
    open_to_all = {ports for _, ports in anywhere}
    # A load balancer in the block may serve everyone on the port of the servers behind it.
    serves_all = {
        flow.ports
        for flow in flows
        if flow.destination.cidrs == (block,) and ANYWHERE in flow.source.cidrs
    }
    served = [
        flow.ports
        for flow in flows
        if flow.destination.cidrs == (block,) and flow.ports not in serves_all
    ]
    return [
        ports
        for ports in dict.fromkeys(served)
        if any(
            wide.protocol == ports.protocol
            and wide.first <= ports.last
            and ports.first <= wide.last
            for wide in open_to_all
        )
    ]


class NetworkAcl(Construct):
    """The network ACL of one tier, associated with each of the tier's subnets.

    Invariant: nothing crosses the border of the tier's subnets but the flow table's rows and the
    answers to them; everything else meets the implicit deny.

    Example:
        web = Zone("web", ("10.0.0.0/19",))
        flows = [Flow(INTERNET, web, HTTPS, "Customers")]
        NetworkAcl(
            self,
            "WebAcl",
            vpc=vpc,
            subnets=subnets,
            rows=network_acl_rows("10.0.0.0/19", flows, private=["10.0.0.0/16"]),
        )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        rows: Sequence[AclRow],
    ) -> None:
        """Create the network ACL with `rows` and associate it with `subnets`."""
        super().__init__(scope, construct_id)
        cdk.Validations.of(self).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-VPC3",
                reason="The rule warns of network ACLs that people keep in step with security "
                "groups by hand. Here one flow table generates both. Unsafe if a row were added "
                "to a network ACL beside the table. docs/adr/0003",
            )
        )
        acl_id = ec2.CfnNetworkAcl(self, "Resource", vpc_id=vpc.vpc_id).attr_id
        for row in rows:
            ec2.CfnNetworkAclEntry(
                self,
                # Named by number, so that an update changes an entry in place: two entries with
                # one number, even for a moment, are refused by EC2.
                f"{'Outbound' if row.egress else 'Inbound'}{row.number}",
                network_acl_id=acl_id,
                rule_number=row.number,
                egress=row.egress,
                rule_action="allow" if row.allow else "deny",
                cidr_block=row.cidr,
                protocol=row.ports.protocol.number if row.ports else -1,
                port_range=(
                    ec2.CfnNetworkAclEntry.PortRangeProperty(
                        from_=row.ports.first, to=row.ports.last
                    )
                    if row.ports
                    else None
                ),
            )
        for index, subnet in enumerate(subnets, start=1):
            ec2.CfnSubnetNetworkAclAssociation(
                self,
                f"Subnet{index}",
                network_acl_id=acl_id,
                subnet_id=subnet.subnet_id,
            )
