"""A catalogue of single changes to the synthesized templates.

The dangerous ones open, close or blur something; each names the layer it damages and the claim
that has to find it. The benign ones change nothing about traffic, and no claim may find them.
"""

from collections.abc import Callable

from proofs.assembly import Assembly, Stack
from proofs.network import CLAIMS, prove_assembly
from tests.proofs import catalogue
from tests.proofs.catalogue import Catalogue, make
from tests.proofs.flat import flat_shipped
from tests.proofs.network_editor import ANYWHERE
from tests.proofs.network_editor import NetworkEditor as Editor
from tests.proofs.template_editor import JsonObject, Part

SECURITY_GROUPS, NETWORK_ACLS, ROUTES = "security-groups", "network-acls", "routes"
ADDRESSING, IPV6, ASSOCIATIONS = "addressing", "ipv6", "associations"
SERVERS = "servers"
SANDBOX, PRODUCTION = "sandbox", "production"
BOTH = (SANDBOX, PRODUCTION)
# The claims.
CLOSED_WORLD, CANNOT_PROVE, NO_IPV6 = "closed-world", "cannot-prove", "no-ipv6"
GROUPS_ALONE, ACLS_ALONE = "security-groups-alone", "network-acls-alone"
ROUTES_ALONE, EXPLICIT = "routes-alone", "explicit-associations"
ADVERSARIAL = "adversarial-public-address"
NO_DEFAULT_GROUP, NO_STRAY_ADDRESS = "no-default-group", "no-stray-public-address"
EXPLICIT_EGRESS, GROUPS_OF_ZONES = "explicit-egress", "groups-of-zones"
IN_THEIR_ZONE, DEFAULT_GROUP_CLOSED = "interfaces-in-their-zone", "default-group-closed"
UNIQUE_NUMBERS, ROWS_WITH_PORTS = "acl-numbers-unique", "acl-rows-have-ports"
# What the shipped environments serve.
APPLICATION, DATABASE, ANSWERS = 8080, 5432, 32768

Change = Callable[[Editor], object]


class Mutation(catalogue.Mutation[Editor]):
    """One dangerous change to the network."""


class Benign(catalogue.Benign[Editor]):
    """One change without meaning for traffic."""


def _instance(editor: Editor, tier: str, *zones: str, **values: object) -> None:
    groups = [editor.group(zone) for zone in zones]
    card = {
        "DeviceIndex": "0",
        "SubnetId": {"Ref": editor.subnet(tier).name},
        "GroupSet": groups,
        **values,
    }
    card = {name: value for name, value in card.items() if value}
    editor.add("AddedServer", "EC2::Instance", ImageId="ami-12345678", NetworkInterfaces=[card])


def _card(editor: Editor, tier: str, **values: object) -> None:
    subnet = {"Ref": editor.subnet(tier).name}
    editor.add("AddedCard", "EC2::NetworkInterface", SubnetId=subnet, **values)


def _add_route(editor: Editor, tier: str, destination: str, **target: object) -> None:
    family = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    editor.add(
        "AddedRoute",
        "EC2::Route",
        RouteTableId=editor.table(tier),
        **{family: destination},
        **target,
    )


def _internet(editor: Editor) -> JsonObject:
    return {"Ref": editor.one("EC2::InternetGateway").name}


def _private(editor: Editor) -> JsonObject:
    return {"Ref": editor.one("EC2::VPNGateway").name}


def _nat(editor: Editor) -> JsonObject:
    return {"Ref": editor.one("EC2::NatGateway").name}


def _default_group(editor: Editor) -> JsonObject:
    return {"Fn::GetAtt": [editor.one("EC2::VPC").name, "DefaultSecurityGroup"]}


def _restriction(editor: Editor) -> Part:
    """What empties the default security group."""
    return editor.one("VpcRestrictDefaultSG")


def _ports(first: int, last: int | None = None) -> JsonObject:
    return {"From": first, "To": first if last is None else last}


# Changes that are made for several tiers.


def _deny_turned(tier: str, direction: str) -> Change:
    return lambda t: t.deny(tier, direction).set(RuleAction="allow")


def _deny_dropped(tier: str, direction: str) -> Change:
    return lambda t: t.deny(tier, direction).drop()


def _everything_allowed(tier: str, direction: str) -> Change:
    return lambda t: t.add_row(tier, direction)


def _acl_dropped(tier: str) -> Change:
    return lambda t: t.acl_association(tier).drop()


def _table_dropped(tier: str) -> Change:
    return lambda t: t.table_association(tier).drop()


def _acl_of_other(tier: str, other: str) -> Change:
    return lambda t: t.acl_association(tier).set(NetworkAclId=t.acl(other))


# Changes that take more than one step.


def _swap_groups(editor: Editor, one: str, other: str) -> None:
    first, second = (editor.group_part(zone).properties["Tags"] for zone in (one, other))
    first[:], second[:] = list(second), list(first)


def _swap_cidrs(editor: Editor, one: str, other: str) -> None:
    first, second = (editor.subnet(tier).properties for tier in (one, other))
    first["CidrBlock"], second["CidrBlock"] = second["CidrBlock"], first["CidrBlock"]


def _endpoint_tables(editor: Editor) -> list[JsonObject]:
    tables: list[JsonObject] = editor.s3_endpoint().properties["RouteTableIds"]
    return tables


def _learning_tables(editor: Editor) -> list[JsonObject]:
    propagation = editor.one("EC2::VPNGatewayRoutePropagation")
    tables: list[JsonObject] = propagation.properties["RouteTableIds"]
    return tables


def _attachment(editor: Editor, gateway: str) -> Part:
    attachments = editor.all("EC2::VPCGatewayAttachment")
    return next(part for part in attachments if gateway in part.properties)


