"""Environment files: every mistake is refused in one clear message, everything else works."""

import copy
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from app import build_app
from blueprint.operating_systems import OPERATING_SYSTEMS
from stacks.audit_settings import Audit
from stacks.environment import (
    Environment,
    Management,
    Network,
    Ports,
    Vpn,
)
from stacks.fields import RETENTION_DAYS
from stacks.identity_settings import (
    GITHUB,
    AccessAnalyzer,
    BreakGlass,
    Identity,
    Oidc,
    PasswordPolicy,
    Saml,
    User,
)
from stacks.loading import EnvironmentRefusedError, load_environment, parse_environment
from stacks.partner_settings import Organization, Partner
from stacks.server_settings import Fleet, KeyPair, LoadBalancer
from stacks.server_settings import Servers as ServerSettings
from stacks.tier_settings import MoreTier
from tests.conftest import Assembly
from tests.stacks.server_rules import Servers, broken

SECTIONS = (
    Environment,
    Network,
    Ports,
    Management,
    Vpn,
    ServerSettings,
    Fleet,
    KeyPair,
    LoadBalancer,
    Identity,
    PasswordPolicy,
    User,
    Saml,
    Oidc,
    AccessAnalyzer,
    BreakGlass,
    Partner,
    Organization,
    Audit,
    MoreTier,
)
# A partner has users or a role.
EXCLUSIVE = {"role"}
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
    (SMALLEST + "[[servers.app]]\ncuont = 2", "servers.app.0.cuont", "2", 'write "count"'),
    (SMALLEST + "[[servers.ap]]\ncount = 2", "servers.ap", "", 'write "app"'),
    (SMALLEST + "[servers.app]\ncount = 2", "servers.app", "", "[[servers.app]] tables"),
    (SMALLEST + "[servers]\napp = 2", "servers.app", "2", "[[servers.app]] tables"),
    (SMALLEST + '[servers]\napp = ["one"]', "servers.app.0", "'one'", "[[servers.app]] tables"),
    (SMALLEST + "[servers]\napp = []", "servers.app", "[]", "at least one"),
    (SMALLEST + "[[servers]]\nauto_scaling = true", "servers", "", "a [section]"),
    (
        SMALLEST + '[servers.key_pair]\nnam = "x"\nname = "y"\nreason = "For a test only"',
        "servers.key_pair.nam",
        "'x'",
        'Allowed: name, reason. Change: write "name"',
    ),
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


Place = tuple[str | int, ...]
Section = dict[Any, Any]

