"""The life of a small stack that watches its account, and the orders that AWS refuses."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal import standin
from rehearsal.assembly import Assembly, read_assembly
from rehearsal.inventory import differences, take_inventory
from rehearsal.readback import read_back
from rehearsal.readback.resolve import Resolver
from rehearsal.standin import StandIn
from tests.rehearsal.live import Live
from tests.rehearsal.tampering_audit import AUDIT, GONE, REPAIR, SWITCHED_ON
from tests.rehearsal.watched import ACCOUNT, REGION, as_template, watched

# The tests are one life, in this order.
pytestmark = [
    pytest.mark.rehearsal,
    pytest.mark.exhaustive,
    pytest.mark.xdist_group("audit-life"),
]

STACK = "Small"
NOBODY: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
STREAMS_OF_OTHERS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "logs:*",
            "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:*",
        }
    ],
}
OTHER_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
WriteAssembly = Callable[..., Path]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standin.running(ACCOUNT, REGION) as running:
        yield running


@pytest.fixture
def assembly(write_assembly: WriteAssembly) -> Callable[..., Assembly]:
    return lambda resources: read_assembly(write_assembly(resources, f"{ACCOUNT}/{REGION}"))


def _live(stand_in: StandIn, assembly: Assembly) -> Live:
    resources = Resolver(stand_in, assembly.stacks[0]).resources()
    return Live(stand_in, {each.logical_id: each for each in resources})


def _found(stand_in: StandIn, assembly: Assembly) -> list[str]:
    return [str(each) for each in read_back(stand_in, assembly).differences]


# What AWS refuses at a first deployment

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "trail before the policy of its bucket": (
        watched(Trail=["TrailPolicy"]),
        "Trail .* does not depend on BucketPolicy .*InsufficientS3BucketPolicyException",
    ),
    "channel after its recorder": (
        watched(Channel=["Recorder", "BucketPolicy"]),
        "Recorder waits for Channel, which depends on Recorder",
    ),
    "recorder after its channel": (
        watched(Recorder=["Channel"]),
        "Channel .*Configuration recorder is not available to put delivery channel",
    ),
    "rule without a recorder": (
        {"Rule": {**watched()["Rule"], "DependsOn": []}},
        "Rule .*You must create a configuration recorder before",
    ),
    "standard without a hub": (
        {"Standard": {**watched()["Standard"], "DependsOn": []}},
        "Standard .*not subscribed to AWS Security Hub",
    ),
    "trail without the policy of its role": (
        watched(TrailPolicy={"PolicyDocument": STREAMS_OF_OTHERS}),
        r"Trail .*Access denied. Check the permissions for your role",
    ),
    "files of a trail elsewhere than its policy says": (
        watched(Trail={"S3KeyPrefix": "other"}),
        "Trail .*Incorrect S3 bucket policy",
    ),
    "Config's files where object lock keeps them": (
        watched(Channel={"S3BucketName": {"Ref": "Locked"}}),
        "Channel .*Insufficient delivery policy to s3 bucket",
    ),
    "key that CloudTrail may not use": (
        watched(Key={"KeyPolicy": NOBODY}),
        "Trail .*Insufficient permissions to access S3 bucket .* or KMS key",
    ),
    "role that CloudTrail may not assume": (
        watched(TrailRole={"AssumeRolePolicyDocument": NOBODY}),
        "Trail .*Check the trust relationships for your role",
    ),
    "remediation of no rule": (
        watched(Remediation={"ConfigRuleName": "absent"}),
        "Remediation .*The ConfigRule 'absent' provided in the request is invalid",
    ),
    "parameter that the rule does not know": (
        watched(Rule={"InputParameters": {"maxAge": 90}}),
        "Rule .*Unknown parameters provided in the inputParameters",
    ),
}


def _of_another_account() -> dict[str, Any]:
    resources = watched()
    for statement in resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            statement["Condition"] = OTHER_ACCOUNT
    return resources


REFUSED["policy of the bucket for another account"] = (
    _of_another_account(),
    "Incorrect S3 bucket policy|Insufficient delivery policy",
)


@pytest.mark.parametrize("mistake", REFUSED)
def test_what_aws_refuses_is_refused_and_leaves_nothing(mistake: str, stand_in: StandIn) -> None:
    resources, reason = REFUSED[mistake]
    before = take_inventory(stand_in)
    with pytest.raises(ClientError, match=reason):
        stand_in.cloudformation.create_stack(
            StackName=re.sub(r"\W+", "-", mistake), TemplateBody=as_template(resources)
        )
    left = differences(before, take_inventory(stand_in))
    assert [line for line in left if not line.startswith("stack ")] == []


# The life


def test_the_stack_is_live_as_its_template_says(
    stand_in: StandIn, assembly: Callable[..., Assembly]
) -> None:
    stand_in.cloudformation.create_stack(StackName=STACK, TemplateBody=as_template(watched()))
    assert _found(stand_in, assembly(watched())) == []


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("Recorder", "maximum number of configuration recorders"),
        ("Detector", "a detector already exists for the current account"),
        ("Hub", "Account is already subscribed to Security Hub"),
    ],
)
def test_a_used_account_has_one_already(resource: str, reason: str, stand_in: StandIn) -> None:
    before = take_inventory(stand_in)
    needed = {key: watched()[key] for key in ("RecorderRole", resource)}
    with pytest.raises(ClientError, match=rf"{resource} \(AWS::.*{reason}"):
        stand_in.cloudformation.create_stack(
            StackName=f"second-{resource}", TemplateBody=as_template(needed)
        )
    left = differences(before, take_inventory(stand_in))
    assert [line for line in left if not line.startswith("stack ")] == []


def test_every_tampering_is_found_and_no_more_when_undone(
    stand_in: StandIn, assembly: Callable[..., Assembly]
) -> None:
    deployed = assembly(watched())
    live = _live(stand_in, deployed)
    tamperings = {**AUDIT, **SWITCHED_ON, **REPAIR}
    undo = [tamper(live) for tamper, _ in tamperings.values()]
    found = _found(stand_in, deployed)
    for name, (_, pattern) in tamperings.items():
        assert any(re.search(pattern, line) for line in found), name
    for action in reversed(undo):
        action()
    assert _found(stand_in, deployed) == []


CHANGED = {
    "Trail": {"EnableLogFileValidation": False, "EventSelectors": [{"ReadWriteType": "WriteOnly"}]},
    "Filter": {"FilterPattern": '{ $.eventName = "DeleteTrail" }'},
    "Alarm": {"Threshold": 3, "Period": 60},
    "Recorder": {"RecordingGroup": {"AllSupported": True}},
    "Channel": {"ConfigSnapshotDeliveryProperties": {"DeliveryFrequency": "One_Hour"}},
    "Rule": {"InputParameters": {"maxAccessKeyAge": 30}},
    "Remediation": {"Automatic": False},
    "Detector": {"FindingPublishingFrequency": "FIFTEEN_MINUTES"},
    "Hub": {"AutoEnableControls": False},
    "Inventory": {"ScheduleExpression": "rate(1 day)"},
    "Locked": {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 60}},
        }
    },
}
REPLACED: dict[str, dict[str, Any]] = {
    "Trail": {"TrailName": "another"},
    "Filter": {"FilterName": "another"},
    "Alarm": {"AlarmName": "another"},
    "Rule": {"ConfigRuleName": "another"},
    "Mail": {"Endpoint": "other@example.com"},
    "Standard": {
        "StandardsArn": "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0"
    },
    "Scope": {"MatchPaths": [{"Source": {"ResourceStatement": {"ResourceTypes": ["*"]}}}]},
}


def _update(
    stand_in: StandIn, assembly: Assembly, resources: dict[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Physical ids before and after."""
    (stack,) = assembly.stacks
    before = Resolver(stand_in, stack).physical_ids
    stand_in.cloudformation.update_stack(StackName=STACK, TemplateBody=as_template(resources))
    return before, Resolver(stand_in, stack).physical_ids


