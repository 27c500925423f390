"""Reads security groups and network ACLs from templates."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from blueprint.flows import ZONE_TAG
from proofs.findings import Origin
from proofs.network.model import NetworkAcl, Rule, SecurityGroup, everything
from proofs.network.ranges import ALL, ICMP, TCP, UDP, Range
from proofs.network.resource_types import RESTRICT_DEFAULT_GROUP
from proofs.network.resources import CannotProveError, Resource, Resources, Values, find

UNIQUE_NUMBERS = "acl-numbers-unique"
ROWS_WITH_PORTS = "acl-rows-have-ports"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
LAST_ACL_NUMBER = 32766
_PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": 58}
_ALL_PROTOCOLS = "-1"

Row = tuple[int, Rule]


@dataclass(frozen=True)
class Filters:
    """The security groups and network ACLs of a VPC by id, the default ones included."""

    groups: Mapping[str, SecurityGroup]
    acls: Mapping[str, NetworkAcl]
    default_group: SecurityGroup
    default_acl: NetworkAcl


def read_filters(resources: Resources, vpc: Resource) -> Filters:
    """Read every group and ACL; what cannot be read becomes a finding of `resources`."""
    groups, acls = _groups(resources, vpc), _acls(resources, vpc)
    return Filters(
        groups, acls, groups[f"{vpc.id}.DefaultSecurityGroup"], acls[f"{vpc.id}.DefaultNetworkAcl"]
    )


def read_protocol(text: str) -> int | None:
    """A protocol by name or number; None: all of them.

    Raises:
        CannotProveError: there is no such protocol.
    """
    name = text.lower()
    if name == _ALL_PROTOCOLS:
        return None
    if name in _PROTOCOLS:
        return _PROTOCOLS[name]
    if name.isdigit() and int(name) < 256:  # noqa: PLR2004 -- a protocol is one byte
        return int(name)
    raise CannotProveError(f"there is no protocol {text!r}")


def group_ports(protocol: int | None, first: int | None, last: int | None) -> Range:
    """What FromPort and ToPort of a security group rule mean.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html

    Raises:
        CannotProveError: TCP or UDP without a range of ports.
    """
    if protocol == ICMP:
        return icmp(-1 if first is None else first, -1 if last is None else last)
    if protocol not in (TCP, UDP):
        return ALL[0]
    if first is None or last is None or not 0 <= first <= last <= ALL[0][1]:
        raise CannotProveError(f"a rule for TCP or UDP has the ports {first} to {last}")
    return first, last


def icmp(kind: int, code: int) -> Range:
    """Type and code as one number; -1 means all."""
    if kind == -1:
        return ALL[0]
    first = kind * 256 + max(code, 0)
    return first, first if code >= 0 else kind * 256 + 255


# -- security groups ---------------------------------------------------------------------------


def _groups(resources: Resources, vpc: Resource) -> dict[str, SecurityGroup]:
    found = {group.id: group for group in resources.each("EC2::SecurityGroup", _group)}
    default = _default_group(resources, vpc)
    groups = {default.id: default, **found}
    for resource in resources.of("EC2::SecurityGroup"):
        if resource.id in groups:
            groups[resource.id] = _with_inline(resources, groups[resource.id], resource)
    for egress, kind in ((False, "Ingress"), (True, "Egress")):
        for resource in resources.of(f"EC2::SecurityGroup{kind}"):
            _add_standalone(resources, groups, resource, egress=egress)
    for group in groups.values():
        _check_peers(resources, group, groups)
    return groups


def _group(resource: Resource) -> SecurityGroup:
    return SecurityGroup(resource.id, resource.origin, resource.tags.get(ZONE_TAG), (), ())


def _default_group(resources: Resources, vpc: Resource) -> SecurityGroup:
    """It lets its members talk to each other and to everybody, unless it is emptied.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    group_id = f"{vpc.id}.DefaultSecurityGroup"
    origin = vpc.origin.at("default security group")
    emptied = any(
        resource.target("DefaultSecurityGroupId") == group_id
        for resource in resources.custom(RESTRICT_DEFAULT_GROUP)
    )
    ingress = () if emptied else (Rule(origin, None, ALL[0], group_id),)
    egress = () if emptied else (everything(origin),)
    return SecurityGroup(group_id, origin, None, ingress, egress, is_default=True)


def _with_inline(resources: Resources, group: SecurityGroup, resource: Resource) -> SecurityGroup:
    try:
        ingress = tuple(_inline(resources, resource, egress=False))
        egress = tuple(_inline(resources, resource, egress=True))
        missing = not resource.parts("SecurityGroupEgress")
    except CannotProveError as error:
        resources.doubt(resource.origin, str(error))
        return group
    if missing:
        origin = resource.origin.at("missing egress (EC2 adds allow-all)")
        egress = (everything(origin, doubtful=True),)
    return replace(group, ingress=ingress, egress=egress, egress_missing=missing)


def _inline(resources: Resources, resource: Resource, *, egress: bool) -> Iterator[Rule]:
    direction = "egress" if egress else "ingress"
    for index, part in enumerate(resource.parts(f"SecurityGroup{direction.capitalize()}"), 1):
        origin = resource.origin.at(f"{direction} #{index}")
        yield from _group_rules(resources, Values(origin, part.values))


def _add_standalone(
    resources: Resources, groups: dict[str, SecurityGroup], resource: Resource, *, egress: bool
) -> None:
    try:
        group = find(groups, resource.target("GroupId"))
        rules = tuple(_group_rules(resources, resource))
    except CannotProveError as error:
        resources.doubt(resource.origin, str(error))
        return
    groups[group.id] = (
        replace(group, egress=group.egress + rules)
        if egress
        else replace(group, ingress=group.ingress + rules)
    )