# Every key of every section that a file can have, each with a value that is accepted.
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1234"
FLEET = {"operating_system": "amazon-linux-2023", "instance_type": "t4g.small", "count": 2}
COMPLETE: dict[str, Any] = {
    "account": "111122223333",
    "region": "eu-west-1",
    "removal_policy": "retain",
    "tags": {"owner": "x"},
    "network": {
        "cidr": "10.0.0.0/16",
        "zones": 2,
        "nat": "none",
        "interface_endpoints": True,
        "instance_connect_endpoint": True,
        "flow_log_retention_days": 7,
        "tiers": [{"name": "cache", "place": 4, "reached_from": "app", "port": 6379}],
    },
    "ports": {"application": 8080, "database": 5432},
    "management": {"cidrs": [], "protocols": ["ssh"]},
    "on_premises": {
        "connection": "vpn",
        "cidrs": ["192.168.0.0/16"],
        "customer_gateway_address": "198.51.100.10",
        "bgp_asn": 65000,
        "routing": "bgp",
        "pre_shared_key_secrets": ["one", "two"],
    },
    "servers": {
        "auto_scaling": True,
        "termination_protection": True,
        "backup_retention_days": 35,
        "log_retention_days": 30,
        "key_pair": {"name": "break-glass", "reason": "For a test only"},
        "load_balancer": {"certificate_arn": CERTIFICATE},
        "web": [dict(FLEET)],
        "app": [dict(FLEET)],
        "db": [dict(FLEET)],
    },
    "identity": {
        "mfa_maximum_age_hours": 12,
        "password_policy": {"minimum_length": 14, "maximum_age_days": 90},
        "users": [{"name": "ann", "groups": ["Auditors"], "contact": "ann@example.com"}],
        "saml": {
            "metadata_file": str(Path(__file__).with_name("idp-metadata.xml")),
            "groups": ["Auditors"],
        },
        "oidc": {
            "repository": "owner/name",
            "owner_id": 123456,
            "repository_id": 456789,
            "branch": "main",
            "issuer": GITHUB,
            "provider": "create",
        },
        "access_analyzer": {"external": "create", "unused_access_days": 90},
        "break_glass": {"users": ["ann"], "contact": "security@example.com"},
    },
    "partner": {
        "account": "444455556666",
        "users": ["alice"],
        "create_users": True,
        "mfa_maximum_age_hours": 1,
        "external_id": "b7e4f0c2-5d1a-4e8b-9f36-2c8a71d0e94f",
        "organization_id": "o-a1b2c3d4e5",
        "source_cidrs": ["203.0.113.0/24"],
        "shared_prefix": "shared/",
    },
    "organization": {
        "id": "o-a1b2c3d4e5",
        "account": "777788889999",
        "delegated_administrator": True,
        "organizational_units": ["ou-ab12-3cd4ef56"],
        "except_accounts": ["777788889999"],
        "analyzer": "create",
        "regions": ["us-east-1"],
    },
    "audit": {
        "trail": "create",
        "log_retention_days": 365,
        "archive_days": 400,
        "object_lock_days": 30,
        "minimum_retention_days": 7,
        "data_events": True,
        "subscriptions": ["security@example.com"],
        "config": "create",
        "guardduty": "create",
        "security_hub": "create",
        "security_hub_standards": ["cis"],
        "remediate_unused_credentials": False,
        "inventory": True,
        "network_access_scope": True,
        "off": {"NetworkAclChanges": "Nobody changes them here"},
    },
}
# Tables whose keys are free, or names of another kind.
FREE = {("tags",), ("audit", "off")}


def dotted(place: Place) -> str:
    return ".".join(map(str, place))


def keys(section: Section | list[Any], place: Place = ()) -> Iterator[Place]:
    items = section.items() if isinstance(section, dict) else enumerate(section)
    for key, value in items:
        if isinstance(key, str) and place not in FREE:
            yield (*place, key)
        if isinstance(value, dict | list):
            yield from keys(value, (*place, key))


KEYS = tuple(keys(COMPLETE))


def refusal(place: Place, change: Callable[[Section, Any], object]) -> list[str]:
    values = copy.deepcopy(COMPLETE)
    section: Any = values
    for part in place[:-1]:
        section = section[part]
    change(section, place[-1])
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment(values, "test", "environments/test.toml")
    return str(refused.value).splitlines()


def test_the_complete_file_is_accepted_and_has_every_key() -> None:
    parse_environment(COMPLETE, "test", "environments/test.toml")
    known = {key for section in SECTIONS for key in section.model_fields}
    assert {place[-1] for place in KEYS} == known - EXCLUSIVE


# Without `connection`, nobody knows which keys the section has: it is missing, in the list above.
@pytest.mark.parametrize("place", [key for key in KEYS if key[-1] != "connection"], ids=dotted)
def test_every_misspelt_key_is_told_which_it_meant(place: Place) -> None:
    def misspell(section: Section, key: Any) -> None:  # noqa: ANN401 (a key of a dict or a list)
        section[f"{key}e"] = section.pop(key)

    (message,) = (line for line in refusal(place, misspell) if "unknown key" in line)
    assert f'Change: write "{place[-1]}".' in message