def test_changes_keep_what_aws_keeps(stand_in: StandIn, assembly: Callable[..., Assembly]) -> None:
    resources: dict[str, Any] = watched(**CHANGED)
    changed = assembly(resources)
    assert len(_found(stand_in, changed)) == len(CHANGED)
    before, after = _update(stand_in, changed, resources)
    assert after == before
    assert _found(stand_in, changed) == []


def test_replacements_leave_nothing_of_the_old(
    stand_in: StandIn, assembly: Callable[..., Assembly]
) -> None:
    resources: dict[str, Any] = watched(**REPLACED)
    replaced = assembly(resources)
    before, after = _update(stand_in, replaced, resources)
    moved = {name for name in before if before[name] != after[name]}
    # The remediation is known by its rule.
    assert moved == {*REPLACED, "Remediation"}
    assert _found(stand_in, replaced) == []
    ids = {identity for _, identity in take_inventory(stand_in)}
    gone = {before[name] for name in ("Alarm", "Filter", "Mail", "Rule", "Scope")}
    assert ids & gone == set()


def test_object_lock_is_never_switched_off(
    stand_in: StandIn, assembly: Callable[..., Assembly]
) -> None:
    resources: dict[str, Any] = watched(**REPLACED)
    for key in ("ObjectLockEnabled", "ObjectLockConfiguration"):
        del resources["Locked"]["Properties"][key]
    with pytest.raises(ClientError, match="can never be switched off"):
        _update(stand_in, assembly(resources), resources)


def test_what_was_deleted_by_hand_is_found(
    stand_in: StandIn, assembly: Callable[..., Assembly]
) -> None:
    deployed = assembly(watched(**REPLACED))
    stand_in.cloudformation.update_stack(
        StackName=STACK, TemplateBody=as_template(watched(**REPLACED))
    )
    live = _live(stand_in, deployed)
    for delete, _ in GONE.values():
        delete(live)
    found = _found(stand_in, deployed)
    for name, (_, pattern) in GONE.items():
        assert any(re.search(pattern, line) for line in found), name


@pytest.fixture(scope="module")
def another() -> Iterator[StandIn]:
    """A stand-in where nobody tampered."""
    with standin.running(ACCOUNT, REGION) as running:
        yield running


def test_deleting_the_stack_leaves_nothing(another: StandIn) -> None:
    before = take_inventory(another)
    another.cloudformation.create_stack(StackName=STACK, TemplateBody=as_template(watched()))
    assert differences(before, take_inventory(another)) != []
    another.cloudformation.delete_stack(StackName=STACK)
    assert differences(before, take_inventory(another)) == []
