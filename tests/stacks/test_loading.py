"""Environment files: every mistake is refused in one clear message, everything else works."""

import tomllib
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import build_app
from stacks.environment import RETENTION_DAYS
from stacks.loading import EnvironmentRefusedError, load_environment, parse_environment

SMALLEST = '[network]\ncidr = "10.0.0.0/16"\n'
VPN = (
    SMALLEST + '[on_premises]\nconnection = "vpn"\ncidrs = ["192.168.0.0/16"]\n'
    'customer_gateway_address = "198.51.100.10"\n'
)


def network(line: str) -> str:
    return SMALLEST + line


def management(line: str) -> str:
    return f"{SMALLEST}[management]\n{line}"


# text of the file, the key, the value as shown, a word of what is allowed
REFUSED = [
    ('[network]\ncidr = "10.0.0.0/33"', "network.cidr", "'10.0.0.0/33'", "CIDR notation"),
    ('[network]\ncidr = "ten"', "network.cidr", "'ten'", "CIDR notation"),
    ('[network]\ncidr = "10.0.0.1/16"', "network.cidr", "'10.0.0.1/16'", 'write "10.0.0.0/16"'),
    ('[network]\ncidr = "8.8.0.0/16"', "network.cidr", "'8.8.0.0/16'", "RFC 1918"),
    ('[network]\ncidr = "10.0.0.0/24"', "network.cidr", "'10.0.0.0/24'", "from /16 to /22"),
    ('[network]\ncidr = "10.0.0.0/8"', "network.cidr", "'10.0.0.0/8'", "from /16 to /22"),
    ('[network]\ncidr = "fd00::/16"', "network.cidr", "'fd00::/16'", "IPv4"),
    ("[network]\ncidr = 10", "network.cidr", "10", "text in quotes"),
    ("[network]\nzones = 2", "network.cidr", "missing", "production.toml"),
    ("network = 3", "network", "3", "[section]"),
    (network("zones = 1"), "network.zones", "1", "2 to 4"),
    (network("zones = 5"), "network.zones", "5", "2 to 4"),
    (network("zones = true"), "network.zones", "True", "2 to 4"),
    (network('zones = ["eu-west-1a", "eu-west-1a"]'), "network.zones", "eu-west-1a", "once"),
    (network('zones = ["eu-west-1a", "eu-west-1b"]'), "network.zones", "eu-west-1a", "add region"),
    (
        'region = "us-east-1"\n' + network('zones = ["eu-west-1a", "eu-west-1b"]'),
        "network.zones",
        "eu-west-1a",
        "us-east-1a",
    ),
    (network('nat = "two"'), "network.nat", "'two'", "'none', 'single' or 'per-zone'"),
    (network("nta = 1"), "network.nta", "1", 'write "nat"'),
    (network("flow_log_retention_days = 2"), "network.flow_log_retention_days", "2", "3653"),
    (network('interface_endpoints = "yes"'), "network.interface_endpoints", "'yes'", "true or"),
    ('regoin = "eu-west-1"\n' + SMALLEST, "regoin", "'eu-west-1'", 'write "region"'),
    ('name = "x"\n' + SMALLEST, "name", "", "remove it"),
    ('account = "12345"\n' + SMALLEST, "account", "'12345'", "12 digits"),
    ("account = 123456789012\n" + SMALLEST, "account", "123456789012", "quotes"),
    ('region = "Tokyo"\n' + SMALLEST, "region", "'Tokyo'", "such as eu-west-1"),
    ('removal_policy = "keep"\n' + SMALLEST, "removal_policy", "'keep'", "'destroy' or 'retain'"),
    (SMALLEST + "[ports]\napplication = 80", "ports.application", "80", "1024 to 32767"),
    (SMALLEST + "[ports]\ndatabase = 70000", "ports.database", "70000", "1024 to 32767"),
    (SMALLEST + "[ports]\ndatabase = 3389", "ports.database", "3389", "except 3389"),
    (SMALLEST + "[ports]\ndatabase = 8080", "ports", "8080", "two different ports"),
    (SMALLEST + '[ports]\ndatabase = "5432"', "ports.database", "'5432'", "whole number"),
    (management('cidrs = ["0.0.0.0/0"]'), "management.cidrs.0", "'0.0.0.0/0'", "/16 or narrower"),
    (management('cidrs = ["::/0"]'), "management.cidrs.0", "'::/0'", "IPv4"),
    (management('cidrs = ["192.168.1.0/24"]'), "management.cidrs.0", "'192.168.1.0/24'", "public"),
    (management('cidrs = "203.0.113.0/24"'), "management.cidrs", "'203.0.113.0/24'", "a list"),
    (
        management('cidrs = ["203.0.113.0/24", "203.0.113.128/25"]'),
        "management.cidrs",
        "203.0.113.128/25",
        "apart",
    ),
    (management('protocols = ["telnet"]'), "management.protocols.0", "'telnet'", "'ssh' or 'rdp'"),
    (management('protocols = ["ssh", "ssh"]'), "management.protocols", "ssh", "once"),
    (management("protocols = []"), "management.protocols", "[]", "at least one"),
    (
        management(f"cidrs = {[f'203.0.113.{8 * i}/29' for i in range(20)]}"),
        "management.cidrs",
        "46 inbound rules",
        "AWS allows 20",
    ),
    (SMALLEST + "[on_premises]\ncidrs = []", "on_premises.connection", "missing", "vpn"),
    (SMALLEST + '[on_premises]\nconnection = "wifi"', "on_premises.connection", "'wifi'", "'vpn'"),
    (
        SMALLEST + '[on_premises]\nconnection = "none"\ncidrs = ["192.168.0.0/16"]',
        "on_premises.cidrs",
        "192.168.0.0/16",
        "unknown key",
    ),
    (VPN.replace("cidrs", "# cidrs", 1), "on_premises.cidrs", "missing", "add it"),
    (
        VPN.replace("192.168.0.0/16", "10.0.128.0/20"),
        "on_premises.cidrs",
        "10.0.128.0/20",
        "apart",
    ),
    (
        VPN.replace("198.51.100.10", "192.168.0.1"),
        "on_premises.customer_gateway_address",
        "'192.168.0.1'",
        "public IPv4",
    ),
    (VPN + "bgp_asn = 64512", "on_premises.bgp_asn", "64512", "Amazon's"),
    (
        VPN + 'pre_shared_key_secrets = ["one"]',
        "on_premises.pre_shared_key_secrets",
        "['one']",
        "two Secrets Manager secrets",
    ),
    (
        VPN + 'pre_shared_key_secrets = ["one", "two:SecretString}}"]',
        "on_premises.pre_shared_key_secrets.1",
        "'two:SecretString}}'",
        "the name of a secret",
    ),
    (
        SMALLEST + '[on_premises]\nconnection = "direct-connect"\ncidrs = ["192.168.0.0/16"]\n'
        'direct_connect_gateway_id = "dxgw-1"',
        "on_premises.direct_connect_gateway_id",
        "'dxgw-1'",
        "such as",
    ),
    (SMALLEST + '[tags]\n"aws:x" = "y"', "tags.'aws:x'", "'aws:x'", "without the prefixes"),
    (SMALLEST + '[tags]\nowner = ""', "tags.owner", "''", "at most 256"),
]


