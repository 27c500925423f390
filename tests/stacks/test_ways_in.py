"""Nobody is locked out: every server of an accepted environment has a way in."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from stacks.environment import Environment, ways_in
from stacks.loading import EnvironmentRefusedError, parse_environment
from stacks.network_flows import network_flows
from tests.stacks.combinations import CERTIFICATE, KEY_PAIR, fleets

# The rule, stated again: by tier and family, each way with all that it needs.
RULE: dict[tuple[str, str], dict[str, set[str]]] = {
    ("web", "Linux"): {
        "Session Manager": {"interface endpoints | no load balancer"},
        "EC2 Instance Connect Endpoint": {"connect endpoint"},
        "management network": {"company address", "ssh", "no load balancer"},
    },
    ("web", "Windows"): {
        "Session Manager": {"interface endpoints | no load balancer"},
        "EC2 Instance Connect Endpoint": {"connect endpoint", "key pair"},
        "management network": {"company address", "rdp", "no load balancer", "key pair"},
    },
    ("app", "Linux"): {
        "Session Manager": {"interface endpoints | NAT"},
        "EC2 Instance Connect Endpoint": {"connect endpoint"},
        "private connection": {"private connection", "ssh"},
    },
    ("app", "Windows"): {
        "Session Manager": {"interface endpoints | NAT"},
        "EC2 Instance Connect Endpoint": {"connect endpoint", "key pair"},
        "private connection": {"private connection", "rdp", "key pair"},
    },
    ("db", "Linux"): {
        "Session Manager": {"interface endpoints"},
        "EC2 Instance Connect Endpoint": {"connect endpoint"},
        "private connection": {"private connection", "ssh"},
    },
}
# What a way needs of the network: one of these rows of the flow table. Session Manager is called by
# the server's agent; for the other ways a person calls the server.
HTTPS, SSH, RDP = "tcp/443", "tcp/22", "tcp/3389"
REMOTE = {"Linux": SSH, "Windows": RDP}
ROWS: dict[str, tuple[str, ...]] = {
    "Session Manager": (
        f"{{tier}} -> interface-endpoints {HTTPS}",
        f"{{tier}} -> internet {HTTPS}",
        f"{{tier}} -> internet {HTTPS} via web",
    ),
    "EC2 Instance Connect Endpoint": ("instance-connect -> {tier} {port}",),
    "management network": ("management -> {tier} {port}",),
    "private connection": ("on-premises -> {tier} {port}",),
}
VPN = {
    "connection": "vpn",
    "cidrs": ["192.168.0.0/16"],
    "customer_gateway_address": "198.51.100.10",
}
# What an environment may have that matters here: the fact, and the sections that make it so.
FACTS: dict[str, dict[str, dict[str, Any]]] = {
    "interface endpoints": {"network": {"interface_endpoints": True}},
    "connect endpoint": {"network": {"instance_connect_endpoint": True}},
    "load balancer": {"servers": {"load_balancer": {"certificate_arn": CERTIFICATE}}},
    "key pair": {"servers": {"key_pair": KEY_PAIR}},
    "company address": {"management": {"cidrs": ["203.0.113.0/24"]}},
    "private connection": {"on_premises": VPN},
}
PROTOCOLS = (("ssh",), ("rdp",), ("ssh", "rdp"))
NAT = ("none", "single", "per-zone")
FAMILIES = (("Linux",), ("Windows",), ("Linux", "Windows"))
# Tiers are judged one by one: the same families in both say enough for every run.
MARKS: dict[bool, tuple[pytest.MarkDecorator, ...]] = {True: (), False: (pytest.mark.exhaustive,)}

Situation = tuple[frozenset[str], dict[str, Any]]


def situations() -> Iterator[Situation]:
    """Every combination of what matters, as facts and as the values of a file."""
    for nat, protocols, chosen in product(
        NAT, PROTOCOLS, product((True, False), repeat=len(FACTS))
    ):
        facts = {fact for fact, present in zip(FACTS, chosen, strict=True) if present}
        values: dict[str, Any] = {
            "account": "111122223333",
            "region": "eu-west-1",
            "network": {"cidr": "10.0.0.0/16", "nat": nat, "instance_connect_endpoint": False},
            "management": {"protocols": list(protocols)},
            "servers": {},
        }
        for fact in facts:
            for section, keys in FACTS[fact].items():
                values.setdefault(section, {}).update(keys)
        facts |= {*protocols, *({"NAT"} if nat != "none" else ())}
        if "load balancer" not in facts:
            facts.add("no load balancer")
        yield frozenset(facts), values


def expected(facts: frozenset[str], tier: str, family: str) -> list[str]:
    return [
        way
        for way, needs in RULE[tier, family].items()
        if all(facts & set(need.split(" | ")) for need in needs)
    ]


# A load balancer hides the web servers: management networks beside it are refused, not tried here.
SITUATIONS = [
    (facts, values)
    for facts, values in situations()
    if not {"load balancer", "company address"} <= facts
]


def environment_of(facts: frozenset[str], values: dict[str, Any]) -> Environment:
    # A file that locks someone out is refused, so the endpoints go after it was read.
    with_endpoints = {**values, "network": {**values["network"], "interface_endpoints": True}}
    environment = parse_environment(with_endpoints, "test", "environments/test.toml")
    if "interface endpoints" in facts:
        return environment
    network = environment.network.model_copy(update={"interface_endpoints": False})
    return environment.model_copy(update={"network": network})


def needs_of(environment: Environment) -> list[set[str]]:
    """For each way in that the environment has, the rows of which one must be there."""
    needs = [
        {row.format(tier=tier, port=REMOTE[family]) for row in ROWS[way]}
        for tier, family in RULE
        for way in ways_in(environment, tier, family)
    ]
    # Behind a load balancer web servers have no public address, and this row leads nowhere.
    nowhere = {f"web -> internet {HTTPS}"} if environment.servers.load_balancer else set()
    return [rows - nowhere for rows in needs]


def test_every_combination_is_tried() -> None:
    assert len(SITUATIONS) == 3 * 3 * 2**6 * 3 // 4
    assert len({str(values) for _, values in SITUATIONS}) == len(SITUATIONS)


def test_ways_in_are_those_of_the_rule() -> None:
    for facts, values in SITUATIONS:
        environment = environment_of(facts, values)
        for tier, family in RULE:
            assert ways_in(environment, tier, family) == expected(facts, tier, family), values


def test_every_way_in_is_open_in_the_network() -> None:
    lost_without = set()
    for facts, values in SITUATIONS:
        environment = environment_of(facts, values)
        flows = {str(flow) for flow in network_flows(environment)}
        open_by = [rows & flows for rows in needs_of(environment)]
        assert all(open_by), values
        lost_without |= {row for rows in open_by if len(rows) == 1 for row in rows}
    # The twin: without any of these rows, some environment loses a way in.
    assert lost_without == {
        *(f"instance-connect -> {tier} {port}" for tier in ("web", "app") for port in (SSH, RDP)),
        f"instance-connect -> db {SSH}",
        *(f"management -> web {port}" for port in (SSH, RDP)),
        *(f"on-premises -> app {port}" for port in (SSH, RDP)),
        f"on-premises -> db {SSH}",
        *(f"{tier} -> interface-endpoints {HTTPS}" for tier in ("web", "app", "db")),
        f"web -> internet {HTTPS}",
        f"app -> internet {HTTPS} via web",
    }


@pytest.mark.parametrize(
    ("web", "app"),
    [pytest.param(web, app, marks=MARKS[web == app]) for web, app in product(FAMILIES, FAMILIES)],
)
def test_an_environment_is_refused_exactly_when_someone_is_locked_out(
    web: tuple[str, ...], app: tuple[str, ...]
) -> None:
    tiers = {"web": web, "app": app, "db": ("Linux",)}
    accepted = 0
    for facts, values in SITUATIONS:
        servers = {tier: fleets(*families) for tier, families in tiers.items()}
        asked = {**values, "servers": {**values["servers"], **servers}}
        locked_out = [
            (tier, family)
            for tier, families in tiers.items()
            for family in families
            if not expected(facts, tier, family)
        ]
        if not locked_out:
            parse_environment(asked, "test", "environments/test.toml")
            accepted += 1
            continue
        tier, family = locked_out[0]
        with pytest.raises(EnvironmentRefusedError) as refused:
            parse_environment(asked, "test", "environments/test.toml")
        assert str(refused.value) == (
            f"environments/test.toml: servers.{tier}: nobody could get onto a {family} server. "
            "Allowed: a way in to every server: Session Manager (NAT or interface endpoints), EC2 "
            "Instance Connect Endpoint or a management network, which for Windows need a key pair "
            "that its password is encrypted for. "
            "Change: network.interface_endpoints = true, for example."
        )
    assert 0 < accepted < len(SITUATIONS)
