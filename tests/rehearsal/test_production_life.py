"""The life of production: every difference between the live account and the templates is found."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from rehearsal import play, protection
from rehearsal.assembly import Assembly
from rehearsal.inventory import differences, take_inventory
from rehearsal.play import Stage
from rehearsal.readback import Verdict, read_back
from rehearsal.readback.resolve import Resolver
from rehearsal.steps import StepFailedError
from tests.rehearsal import (
    tampering_audit,
    tampering_data,
    tampering_network,
    tampering_people,
    tampering_servers,
)
from tests.rehearsal.live import Live

pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.exhaustive,
    pytest.mark.xdist_group("production-life"),
]

Variant = Callable[..., Assembly]
TAMPERINGS = {
    **tampering_network.TAMPERINGS,
    **tampering_servers.SERVERS,
    **tampering_data.BUCKETS,
    **tampering_data.LOAD_BALANCERS,
    **tampering_data.NAMES,
    **tampering_data.BACKUPS,
    **tampering_people.PEOPLE,
    **tampering_people.CROSSING,
    **tampering_audit.AUDIT,
    **tampering_audit.SWITCHED_ON,
}


@pytest.fixture(scope="module")
def stage(production: Assembly) -> Iterator[Stage]:
    with play.open_stage(production) as opened:
        yield opened


@pytest.fixture(scope="module")
def deployed(stage: Stage, production: Assembly) -> Verdict:
    return play.deploy(stage, production)


@pytest.fixture(scope="module")
def tampered(stage: Stage, production: Assembly, deployed: Verdict) -> list[str]:
    """What reading back finds when everything was tampered with; then it is undone."""
    assert deployed
    resources = {
        each.logical_id: each
        for stack in production.stacks
        for each in Resolver(stage.stand_in, stack).resources()
    }
    live = Live(stage.stand_in, resources)
    undo = [tamper(live) for tamper, _ in TAMPERINGS.values()]
    found = [str(each) for each in read_back(stage.stand_in, production).differences]
    for action in reversed(undo):
        action()
    return found


def test_what_is_live_is_what_the_templates_say(deployed: Verdict) -> None:
    assert deployed.objects > 200
    assert deployed.differences == ()


def test_what_is_live_lets_through_what_the_templates_do(
    stage: Stage, production: Assembly, deployed: Verdict
) -> None:
    assert deployed
    play.run_then(stage, [sys.executable, "-m", "proofs", str(production.directory), "--live"])


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(tampering: str, tampered: list[str]) -> None:
    assert _matches(TAMPERINGS[tampering][1], tampered)


def _matches(pattern: str, lines: list[str]) -> list[str]:
    # User data has many lines.
    return [line for line in lines if re.search(pattern, line, re.DOTALL)]


def test_undone_tampering_is_not_found(
    stage: Stage, production: Assembly, tampered: list[str]
) -> None:
    assert tampered
    assert read_back(stage.stand_in, production).differences == ()


@pytest.fixture(scope="module")
def servers_before(stage: Stage, tampered: list[str]) -> set[str]:
    assert tampered
    return _servers(stage)


@pytest.fixture(scope="module")
def changed(stage: Stage, variant: Variant, servers_before: set[str]) -> Assembly:
    """Production with larger application servers and a key pair; it is deployed."""
    assert servers_before
    linux = {"instance_type": "m7g.large", "count": 3}
    windows = {"operating_system": "windows-server-2022", "instance_type": "m7i.large"}
    key_pair = {"name": "break-glass", "reason": "Windows encrypts its password for it"}
    assembly = variant("production", servers={"app": [linux, windows], "key_pair": key_pair})
    assert play.deploy(stage, assembly).differences == ()
    return assembly


def _servers(stage: Stage) -> set[str]:
    return {identity for kind, identity in take_inventory(stage.stand_in) if kind == "server"}


def test_update_policy_replaces_every_server_of_a_changed_template(
    stage: Stage, servers_before: set[str], changed: Assembly
) -> None:
    assert changed
    after = _servers(stage)
    assert len(after) == len(servers_before) == 10
    assert after & servers_before == set()


def test_destroying_a_protected_stack_is_refused_before_anything_is_lost(
    stage: Stage, changed: Assembly
) -> None:
    before = stage.inventory()
    with pytest.raises(StepFailedError, match="while TerminationProtection is enabled"):
        play.destroy(stage, changed)
    assert differences(before, stage.inventory()) == []


def test_destroying_is_refused_until_every_protection_is_lifted(
    stage: Stage, changed: Assembly
) -> None:
    assert protection.lift_stacks(stage.stand_in, changed) == [
        stack.name for stack in changed.stacks
    ]
    with pytest.raises(StepFailedError, match="deletion protection is enabled"):
        play.destroy(stage, changed)
    lifted = protection.lift(stage.stand_in, changed)
    assert Counter(name.split("LoadBalancer")[0] for name in lifted) == {
        "Servers/App": 1,
        "Servers/Db": 1,
        "Servers/Web": 1,
    }
    assert protection.lift(stage.stand_in, changed) == []


def test_destroying_names_what_is_left_and_keeps_the_data(stage: Stage, changed: Assembly) -> None:
    s3 = stage.stand_in.client("s3")
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    # CloudFormation's names: stack, logical id with its hash, and something random.
    (data,) = (name for name in buckets if re.match(r"servers-data[0-9a-f]{8}-", name))
    s3.put_object(Bucket=data, Key="db/row", Body=b"data")
    address = stage.stand_in.ec2.allocate_address(Domain="vpc")
    with pytest.raises(StepFailedError, match=r"left something behind:\nelastic address .* is new"):
        play.destroy(stage, changed)
    stage.stand_in.ec2.release_address(AllocationId=address["AllocationId"])
    after = take_inventory(stage.stand_in)
    kinds = Counter(kind for kind, _ in after.keys() - stage.baseline.keys())
    assert kinds == {
        "backup vault": 1,
        # Of data, of the trail and of Config, and two that log who reads those.
        "bucket": 5,
        # Of flow logs, the servers' logs, volumes, the data bucket, the break-glass topic, the
        # alerts, the trail, and Config.
        "key": 8,
        "log group": 5,
        # Of the three database servers that ran to the end, and of those that they replaced.
        "volume": 6,
    }
    assert s3.get_object(Bucket=data, Key="db/row")["Body"].read() == b"data"