def _join(editor: Editor, tier: str, other: str) -> None:
    editor.table_association(tier).set(RouteTableId=editor.table(other))
    editor.acl_association(tier).set(NetworkAclId=editor.acl(other))


def _drop_all(parts: list[Part]) -> None:
    for part in parts:
        part.drop()


def _to_internet_gateway(editor: Editor, route: Part) -> None:
    route.unset("NatGatewayId")
    route.set(GatewayId=_internet(editor))


def _internet_to_private_gateway(editor: Editor) -> None:
    for number, table in enumerate(editor.tables("web")):
        editor.add(
            f"AddedRoute{number}",
            "EC2::Route",
            RouteTableId=table,
            DestinationCidrBlock="203.0.113.0/24",
            GatewayId=_private(editor),
        )


def _move_nat(editor: Editor, tier: str) -> None:
    for part in editor.all("EC2::NatGateway"):
        part.set(SubnetId={"Ref": editor.subnet(tier).name})


def _make_nat_private(editor: Editor) -> None:
    for part in editor.all("EC2::NatGateway"):
        part.unset("AllocationId")
        part.set(ConnectivityType="private")


def _elastic_card(editor: Editor) -> None:
    _card(editor, "app", GroupSet=[editor.group("app")])
    card = {"Ref": "AddedCard"}
    editor.add("AddedAddress", "EC2::EIPAssociation", NetworkInterfaceId=card, EIP="198.51.100.1")


def _database(editor: Editor, **values: object) -> None:
    subnets = [{"Ref": part.name} for part in editor.subnets("db")]
    editor.add("AddedSubnetGroup", "RDS::DBSubnetGroup", SubnetIds=subnets)
    properties = {
        "DBSubnetGroupName": {"Ref": "AddedSubnetGroup"},
        "VPCSecurityGroups": [editor.group("db")],
        "PubliclyAccessible": False,
        **values,
    }
    given = {name: value for name, value in properties.items() if value is not None}
    editor.add("AddedDatabase", "RDS::DBInstance", **given)


def _open_group(editor: Editor) -> None:
    editor.add(
        "AddedGroup",
        "EC2::SecurityGroup",
        GroupDescription="Open",
        VpcId=editor.vpc(),
        SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": ANYWHERE}],
    )
    _card(editor, "db", GroupSet=[{"Fn::GetAtt": ["AddedGroup", "GroupId"]}])


