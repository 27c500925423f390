"""Each layer alone, so that defence in depth cannot hide a broken layer.

Each claim takes one layer, imagines the others open, and compares both directions of it with what
the flow table implies for that layer. The expectations are derived in `expectations`; where a layer
cannot express a row exactly, they say what follows:

* Security groups: exactly the rows. A row for 0.0.0.0/0 is for any address, in the VPC too, because
  a group cannot tell them apart; outbound and inbound are compared one by one.
* Network ACLs: requests and answers of the rows, by address. "Anywhere" never means the VPC or the
  company's network, and the range for answers never opens a port that the tier serves to named
  zones only. Other zones in the same block of addresses are the same to an ACL.
* Routes: an internet gateway only for zones with a row for public addresses, NAT only in the zone
  that the rows name, the company's network and S3 only for zones with a row for them.
"""

from collections.abc import Iterator

from blueprint.flows import INTERNET, S3
from proofs.findings import Finding, Origin
from proofs.network.addresses import address_text, within
from proofs.network.expectations import Traffic
from proofs.network.matrix import Analysis
from proofs.network.model import Interface, Subnet, Target
from proofs.network.packets import Check, End, Packet, Port, evaluate, verdict, way
from proofs.network.ranges import difference, traffic_text
from proofs.network.zones import ON_PREMISES, Cell

GROUPS_ALONE = "security-groups-alone"
ACLS_ALONE = "network-acls-alone"
ROUTES_ALONE = "routes-alone"
ADVERSARIAL = "adversarial-public-address"


def layers(analysis: Analysis) -> list[Finding]:
    """Every finding of every layer, one for each rule and kind of counterexample."""
    found = [
        *_groups(analysis),
        *_acls(analysis),
        *_routes(analysis),
        *_adversarial(analysis),
    ]
    first: dict[object, Finding] = {}
    for finding in found:
        first.setdefault((finding.claim, finding.origins), finding)
    return list(first.values())


# -- security groups ---------------------------------------------------------------------------


def _groups(analysis: Analysis) -> Iterator[Finding]:
    # Examples from the internet tell most, those from addresses that nobody has least.
    outside = [(cell.end(), cell.zones) for cell in _outside(analysis)]
    remotes = sorted([*outside, *analysis.ends], key=lambda remote: not remote[1])
    seen: set[object] = set()
    for end, zones in analysis.ends:
        interface = end.interface
        # Interfaces with the same groups are the same here, wherever they stand.
        if interface is None or interface.group_ids in seen:
            continue
        seen.add(interface.group_ids)
        for remote, remote_zones in remotes:
            for egress in (False, True):
                check = Check(interface, egress, remote, Port.SERVER)
                yield from _group_findings(analysis, check, zones, remote_zones)


def _group_findings(
    analysis: Analysis, check: Check, zones: frozenset[str], remote: frozenset[str]
) -> Iterator[Finding]:
    expectations = analysis.expectations
    far = remote if check.remote.interface else frozenset[str]()
    for zone in sorted(zones):
        expected = expectations.group(zone, far, check.remote.address, egress=check.egress)
        yield from _excess(analysis, check, expected, GROUPS_ALONE, zone)


def _outside(analysis: Analysis) -> list[Cell]:
    """Cells outside the VPC; the internet first, because its examples tell most."""
    return sorted(analysis.cutting.outside, key=lambda cell: INTERNET.name not in cell.zones)


# -- network ACLs ------------------------------------------------------------------------------


def _acls(analysis: Analysis) -> Iterator[Finding]:
    expectations = analysis.expectations
    remotes = [cell.end() for cell in _outside(analysis)]
    remotes += [
        End(address)
        for other in analysis.network.subnets
        for address in analysis.cutting.inside(other.cidr)
    ]
    ours = (*analysis.network.cidrs, *analysis.zones.company)
    seen: set[tuple[str, frozenset[str]]] = set()
    for subnet in analysis.network.subnets:
        zones = analysis.zones.holding(subnet.cidr)
        if (subnet.acl.id, zones) in seen:
            continue
        seen.add((subnet.acl.id, zones))
        where = ", ".join(sorted(zones)) or str(subnet.origin)
        for remote in remotes:
            mine = within(remote.address, ours)
            for egress in (False, True):
                check = Check(subnet.acl, egress, remote, Port.SERVER)
                expected = expectations.acl(zones, remote.address, egress=egress, ours=mine)
                yield from _excess(analysis, check, expected, ACLS_ALONE, where)


