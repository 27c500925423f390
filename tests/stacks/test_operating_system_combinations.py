"""Every combination of operating systems synthesizes, passes every validation and keeps every rule.

Each combination takes another way in and other settings than the shipped environments.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from blueprint.operating_systems import WINDOWS_SERVER_2022, WINDOWS_SERVER_2025
from stacks.environment import Environment
from tests.conftest import Assembly
from tests.stacks.combinations import CERTIFICATE, KEY_PAIR, fleets
from tests.stacks.server_rules import Servers, broken
from tests.test_validations import in_vain, violations

Make = Callable[..., Environment]
Synthesize = Callable[[Environment], Assembly]

FAMILIES = (("Linux",), ("Windows",), ("Linux", "Windows"))
# Where Windows is, also the older release: it differs in its image only, as a test below says.
OLDER = tuple(
    tuple(family.replace("Windows", "Windows 2022") for family in families) for families in FAMILIES
)
# What an environment has beside its servers, each another way in to all of them.
INTERFACE_ENDPOINTS: dict[str, Any] = {
    "network": {"cidr": "10.0.0.0/16", "interface_endpoints": True},
    "removal_policy": "retain",
    "servers": {"termination_protection": True, "backup_retention_days": 7},
}
CONNECT_ENDPOINT: dict[str, Any] = {
    "network": {"cidr": "10.0.0.0/16", "nat": "none"},
    "removal_policy": "destroy",
    "servers": {
        "termination_protection": False,
        "backup_retention_days": 0,
        "key_pair": KEY_PAIR,
    },
}
COMPANY: dict[str, Any] = {
    "network": {
        "cidr": "10.0.0.0/16",
        "nat": "single",
        "instance_connect_endpoint": False,
    },
    "management": {"cidrs": ["203.0.113.0/24"], "protocols": ["ssh", "rdp"]},
    "on_premises": {
        "connection": "vpn",
        "cidrs": ["192.168.0.0/16"],
        "customer_gateway_address": "198.51.100.10",
    },
    "removal_policy": "retain",
    "servers": {
        "termination_protection": True,
        "backup_retention_days": 0,
        "key_pair": KEY_PAIR,
    },
}


def with_servers(
    around: dict[str, Any],
    web: tuple[str, ...],
    app: tuple[str, ...],
    *,
    scaling: bool,
    balancer: bool,
) -> dict[str, Any]:
    """The values of a file with these servers."""
    servers = {
        **around["servers"],
        "auto_scaling": scaling,
        "web": fleets(*web),
        "app": fleets(*app),
        "db": fleets("Linux"),
    }
    if balancer:
        servers["load_balancer"] = {"certificate_arn": CERTIFICATE}
    return {"account": "111122223333", "region": "eu-west-1", **around, "servers": servers}


def assert_sound(assembly: Assembly) -> None:
    assert list(violations(assembly.validation_report)) == []
    assert in_vain(assembly) == []
    resources = assembly.servers["Resources"]
    assert broken(Servers(assembly.environment, resources)) == []


def test_releases_of_windows_differ_in_their_image_only() -> None:
    older = replace(
        WINDOWS_SERVER_2022,
        name=WINDOWS_SERVER_2025.name,
        image_parameter=WINDOWS_SERVER_2025.image_parameter,
    )
    assert older == WINDOWS_SERVER_2025


# Together: each family alone and beside the other in both tiers, both releases of Windows, single
# servers and groups, with and without a load balancer, each way in, kept and removed.
@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        with_servers(COMPANY, OLDER[1], FAMILIES[2], scaling=False, balancer=False),
        with_servers(CONNECT_ENDPOINT, OLDER[2], OLDER[1], scaling=True, balancer=True),
        with_servers(INTERFACE_ENDPOINTS, FAMILIES[0], FAMILIES[1], scaling=True, balancer=False),
    ],
    ids=["company", "connect endpoint", "interface endpoints"],
)
def test_telling_combinations_pass_every_validation_and_keep_every_rule(
    values: dict[str, Any], environment_of: Make, synthesize: Synthesize
) -> None:
    assert_sound(synthesize(environment_of(**values)))


@pytest.mark.exhaustive
@pytest.mark.parametrize("around", [INTERFACE_ENDPOINTS, CONNECT_ENDPOINT], ids=["kept", "removed"])
@pytest.mark.parametrize("balancer", [False, True], ids=["", "load balancer"])
@pytest.mark.parametrize("scaling", [False, True], ids=["single", "groups"])
@pytest.mark.parametrize(("web", "app"), list(product(FAMILIES, FAMILIES)))
def test_every_combination_passes_every_validation_and_keeps_every_rule(
    web: tuple[str, ...],
    app: tuple[str, ...],
    around: dict[str, Any],
    environment_of: Make,
    synthesize: Synthesize,
    *,
    scaling: bool,
    balancer: bool,
) -> None:
    values = with_servers(around, web, app, scaling=scaling, balancer=balancer)
    assert_sound(synthesize(environment_of(**values)))