_GROUP_MUTATIONS = (
    # Wider
    Mutation(
        "application-ports-all",
        GROUPS_ALONE,
        lambda t: t.rule("app", "in", APPLICATION, t.before("app")).set(FromPort=0, ToPort=65535),
    ),
    Mutation(
        "application-egress-ports-all",
        GROUPS_ALONE,
        lambda t: t.rule("web", "out", APPLICATION, t.front("app")).set(FromPort=0, ToPort=65535),
    ),
    Mutation(
        "application-every-protocol",
        GROUPS_ALONE,
        lambda t: t.rule("app", "in", APPLICATION, t.before("app")).set(IpProtocol="-1"),
    ),
    Mutation(
        "application-from-anywhere",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("app", "in", APPLICATION, t.before("app")), ANYWHERE),
    ),
    Mutation(
        "application-from-vpc",
        GROUPS_ALONE,
        lambda t: t.aim(
            t.rule("app", "in", APPLICATION, t.before("app")),
            t.one("EC2::VPC").properties["CidrBlock"],
        ),
    ),
    Mutation(
        "database-one-port-more",
        GROUPS_ALONE,
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).set(ToPort=DATABASE + 1),
    ),
    Mutation(
        "database-one-port-less",
        GROUPS_ALONE,
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).set(FromPort=DATABASE - 1),
    ),
    Mutation(
        "database-egress-to-anywhere",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("app", "out", DATABASE, t.front("db")), ANYWHERE),
    ),
    Mutation(
        "ssh-from-anywhere",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("web", "in", 22, t.cidr("management")), ANYWHERE),
        environments=(SANDBOX,),
    ),
    Mutation(
        "ssh-from-twice-the-network",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("web", "in", 22, t.cidr("management")), "203.0.112.0/23"),
        environments=(SANDBOX,),
    ),
    Mutation(
        "remote-desktop-from-half-the-internet",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("web", "in", 3389, t.cidr("management")), "128.0.0.0/1"),
        environments=(SANDBOX,),
    ),
    Mutation(
        "web-one-port-more",
        GROUPS_ALONE,
        lambda t: t.rule(t.front("web"), "in", 443, ANYWHERE).set(ToPort=444),
    ),
    Mutation(
        "web-every-protocol",
        GROUPS_ALONE,
        lambda t: t.rule(t.front("web"), "in", 443, ANYWHERE).set(IpProtocol="-1"),
    ),
    Mutation(
        "web-egress-every-port",
        GROUPS_ALONE,
        lambda t: t.rule("web", "out", 443, ANYWHERE).set(FromPort=0, ToPort=65535),
    ),
    Mutation(
        "app-egress-every-protocol",
        GROUPS_ALONE,
        lambda t: t.rule("app", "out", 443, ANYWHERE).set(IpProtocol="-1"),
    ),
    Mutation(
        "instance-connect-egress-every-port",
        GROUPS_ALONE,
        lambda t: t.rule("instance-connect", "out", 22, "db").set(FromPort=0, ToPort=65535),
    ),
    Mutation(
        "on-premises-wider",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("app", "in", 22, t.cidr("on-premises")), "192.0.0.0/8"),
        (PRODUCTION,),
    ),
    # Added
    Mutation(
        "database-from-anywhere",
        GROUPS_ALONE,
        lambda t: t.add_rule("db", "in", ANYWHERE, "tcp", DATABASE),
    ),
    Mutation(
        "ssh-to-database-from-management",
        GROUPS_ALONE,
        lambda t: t.add_rule("db", "in", t.cidr("management"), "tcp", 22),
        environments=(SANDBOX,),
    ),
    Mutation("web-udp-twin", GROUPS_ALONE, lambda t: t.add_rule("web", "in", ANYWHERE, "udp", 443)),
    Mutation(
        "web-plain-http", GROUPS_ALONE, lambda t: t.add_rule("web", "in", ANYWHERE, "tcp", 80)
    ),
    Mutation("web-ping", GROUPS_ALONE, lambda t: t.add_rule("web", "in", ANYWHERE, "icmp", 8, -1)),
    Mutation("web-tunnel", GROUPS_ALONE, lambda t: t.add_rule("web", "in", ANYWHERE, "47")),
    Mutation(
        "database-egress-http",
        GROUPS_ALONE,
        lambda t: t.add_rule("db", "out", ANYWHERE, "tcp", 80),
    ),
    Mutation(
        "database-egress-names",
        GROUPS_ALONE,
        lambda t: t.add_rule("db", "out", ANYWHERE, "udp", 53),
    ),
    Mutation(
        "instance-connect-open",
        GROUPS_ALONE,
        lambda t: t.add_rule("instance-connect", "in", ANYWHERE, "-1"),
    ),
    Mutation(
        "application-from-anywhere-high",
        GROUPS_ALONE,
        lambda t: t.add_rule("app", "in", ANYWHERE, "tcp", 1024, 65535),
    ),
    Mutation(
        "web-from-prefix-list",
        CANNOT_PROVE,
        lambda t: t.aim(t.rule("web", "in", 22, t.cidr("management")), "pl-12345678"),
        environments=(SANDBOX,),
    ),
    # Removed
    Mutation(
        "app-egress-missing",
        EXPLICIT_EGRESS,
        lambda t: t.group_part("app").unset("SecurityGroupEgress"),
    ),
    Mutation(
        "database-egress-missing",
        EXPLICIT_EGRESS,
        lambda t: t.group_part("db").unset("SecurityGroupEgress"),
    ),
    Mutation(
        "instance-connect-egress-missing",
        EXPLICIT_EGRESS,
        lambda t: t.group_part("instance-connect").unset("SecurityGroupEgress"),
    ),
    Mutation(
        "database-rule-dropped",
        CLOSED_WORLD,
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).drop(),
    ),
    Mutation(
        "application-egress-dropped",
        CLOSED_WORLD,
        lambda t: t.rule("web", "out", APPLICATION, t.front("app")).drop(),
    ),
    Mutation(
        "web-rule-dropped",
        CLOSED_WORLD,
        lambda t: t.rule(t.front("web"), "in", 443, ANYWHERE).drop(),
    ),
    # Changed
    Mutation(
        "database-from-web",
        GROUPS_ALONE,
        lambda t: t.aim(t.rule("db", "in", DATABASE, t.before("db")), "web"),
    ),
    Mutation(
        "application-from-instance-connect",
        CLOSED_WORLD,
        lambda t: t.aim(t.rule("app", "in", APPLICATION, t.before("app")), "instance-connect"),
    ),
    Mutation(
        "database-port-changed",
        CLOSED_WORLD,
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).set(FromPort=3306, ToPort=3306),
    ),
    Mutation(
        "web-tcp-to-udp",
        CLOSED_WORLD,
        lambda t: t.rule(t.front("web"), "in", 443, ANYWHERE).set(IpProtocol="udp"),
    ),
    Mutation(
        "database-rule-on-web-group",
        CLOSED_WORLD,
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).set(GroupId=t.group("web")),
    ),
    Mutation("tags-swapped", CLOSED_WORLD, lambda t: _swap_groups(t, "web", "db")),
)

