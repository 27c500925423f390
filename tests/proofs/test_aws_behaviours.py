"""What AWS documents about who can talk to whom, one row each: the verifier and the oracle agree.

A row changes one thing in a small network that is open everywhere: a public subnet for web, private
ones for app and db.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from proofs.network import Proof, prove
from tests.proofs.oracle import Oracle
from tests.proofs.small_templates import (
    ANYWHERE,
    APP_CIDR,
    COMPANY_CIDR,
    DB_CIDR,
    EVERYTHING,
    MANAGEMENT_CIDR,
    VPC_CIDR,
    WEB_CIDR,
    Resources,
    Row,
    Traffic,
    acl_entry,
    halves,
    instance,
    interface,
    nat_gateway,
    network_acl,
    private_nat_gateway,
    propagation,
    route_table,
    s3_endpoint,
    security_group,
    standalone,
    subnet,
    tcp,
    template,
    udp,
    vpc,
    write_assembly,
)

USER_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide"
GROUP_RULES = f"{USER_GUIDE}/security-group-rules.html"
GROUPS = f"{USER_GUIDE}/vpc-security-groups.html"
DEFAULT_GROUP = f"{USER_GUIDE}/default-security-group.html"
ACLS = f"{USER_GUIDE}/vpc-network-acls.html"
ACL_RULES = f"{USER_GUIDE}/nacl-rules.html"
CUSTOM_ACL = f"{USER_GUIDE}/custom-network-acl.html"
DEFAULT_ACL = f"{USER_GUIDE}/default-network-acl.html"
ROUTE_TABLES = f"{USER_GUIDE}/VPC_Route_Tables.html"
ROUTE_PRIORITY = f"{USER_GUIDE}/route-tables-priority.html"
INTERNET_GATEWAY = f"{USER_GUIDE}/VPC_Internet_Gateway.html"
ADDRESSES = f"{USER_GUIDE}/vpc-ip-addressing.html"
NAT = f"{USER_GUIDE}/vpc-nat-gateway.html"
NAT_BASICS = f"{USER_GUIDE}/nat-gateway-basics.html"
GATEWAY_ENDPOINTS = "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html"
TRACKING = (
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html"
)
EC2_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
IP_PERMISSION = f"{EC2_API}/API_IpPermission.html"
VPN_ROUTES = "https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html"
CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
GROUP_RESOURCE = f"{CLOUDFORMATION}/aws-resource-ec2-securitygroup.html"
EGRESS_RESOURCE = f"{CLOUDFORMATION}/aws-resource-ec2-securitygroupegress.html"
ENTRY_RESOURCE = f"{CLOUDFORMATION}/aws-resource-ec2-networkaclentry.html"

OPEN = [(EVERYTHING, ANYWHERE)]
NOTHING = [(EVERYTHING, "255.255.255.255/32")]
OPEN_ROWS = (Row(100), Row(100, egress=True))
UNTAGGED = "without a zone"


def web(*, table: str = "Public", acl: str = "Open", **more: object) -> Resources:
    """The subnet of the web tier."""
    return subnet("Web", halves(WEB_CIDR)[0], table=table, acl=acl, **more)


def app(*, acl: str = "Open") -> Resources:
    """The subnet of the application tier."""
    return subnet("App", halves(APP_CIDR)[0], table="Private", acl=acl)


def group(zone: str, ingress: object = OPEN, egress: object = OPEN) -> Resources:
    """The security group of a zone."""
    name = f"{zone.title()}Group"
    return security_group(name, zone, ingress=ingress, egress=egress)  # type: ignore[arg-type]


BASE: Resources = (
    vpc()
    | route_table("Public", {ANYWHERE: "Igw"})
    | route_table("Private")
    | network_acl("Open", OPEN_ROWS)
    | web()
    | app()
    | subnet("Db", halves(DB_CIDR)[0], table="Private", acl="Open")
    | group("web")
    | group("app")
    | group("db")
)


def app_acl(*rows: Row) -> Resources:
    """A network ACL of its own for the application tier."""
    return app(acl="Own") | network_acl("Own", rows)


def server(*, public: bool, where: str = "Web") -> Resources:
    """A server without a zone: whether it has a public address is up to the row."""
    open_group = security_group("Untagged", None, ingress=OPEN, egress=OPEN)
    return open_group | interface("Server", where, ["Untagged"], public=public)


def nat(routes: Mapping[str, str] | None = None) -> Resources:
    """A NAT gateway in the web tier, and the application tier's route to it."""
    return nat_gateway("Nat", "Web") | route_table("Private", routes or {ANYWHERE: "Nat"})


