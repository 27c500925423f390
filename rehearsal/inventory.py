"""Everything that lives in the stand-in, to see what a step changed and what it left behind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from rehearsal.kinds import KINDS, Kind
from rehearsal.standin import StandIn

# Public parameters are AWS's own; DescribeParameters of AWS does not list them.
_PUBLIC = "/aws/"
# Looking changes it.
_VOLATILE = {"RoleLastUsed"}
_STATES = ("State", "state", "Status")
_GONE = {"deleted", "delete-complete", "disassociated", "detached", "terminated"}

Inventory = Mapping[tuple[str, str], str]
"""What is said of each object, as JSON, by kind and id."""


def take_inventory(stand_in: StandIn, accounts: Sequence[str] = ()) -> Inventory:
    """List everything that lives in the account of `stand_in`, and in `accounts`.

    Kinds of the other accounts bear the account's number.
    """
    found = dict(_of_account(stand_in))
    for account in accounts:
        if account != stand_in.account:
            found |= {
                (f"{kind} of {account}", identity): said
                for (kind, identity), said in _of_account(stand_in.of(account)).items()
            }
    return found


def _of_account(stand_in: StandIn) -> Inventory:
    listed = (
        ((kind.name, identity), item) for kind in KINDS for identity, item in _list(stand_in, kind)
    )
    return {
        key: json.dumps(item, sort_keys=True, default=str)
        for key, item in (*listed, *_of_the_account(stand_in))
    }


def _of_the_account(stand_in: StandIn) -> Iterator[tuple[tuple[str, str], object]]:
    """What an account has one of, if any: no call lists it."""
    iam = stand_in.iam
    with suppress(iam.exceptions.NoSuchEntityException):
        policy = iam.get_account_password_policy()["PasswordPolicy"]
        yield ("password policy", "account"), policy
    guardduty = stand_in.client("guardduty")
    for detector in guardduty.list_detectors()["DetectorIds"]:
        found = guardduty.get_detector(DetectorId=detector)
        yield ("detector", detector), {**found, "ResponseMetadata": None}
    hub = stand_in.client("securityhub")
    with suppress(hub.exceptions.InvalidAccessException):
        arn = hub.describe_hub()["HubArn"]
        yield ("security hub", arn), hub.get_enabled_standards()["StandardsSubscriptions"]


def _list(stand_in: StandIn, kind: Kind) -> Iterator[tuple[str, dict[str, object]]]:
    client = stand_in.client(kind.service)
    arguments = dict(kind.arguments)
    if client.can_paginate(kind.operation):
        pages = client.get_paginator(kind.operation).paginate(**arguments)
    else:
        pages = [getattr(client, kind.operation)(**arguments)]
    for page in pages:
        groups = page[kind.answer]
        items = [item for group in groups for item in group[kind.inside]] if kind.inside else groups
        for item in items:
            described = _describe_key(stand_in, item) if kind.name == "key" else item
            if not _states(described) & _GONE and not item[kind.key].startswith(_PUBLIC):
                lasting = {key: described[key] for key in described.keys() - _VOLATILE}
                yield item[kind.key], lasting


def _states(item: Mapping[str, object]) -> set[str]:
    """The states that an item names, in words; a server's is an object."""
    states = (item.get(state) for state in _STATES)
    return {
        str(state.get("Name") if isinstance(state, dict) else state).lower() for state in states
    }


def _describe_key(stand_in: StandIn, item: dict[str, str]) -> dict[str, object]:
    """A key that waits for its deletion counts as deleted: nothing can use it."""
    metadata = stand_in.client("kms").describe_key(KeyId=item["KeyId"])["KeyMetadata"]
    waiting = metadata["KeyState"] == "PendingDeletion"
    return {**metadata, "State": "deleted" if waiting else metadata["KeyState"]}


def differences(before: Inventory, after: Inventory) -> list[str]:
    """What came, went or changed, one line each."""
    lines = [f"{kind} {identity} is new" for kind, identity in after.keys() - before.keys()]
    lines += [f"{kind} {identity} is gone" for kind, identity in before.keys() - after.keys()]
    lines += [
        f"{kind} {identity} changed"
        for kind, identity in before.keys() & after.keys()
        if before[kind, identity] != after[kind, identity]
    ]
    return sorted(lines)