_ACL_MUTATIONS = (
    # Denies
    *(
        Mutation(
            f"{tier}-{direction}-deny-turned",
            ACLS_ALONE,
            _deny_turned(tier, direction),
        )
        for tier in ("web", "app", "db")
        for direction in ("in", "out")
    ),
    *(
        Mutation(
            f"{tier}-{direction}-deny-dropped",
            ACLS_ALONE,
            _deny_dropped(tier, direction),
        )
        for tier in ("web", "app", "db")
        for direction in ("in", "out")
    ),
    Mutation("app-in-deny-last", ACLS_ALONE, lambda t: t.deny("app", "in").set(RuleNumber=900)),
    Mutation("db-out-deny-last", ACLS_ALONE, lambda t: t.deny("db", "out").set(RuleNumber=900)),
    Mutation(
        "web-remote-desktop-deny-dropped",
        ACLS_ALONE,
        lambda t: t.row("web", "in", port=3389, cidr=ANYWHERE, action="deny").drop(),
        (PRODUCTION,),
    ),
    # Wider
    Mutation(
        "db-in-from-anywhere",
        ACLS_ALONE,
        lambda t: t.allow("db", "in", DATABASE, "app").set(CidrBlock=ANYWHERE),
    ),
    Mutation(
        "db-in-from-vpc",
        ACLS_ALONE,
        lambda t: t.allow("db", "in", DATABASE, "app").set(
            CidrBlock=t.one("EC2::VPC").properties["CidrBlock"]
        ),
    ),
    Mutation(
        "db-in-every-port",
        ACLS_ALONE,
        lambda t: t.allow("db", "in", DATABASE, "app").set(PortRange=_ports(0, 65535)),
    ),
    Mutation(
        "db-in-every-protocol",
        ACLS_ALONE,
        lambda t: t.allow("db", "in", DATABASE, "app").set(Protocol=-1),
    ),
    Mutation(
        "app-in-from-db",
        ACLS_ALONE,
        lambda t: t.allow("app", "in", APPLICATION, "web").set(CidrBlock=t.cidr("db")),
    ),
    Mutation(
        "web-ssh-from-anywhere",
        ACLS_ALONE,
        lambda t: t.allow("web", "in", 22, "management").set(CidrBlock=ANYWHERE),
        environments=(SANDBOX,),
    ),
    Mutation(
        "web-remote-desktop-from-more",
        ACLS_ALONE,
        lambda t: t.allow("web", "in", 3389, "management").set(CidrBlock="203.0.0.0/16"),
        environments=(SANDBOX,),
    ),
    Mutation(
        "web-in-one-port-more",
        ACLS_ALONE,
        lambda t: t.allow("web", "in", 443, ANYWHERE).set(PortRange=_ports(443, 444)),
    ),
    Mutation(
        "app-answers-every-port",
        ACLS_ALONE,
        lambda t: t.allow("app", "in", ANSWERS, ANYWHERE).set(PortRange=_ports(0, 65535)),
    ),
    Mutation(
        "db-answers-one-port-more",
        ACLS_ALONE,
        lambda t: t.allow("db", "in", ANSWERS, ANYWHERE).set(PortRange=_ports(32767, 65535)),
    ),
    Mutation(
        "db-out-every-port",
        ACLS_ALONE,
        lambda t: t.allow("db", "out", 443, ANYWHERE).set(PortRange=_ports(0, 65535)),
    ),
    # Added
    *(
        Mutation(
            f"{tier}-{direction}-everything",
            ACLS_ALONE,
            _everything_allowed(tier, direction),
        )
        for tier in ("web", "app", "db", "endpoints")
        for direction in ("in", "out")
    ),
    Mutation(
        "web-udp-twin",
        ACLS_ALONE,
        lambda t: t.add_row("web", "in", Protocol=17, PortRange=_ports(443)),
    ),
    Mutation(
        "web-ping",
        ACLS_ALONE,
        lambda t: t.add_row("web", "in", Protocol=1, Icmp={"Type": 8, "Code": -1}),
    ),
    Mutation(
        "db-ssh-from-management",
        ACLS_ALONE,
        lambda t: t.add_row(
            "db",
            "in",
            Protocol=6,
            PortRange=_ports(22),
            CidrBlock=t.cidr("management"),
        ),
        (SANDBOX,),
    ),
    Mutation(
        "web-everything-denied",
        CLOSED_WORLD,
        lambda t: t.add_row("web", "in", RuleAction="deny"),
    ),
    # Removed and changed
    Mutation(
        "app-in-dropped",
        CLOSED_WORLD,
        lambda t: t.allow("app", "in", APPLICATION, "web").drop(),
    ),
    Mutation(
        "db-answers-dropped", CLOSED_WORLD, lambda t: t.allow("db", "out", ANSWERS, "app").drop()
    ),
    Mutation(
        "db-answers-narrow",
        CLOSED_WORLD,
        lambda t: t.allow("db", "out", ANSWERS, "app").set(PortRange=_ports(ANSWERS, ANSWERS)),
    ),
    Mutation(
        "web-in-denied",
        CLOSED_WORLD,
        lambda t: t.allow("web", "in", 443, ANYWHERE).set(RuleAction="deny"),
    ),
    Mutation("app-deny-first", CLOSED_WORLD, lambda t: t.deny("app", "in").set(RuleNumber=10)),
    Mutation(
        "web-remote-desktop-last",
        CLOSED_WORLD,
        lambda t: t.allow("web", "in", 3389, "instance-connect").set(RuleNumber=800),
        (PRODUCTION,),
    ),
    Mutation(
        "db-in-turned-out",
        CLOSED_WORLD,
        lambda t: t.allow("db", "in", DATABASE, "app").set(Egress=True, RuleNumber=900),
    ),
    Mutation(
        "app-row-moved-to-db",
        CLOSED_WORLD,
        lambda t: t.allow("app", "in", APPLICATION, "web").set(
            NetworkAclId=t.acl("db"), RuleNumber=900
        ),
    ),
    Mutation(
        "db-tcp-to-udp",
        CLOSED_WORLD,
        lambda t: t.allow("db", "in", DATABASE, "app").set(Protocol=17),
    ),
    # Refused by EC2, or read differently than it looks
    Mutation(
        "web-number-twice",
        UNIQUE_NUMBERS,
        lambda t: t.add_row("web", "in", RuleNumber=700),
    ),
    Mutation(
        "db-tcp-without-ports",
        ROWS_WITH_PORTS,
        lambda t: t.allow("db", "in", DATABASE, "app").unset("PortRange"),
    ),
)