def _group_rules(resources: Resources, row: Values) -> Iterator[Rule]:
    protocol = read_protocol(row.text("IpProtocol"))
    first, last = (row.number(name, -2) for name in ("FromPort", "ToPort"))
    no_ports = -2
    ports = group_ports(
        protocol, None if first == no_ports else first, None if last == no_ports else last
    )
    for name in ("SourcePrefixListId", "DestinationPrefixListId", "SourceSecurityGroupName"):
        if row.has(name):
            raise CannotProveError(f"{name} names addresses that the templates do not hold")
    if row.has("CidrIpv6"):
        resources.ipv6(row.origin, f"the rule names {row.text('CidrIpv6')}")
    elif row.has("CidrIp"):
        yield Rule(row.origin, protocol, ports, row.block("CidrIp"))
    peers = [n for n in ("SourceSecurityGroupId", "DestinationSecurityGroupId") if row.has(n)]
    for name in peers:
        yield Rule(row.origin, protocol, ports, row.target(name))
    if not (peers or row.has("CidrIp") or row.has("CidrIpv6")):
        raise CannotProveError("a rule names nobody")


def _check_peers(
    resources: Resources, group: SecurityGroup, groups: Mapping[str, SecurityGroup]
) -> None:
    for rule in (*group.ingress, *group.egress):
        if isinstance(rule.peer, str) and rule.peer not in groups:
            resources.doubt(rule.origin, f"it names {rule.peer}, a group outside the assembly")


# -- network ACLs ------------------------------------------------------------------------------


def _acls(resources: Resources, vpc: Resource) -> dict[str, NetworkAcl]:
    origins = {r.id: r.origin for r in resources.of("EC2::NetworkAcl")}
    default_id = f"{vpc.id}.DefaultNetworkAcl"
    default = vpc.origin.at("default network ACL")
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    rows: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    rows[default_id, False] = [(100, everything(default))]
    rows[default_id, True] = [(100, everything(default))]
    origins[default_id] = default
    for acl_id, egress, row in resources.each(
        "EC2::NetworkAclEntry", lambda entry: _entry(resources, entry)
    ):
        if row is None:
            continue
        if acl_id not in origins:
            resources.doubt(row[1].origin, "it belongs to a network ACL outside the assembly")
        else:
            rows[acl_id, egress].append(row)
    return {
        acl_id: NetworkAcl(
            acl_id,
            origin,
            *(_sorted(resources, rows[acl_id, egress]) for egress in (False, True)),
        )
        for acl_id, origin in origins.items()
    }


def _entry(resources: Resources, entry: Resource) -> tuple[str, bool, Row | None]:
    number, egress = entry.number("RuleNumber"), entry.flag("Egress")
    origin = entry.origin.at(f"{'outbound' if egress else 'inbound'} {number}")
    acl = entry.target("NetworkAclId")
    if not 1 <= number <= LAST_ACL_NUMBER:
        raise CannotProveError(f"network ACL rules have numbers from 1 to {LAST_ACL_NUMBER}")
    action = entry.text("RuleAction").lower()
    if action not in ("allow", "deny"):
        raise CannotProveError(f"RuleAction is {action!r}, neither allow nor deny")
    if entry.has("Ipv6CidrBlock"):
        if action == "allow":
            resources.ipv6(origin, f"the row allows {entry.text('Ipv6CidrBlock')}")
        return acl, egress, None
    rule = Rule(origin, None, ALL[0], entry.block("CidrBlock"), action == "allow")
    return acl, egress, (number, _with_traffic(resources, entry, rule))


def _with_traffic(resources: Resources, entry: Resource, rule: Rule) -> Rule:
    protocol = read_protocol(entry.text("Protocol"))
    if protocol in (TCP, UDP):
        ports = entry.part("PortRange")
        if not (ports.has("From") and ports.has("To")):
            message = f"{rule.origin} is a row for TCP or UDP without ports, which EC2 refuses."
            resources.doubt(rule.origin, message, ROWS_WITH_PORTS)
            return replace(rule, protocol=protocol, doubtful=True)
        range_ = group_ports(protocol, ports.number("From"), ports.number("To"))
        return replace(rule, protocol=protocol, ports=range_)
    if protocol == ICMP:
        kind = entry.part("Icmp")
        range_ = icmp(kind.number("Type", -1), kind.number("Code", -1))
        return replace(rule, protocol=protocol, ports=range_)
    return replace(rule, protocol=protocol)


def _sorted(resources: Resources, rows: list[Row]) -> tuple[Row, ...]:
    """In order of the numbers; of two rows with one number nobody knows which one counts."""
    by_number: dict[int, list[Rule]] = defaultdict(list)
    for number, rule in rows:
        by_number[number].append(rule)
    for number, rules in by_number.items():
        if len(rules) > 1:
            _refuse_duplicate(resources, number, [rule.origin for rule in rules])
    return tuple(
        (number, replace(rule, doubtful=rule.doubtful or len(by_number[number]) > 1))
        for number in sorted(by_number)
        for rule in by_number[number]
    )


def _refuse_duplicate(resources: Resources, number: int, origins: list[Origin]) -> None:
    names = " and ".join(map(str, origins))
    message = f"{names} have the same number {number} and direction: EC2 refuses the second."
    resources.doubt(origins[0], message, UNIQUE_NUMBERS)