@dataclass(frozen=True)
class Behaviour:
    """A documented sentence, the network that shows it, and what can talk to what there.

    `change` is laid over the open network, and the resources named in `without` are taken away.
    `expected` is written "web -> app tcp/8080"; ICMP as icmp/type.code.
    """

    id: str
    says: str
    page: str
    change: Resources
    expected: Mapping[str, bool]
    without: tuple[str, ...] = ()


BEHAVIOURS = (
    # Security groups
    Behaviour(
        "group-blocks-inbound-by-default",
        "No inbound traffic is allowed until you add inbound rules to the security group.",
        GROUP_RULES,
        group("app", ingress=[]),
        {"web -> app tcp/8080": False, "app -> web tcp/8080": True},
    ),
    Behaviour(
        "group-is-stateful",
        "Responses to allowed inbound traffic may leave, regardless of outbound rules.",
        TRACKING,
        group("app", ingress=[(tcp(8080), ANYWHERE)], egress=NOTHING),
        {"web -> app tcp/8080": True, "app -> web tcp/8080": False},
    ),
    Behaviour(
        "both-groups-decide",
        "Outbound rules of the sender and inbound rules of the receiver must both allow.",
        GROUPS,
        group("web", egress=NOTHING),
        {"web -> app tcp/8080": False, "app -> web tcp/8080": True},
    ),
    Behaviour(
        "group-without-egress-allows-all",
        "A security group that a template creates without egress rules allows all outbound.",
        GROUP_RESOURCE,
        group("app", egress=None),
        {"app -> web tcp/1": True, "app -> web udp/53": True, "app -> web icmp/8.0": True},
    ),
    Behaviour(
        "empty-egress-list-allows-all",
        "An empty list of egress rules is no egress rule, so the default one stays.",
        GROUP_RESOURCE,
        group("app", egress=[]),
        {"app -> web tcp/1": True, "app -> web udp/53": True},
    ),
    Behaviour(
        "egress-rule-replaces-default",
        "The default outbound rule goes when you specify an egress rule.",
        GROUP_RESOURCE,
        group("app", egress=[(tcp(443), ANYWHERE)]),
        {"app -> web tcp/443": True, "app -> web tcp/80": False},
    ),
    Behaviour(
        "standalone-egress-keeps-default",
        "AWS::EC2::SecurityGroupEgress adds a rule; it does not take the default one away.",
        EGRESS_RESOURCE,
        group("app", egress=None) | standalone("Rule", "AppGroup", tcp(443), ANYWHERE, egress=True),
        {"app -> web tcp/443": True, "app -> web tcp/80": True},
    ),
    Behaviour(
        "standalone-ingress-adds",
        "AWS::EC2::SecurityGroupIngress adds an inbound rule to a security group.",
        f"{CLOUDFORMATION}/aws-resource-ec2-securitygroupingress.html",
        group("app", ingress=[(tcp(8080), ANYWHERE)])
        | standalone("Rule", "AppGroup", tcp(22), "WebGroup", egress=False),
        {"web -> app tcp/22": True, "web -> app tcp/8080": True, "db -> app tcp/22": False},
    ),
    Behaviour(
        "groups-are-aggregated",
        "The rules of several groups on one resource form a single set of rules.",
        GROUP_RULES,
        group("app", ingress=[(tcp(8080), ANYWHERE)])
        | security_group("Extra", None, ingress=[(tcp(22), ANYWHERE)], egress=OPEN)
        | interface("Server", "App", ["AppGroup", "Extra"]),
        {"web -> app tcp/22": True, "web -> app tcp/8080": True, "web -> app tcp/23": False},
    ),
    Behaviour(
        "most-permissive-rule-counts",
        "Of several rules for one port, the most permissive one is applied.",
        GROUP_RULES,
        group("app", ingress=[(tcp(22), f"{MANAGEMENT_CIDR}"), (tcp(22), ANYWHERE)]),
        {"web -> app tcp/22": True},
    ),
    Behaviour(
        "reference-means-members",
        "A rule that names a group allows the interfaces that are associated with it.",
        GROUP_RULES,
        group("app", ingress=[(tcp(8080), "WebGroup")]),
        {"web -> app tcp/8080": True, "db -> app tcp/8080": False},
    ),
    Behaviour(
        "reference-means-private-addresses",
        "A referenced group stands for private addresses, never for public ones.",
        GROUP_RULES,
        group("web", ingress=[(tcp(443), "WebGroup")]),
        {"web -> web tcp/443": True, "internet -> web tcp/443": False},
    ),
    Behaviour(
        "reference-adds-no-rules",
        "A rule that names a group does not add rules of that group to this one.",
        GROUP_RULES,
        group("web", ingress=[(tcp(443), ANYWHERE)])
        | group("app", ingress=[(tcp(22), "WebGroup")]),
        {"web -> app tcp/22": True, "web -> app tcp/443": False, "db -> app tcp/443": False},
    ),
    Behaviour(
        "members-need-a-rule-too",
        "Members of one group do not reach each other unless a rule says so.",
        GROUPS,
        group("app", ingress=[(tcp(8080), "WebGroup")]),
        {"app -> app tcp/8080": False},
    ),
    Behaviour(
        "self-reference",
        "A rule whose source is its own group lets the group's members talk to each other.",
        GROUP_RULES,
        group("app", ingress=[(tcp(5000), "AppGroup")]),
        {"app -> app tcp/5000": True, "web -> app tcp/5000": False},
    ),
    Behaviour(
        "protocol-minus-one",
        "-1 specifies all protocols.",
        IP_PERMISSION,
        group("app", ingress=[(EVERYTHING, "WebGroup")]),
        {
            "web -> app tcp/0": True,
            "web -> app tcp/65535": True,
            "web -> app udp/53": True,
            "web -> app icmp/8.0": True,
            "web -> app 50": True,
        },
    ),
    Behaviour(
        "protocol-minus-one-ignores-ports",
        "With -1, traffic on all ports is allowed, regardless of any port range you specify.",
        IP_PERMISSION,
        group("app", ingress=[(Traffic("-1", 22, 22), "WebGroup")]),
        {"web -> app tcp/22": True, "web -> app tcp/8080": True, "web -> app udp/1": True},
    ),
    Behaviour(
        "numbered-protocol-ignores-ports",
        "With a protocol other than TCP, UDP and ICMP, traffic on all ports is allowed.",
        IP_PERMISSION,
        group("app", ingress=[(Traffic("50", 22, 22), "WebGroup")]),
        {"web -> app 50": True, "web -> app 51": False, "web -> app tcp/22": False},
    ),
    Behaviour(
        "tcp-is-not-udp",
        "A rule is for the protocol it names.",
        GROUP_RULES,
        group("app", ingress=[(tcp(53), ANYWHERE)]),
        {"web -> app tcp/53": True, "web -> app udp/53": False},
    ),
    Behaviour(
        "range-holds-both-ends",
        "A port range is from the first to the last port.",
        GROUP_RULES,
        group("app", ingress=[(tcp(8000, 8010), ANYWHERE)]),
        {
            "web -> app tcp/7999": False,
            "web -> app tcp/8000": True,
            "web -> app tcp/8010": True,
            "web -> app tcp/8011": False,
        },
    ),
    Behaviour(
        "icmp-type-in-from-port",
        "For ICMP, the port range is the type and the code; -1 is every code.",
        IP_PERMISSION,
        group("app", ingress=[(Traffic("icmp", 8, -1), ANYWHERE)]),
        {"web -> app icmp/8.0": True, "web -> app icmp/8.9": True, "web -> app icmp/0.0": False},
    ),
    Behaviour(
        "icmp-code",
        "For ICMP, the last port is the code.",
        IP_PERMISSION,
        group("app", ingress=[(Traffic("icmp", 3, 4), ANYWHERE)]),
        {"web -> app icmp/3.4": True, "web -> app icmp/3.3": False},
    ),
    Behaviour(
        "icmp-every-type",
        "-1 is every ICMP type; then the code is -1 too.",
        IP_PERMISSION,
        group("app", ingress=[(Traffic("icmp", -1, -1), ANYWHERE)]),
        {"web -> app icmp/13.0": True, "web -> app tcp/13": False},
    ),
    # Network ACLs
    Behaviour(
        "acl-denies-what-no-row-allows",
        "A custom network ACL denies all traffic until you add rules.",
        CUSTOM_ACL,
        app_acl(),
        {"web -> app tcp/8080": False, "app -> web tcp/8080": False},
    ),
    Behaviour(
        "acl-first-match-allows",
        "As soon as a rule matches traffic, it is applied, whatever higher numbers say.",
        ACL_RULES,
        app_acl(Row(10, tcp(8080)), Row(20, allow=False), Row(10, egress=True)),
        {"web -> app tcp/8080": True, "web -> app tcp/8081": False},
    ),
    Behaviour(
        "acl-first-match-denies",
        "Rules are evaluated starting with the lowest numbered rule.",
        ACL_RULES,
        app_acl(Row(20), Row(10, tcp(8080), allow=False), Row(10, egress=True)),
        {"web -> app tcp/8080": False, "web -> app tcp/8081": True},
    ),
    Behaviour(
        "acl-directions-are-apart",
        "A network ACL has separate inbound and outbound rules.",
        ACLS,
        app_acl(Row(10), Row(10, allow=False, egress=True), Row(20, egress=True)),
        {"web -> app tcp/8080": False, "app -> web tcp/8080": False},
    ),
    Behaviour(
        "acl-is-stateless",
        "Responses to allowed inbound traffic are subject to the rules for outbound traffic.",
        ACLS,
        app_acl(Row(10)),
        {"web -> app tcp/8080": False},
    ),
    Behaviour(
        "acl-answer-to-ephemeral-port",
        "The outbound rule for answers is for the port that the client chose.",
        CUSTOM_ACL,
        app_acl(Row(10, tcp(8080)), Row(10, tcp(32768, 61000), egress=True)),
        {"web -> app tcp/8080": True, "app -> web tcp/443": False},
    ),
    Behaviour(
        "acl-answer-of-the-same-protocol",
        "An outbound rule for UDP does not let the answers of TCP out.",
        CUSTOM_ACL,
        app_acl(Row(10), Row(10, udp(0, 65535), egress=True)),
        {"web -> app tcp/8080": False, "web -> app udp/53": True},
    ),
    Behaviour(
        "acl-of-the-sender-counts",
        "Traffic is filtered where it leaves a subnet and where it enters one.",
        ACLS,
        web(acl="Own") | network_acl("Own", [Row(10), Row(10, tcp(443), egress=True)]),
        {"web -> app tcp/443": True, "web -> app tcp/8080": False},
    ),
    Behaviour(
        "acl-not-inside-a-subnet",
        "Rules are evaluated when traffic enters and leaves a subnet, not within it.",
        ACLS,
        app_acl(),
        {"app -> app tcp/8080": True},
    ),
    Behaviour(
        "acl-between-subnets-of-a-tier",
        "Two subnets with one network ACL are still two subnets.",
        ACLS,
        app_acl()
        | subnet("Other", halves(APP_CIDR)[1], table="Private", acl="Own")
        | security_group(
            "AppGroup", "app", ingress=[(EVERYTHING, halves(APP_CIDR)[1])], egress=OPEN
        )
        | interface("Server", "App", ["AppGroup"]),
        {"web -> app tcp/8080": False},
    ),
    Behaviour(
        "default-acl-allows-all",
        "A subnet without an association has the default network ACL, which allows everything.",
        DEFAULT_ACL,
        app_acl(),
        {"web -> app tcp/8080": True, "app -> web udp/1": True},
        without=("AppAcl",),
    ),
    Behaviour(
        "acl-cannot-be-overruled",
        "A security group rule does not help against a network ACL.",
        ACLS,
        app_acl(Row(10, cidr=WEB_CIDR, allow=False), Row(20), Row(10, egress=True)),
        {"web -> app tcp/8080": False, "db -> app tcp/8080": True},
    ),
    Behaviour(
        "acl-cidr-is-canonical",
        "100.68.0.18/18 becomes 100.68.0.0/18.",
        ACL_RULES,
        app_acl(Row(10, cidr="10.0.0.9/18"), Row(10, egress=True)),
        {"web -> app tcp/8080": True, "db -> app tcp/8080": False},
    ),
    Behaviour(
        "acl-every-protocol-ignores-ports",
        "With -1, all ports are allowed, regardless of any ports you specify.",
        ENTRY_RESOURCE,
        app_acl(Row(10, Traffic("-1", 22, 22)), Row(10, egress=True)),
        {"web -> app tcp/22": True, "web -> app tcp/8080": True},
    ),
    Behaviour(
        "acl-icmp-type-and-code",
        "A row for ICMP names type and code; -1 is all of them.",
        ENTRY_RESOURCE,
        app_acl(Row(10, Traffic("icmp", 8, -1)), Row(10, egress=True)),
        {"web -> app icmp/8.0": True, "web -> app icmp/5.1": False},
    ),
    # Routes and gateways
    Behaviour(
        "local-route",
        "Every route table holds a local route for communication within the VPC.",
        ROUTE_TABLES,
        web(table="Private"),
        {"web -> app tcp/8080": True, "app -> web tcp/8080": True},
    ),
    Behaviour(
        "main-route-table",
        "A subnet without an association follows the main route table: the local route alone.",
        ROUTE_TABLES,
        {},
        {"internet -> web tcp/443": False, "web -> app tcp/8080": True},
        without=("WebTable",),
    ),
    Behaviour(
        "public-subnet",
        "A route to an internet gateway makes a subnet public.",
        INTERNET_GATEWAY,
        {},
        {
            "internet -> web tcp/443": True,
            "web -> internet tcp/443": True,
            "internet -> app tcp/443": False,
            "app -> internet tcp/443": False,
        },
    ),
    Behaviour(
        "no-public-address-no-internet",
        "An internet gateway needs the instance to have a public IPv4 address.",
        INTERNET_GATEWAY,
        server(public=False),
        {
            f"internet -> {UNTAGGED} tcp/443": False,
            f"{UNTAGGED} -> internet tcp/443": False,
            f"app -> {UNTAGGED} tcp/443": True,
        },
    ),
    Behaviour(
        "elastic-address",
        "An Elastic IP address is a public IPv4 address.",
        INTERNET_GATEWAY,
        server(public=True),
        {f"internet -> {UNTAGGED} tcp/443": True, f"{UNTAGGED} -> internet tcp/443": True},
    ),
    Behaviour(
        "public-address-without-route",
        "A public address in a subnet without a route to an internet gateway reaches nothing.",
        INTERNET_GATEWAY,
        server(public=True, where="App"),
        {f"internet -> {UNTAGGED} tcp/443": False, f"{UNTAGGED} -> internet tcp/443": False},
    ),
    Behaviour(
        "subnet-gives-public-addresses",
        "A subnet's setting gives its instances public addresses.",
        ADDRESSES,
        web(MapPublicIpOnLaunch=True)
        | security_group("Untagged", None, ingress=OPEN, egress=OPEN)
        | instance("Server", "Web", "Untagged"),
        {f"internet -> {UNTAGGED} tcp/443": True},
    ),
    Behaviour(
        "instance-refuses-public-address",
        "The setting of an instance overrides the subnet's.",
        ADDRESSES,
        web(MapPublicIpOnLaunch=True)
        | security_group("Untagged", None, ingress=OPEN, egress=OPEN)
        | instance("Server", "Web", "Untagged", AssociatePublicIpAddress=False),
        {f"internet -> {UNTAGGED} tcp/443": False},
    ),
    Behaviour(
        "longest-prefix",
        "The most specific route that matches the traffic is used.",
        ROUTE_PRIORITY,
        route_table("Public", {ANYWHERE: "Igw", MANAGEMENT_CIDR: "Vgw"}),
        {"internet -> web tcp/443": True, "management -> web tcp/443": False},
    ),
    Behaviour(
        "longest-prefix-the-other-way",
        "A more specific route to the internet gateway beats a default route elsewhere.",
        ROUTE_PRIORITY,
        route_table("Public", {ANYWHERE: "Vgw", MANAGEMENT_CIDR: "Igw"}),
        {"internet -> web tcp/443": False, "management -> web tcp/443": True},
    ),
    Behaviour(
        "propagated-route",
        "Propagated routes lead to the networks behind a virtual private gateway.",
        ROUTE_PRIORITY,
        propagation("Private"),
        {
            "on-premises -> app tcp/22": True,
            "app -> on-premises tcp/22": True,
            "on-premises -> web tcp/22": False,
            "internet -> app tcp/22": False,
        },
    ),
    Behaviour(
        "propagated-route-beats-default",
        "A propagated route that is more specific than a static one is used.",
        VPN_ROUTES,
        propagation("Public"),
        {"on-premises -> web tcp/22": True, "internet -> web tcp/22": True},
    ),
    Behaviour(
        "static-route-beats-propagated",
        "Of two routes with one destination, the static one takes priority.",
        ROUTE_PRIORITY,
        propagation("Public") | route_table("Public", {ANYWHERE: "Igw", COMPANY_CIDR: "Igw"}),
        {"on-premises -> web tcp/22": False},
    ),
    Behaviour(
        "private-addresses-not-on-the-internet",
        "An internet gateway carries public addresses only.",
        INTERNET_GATEWAY,
        {},
        {"on-premises -> web tcp/22": False, "web -> on-premises tcp/22": False},
    ),
    # NAT gateways
    Behaviour(
        "nat-outward",
        "Instances in a private subnet connect to the outside through a NAT gateway.",
        NAT,
        nat(),
        {"app -> internet tcp/443": True, "app -> internet icmp/8.0": True},
    ),
    Behaviour(
        "nat-takes-nothing-in",
        "External services cannot initiate a connection with instances behind a NAT gateway.",
        NAT,
        nat(),
        {"internet -> app tcp/443": False, "management -> app tcp/22": False},
    ),
    Behaviour(
        "nat-protocols",
        "A NAT gateway supports TCP, UDP and ICMP.",
        NAT_BASICS,
        nat(),
        {"app -> internet udp/53": True, "app -> internet 47": False},
    ),
    Behaviour(
        "nat-needs-a-public-subnet",
        "A public NAT gateway stands in a subnet with a route to the internet gateway.",
        NAT,
        nat() | nat_gateway("Nat", "Db"),
        {"app -> internet tcp/443": False},
    ),
    Behaviour(
        "nat-private",
        "The internet gateway drops the traffic of a private NAT gateway.",
        NAT,
        private_nat_gateway("Nat", "Web") | route_table("Private", {ANYWHERE: "Nat"}),
        {"app -> internet tcp/443": False},
    ),
    Behaviour(
        "nat-to-the-company",
        "NAT gateways also route traffic to virtual private gateways, one way.",
        NAT,
        nat({COMPANY_CIDR: "Nat"}) | propagation("Public"),
        {"app -> on-premises tcp/443": True, "on-premises -> app tcp/443": False},
    ),
    Behaviour(
        "nat-ports",
        "A NAT gateway uses ports 1024-65535, so answers to lower ones are of no use.",
        CUSTOM_ACL,
        nat()
        | web(acl="Own")
        | network_acl("Own", [Row(10, cidr=APP_CIDR), Row(20, tcp(1, 1023)), Row(10, egress=True)]),
        {"app -> internet tcp/443": False},
    ),
    Behaviour(
        "nat-ports-open",
        "A NAT gateway uses ports 1024-65535.",
        CUSTOM_ACL,
        nat()
        | web(acl="Own")
        | network_acl(
            "Own", [Row(10, cidr=APP_CIDR), Row(20, tcp(1024, 1024)), Row(10, egress=True)]
        ),
        {"app -> internet tcp/443": True, "app -> internet udp/53": False},
    ),
    Behaviour(
        "nat-subnet-is-guarded",
        "The network ACL of the NAT gateway's subnet applies; security groups cannot.",
        NAT_BASICS,
        nat()
        | web(acl="Own")
        | network_acl("Own", [Row(10, cidr=APP_CIDR, allow=False), Row(20), Row(10, egress=True)]),
        {"app -> internet tcp/443": False, "internet -> web tcp/443": True},
    ),
    # Gateway endpoints
    Behaviour(
        "s3-without-internet",
        "A gateway endpoint connects to S3 without an internet gateway or a NAT device.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Private"),
        {"app -> s3 tcp/443": True, "app -> internet tcp/443": False},
    ),
    Behaviour(
        "s3-by-route-table",
        "Only the route tables that you select get the route to the endpoint.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Public"),
        {"web -> s3 tcp/443": True, "app -> s3 tcp/443": False},
    ),
    Behaviour(
        "s3-calls-nobody",
        "A gateway endpoint carries requests from the VPC to the service.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Private"),
        {"s3 -> app tcp/443": False},
    ),
    Behaviour(
        "s3-beats-default-route",
        "The endpoint's prefix list is more specific than a route for all traffic.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Private") | nat() | nat_gateway("Nat", "Db"),
        {"app -> s3 tcp/443": True, "app -> internet tcp/443": False},
    ),
    Behaviour(
        "s3-has-public-addresses",
        "Network ACLs must let traffic to and from the public addresses of S3 through.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Private")
        | app_acl(Row(10, cidr=VPC_CIDR), Row(10, cidr=VPC_CIDR, egress=True)),
        {"app -> s3 tcp/443": False, "app -> db tcp/443": True},
    ),
    Behaviour(
        "s3-needs-outbound-rule",
        "Outbound rules of the security group must allow traffic to S3.",
        GATEWAY_ENDPOINTS,
        s3_endpoint("Private") | group("app", egress=[(EVERYTHING, VPC_CIDR)]),
        {"app -> s3 tcp/443": False, "db -> s3 tcp/443": True},
    ),
)