_ROUTE_MUTATIONS = (
    Mutation(
        "db-to-internet",
        ROUTES_ALONE,
        lambda t: _add_route(t, "db", ANYWHERE, GatewayId=_internet(t)),
    ),
    Mutation(
        "db-to-half-the-internet",
        ROUTES_ALONE,
        lambda t: _add_route(t, "db", "0.0.0.0/1", GatewayId=_internet(t)),
    ),
    Mutation(
        "db-to-management",
        ROUTES_ALONE,
        lambda t: _add_route(t, "db", "203.0.113.0/24", GatewayId=_internet(t)),
    ),
    Mutation(
        "endpoints-to-internet",
        ROUTES_ALONE,
        lambda t: _add_route(t, "endpoints", ANYWHERE, GatewayId=_internet(t)),
    ),
    Mutation(
        "app-to-internet",
        ROUTES_ALONE,
        lambda t: _add_route(t, "app", ANYWHERE, GatewayId=_internet(t)),
        (SANDBOX,),
    ),
    Mutation(
        "app-nat-to-internet-gateway",
        ROUTES_ALONE,
        lambda t: _to_internet_gateway(t, t.default_routes("app")[0]),
        (PRODUCTION,),
    ),
    Mutation(
        "db-to-nat",
        ROUTES_ALONE,
        lambda t: _add_route(t, "db", ANYWHERE, NatGatewayId=_nat(t)),
        (PRODUCTION,),
    ),
    Mutation(
        "endpoints-to-nat",
        ROUTES_ALONE,
        lambda t: _add_route(t, "endpoints", ANYWHERE, NatGatewayId=_nat(t)),
        (PRODUCTION,),
    ),
    Mutation("db-subnet-in-web-tier", ADVERSARIAL, lambda t: _join(t, "db", "web")),
    Mutation("app-subnet-in-web-tier", ADVERSARIAL, lambda t: _join(t, "app", "web")),
    Mutation(
        "db-table-of-web",
        ROUTES_ALONE,
        lambda t: t.table_association("db").set(RouteTableId=t.table("web")),
    ),
    Mutation(
        "app-table-of-web",
        ROUTES_ALONE,
        lambda t: t.table_association("app").set(RouteTableId=t.table("web")),
    ),
    Mutation(
        "web-learns-on-premises",
        ROUTES_ALONE,
        lambda t: _learning_tables(t).append(t.table("web")),
        (PRODUCTION,),
    ),
    Mutation(
        "web-to-on-premises",
        ROUTES_ALONE,
        lambda t: _add_route(t, "web", t.cidr("on-premises"), GatewayId=_private(t)),
        (PRODUCTION,),
    ),
    Mutation("web-default-dropped", CLOSED_WORLD, lambda t: _drop_all(t.default_routes("web"))),
    Mutation(
        "app-nat-dropped", CLOSED_WORLD, lambda t: _drop_all(t.default_routes("app")), (PRODUCTION,)
    ),
    Mutation(
        "internet-gateway-detached",
        CLOSED_WORLD,
        lambda t: _attachment(t, "InternetGatewayId").drop(),
    ),
    Mutation(
        "private-gateway-detached",
        CLOSED_WORLD,
        lambda t: _attachment(t, "VpnGatewayId").drop(),
        (PRODUCTION,),
    ),
    Mutation(
        "propagation-dropped",
        CLOSED_WORLD,
        lambda t: t.one("EC2::VPNGatewayRoutePropagation").drop(),
        (PRODUCTION,),
    ),
    Mutation("s3-endpoint-dropped", CLOSED_WORLD, lambda t: t.s3_endpoint().drop()),
    Mutation(
        "s3-endpoint-without-tables",
        CLOSED_WORLD,
        lambda t: _endpoint_tables(t).clear(),
    ),
    Mutation(
        "internet-behind-private-gateway",
        CLOSED_WORLD,
        _internet_to_private_gateway,
        (PRODUCTION,),
    ),
    Mutation(
        "nat-moved-to-app",
        CLOSED_WORLD,
        lambda t: _move_nat(t, "app"),
        (PRODUCTION,),
    ),
    Mutation(
        "nat-moved-to-db",
        CLOSED_WORLD,
        lambda t: _move_nat(t, "db"),
        (PRODUCTION,),
    ),
    Mutation(
        "nat-private",
        CLOSED_WORLD,
        _make_nat_private,
        (PRODUCTION,),
    ),
    Mutation(
        "db-to-peer",
        CANNOT_PROVE,
        lambda t: _add_route(t, "db", "10.99.0.0/16", VpcPeeringConnectionId="pcx-12345678"),
    ),
    Mutation(
        "db-to-transit-gateway",
        CANNOT_PROVE,
        lambda t: _add_route(t, "db", "10.99.0.0/16", TransitGatewayId="tgw-12345678"),
    ),
    Mutation(
        "app-to-server",
        CANNOT_PROVE,
        lambda t: _add_route(t, "app", "10.99.0.0/16", NetworkInterfaceId="eni-12345678"),
    ),
    Mutation(
        "db-to-prefix-list",
        CANNOT_PROVE,
        lambda t: t.add(
            "AddedRoute",
            "EC2::Route",
            RouteTableId=t.table("db"),
            DestinationPrefixListId="pl-12345678",
            GatewayId=_internet(t),
        ),
    ),
    Mutation(
        "peering",
        CANNOT_PROVE,
        lambda t: t.add(
            "Peering", "EC2::VPCPeeringConnection", VpcId=t.vpc(), PeerVpcId="vpc-12345678"
        ),
    ),
    Mutation(
        "transit-gateway-attachment",
        CANNOT_PROVE,
        lambda t: t.add(
            "Attachment",
            "EC2::TransitGatewayAttachment",
            VpcId=t.vpc(),
            TransitGatewayId="tgw-12345678",
            SubnetIds=[{"Ref": t.subnet("db").name}],
        ),
    ),
)