@pytest.mark.parametrize(("text", "key", "value", "allowed"), REFUSED)
def test_a_mistake_names_the_file_key_value_what_is_allowed_and_the_change(
    text: str, key: str, value: str, allowed: str
) -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment(tomllib.loads(text), "test", "environments/test.toml")
    message = str(refused.value)
    assert message.startswith("environments/test.toml: ")
    for part in (key, value, allowed, "Allowed: ", "Change: "):
        assert part in message, message
    assert message.count("\n") == 0


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment({"network": {"zones": 9}, "account": "1"}, "test", "test.toml")
    assert len(str(refused.value).splitlines()) == 3


def test_an_unknown_environment_lists_the_known_ones() -> None:
    with pytest.raises(EnvironmentRefusedError, match=r'"staging" .* production, sandbox\.'):
        load_environment("staging")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"[network\n", "is not TOML"),
        (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_environment_is_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "broken.toml"
    if content is None:
        path.mkdir()  # reading it fails for every user, root included
    else:
        path.write_bytes(content)
    with pytest.raises(EnvironmentRefusedError, match=reason):
        load_environment("broken", tmp_path)


@pytest.mark.parametrize("name", ["sandbox", "production"])
def test_the_shipped_environments_are_accepted(name: str) -> None:
    assert load_environment(name).name == name


subnets = st.builds(
    lambda address, prefix: str(IPv4Network((address, prefix), strict=False)),
    st.integers(min_value=0, max_value=(1 << 32) - 1),
    st.integers(min_value=0, max_value=32),
)
private = st.builds(
    lambda second, prefix: str(IPv4Network((f"10.{second}.0.0", prefix), strict=False)),
    st.integers(min_value=0, max_value=255),
    st.integers(min_value=15, max_value=23),
)
junk = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), subnets)
environments = st.fixed_dictionaries(
    {
        "network": st.fixed_dictionaries(
            {"cidr": private | junk},
            optional={
                "zones": st.integers(min_value=1, max_value=5) | junk,
                "nat": st.sampled_from(["none", "single", "per-zone"]) | junk,
                "interface_endpoints": st.booleans(),
                "instance_connect_endpoint": st.booleans(),
                "flow_log_retention_days": st.sampled_from(RETENTION_DAYS) | st.integers(),
            },
        )
    },
    optional={
        "account": st.from_regex(r"\A[0-9]{11,13}\Z") | junk,
        "region": st.sampled_from(["eu-west-1", "us-gov-west-1"]) | junk,
        "removal_policy": st.sampled_from(["destroy", "retain"]) | junk,
        "tags": st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
        "ports": st.fixed_dictionaries(
            {}, optional={"application": st.integers(0, 70000), "database": st.integers(0, 70000)}
        ),
        "management": st.fixed_dictionaries({}, optional={"cidrs": st.lists(subnets, max_size=6)}),
        "on_premises": st.fixed_dictionaries(
            {
                "connection": st.sampled_from(["none", "vpn", "direct-connect"]),
                "cidrs": st.lists(private | subnets, max_size=4),
            },
            optional={
                "customer_gateway_address": st.ip_addresses(v=4).map(str),
                "routing": st.sampled_from(["static", "bgp"]),
                "direct_connect_gateway_id": st.uuids().map(str),
            },
        ),
    },
)