REFUSED = (
    (
        "default-group",
        "Without a security group, a resource gets the VPC's default one.",
        DEFAULT_GROUP,
        {
            "Server": {
                "Type": "AWS::EC2::NetworkInterface",
                "Properties": {"SubnetId": {"Ref": "App"}},
            }
        },
        "no-default-group",
    ),
    (
        "two-rows-of-one-number",
        "A rule number cannot be used twice in one direction.",
        f"{EC2_API}/API_CreateNetworkAclEntry.html",
        {"Twin": acl_entry("Open", Row(100, tcp(443)))},
        "acl-numbers-unique",
    ),
    (
        "row-for-tcp-without-ports",
        "A row for TCP or UDP must name ports.",
        ENTRY_RESOURCE,
        {"Portless": acl_entry("Open", Row(50, Traffic("6")))},
        "acl-rows-have-ports",
    ),
    (
        "route-inside-the-vpc",
        "A static route more specific than the local one diverts traffic to a middlebox.",
        ROUTE_TABLES,
        route_table("Private", {DB_CIDR: "Nat"}) | nat_gateway("Nat", "Web"),
        "cannot-prove",
    ),
)


def connects(proof: Proof, source: str, destination: str, protocol: str, port: int) -> bool:
    """Whether the matrix lets the connection through."""
    reach = proof.matrix.get((source, destination))
    ports = reach.ports if reach else {}
    ranges = ports.get(protocol, ports.get("all other protocols", ()))
    if protocol in {"tcp", "udp", "icmp"}:
        ranges = ports.get(protocol, ())
    return any(first <= port <= last for first, last in ranges)