_ADDRESSING_MUTATIONS = (
    Mutation(
        "database-server-in-web",
        CLOSED_WORLD,
        lambda t: _instance(t, "web", "db", AssociatePublicIpAddress=True),
    ),
    Mutation(
        "application-server-in-web",
        CLOSED_WORLD,
        lambda t: _instance(t, "web", "app", AssociatePublicIpAddress=True),
        (SANDBOX,),
    ),
    Mutation("server-of-two-tiers", CLOSED_WORLD, lambda t: _instance(t, "app", "web", "db")),
    Mutation(
        "server-with-default-group",
        NO_DEFAULT_GROUP,
        lambda t: _instance(t, "app"),
    ),
    Mutation(
        "card-with-default-group",
        NO_DEFAULT_GROUP,
        lambda t: _card(t, "db", GroupSet=[_default_group(t)]),
    ),
    Mutation("card-with-open-group", CLOSED_WORLD, _open_group),
    Mutation(
        "group-without-zone",
        GROUPS_OF_ZONES,
        lambda t: t.group_part("db").set(Tags=[]),
    ),
    Mutation(
        "web-subnets-give-addresses",
        NO_STRAY_ADDRESS,
        lambda t: t.subnet("web").set(MapPublicIpOnLaunch=True),
    ),
    Mutation(
        "db-subnets-give-addresses",
        NO_STRAY_ADDRESS,
        lambda t: t.subnet("db").set(MapPublicIpOnLaunch=True),
    ),
    Mutation(
        "database-server-with-address",
        NO_STRAY_ADDRESS,
        lambda t: _instance(t, "db", "db", AssociatePublicIpAddress=True),
    ),
    Mutation("application-card-with-elastic-address", NO_STRAY_ADDRESS, _elastic_card),
    Mutation(
        "web-server-among-databases",
        IN_THEIR_ZONE,
        lambda t: _instance(t, "db", "web"),
    ),
    Mutation(
        "load-balancer-among-applications",
        NO_STRAY_ADDRESS,
        lambda t: t.add(
            "Balancer",
            "ElasticLoadBalancingV2::LoadBalancer",
            Scheme="internet-facing",
            SecurityGroups=[t.group("app")],
            Subnets=[{"Ref": part.name} for part in t.subnets("app")],
        ),
    ),
    Mutation("public-database", NO_STRAY_ADDRESS, lambda t: _database(t, PubliclyAccessible=True)),
    Mutation(
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-rds-dbinstance.html
        # In a VPC with an internet gateway, a database is public unless it says otherwise.
        "database-public-by-default",
        NO_STRAY_ADDRESS,
        lambda t: _database(t, PubliclyAccessible=None),
    ),
    Mutation(
        "database-of-default-group",
        NO_DEFAULT_GROUP,
        lambda t: _database(t, VPCSecurityGroups=None),
    ),
    Mutation(
        "function-of-default-group",
        NO_DEFAULT_GROUP,
        lambda t: t.add(
            "AddedFunction",
            "Lambda::Function",
            VpcConfig={
                "SubnetIds": [{"Ref": t.subnet("app").name}],
                "SecurityGroupIds": [_default_group(t)],
            },
        ),
    ),
    Mutation("subnets-swapped", CLOSED_WORLD, lambda t: _swap_cidrs(t, "web", "db")),
    Mutation(
        "instance-connect-with-web-group",
        IN_THEIR_ZONE,
        lambda t: t.one("EC2::InstanceConnectEndpoint").set(SecurityGroupIds=[t.group("web")]),
    ),
    Mutation("default-group-open", DEFAULT_GROUP_CLOSED, lambda t: _restriction(t).drop()),
    Mutation(
        "instance-connect-with-default-group",
        NO_DEFAULT_GROUP,
        lambda t: t.one("EC2::InstanceConnectEndpoint").unset("SecurityGroupIds"),
    ),
    Mutation(
        "instance-connect-keeps-client-address",
        CANNOT_PROVE,
        lambda t: t.one("EC2::InstanceConnectEndpoint").set(PreserveClientIp=True),
    ),
    Mutation(
        "second-cidr",
        CANNOT_PROVE,
        lambda t: t.add(
            "SecondCidr", "EC2::VPCCidrBlock", VpcId=t.vpc(), Ipv4IpamPoolId="ipam-pool-12345678"
        ),
    ),
    Mutation(
        "second-vpc",
        CANNOT_PROVE,
        lambda t: t.add("SecondVpc", "EC2::VPC", CidrBlock="10.99.0.0/16"),
    ),
    Mutation(
        "unknown-server",
        CANNOT_PROVE,
        lambda t: t.add("Cache", "ElastiCache::CacheCluster", VpcSecurityGroupIds=[t.group("db")]),
    ),
    Mutation(
        "card-in-imported-subnet",
        CANNOT_PROVE,
        lambda t: t.add(
            "AddedCard",
            "EC2::NetworkInterface",
            SubnetId={"Fn::ImportValue": "SubnetOfAnotherTeam"},
            GroupSet=[t.group("db")],
        ),
    ),
)

_IPV6_MUTATIONS = (
    Mutation(
        "vpc-block",
        NO_IPV6,
        lambda t: t.add(
            "Six", "EC2::VPCCidrBlock", VpcId=t.vpc(), AmazonProvidedIpv6CidrBlock=True
        ),
    ),
    Mutation(
        "subnet-block",
        NO_IPV6,
        lambda t: t.subnet("db").set(Ipv6CidrBlock="2001:db8:0:1::/64"),
    ),
    Mutation(
        "subnet-assigns",
        NO_IPV6,
        lambda t: t.subnet("app").set(AssignIpv6AddressOnCreation=True),
    ),
    Mutation(
        "web-default-route",
        NO_IPV6,
        lambda t: _add_route(t, "web", "::/0", GatewayId=_internet(t)),
    ),
    Mutation(
        "egress-only-gateway",
        CANNOT_PROVE,
        lambda t: t.add("Six", "EC2::EgressOnlyInternetGateway", VpcId=t.vpc()),
    ),
    Mutation("web-ingress-twin", NO_IPV6, lambda t: t.add_rule("web", "in", "::/0", "tcp", 443)),
    Mutation("web-egress-twin", NO_IPV6, lambda t: t.add_rule("web", "out", "::/0", "tcp", 443)),
    Mutation(
        "database-ingress",
        NO_IPV6,
        lambda t: t.add_rule("db", "in", "2001:db8::/32", "tcp", DATABASE),
    ),
    Mutation(
        "ssh-from-anywhere",
        NO_IPV6,
        lambda t: t.aim(t.rule("web", "in", 22, t.cidr("management")), "::/0"),
        environments=(SANDBOX,),
    ),
    Mutation(
        "acl-twin",
        NO_IPV6,
        lambda t: t.add_row(
            "web",
            "in",
            CidrBlock=None,
            Ipv6CidrBlock="::/0",
            Protocol=6,
            PortRange=_ports(443),
            RuleNumber=705,
        ),
    ),
    Mutation(
        "card-with-address",
        NO_IPV6,
        lambda t: _card(t, "web", GroupSet=[t.group("web")], Ipv6AddressCount=1),
    ),
)

