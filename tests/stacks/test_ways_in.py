"""Nobody is locked out: every server of an accepted environment has a way in."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from stacks.environment import ways_in
from stacks.loading import EnvironmentRefusedError, parse_environment
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


def test_every_combination_is_tried() -> None:
    assert len(SITUATIONS) == 3 * 3 * 2**6 * 3 // 4
    assert len({str(values) for _, values in SITUATIONS}) == len(SITUATIONS)


def test_ways_in_are_those_of_the_rule() -> None:
    for facts, values in SITUATIONS:
        # A file that locks someone out is refused, so the endpoints go after it was read.
        with_endpoints = {**values, "network": {**values["network"], "interface_endpoints": True}}
        environment = parse_environment(with_endpoints, "test", "environments/test.toml")
        if "interface endpoints" not in facts:
            network = environment.network.model_copy(update={"interface_endpoints": False})
            environment = environment.model_copy(update={"network": network})
        for tier, family in RULE:
            assert ways_in(environment, tier, family) == expected(facts, tier, family), values


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
