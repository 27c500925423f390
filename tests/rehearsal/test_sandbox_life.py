"""The life of the sandbox: deploy, deploy again, grow, connect, destroy, in this order."""

import sys
from collections.abc import Callable, Iterator

import pytest

from rehearsal import play
from rehearsal.assembly import Assembly
from rehearsal.inventory import take_inventory
from rehearsal.play import Stage
from rehearsal.readback import Verdict

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("sandbox-life")]

Variant = Callable[..., Assembly]
ZONES = {"zones": 3}
DIRECT_CONNECT = {
    "connection": "direct-connect",
    "cidrs": ["192.168.0.0/16"],
    "direct_connect_gateway_id": "11111111-2222-3333-4444-555555555555",
}


@pytest.fixture(scope="module")
def stage(sandbox: Assembly) -> Iterator[Stage]:
    with play.open_stage(sandbox) as opened:
        yield opened


@pytest.fixture(scope="module")
def deployed(stage: Stage, sandbox: Assembly) -> Verdict:
    return play.deploy(stage, sandbox)


@pytest.fixture(scope="module")
def subnets_before(stage: Stage, deployed: Verdict) -> dict[str, str]:
    assert deployed
    return _subnets(stage)


@pytest.fixture(scope="module")
def default_group_rules(stage: Stage, deployed: Verdict) -> list[object]:
    assert deployed
    groups = stage.stand_in.ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    ours = [group for group in groups if group["VpcId"] in _vpc_ids(stage)]
    assert len(ours) == 1
    return [*ours[0]["IpPermissions"], *ours[0]["IpPermissionsEgress"]]


@pytest.fixture(scope="module")
def proved_live(stage: Stage, sandbox: Assembly, deployed: Verdict) -> str:
    assert deployed
    play.run_then(stage, [sys.executable, "-m", "proofs", str(sandbox.directory), "--live"])
    return "proved"


@pytest.fixture(scope="module")
def deployed_again(
    stage: Stage, sandbox: Assembly, default_group_rules: list[object], proved_live: str
) -> str:
    assert proved_live
    assert not default_group_rules
    play.deploy_again(stage, sandbox)
    return "unchanged"


@pytest.fixture(scope="module")
def grown(
    stage: Stage, variant: Variant, deployed_again: str, subnets_before: dict[str, str]
) -> tuple[Assembly, Verdict]:
    assert deployed_again
    assert subnets_before
    assembly = variant("sandbox", network=ZONES, on_premises=DIRECT_CONNECT)
    return assembly, play.deploy(stage, assembly)


@pytest.fixture(scope="module")
def subnets_after(stage: Stage, grown: tuple[Assembly, Verdict]) -> dict[str, str]:
    assert grown
    return _subnets(stage)


@pytest.fixture(scope="module")
def retained(
    stage: Stage, grown: tuple[Assembly, Verdict], subnets_after: dict[str, str]
) -> list[str]:
    assert subnets_after
    return play.destroy(stage, grown[0])


def _vpc_ids(stage: Stage) -> list[str]:
    return [identity for kind, identity in _new(stage) if kind == "VPC"]


def _new(stage: Stage) -> set[tuple[str, str]]:
    return take_inventory(stage.stand_in).keys() - stage.baseline.keys()


def _subnets(stage: Stage) -> dict[str, str]:
    subnets = stage.stand_in.ec2.describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": _vpc_ids(stage)}]
    )["Subnets"]
    return {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in subnets}


def test_what_is_live_is_what_the_templates_say(deployed: Verdict) -> None:
    assert deployed.objects > 100
    assert deployed.differences == ()


def test_default_security_group_has_no_rules(default_group_rules: list[object]) -> None:
    assert default_group_rules == []


def test_what_is_live_lets_through_what_the_templates_do(proved_live: str) -> None:
    assert proved_live == "proved"


def test_deploying_again_changes_nothing(deployed_again: str) -> None:
    assert deployed_again == "unchanged"


def test_a_third_zone_and_direct_connect_are_live_as_the_templates_say(
    grown: tuple[Assembly, Verdict],
) -> None:
    assert grown[1].differences == ()


def test_growing_moves_no_subnet(
    subnets_before: dict[str, str], subnets_after: dict[str, str]
) -> None:
    assert len(subnets_after) == len(subnets_before) // 2 * 3
    assert subnets_before.items() < subnets_after.items()


def test_destroying_leaves_nothing(retained: list[str], stage: Stage) -> None:
    assert retained == []
    assert _new(stage) == set()


def test_nothing_tried_to_leave_the_machine(retained: list[str], stage: Stage) -> None:
    assert retained == []
    play.refuse_ways_out(stage)