def _excess(
    analysis: Analysis, check: Check, expected: Traffic, claim: str, where: str
) -> Iterator[Finding]:
    """What a check lets through beyond what is expected of it: one finding a rule."""
    by_rule: dict[Origin, Traffic] = {}
    for protocol, name in analysis.protocols.items():
        rest = difference(analysis.can.ports(check, protocol), expected.get(name, ()))
        if rest:
            rule = verdict(check, protocol, rest[0][0], doubt=True).rule
            by_rule.setdefault(rule.origin if rule else check.guard.origin, {})[name] = rest
    for origin, traffic in by_rule.items():
        yield _layer_finding(check, origin, traffic, claim, where)


def _layer_finding(
    check: Check, origin: Origin, traffic: Traffic, claim: str, where: str
) -> Finding:
    direction, preposition = ("outbound", "to") if check.egress else ("inbound", "from")
    message = (
        f"the {check.layer} of {where}, taken alone, lets {traffic_text(traffic)} through "
        f"{direction} {preposition} {check.remote}: {origin} allows it, and no row of the flow "
        f"table asks for it."
    )
    protocol, ports = next(iter(traffic.items()))
    packet: dict[str, str | int] = {
        "protocol": protocol,
        "port": ports[0][0],
        "direction": direction,
        "remote": str(check.remote),
    }
    suggestion = f"remove {origin}, or narrow it to the rows of the flow table"
    return Finding(claim, message, (origin,), suggestion, packet)


# -- routes ------------------------------------------------------------------------------------


def _routes(analysis: Analysis) -> Iterator[Finding]:
    for subnet in analysis.network.subnets:
        zones = analysis.zones.holding(subnet.cidr)
        where = ", ".join(sorted(zones)) or str(subnet.origin)
        for origin, leads in _unexpected_routes(analysis, subnet, zones):
            message = (
                f"the route table of {where}, taken alone, leads to {leads}: {origin}; no row of "
                f"the flow table goes that way."
            )
            yield Finding(ROUTES_ALONE, message, (origin,), f"remove {origin}")


def _unexpected_routes(
    analysis: Analysis, subnet: Subnet, zones: frozenset[str]
) -> Iterator[tuple[Origin, str]]:
    expectations = analysis.expectations
    if subnet.table.s3_endpoint and not expectations.talks_with(zones, S3.name):
        yield subnet.table.s3_endpoint, "Amazon S3"
    for cell in _outside(analysis):
        route = subnet.table.lookup(cell.address)
        if route is None or route.target in (Target.LOCAL, Target.NOWHERE):
            continue
        leads = f"{address_text(cell.address)} through {route.target.value}"
        if route.target is Target.VPN_GATEWAY:
            company = ON_PREMISES in cell.zones
            if not (company and expectations.talks_with(zones, ON_PREMISES)):
                yield route.origin, leads
        elif not cell.public:
            continue  # neither an internet gateway nor NAT carries it any further
        elif route.target is Target.INTERNET_GATEWAY:
            if not expectations.leads_to_internet(zones):
                yield route.origin, leads
        elif not _expected_nat(analysis, expectations.nat_zones(zones), route.gateway):
            yield route.origin, leads


def _expected_nat(analysis: Analysis, wanted: frozenset[str], gateway: str) -> bool:
    nat = analysis.network.nat_gateways.get(gateway)
    return nat is None or bool(wanted & analysis.zones.holding(nat.subnet.cidr))


# -- adversarial -------------------------------------------------------------------------------


def _adversarial(analysis: Analysis) -> Iterator[Finding]:
    """A private server that got a public address and any group of the VPC: still unreachable."""
    expectations = analysis.expectations
    public = [cell.end() for cell in _outside(analysis) if cell.public]
    for subnet in analysis.network.subnets:
        if expectations.serves_internet(analysis.zones.holding(subnet.cidr)):
            continue
        for group in analysis.network.groups:
            name = f"a server in {subnet.origin.logical_id} with {group.origin}"
            interface = Interface(name, subnet.origin, subnet, (group,), has_public_address=True)
            for address in analysis.cutting.inside(subnet.cidr):
                for source in public:
                    yield from _reached(analysis, source, End(address, interface))


def _reached(analysis: Analysis, source: End, destination: End) -> Iterator[Finding]:
    path = way(analysis.network, source, destination)
    if path.obstacle:
        return
    for protocol in analysis.protocols:
        passing = analysis.can.way(path, protocol)
        if all(passing.values()):
            packet = Packet(
                source,
                destination,
                protocol,
                passing[Port.SERVER][0][0],
                passing[Port.CLIENT][0][0],
            )
            decision = evaluate(analysis.network, packet)
            message = f"with a public address, {packet}: {decision.path()}."
            yield Finding(
                ADVERSARIAL,
                message,
                decision.origins,
                "route the private tier nowhere near the internet gateway",
                packet.data(),
            )
            return