def parsed(connection: str) -> tuple[str, str, str, int]:
    """Source, destination, protocol and port of "web -> app tcp/8080"."""
    zones, _, traffic = connection.rpartition(" ")
    source, _, destination = zones.partition(" -> ")
    protocol, _, port = traffic.partition("/")
    if protocol == "icmp":
        kind, _, code = port.partition(".")
        return source, destination, protocol, 256 * int(kind) + int(code)
    if protocol.isdigit():
        return source, destination, f"protocol {protocol}", 0
    return source, destination, protocol, int(port)


NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.id)
def test_documented_behaviour(behaviour: Behaviour, tmp_path: Path) -> None:
    resources = BASE | behaviour.change
    kept = {name: part for name, part in resources.items() if name not in behaviour.without}
    assert len(resources) - len(kept) == len(behaviour.without)
    assembly = write_assembly(tmp_path, template(kept))
    proof, oracle = prove(assembly), Oracle(assembly)
    for connection, expected in behaviour.expected.items():
        source, destination, protocol, port = parsed(connection)
        number = NUMBERS.get(protocol) or int(protocol.removeprefix("protocol "))
        verdicts = {
            "verifier": connects(proof, source, destination, protocol, port),
            "oracle": oracle.allows(source, destination, number, port),
        }
        assert verdicts == {"verifier": expected, "oracle": expected}, (
            f"{connection}: {behaviour.says} {behaviour.page}"
        )


@pytest.mark.parametrize(
    ("says", "page", "change", "claim"),
    [pytest.param(*row[1:], id=row[0]) for row in REFUSED],
)
def test_documented_refusal(
    says: str, page: str, change: Resources, claim: str, tmp_path: Path
) -> None:
    base = prove(write_assembly(tmp_path / "base", template(BASE))).findings
    assert claim not in {finding.claim for finding in base}
    changed = prove(write_assembly(tmp_path / "changed", template(BASE | change))).findings
    assert claim in {finding.claim for finding in changed}, f"{says} {page}"


def test_every_behaviour_names_its_own_sentence_and_a_page_of_aws() -> None:
    rows = [(row.id, row.page) for row in BEHAVIOURS] + [(row[0], row[2]) for row in REFUSED]
    assert len({name for name, _ in rows}) == len(rows) >= 30
    assert all(page.startswith("https://docs.aws.amazon.com/") for _, page in rows)