@settings(max_examples=400, deadline=None)
@given(environments)
def test_whatever_a_file_says_it_is_accepted_or_refused_with_a_reason(
    values: dict[str, Any],
) -> None:
    try:
        parse_environment(values, "test", "environments/test.toml")
    except EnvironmentRefusedError as refused:
        for line in str(refused).splitlines():
            assert line.startswith("environments/test.toml: ")
            assert "Allowed: " in line
            assert "Change: " in line


plausible = st.fixed_dictionaries(
    {
        "network": st.fixed_dictionaries(
            {
                "cidr": st.builds("10.{}.0.0/{}".format, st.integers(0, 127), st.integers(16, 22)),
                "zones": st.integers(2, 4),
                "nat": st.sampled_from(["none", "single", "per-zone"]),
                "interface_endpoints": st.booleans(),
                "instance_connect_endpoint": st.booleans(),
                "flow_log_retention_days": st.sampled_from(RETENTION_DAYS),
            }
        ),
        "removal_policy": st.sampled_from(["destroy", "retain"]),
        "tags": st.dictionaries(st.sampled_from(["owner", "cost center"]), st.just("x y")),
        "ports": st.fixed_dictionaries(
            {"application": st.integers(1024, 3388), "database": st.integers(3390, 32767)}
        ),
        "management": st.fixed_dictionaries(
            {
                "cidrs": st.lists(
                    st.integers(0, 255).map("203.0.{}.0/24".format), max_size=5, unique=True
                ),
                "protocols": st.sampled_from([["ssh"], ["rdp"], ["ssh", "rdp"]]),
            }
        ),
        "on_premises": st.sampled_from(
            [
                {"connection": "none"},
                tomllib.loads(VPN)["on_premises"],
                {
                    "connection": "direct-connect",
                    "cidrs": ["192.168.0.0/17", "192.168.128.0/17", "172.16.0.0/12"],
                    "direct_connect_gateway_id": "0a1b2c3d-0000-1111-2222-0123456789ab",
                },
            ]
        ),
    }
)


@pytest.mark.slow
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plausible)
def test_every_accepted_environment_synthesizes_with_every_validation(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    environment = parse_environment(values, "test", "environments/test.toml")
    build_app(environment, outdir=tmp_path_factory.mktemp("any")).synth()