@pytest.mark.parametrize("wrong", [2.5, date(2026, 1, 1), [[[]]]], ids=["float", "date", "lists"])
@pytest.mark.parametrize("place", KEYS, ids=dotted)
def test_every_value_of_a_wrong_type_gets_one_message_in_words_of_the_file(
    place: Place, wrong: object
) -> None:
    (message,) = refusal(place, lambda section, key: section.__setitem__(key, wrong))
    assert message.startswith(f"environments/test.toml: {dotted(place)}")
    assert "Allowed: " in message
    assert "Change: " in message
    assert not re.search("Input|valid |pydantic|instance of|tuple|dictionary", message), message


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment({"network": {"zones": 9}, "account": "1"}, "test", "test.toml")
    assert len(str(refused.value).splitlines()) == 3


def test_an_unknown_environment_lists_the_known_ones() -> None:
    with pytest.raises(
        EnvironmentRefusedError, match=r'"staging" .* production, sandbox, two-accounts\.'
    ):
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
odd_fleets = junk | st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "operating_system": st.sampled_from(sorted(OPERATING_SYSTEMS)) | junk,
            "instance_type": st.sampled_from(["t4g.small", "t3.large", "mac2.metal"]) | junk,
            "count": st.integers(-1, 200) | junk,
        },
    ),
    max_size=3,
)
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
        "servers": st.fixed_dictionaries(
            {},
            optional={
                "auto_scaling": st.booleans() | junk,
                "backup_retention_days": st.integers() | junk,
                "log_retention_days": st.sampled_from(RETENTION_DAYS) | junk,
                "key_pair": st.fixed_dictionaries({"name": junk}, optional={"reason": junk}) | junk,
                "load_balancer": st.fixed_dictionaries({"certificate_arn": junk}) | junk,
                "web": odd_fleets,
                "app": odd_fleets,
                "db": odd_fleets,
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


def fleet(system: str, *types: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "operating_system": st.just(system),
            "instance_type": st.sampled_from(types),
            "count": st.integers(1, 6),
        }
    )


linux = fleet("amazon-linux-2023", "t4g.micro", "m7g.medium", "c7gn.large")
windows = fleet("windows-server-2022", "t3.large") | fleet("windows-server-2025", "m7i-flex.large")
fleets = st.tuples(linux) | st.tuples(windows) | st.tuples(linux, windows)


@st.composite
def plausible(draw: st.DrawFn) -> dict[str, Any]:
    values = draw(plausible_sections)
    if "load_balancer" in values["servers"]:
        # A certificate belongs to an account and a region, and nobody manages what it hides.
        values |= {"account": "111122223333", "region": "eu-west-1"}
        values["management"]["cidrs"] = []
    if values["servers"]["backup_retention_days"]:
        values["removal_policy"] = "retain"
    return values


plausible_sections = st.fixed_dictionaries(
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
        "servers": st.fixed_dictionaries(
            {
                "auto_scaling": st.booleans(),
                "termination_protection": st.booleans(),
                "backup_retention_days": st.sampled_from([0, 1, 3650]),
                "log_retention_days": st.sampled_from(RETENTION_DAYS),
                "web": fleets.map(list),
                "app": fleets.map(list),
                "db": st.lists(linux, min_size=1, max_size=1),
            },
            optional={
                "key_pair": st.just({"name": "break-glass", "reason": "For a test only"}),
                "load_balancer": st.just({"certificate_arn": CERTIFICATE}),
            },
        ),
    }
)


def tries(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[
            HealthCheck.filter_too_much,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )


def assert_sound(values: dict[str, Any], directory: Path) -> None:
    try:
        environment = parse_environment(values, "test", "environments/test.toml")
    except EnvironmentRefusedError:
        reject()
    build_app(environment, outdir=directory).synth()
    assert broken(Servers(environment, Assembly(environment, directory).servers["Resources"])) == []


@pytest.mark.slow
@tries(5)
@given(plausible())
def test_every_accepted_environment_passes_every_validation_and_keeps_every_rule(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    assert_sound(values, tmp_path_factory.mktemp("any"))


@pytest.mark.exhaustive
@tries(100)
@given(plausible())
def test_every_one_of_many_accepted_environments_passes_every_validation_and_keeps_every_rule(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    assert_sound(values, tmp_path_factory.mktemp("any"))
