"""What the Servers stack deploys, and that every rule about it notices when it is broken."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.conftest import Assembly
from tests.readable import policy
from tests.stacks.server_rules import RULES, Rule, Servers, nothing_looks_like_a_secret
from tests.stacks.server_twins import PRODUCTION, SANDBOX, Change
from tests.stacks.test_network_stack import PolicySnapshot


@pytest.fixture(params=["sandbox", "production"])
def servers(request: pytest.FixtureRequest) -> Servers:
    return servers_of(request, request.param)


def servers_of(request: pytest.FixtureRequest, environment: str) -> Servers:
    assembly: Assembly = request.getfixturevalue(environment)
    return Servers(assembly.environment, assembly.servers["Resources"])


def test_template_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert assembly.servers == snapshot(extension_class=JSONSnapshotExtension)


def test_policy_is_the_reviewed_one(assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    assert policy(assembly.servers) == snapshot(extension_class=PolicySnapshot)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Rule, servers: Servers) -> None:
    assert list(rule(servers)) == []


TWINS = [
    pytest.param(environment, rule, change, id=f"{rule.__name__}-{what}-{environment}")
    for environment, broken in (("production", PRODUCTION), ("sandbox", SANDBOX))
    for rule, changes in broken.items()
    for what, change in changes.items()
]


@pytest.mark.parametrize(("environment", "rule", "change"), TWINS)
def test_rule_notices_a_violation(
    environment: str, rule: Rule, change: Change, request: pytest.FixtureRequest
) -> None:
    servers = servers_of(request, environment)
    changed = list(change(servers.resources))
    assert changed, "the change applies to nothing"
    for resources in changed:
        assert list(rule(Servers(servers.environment, resources)))


def test_every_rule_has_a_violating_twin() -> None:
    assert {*PRODUCTION, *SANDBOX} == set(RULES)


def test_nothing_in_any_template_looks_like_a_secret(assembly: Assembly) -> None:
    for path in assembly.directory.glob("*.template.json"):
        resources = assembly.read(path.name)["Resources"]
        assert not list(nothing_looks_like_a_secret(Servers(assembly.environment, resources)))
