"""Random small networks for hypothesis, odd ones on purpose.

Rules overlap, deny, refer to their own group and meet in several groups on one interface; subnets
lack associations; NAT gateways stand in the wrong subnet; groups lack egress rules.
"""

from hypothesis import strategies as st

from tests.proofs.small_templates import (
    ANYWHERE,
    APP_CIDR,
    COMPANY_CIDR,
    DB_CIDR,
    EVERYTHING,
    MANAGEMENT_CIDR,
    VPC_CIDR,
    WEB_CIDR,
    ZONES,
    Resources,
    Row,
    Template,
    Traffic,
    halves,
    interface,
    nat_gateway,
    network_acl,
    propagation,
    route_table,
    s3_endpoint,
    security_group,
    standalone,
    static_vpn_routes,
    subnet,
    tcp,
    template,
    udp,
    vpc,
)

_TIERS = {"web": WEB_CIDR, "app": APP_CIDR, "db": DB_CIDR}
_TRAFFIC: tuple[Traffic, ...] = (
    EVERYTHING,
    tcp(0, 65535),
    tcp(1024, 65535),
    tcp(32768, 40000),
    tcp(443),
    tcp(80, 443),
    tcp(400, 5432),
    udp(53),
    udp(0, 65535),
    Traffic("icmp", -1, -1),
    Traffic("icmp", 8, -1),
    Traffic("icmp", 3, 4),
    Traffic("47"),
)
_CIDRS = (
    ANYWHERE,
    ANYWHERE,
    VPC_CIDR,
    "10.0.0.0/8",
    *_TIERS.values(),
    halves(WEB_CIDR)[1],
    halves(APP_CIDR)[0],
    "10.0.64.0/24",
    MANAGEMENT_CIDR,
    "203.0.113.128/25",
    "203.0.112.0/22",
    COMPANY_CIDR,
    "192.168.7.0/24",
    "198.51.100.0/24",
)
_ANNOUNCED = (COMPANY_CIDR, "192.168.128.0/17", "198.51.100.0/25", MANAGEMENT_CIDR)
_ROUTED = (ANYWHERE, "128.0.0.0/1", MANAGEMENT_CIDR, "203.0.113.64/26", COMPANY_CIDR)

_traffic = st.sampled_from(_TRAFFIC)
_cidr = st.sampled_from(_CIDRS)
_yes_or_no = st.booleans()
# Mostly open rows: networks in which nothing passes agree too easily.
_mostly = st.sampled_from((True, True, True, False))


@st.composite
def random_templates(draw: st.DrawFn) -> Template:
    """A template of two or three tiers with two to four subnets."""
    tiers = draw(st.sampled_from((("web", "app"), ("web", "db"), ("web", "app", "db"))))
    places = [(tier, half) for tier in tiers for half in (0, 1)]
    chosen = draw(st.permutations(places))[: draw(st.integers(2, 4))]
    tables = ["Table0", "Table1"][: draw(st.integers(1, 2))]
    acls = ["Acl0", "Acl1"][: draw(st.integers(0, 2))]
    groups = {f"{tier.title()}Group": tier for tier in tiers}

    resources = vpc()
    subnets = [f"{tier.title()}{half}" for tier, half in chosen]
    for name, (tier, half) in zip(subnets, chosen, strict=True):
        resources |= subnet(
            name,
            halves(_TIERS[tier])[half],
            table=draw(st.sampled_from((*tables, *tables, None))),
            acl=draw(st.sampled_from((*acls, *acls, None))),
        )
    resources |= _routes(draw, tables, subnets)
    for acl in acls:
        resources |= network_acl(acl, _rows(draw))
    resources |= _groups(draw, groups)
    resources |= _interfaces(draw, subnets, [*groups, "Untagged"])
    # Few zones outside: every pair is looked at, twice.
    outside = draw(st.permutations(("management", "on-premises", "s3")))[:1]
    zones = [*tiers, "internet", *outside]
    return template(resources, {zone: ZONES[zone] for zone in zones})


def _routes(draw: st.DrawFn, tables: list[str], subnets: list[str]) -> Resources:
    targets = ["Igw", "Vgw"]
    parts: Resources = {}
    if draw(_yes_or_no):
        targets.append("Nat")
        parts |= nat_gateway("Nat", draw(st.sampled_from(subnets)))
    for name in tables:
        cidrs = draw(st.lists(st.sampled_from(_ROUTED), max_size=3, unique=True))
        routes = {cidr: draw(st.sampled_from(targets)) for cidr in cidrs}
        if ANYWHERE not in routes and draw(_mostly):
            routes[ANYWHERE] = draw(st.sampled_from(("Igw", targets[-1])))
        parts |= route_table(name, routes)
    if draw(_yes_or_no):
        parts |= static_vpn_routes(*draw(st.lists(st.sampled_from(_ANNOUNCED), unique=True)))
    for part in (s3_endpoint, propagation):
        if some := [name for name in tables if draw(_yes_or_no)]:
            parts |= part(*some)
    return parts


def _rows(draw: st.DrawFn) -> list[Row]:
    rows = []
    for egress in (False, True):
        numbers = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
        rows += [
            Row(number, draw(_traffic), draw(_cidr), draw(_mostly), egress) for number in numbers
        ]
        if draw(_mostly):
            rows.append(Row(100, EVERYTHING, draw(_cidr), egress=egress))
    return rows


def _groups(draw: st.DrawFn, zones: dict[str, str]) -> Resources:
    parts: Resources = {}
    names = [*zones, "Untagged"]
    peer = st.one_of(_cidr, st.sampled_from(names))
    rules = st.lists(st.tuples(_traffic, peer), max_size=3)
    for name in names:
        parts |= security_group(
            name,
            zones.get(name),
            ingress=draw(rules),
            egress=draw(rules) if draw(_mostly) else None,
        )
    for number in range(draw(st.integers(0, 3))):
        parts |= standalone(
            f"Rule{number}",
            draw(st.sampled_from(names)),
            draw(_traffic),
            draw(peer),
            egress=draw(_yes_or_no),
        )
    return parts


def _interfaces(draw: st.DrawFn, subnets: list[str], groups: list[str]) -> Resources:
    parts: Resources = {}
    for number in range(draw(st.integers(0, 2))):
        parts |= interface(
            f"Interface{number}",
            draw(st.sampled_from(subnets)),
            draw(st.lists(st.sampled_from(groups), min_size=1, max_size=2, unique=True)),
            public=draw(_yes_or_no),
        )
    return parts