_ASSOCIATION_MUTATIONS = (
    *(
        Mutation(
            f"{tier}-acl-dropped",
            EXPLICIT,
            _acl_dropped(tier),
        )
        for tier in ("web", "app", "db", "endpoints")
    ),
    *(
        Mutation(
            f"{tier}-table-dropped",
            EXPLICIT,
            _table_dropped(tier),
        )
        for tier in ("web", "app", "db", "endpoints")
    ),
    Mutation(
        "subnet-without-associations",
        EXPLICIT,
        lambda t: t.add(
            "AddedSubnet",
            "EC2::Subnet",
            VpcId=t.vpc(),
            CidrBlock=t.one("EC2::VPC").properties["CidrBlock"].replace("0.0/16", "240.0/24"),
        ),
    ),
    *(
        Mutation(
            f"{tier}-acl-of-{other}",
            ACLS_ALONE,
            _acl_of_other(tier, other),
        )
        for tier, other in (("db", "web"), ("app", "web"), ("web", "app"), ("db", "endpoints"))
    ),
)

# Every dangerous change, by the layer that it damages.


def _card_of(editor: Editor, kind: str, tier: str) -> JsonObject:
    """The network card of the tier's servers: instances, or the template that launches them."""
    group = editor.group(tier)
    for part in editor.all(kind):
        launch = part.properties.get("LaunchTemplateData", part.properties)
        for card in launch.get("NetworkInterfaces", []):
            if group in (card.get("GroupSet") or card.get("Groups")):
                found: JsonObject = card
                return found
    raise LookupError(f"no {kind} of {tier}")


def _balancer(editor: Editor, tier: str) -> Part:
    group = editor.group(editor.front(tier))
    balancers = editor.all("ElasticLoadBalancingV2::LoadBalancer")
    return next(part for part in balancers if group in part.properties["SecurityGroups"])


def _group_of_servers(editor: Editor, tier: str) -> Part:
    subnets = [{"Ref": subnet.name} for subnet in editor.subnets(tier)]
    groups = editor.all("AutoScaling::AutoScalingGroup")
    return next(part for part in groups if part.properties["VPCZoneIdentifier"] == subnets)


_SERVER_MUTATIONS = (
    *(
        Mutation(
            f"{tier}-instance-in-{other}",
            IN_THEIR_ZONE,
            lambda t, tier=tier, other=other: _card_of(t, "EC2::Instance", tier).update(  # type: ignore[misc]
                SubnetId={"Ref": t.subnet(other).name}
            ),
            (SANDBOX,),
        )
        for tier, other in (("app", "web"), ("db", "app"), ("web", "db"))
    ),
    Mutation(
        "db-instance-with-the-web-group-too",
        IN_THEIR_ZONE,
        lambda t: _card_of(t, "EC2::Instance", "db")["GroupSet"].append(t.group("web")),
        (SANDBOX,),
    ),
    Mutation(
        "app-instance-without-group",
        NO_DEFAULT_GROUP,
        lambda t: _card_of(t, "EC2::Instance", "app").pop("GroupSet"),
        (SANDBOX,),
    ),
    Mutation(
        "app-instance-with-public-address",
        NO_STRAY_ADDRESS,
        lambda t: _card_of(t, "EC2::Instance", "app").update(AssociatePublicIpAddress=True),
        (SANDBOX,),
    ),
    Mutation(
        "db-template-with-public-address",
        NO_STRAY_ADDRESS,
        lambda t: _card_of(t, "EC2::LaunchTemplate", "db").update(AssociatePublicIpAddress=True),
        (PRODUCTION,),
    ),
    Mutation(
        "db-template-with-the-web-group",
        IN_THEIR_ZONE,
        lambda t: _card_of(t, "EC2::LaunchTemplate", "db").update(Groups=[t.group("web")]),
        (PRODUCTION,),
    ),
    Mutation(
        "app-group-in-web-subnets",
        IN_THEIR_ZONE,
        lambda t: _group_of_servers(t, "app").set(
            VPCZoneIdentifier=[{"Ref": subnet.name} for subnet in t.subnets("web")]
        ),
        (PRODUCTION,),
    ),
    Mutation(
        "db-balancer-for-the-internet",
        NO_STRAY_ADDRESS,
        lambda t: _balancer(t, "db").set(Scheme="internet-facing"),
        (PRODUCTION,),
    ),
    Mutation(
        "public-balancer-with-the-web-group-too",
        IN_THEIR_ZONE,
        lambda t: _balancer(t, "web").properties["SecurityGroups"].append(t.group("web")),
        (PRODUCTION,),
    ),
    Mutation(
        "app-balancer-in-web-subnets",
        IN_THEIR_ZONE,
        lambda t: _balancer(t, "app").set(
            Subnets=[{"Ref": subnet.name} for subnet in t.subnets("web")]
        ),
        (PRODUCTION,),
    ),
    Mutation(
        "app-balancer-without-group",
        IN_THEIR_ZONE,
        lambda t: _balancer(t, "app").unset("SecurityGroups"),
        (PRODUCTION,),
    ),
    Mutation(
        "web-open-beside-its-balancer",
        CLOSED_WORLD,
        lambda t: t.add_rule("web", "in", ANYWHERE, "tcp", 443),
        (PRODUCTION,),
    ),
    Mutation(
        "public-balancer-on-http-too",
        GROUPS_ALONE,
        lambda t: t.add_rule("load-balancer", "in", ANYWHERE, "tcp", 80),
        (PRODUCTION,),
    ),
)

MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    SECURITY_GROUPS: _GROUP_MUTATIONS,
    NETWORK_ACLS: _ACL_MUTATIONS,
    ROUTES: _ROUTE_MUTATIONS,
    ADDRESSING: _ADDRESSING_MUTATIONS,
    IPV6: _IPV6_MUTATIONS,
    ASSOCIATIONS: _ASSOCIATION_MUTATIONS,
    SERVERS: _SERVER_MUTATIONS,
}


def _renumber(editor: Editor) -> None:
    for part in editor.all("EC2::NetworkAclEntry"):
        part.set(RuleNumber=3 * part.properties["RuleNumber"] + 1)


def _split_row(editor: Editor) -> None:
    row = editor.allow("app", "in", ANSWERS, ANYWHERE)
    row.set(PortRange=_ports(ANSWERS, 50000))
    editor.add_row("app", "in", Protocol=6, PortRange=_ports(50001, 65535), RuleNumber=711)


def _move_rule(editor: Editor) -> None:
    zone = editor.front("web")
    rule = editor.rule(zone, "in", 443, ANYWHERE)
    rule.drop()
    editor.add(
        "MovedRule", "EC2::SecurityGroupIngress", GroupId=editor.group(zone), **rule.properties
    )


def _reverse_rules(editor: Editor) -> None:
    for part in editor.all("EC2::SecurityGroup"):
        for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
            part.properties.get(name, []).reverse()


def _reverse_resources(editor: Editor) -> None:
    pairs = list(editor.resources.items())
    editor.resources.clear()
    editor.resources.update(reversed(pairs))


def _numbers_as_text(editor: Editor) -> None:
    for part in editor.all("EC2::NetworkAclEntry"):
        part.set(
            Protocol=str(part.properties["Protocol"]),
            RuleNumber=str(part.properties["RuleNumber"]),
            Egress=str(part.properties["Egress"]).lower(),
        )


def _cidr_by_parameter(editor: Editor) -> None:
    vpc = editor.one("EC2::VPC")
    editor.template["Parameters"]["Cidr"] = {
        "Type": "String",
        "Default": vpc.properties["CidrBlock"],
    }
    vpc.set(CidrBlock={"Ref": "Cidr"})


def _add_paths(editor: Editor) -> None:
    for name, resource in editor.resources.items():
        resource["Metadata"] = {"aws:cdk:path": f"Network/{name}/Resource"}


def _forget_order(editor: Editor) -> None:
    for resource in editor.resources.values():
        resource.pop("DependsOn", None)


BENIGN: tuple[Benign, ...] = (
    Benign(
        "rule-description",
        lambda t: t.rule(t.front("web"), "in", 443, ANYWHERE).set(Description="Visitors"),
    ),
    Benign("group-description", lambda t: t.group_part("db").set(GroupDescription="Databases")),
    Benign(
        "vpc-tag",
        lambda t: t.one("EC2::VPC").properties["Tags"].append({"Key": "owner", "Value": "us"}),
    ),
    Benign("subnet-tags-dropped", lambda t: t.subnet("web").unset("Tags")),
    Benign("rules-reversed", _reverse_rules),
    Benign("resources-reversed", _reverse_resources),
    Benign("everything-renamed", lambda t: t.rename_everything()),
    Benign("rows-renumbered", _renumber),
    Benign("rule-twice", lambda t: t.add_rule(t.front("web"), "in", ANYWHERE, "tcp", 443)),
    Benign("rule-moved-out", _move_rule),
    Benign(
        "deny-everything-last",
        lambda t: t.add_row("db", "in", RuleAction="deny", RuleNumber=32766),
    ),
    Benign(
        "row-covered-by-earlier",
        lambda t: t.add_row("web", "in", Protocol=6, PortRange=_ports(443), RuleNumber=701),
    ),
    Benign("row-split", _split_row),
    Benign("numbers-as-text", _numbers_as_text),
    Benign(
        "protocol-as-number",
        lambda t: t.rule("db", "in", DATABASE, t.before("db")).set(IpProtocol="6"),
    ),
    Benign("cidr-by-parameter", _cidr_by_parameter),
    Benign(
        "cidr-by-join",
        lambda t: t.subnet("web").set(
            CidrBlock={"Fn::Join": ["/", t.subnet("web").properties["CidrBlock"].split("/")]}
        ),
    ),
    Benign("paths-added", _add_paths),
    Benign("order-forgotten", _forget_order),
    Benign("flow-log-dropped", lambda t: t.one("EC2::FlowLog").drop()),
    Benign("bucket-added", lambda t: t.add("Bucket", "S3::Bucket")),
    Benign("web-server", lambda t: _instance(t, "web", "web", AssociatePublicIpAddress=True)),
    Benign("application-server", lambda t: _instance(t, "app", "app")),
    Benign("database", _database),
    Benign("database-card", lambda t: _card(t, "db", GroupSet=[t.group("db")])),
    Benign(
        "route-covered-by-default",
        lambda t: _add_route(t, "web", "198.51.100.0/24", GatewayId=_internet(t)),
    ),
    Benign(
        "endpoint-policy",
        lambda t: t.s3_endpoint().unset("PolicyDocument"),
    ),
)


def broken_by(environment: str, change: Change) -> set[str]:
    """The claims that do not hold for an environment's network after the change."""
    template = make(Editor(flat_shipped(environment)), change).template
    assembly = Assembly((Stack("Network", "Network", template),))
    return {finding.claim for finding in prove_assembly(assembly).findings}


NETWORK = Catalogue("network", CLAIMS, MUTATIONS, BENIGN, BOTH, broken_by)
