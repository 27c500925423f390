"""The password policy's handler keeps its word through repeated, lost and refused events."""

import ast
import importlib.util
import logging
import socket
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.server import ThreadedMotoServer

from blueprint.handlers import password_policy
from rehearsal.handlers import Function, invoke
from rehearsal.safety import RECORD
from tests.blueprint.password_policy_bench import (
    PARAMETER,
    Account,
    CloudFormation,
    Handler,
    How,
    Inbox,
    Interruption,
    Kind,
    Policy,
)

if TYPE_CHECKING:
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

SOURCE = Path(password_policy.__file__)
OURS: Policy = {
    "MinimumPasswordLength": 14,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
    "RequireLowercaseCharacters": True,
    "RequireUppercaseCharacters": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "AllowUsersToChangePassword": True,
    "HardExpiry": False,
}
LONGER: Policy = {**OURS, "MinimumPasswordLength": 20}
# Policies that lack what IAM omits: an age, a memory.
SPARSE: Policy = {"MinimumPasswordLength": 9, "RequireNumbers": True}
FULL: Policy = {**OURS, "MinimumPasswordLength": 8, "MaxPasswordAge": 30, "HardExpiry": True}
EARLIER = [None, SPARSE, FULL]
KINDS: list[Kind] = ["Create", "Update", "Delete"]
HOWS: list[How] = ["dies before", "dies after", "is refused"]


@pytest.fixture(scope="module", autouse=True)
def lambda_variables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setenv("EARLIER_POLICY_PARAMETER", PARAMETER)
        # Making clients takes far longer than all that the handler does with them.
        clients = cache(boto3.Session().client)
        patch.setattr(boto3, "client", lambda name, **_: clients(name))
        yield


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with Inbox() as inbox:
        yield inbox
        inbox.shutdown()


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def stack(aws: None, inbox: Inbox) -> CloudFormation:  # noqa: ARG001 - it must be there first
    return CloudFormation(password_policy, inbox)


# One life after another


@pytest.mark.parametrize("earlier", EARLIER)
def test_deleting_puts_back_what_was_there(earlier: Policy | None, stack: CloudFormation) -> None:
    account = Account(earlier)
    stack.succeeds("Create", OURS)
    assert account.has(OURS)
    stack.succeeds("Update", LONGER)
    assert account.has(LONGER)
    stack.succeeds("Delete", LONGER)
    assert account.is_untouched()


@pytest.mark.parametrize("earlier", EARLIER)
def test_every_event_may_come_twice(earlier: Policy | None, stack: CloudFormation) -> None:
    account = Account(earlier)
    for kind in KINDS:
        for _ in range(2):
            stack.succeeds(kind, OURS)
    assert account.is_untouched()


def test_deleting_what_was_never_created_changes_nothing(stack: CloudFormation) -> None:
    account = Account(SPARSE)
    stack.succeeds("Delete", OURS)
    assert account.is_untouched()


def test_an_update_after_a_lost_create_knows_the_earlier_policy(stack: CloudFormation) -> None:
    account = Account(SPARSE)
    stack.succeeds("Update", OURS)
    assert account.has(OURS)
    stack.succeeds("Delete", OURS)
    assert account.is_untouched()


@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("call", [1, 2, 3])
def test_the_rollback_of_an_interrupted_create_restores(
    call: int,
    how: How,
    earlier: Policy | None,
    stack: CloudFormation,
) -> None:
    account = Account(earlier)
    stack.send("Create", OURS, Interruption(call, how))
    stack.succeeds("Delete", OURS)
    assert account.is_untouched()


def test_a_create_that_iam_refuses_can_be_rolled_back_while_it_still_refuses(
    stack: CloudFormation,
) -> None:
    account = Account(SPARSE)
    refused = Interruption(3, "is refused")
    assert "AccessDenied" in stack.fails("Create", OURS, refused)
    assert stack.operations[-1] == "UpdateAccountPasswordPolicy"
    answer = stack.send("Delete", OURS, Interruption(2, "is refused"))
    assert answer
    assert answer["Status"] == "SUCCESS"
    assert account.is_untouched()


def test_a_delete_that_iam_refuses_fails_and_forgets_nothing(stack: CloudFormation) -> None:
    account = Account(SPARSE)
    stack.succeeds("Create", OURS)
    assert "AccessDenied" in stack.fails("Delete", OURS, Interruption(2, "is refused"))
    assert account.has(OURS)
    stack.succeeds("Delete", OURS)
    assert account.is_untouched()


