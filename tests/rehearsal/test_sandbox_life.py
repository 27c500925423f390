"""The life of a sandbox with a second account, in this order.

Deploy, deploy again, cross from one account into the other, grow, connect, change people, fill,
destroy.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from rehearsal import crossing, play
from rehearsal.assembly import Assembly
from rehearsal.play import Stage
from rehearsal.readback import Verdict
from rehearsal.readback.resolve import Resolver

pytestmark = [pytest.mark.rehearsal, pytest.mark.xdist_group("sandbox-life")]

Variant = Callable[..., Assembly]


@dataclass(frozen=True)
class Server:
    """A server that is live."""

    id: str
    type: str
    platform: str


# NAT is the way in to a Windows server: Session Manager needs it.
ZONES_AND_NAT = {"zones": 3, "nat": "single"}
DIRECT_CONNECT = {
    "connection": "direct-connect",
    "cidrs": ["192.168.0.0/16"],
    "direct_connect_gateway_id": "11111111-2222-3333-4444-555555555555",
}
EARLIER_PASSWORDS: Any = {"MinimumPasswordLength": 9, "RequireNumbers": True}
PEOPLE = {"mateo": {"Administrators"}, "richard": {"Developers"}, "akua": {"Auditors"}}
# One leaves, one comes, one changes the group.
CHANGED_PEOPLE = {"mateo": {"Administrators"}, "richard": {"Auditors"}, "nikki": {"Developers"}}
CHANGED_SERVERS = {
    "web": [{"instance_type": "t4g.medium"}],
    "app": [{"operating_system": "windows-server-2025", "instance_type": "t3.large"}],
}


@pytest.fixture(scope="module")
def stage(two_accounts: Assembly) -> Iterator[Stage]:
    with play.open_stage(two_accounts) as opened:
        opened.stand_in.iam.update_account_password_policy(**EARLIER_PASSWORDS)
        yield replace(opened, baseline=opened.inventory())


@pytest.fixture(scope="module")
def deployed(stage: Stage, two_accounts: Assembly) -> Verdict:
    return play.deploy(stage, two_accounts)


@pytest.fixture(scope="module")
def subnets_before(stage: Stage, deployed: Verdict) -> dict[str, str]:
    assert deployed
    return _subnets(stage)


@pytest.fixture(scope="module")
def servers_before(stage: Stage, deployed: Verdict) -> dict[str, Server]:
    assert deployed
    return _servers(stage)


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
def proved_live(stage: Stage, two_accounts: Assembly, deployed: Verdict) -> str:
    assert deployed
    play.run_then(stage, [sys.executable, "-m", "proofs", str(two_accounts.directory), "--live"])
    return "proved"


@pytest.fixture(scope="module")
def deployed_again(
    stage: Stage, two_accounts: Assembly, default_group_rules: list[object], proved_live: str
) -> str:
    assert proved_live
    assert not default_group_rules
    play.deploy_again(stage, two_accounts)
    return "unchanged"


@pytest.fixture(scope="module")
def grown(  # noqa: PLR0917 - pytest gives fixtures by name
    stage: Stage,
    variant: Variant,
    deployed_again: str,
    people_before: dict[str, set[str]],
    seen: list[str],
    subnets_before: dict[str, str],
    servers_before: dict[str, Server],
) -> tuple[Assembly, Verdict]:
    assert deployed_again
    assert people_before
    assert seen
    assert subnets_before
    assert servers_before
    users = [
        {"name": name, "groups": list(groups), "contact": f"{name}@example.com"}
        for name, groups in CHANGED_PEOPLE.items()
    ]
    assembly = variant(
        "two-accounts",
        network=ZONES_AND_NAT,
        on_premises=DIRECT_CONNECT,
        servers=CHANGED_SERVERS,
        identity={"users": users},
        partner={"users": ["hanako.sato"]},
    )
    return assembly, play.deploy(stage, assembly)


@pytest.fixture(scope="module")
def people_before(stage: Stage, deployed: Verdict) -> dict[str, set[str]]:
    assert deployed
    return _people(stage)


@pytest.fixture(scope="module")
def seen(stage: Stage, two_accounts: Assembly, deployed: Verdict) -> list[str]:
    """What a user of the other account sees in the bucket."""
    assert deployed
    (way,) = crossing.find(stage.stand_in, two_accounts)
    assert (way.user_account, way.role_account) == ("444455556666", "111122223333")
    assert way.asked.keys() == {"RoleSessionName", "ExternalId"}
    return crossing.go(stage.stand_in, way)


@pytest.fixture(scope="module")
def people_after(stage: Stage, grown: tuple[Assembly, Verdict]) -> dict[str, set[str]]:
    assert grown
    return _people(stage)


@pytest.fixture(scope="module")
def subnets_after(stage: Stage, grown: tuple[Assembly, Verdict]) -> dict[str, str]:
    assert grown
    return _subnets(stage)


@pytest.fixture(scope="module")
def servers_after(stage: Stage, grown: tuple[Assembly, Verdict]) -> dict[str, Server]:
    assert grown
    return _servers(stage)


@pytest.fixture(scope="module")
def stored(stage: Stage, grown: tuple[Assembly, Verdict]) -> int:
    """How many versions and delete markers the data bucket holds in the end."""
    (stack,) = (stack for stack in grown[0].stacks if stack.name == "Servers")
    buckets = [
        each.physical_id
        for each in Resolver(stage.stand_in, stack).resources()
        if each.resource_type == "AWS::S3::Bucket"
    ]
    s3 = stage.stand_in.client("s3")
    for bucket in buckets:
        for key in ("app/twice", "app/twice", "db/once"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"data")
        s3.delete_object(Bucket=bucket, Key="app/twice")
    versions = [s3.list_object_versions(Bucket=bucket, Prefix="app/") for bucket in buckets]
    return sum(len(each["Versions"]) + len(each["DeleteMarkers"]) for each in versions)


@pytest.fixture(scope="module")
def retained(  # noqa: PLR0917 - pytest gives fixtures by name
    stage: Stage,
    grown: tuple[Assembly, Verdict],
    subnets_after: dict[str, str],
    servers_after: dict[str, Server],
    stored: int,
    people_after: dict[str, set[str]],
) -> list[str]:
    assert people_after
    assert subnets_after
    assert servers_after
    assert stored
    return play.destroy(stage, grown[0])


def _vpc_ids(stage: Stage) -> list[str]:
    return [identity for kind, identity in _new(stage) if kind == "VPC"]


def _new(stage: Stage) -> set[tuple[str, str]]:
    return stage.inventory().keys() - stage.baseline.keys()


def _subnets(stage: Stage) -> dict[str, str]:
    subnets = stage.stand_in.ec2.describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": _vpc_ids(stage)}]
    )["Subnets"]
    return {subnet["SubnetId"]: subnet["CidrBlock"] for subnet in subnets}


def _servers(stage: Stage) -> dict[str, Server]:
    """The servers of our VPC by tier."""
    reservations = stage.stand_in.ec2.describe_instances(
        Filters=[
            {"Name": "vpc-id", "Values": _vpc_ids(stage)},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )["Reservations"]
    return {
        tag["Value"]: Server(each["InstanceId"], each["InstanceType"], each.get("Platform", ""))
        for reservation in reservations
        for each in reservation["Instances"]
        for tag in each["Tags"]
        if tag["Key"] == "blueprint:tier"
    }


def _people(stage: Stage) -> dict[str, set[str]]:
    """The users of account A with their groups."""
    iam = stage.stand_in.iam
    return {
        name: {group["GroupName"] for group in iam.list_groups_for_user(UserName=name)["Groups"]}
        for name in (user["UserName"] for user in iam.list_users()["Users"])
        if name in PEOPLE | CHANGED_PEOPLE
    }


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


def test_a_server_of_another_size_is_the_same_server(
    servers_before: dict[str, Server], servers_after: dict[str, Server]
) -> None:
    before, after = servers_before["web"], servers_after["web"]
    assert (before.type, after.type) == ("t4g.micro", "t4g.medium")
    assert before.id == after.id


def test_another_operating_system_is_another_server(
    servers_before: dict[str, Server], servers_after: dict[str, Server]
) -> None:
    before, after = servers_before["app"], servers_after["app"]
    assert (before.platform, after.platform) == ("", "windows")
    assert before.id != after.id


def test_what_did_not_change_is_left_alone(
    servers_before: dict[str, Server], servers_after: dict[str, Server]
) -> None:
    assert servers_after["db"] == servers_before["db"]


def test_people_are_in_their_groups_and_hold_nothing_else(
    people_before: dict[str, set[str]],
) -> None:
    assert people_before == PEOPLE


def test_people_come_go_and_change_their_groups(people_after: dict[str, set[str]]) -> None:
    assert people_after == CHANGED_PEOPLE


def test_a_user_of_the_other_account_lists_and_reads_the_shared_prefix(seen: list[str]) -> None:
    assert seen == ["shared/rehearsal.txt"]


def test_the_earlier_password_policy_is_back_in_the_end(retained: list[str], stage: Stage) -> None:
    assert retained == []
    policy = stage.stand_in.iam.get_account_password_policy()["PasswordPolicy"]
    assert {key: policy.get(key) for key in EARLIER_PASSWORDS} == EARLIER_PASSWORDS
    assert "PasswordReusePrevention" not in policy


def test_data_is_there_before_destroying(stored: int) -> None:
    # Two versions and a delete marker in each of two buckets.
    assert stored == 6


def test_destroying_leaves_nothing(retained: list[str], stage: Stage) -> None:
    assert retained == []
    assert _new(stage) == set()


def test_nothing_tried_to_leave_the_machine(retained: list[str], stage: Stage) -> None:
    assert retained == []
    play.refuse_ways_out(stage)