@pytest.mark.parametrize("kind", ["Create", "Delete"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_what_aws_refuses_a_new_role_for_a_while_is_done_in_the_end(
    call: int, kind: Kind, stack: CloudFormation
) -> None:
    account = Account(SPARSE)
    if kind == "Delete":
        stack.succeeds("Create", OURS)
    answer = stack.send(kind, OURS, Interruption(call, "is refused", times=2))
    assert answer
    assert answer["Status"] == "SUCCESS"
    assert account.has(OURS) if kind == "Create" else account.is_untouched()


def test_patience_ends(stack: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    ever = Interruption(1, "is refused")
    assert "AccessDenied" in stack.fails("Create", OURS, ever)
    longest = password_policy.PATIENCE_SECONDS + password_policy.PAUSE_SECONDS
    assert 0 < stack.slept_seconds <= longest
    monkeypatch.setattr(password_policy, "PATIENCE_SECONDS", -1)
    assert "AccessDenied" in stack.fails("Create", OURS, Interruption(1, "is refused", times=1))


def test_nothing_but_a_refusal_is_waited_for(stack: CloudFormation) -> None:
    stack.fails("Create", {"Unknown": 1})
    assert stack.slept_seconds == 0


def test_a_second_resource_is_refused_and_its_rollback_leaves_the_first_alone(
    stack: CloudFormation,
) -> None:
    account, second = Account(SPARSE), CloudFormation(password_policy, stack.inbox, "Second")
    stack.succeeds("Create", OURS)
    reason = second.fails("Create", LONGER)
    assert "belongs to PasswordPolicy of arn:aws:cloudformation:" in reason
    assert f"delete {PARAMETER}" in reason
    second.succeeds("Delete", LONGER)
    assert account.has(OURS)
    stack.succeeds("Delete", OURS)
    assert account.is_untouched()


# Any sequence

interruptions = st.lists(
    st.builds(Interruption, call=st.integers(1, 4), how=st.sampled_from(HOWS)), max_size=2
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["PasswordPolicy", "PasswordPolicy", "Second"]),
        st.sampled_from(KINDS),
        st.sampled_from([OURS, LONGER]),
        interruptions,
    ),
    min_size=1,
    max_size=5,
)
Step = tuple[str, Kind, Policy, list[Interruption]]


def check_life(handler: Handler, inbox: Inbox, earlier: Policy | None, steps: list[Step]) -> None:
    """Send every event until it is answered unhurt; at the end, delete both resources."""
    with mock_aws():
        account, holder, held = Account(earlier), None, OURS
        ends: list[Step] = [(name, "Delete", OURS, []) for name in ("PasswordPolicy", "Second")]
        stacks = {name: CloudFormation(handler, inbox, name) for name, *_ in ends}
        for name, kind, policy, hurts in [*steps, *ends]:
            stack = stacks[name]
            for hurt in hurts:
                stack.send(kind, policy, hurt)
            answer = stack.send(kind, policy)
            assert answer
            done = answer["Status"] == "SUCCESS"
            # Only a policy that another one has set may be refused.
            assert done or (kind != "Delete" and holder not in {None, name}), answer["Reason"]
            if kind == "Delete":
                holder = None if holder == name else holder
            elif done:
                assert holder in {None, name}
                holder, held = name, policy
            if holder:
                assert account.has(held)
        assert account.is_untouched()


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(earlier=st.sampled_from(EARLIER), steps=steps)
def test_after_any_events_the_account_is_as_before(
    inbox: Inbox, earlier: Policy | None, steps: list[Step]
) -> None:
    check_life(password_policy, inbox, earlier, steps)


@pytest.mark.exhaustive
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(earlier=st.sampled_from(EARLIER), steps=steps)
def test_after_any_of_300_sequences_the_account_is_as_before(
    inbox: Inbox, earlier: Policy | None, steps: list[Step]
) -> None:
    check_life(password_policy, inbox, earlier, steps)


# What each line of the handler is for: without it, one of these lives goes wrong


def event(kind: Kind, *hurts: Interruption, of: str = "PasswordPolicy") -> Step:
    return of, kind, OURS if kind == "Create" else LONGER, list(hurts)


LIVES: list[tuple[Policy | None, list[Step]]] = [
    (SPARSE, [event("Create", Interruption(2, "dies after"))]),
    (FULL, [event("Create", Interruption(3, "dies after"))]),
    (None, [event("Create"), event("Update"), event("Delete", Interruption(2, "dies after"))]),
    (
        SPARSE,
        [
            event("Create"),
            event("Create", of="Second"),
            event("Delete", of="Second"),
            event("Update"),
        ],
    ),
]


def check_lives(handler: Handler, inbox: Inbox) -> None:
    for earlier, life in LIVES:
        check_life(handler, inbox, earlier, life)


DAMAGE = {
    "remembers again": ("Overwrite=False", "Overwrite=True"),
    "remembers nothing": ("        self._remember()\n", ""),
    "remembers after setting": (
        "        self._remember()\n        self._iam.update_account_password_policy(**policy)\n",
        "        self._iam.update_account_password_policy(**policy)\n        self._remember()\n",
    ),
    "forgets before restoring": (
        "        # Written without looking first",
        "        self._ssm.delete_parameter(Name=self._record)\n        # Written",
    ),
    "never forgets": ("        self._ssm.delete_parameter(Name=self._record)\n", ""),
    "restores nothing": ("self._iam.delete_account_password_policy()", "pass"),
    "restores what another remembers": ('or record["owner"] != self._owner', ""),
    "sets what another has set": ('known["owner"] != self._owner', "known is None"),
    "takes a repeated delete for a failure": ("self._current() != earlier", "True"),
    "takes what IAM derives for a setting": (' and key != "ExpirePasswords"', ""),
    "takes 0 for a setting": ("if value and key", "if key"),
    "has CloudFormation's strings for values": ("int(value)", "value"),
    "gives another physical id": ('event.get("PhysicalResourceId", _PHYSICAL_ID)', "_PHYSICAL_ID"),
    "sends a content type": ('"Content-Type": ""', '"Accept": ""'),
    "does not answer": ('_answer(event, "SUCCESS", "")', "pass"),
}


def damaged(old: str, new: str, directory: Path) -> ModuleType:
    source = SOURCE.read_text()
    assert old in source, "the handler has changed: damage it elsewhere"
    path = directory / "password_policy.py"
    path.write_text(source.replace(old, new))
    spec = importlib.util.spec_from_file_location("damaged", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lives_that_damage_is_seen_in_are_good_lives(inbox: Inbox) -> None:
    check_lives(password_policy, inbox)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_seen(name: str, inbox: Inbox, tmp_path: Path) -> None:
    handler = damaged(*DAMAGE[name], tmp_path)
    with pytest.raises((AssertionError, HTTPError)):
        check_lives(handler, inbox)


# Answers


def test_a_handler_that_does_not_answer_is_noticed(stack: CloudFormation) -> None:
    stack.handler = SimpleNamespace(handler=lambda *_: None)
    with pytest.raises(AssertionError, match="no answer to Create"):
        stack.send("Create", OURS)


def test_an_unknown_error_is_answered_without_its_text(
    stack: CloudFormation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("text that nobody has read")

    monkeypatch.setattr(password_policy, "_typed", broken)
    with caplog.at_level(logging.DEBUG):
        assert stack.fails("Create", OURS) == "RuntimeError (log stream stream)"
    assert "text that nobody has read" in caplog.text
    assert stack.inbox.url not in caplog.text


def test_an_answer_that_is_too_long_is_not_taken_so_a_long_reason_is_cut(
    stack: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown: Policy = {"Long" * 2000: 1}
    assert "LongLong" in stack.fails("Create", unknown)
    monkeypatch.setattr(password_policy, "_LONGEST_REASON", 9999)
    with pytest.raises(HTTPError):
        stack.send("Create", unknown)


def test_an_answer_that_is_not_taken_ends_the_run_so_that_lambda_repeats_it(
    stack: CloudFormation,
) -> None:
    event = {**stack.event("Create", OURS), "ResponseURL": "http://localhost:1/"}
    with pytest.raises(URLError):
        password_policy.handler(event, SimpleNamespace(log_stream_name="stream"))
    stack.succeeds("Create", OURS)


def test_an_api_that_never_answers_is_a_failure_in_time(
    stack: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_policy, "READ_SECONDS", 0.1)
    monkeypatch.setattr(password_policy, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://localhost:{silent.getsockname()[1]}"
        monkeypatch.setattr(boto3, "client", partial(boto3.Session().client, endpoint_url=endpoint))
        assert "Read timeout" in stack.fails("Create", OURS)


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_no_event_makes_more_calls_than_the_time_is_reckoned_for(
    kind: Kind, stack: CloudFormation
) -> None:
    stack.succeeds("Create", OURS)
    stack.send("Delete", OURS, Interruption(2, "dies after"))
    stack.succeeds(kind, OURS)
    assert len(stack.operations) == password_policy.SLOWEST_EVENT_CALLS


# As Lambda has it


def test_it_needs_nothing_but_what_lambda_brings_along() -> None:
    known = {*sys.stdlib_module_names, "boto3", "botocore"}
    for path in SOURCE.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            foreign = {name.split(".")[0] for name in names} - known
            assert all(name.startswith("mypy_boto3_") for name in foreign), f"{path}: {foreign}"


def test_it_works_as_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: CloudFormation
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{server.get_host_and_port()[1]}")
    monkeypatch.setenv(RECORD, str(tmp_path / "refused"))
    function = Function(
        name="PasswordPolicy",
        directory=SOURCE.parent,
        handler="password_policy.handler",
        runtime="python3.14",
        timeout_seconds=60,
        environment={"EARLIER_POLICY_PARAMETER": PARAMETER},
        role_arn="arn:aws:iam::123456789012:role/r",
        region="eu-west-1",
    )
    credentials: CredentialsTypeDef = {
        "AccessKeyId": "testing",
        "SecretAccessKey": "testing",
        "SessionToken": "testing",
        "Expiration": None,  # type: ignore[typeddict-item] # nobody reads it
    }
    try:
        account = Account(SPARSE)
        invoke(function, stack.event("Create", OURS), credentials)
        assert account.has(OURS)
        invoke(function, stack.event("Delete", OURS), credentials)
        assert account.is_untouched()
    finally:
        server.stop()
