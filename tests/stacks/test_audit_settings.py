"""Mistakes in [audit] end with one clear message."""

import tomllib

import pytest

from stacks.audit_settings import NAMES, protocol
from stacks.environment import Environment
from stacks.loading import EnvironmentRefusedError, parse_environment
from tests.stacks.refusals import check_refusal

SMALLEST = '[network]\ncidr = "10.0.0.0/16"\n'
RETAINED = 'removal_policy = "retain"\n'
ANN = '[[identity.users]]\nname = "ann"\ngroups = ["Developers"]\ncontact = "ann@example.com"\n'
BREAK_GLASS = ANN + '[identity.break_glass]\nusers = ["ann"]\ncontact = "s@example.com"\n'
LONG_ENOUGH = "minimum_retention_days = 365\n"


def audit(lines: str) -> str:
    return f"[audit]\n{lines}\n"


def off(line: str) -> str:
    return f"[audit.off]\n{line}\n"


def parse(text: str, *, top: str = "", network: str = "") -> Environment:
    content = top + SMALLEST + network + text
    return parse_environment(tomllib.loads(content), "test", "environments/test.toml")


# text of the file, the key, the value as shown, a word of what is allowed
REFUSED = [
    (audit('trail = "already-enabled"'), "audit.trail", "'already-enabled'", "'create' or 'off'"),
    (audit("log_retention_days = 366"), "audit.log_retention_days", "366", "365, 400"),
    (audit("archive_days = 0"), "audit.archive_days", "0", "1 to 3653"),
    (audit("archive_days = 3654"), "audit.archive_days", "3654", "1 to 3653"),
    (audit("object_lock_days = -1"), "audit.object_lock_days", "-1", "0 to 3653"),
    (audit("object_lock_days = 401"), "audit", "401", "no longer than the archive"),
    (audit("minimum_retention_days = -1"), "audit.minimum_retention_days", "-1", "0 to 3653"),
    (audit('data_events = "yes"'), "audit.data_events", "'yes'", "true or false"),
    (audit('config = "on"'), "audit.config", "'on'", "'already-enabled'"),
    (audit('guardduty = "on"'), "audit.guardduty", "'on'", "'already-enabled'"),
    (audit('security_hub = "on"'), "audit.security_hub", "'on'", "'already-enabled'"),
    (audit('trail = "off"\ndata_events = true'), "audit", '"off"', 'trail = "create"'),
    (audit('trail = "off"\nobject_lock_days = 1'), "audit", '"off"', 'trail = "create"'),
    (
        audit('config = "off"\nremediate_unused_credentials = true'),
        "audit",
        "remediate_unused_credentials",
        'config = "create" or "already-enabled"',
    ),
    (
        audit('config = "off"\nsecurity_hub = "create"'),
        "audit",
        'security_hub = "create"',
        'config = "create" or "already-enabled"',
    ),
    (
        audit("remediate_unused_credentials = true")
        + off('UnusedCredentials = "Nobody leaves this company"'),
        "audit",
        "UnusedCredentials",
        "one of the two",
    ),
    (
        audit('security_hub = "create"\nsecurity_hub_standards = ["cis", "cis"]'),
        "audit.security_hub_standards",
        "'cis'",
        "each once",
    ),
    (
        audit('security_hub = "create"\nsecurity_hub_standards = ["cisco"]'),
        "audit.security_hub_standards.0",
        "'cisco'",
        "'cis'",
    ),
    (
        audit('security_hub_standards = ["cis"]'),
        "audit",
        'security_hub is "off"',
        'security_hub = "create"',
    ),
    (
        audit('security_hub = "already-enabled"\nsecurity_hub_standards = ["cis"]'),
        "audit",
        'security_hub is "already-enabled"',
        'security_hub = "create"',
    ),
    (off('NetworkAclChange = "Nobody reads these"'), "audit.off.NetworkAclChange", "", "RootMfa"),
    (off('networkaclchanges = "Nobody reads it"'), "audit.off.networkaclchanges", "", "RootMfa"),
    (off('"" = "Nobody reads these"'), "audit.off", "", "RootMfa"),
    (off('NetworkAclChanges = ""'), "audit.off.NetworkAclChanges", "''", "10 to 256"),
    (off('NetworkAclChanges = "           "'), "audit.off.NetworkAclChanges", "'   ", "10 to 256"),
    (off('NetworkAclChanges = "too loud"'), "audit.off.NetworkAclChanges", "'too loud'", "10 to"),
    (off("NetworkAclChanges = true"), "audit.off.NetworkAclChanges", "True", "text in quotes"),
    (audit("off = true"), "audit.off", "True", "[section]"),
    (audit('trial = "create"'), "audit.trial", "'create'", "trail"),
    ("[audti]\n", "audti", "", "audit"),
    (audit(LONG_ENOUGH), "network.flow_log_retention_days", "30", "365 days or more"),
    (BREAK_GLASS + audit('trail = "off"'), "identity.break_glass", '"off"', 'trail = "create"'),
]
SUBSCRIPTIONS = {
    "security@example.com": "email",
    "https://alerts.example.com": "https",
    "https://alerts.example.com:8443/aws?team=a": "https",
    "arn:aws:sqs:eu-west-1:111122223333:alerts": "sqs",
    "arn:aws-cn:lambda:cn-north-1:111122223333:function:alerts": "lambda",
    "arn:aws:lambda:eu-west-1:111122223333:function:alerts:live": "lambda",
}
NO_SUBSCRIPTIONS = [
    "",
    "security",
    "security@example",
    "mailto:security@example.com",
    "a@example.com, b@example.com",
    "http://alerts.example.com",
    "https://",
    "https://localhost/",
    "https://alerts.example.com/a b",
    "+81312345678",
    # A topic sends to no other topic, and not to first-in-first-out queues.
    "arn:aws:sns:eu-west-1:111122223333:alerts",
    "arn:aws:sqs:eu-west-1:111122223333:alerts.fifo",
    "arn:aws:sqs:eu-west-1:1111:alerts",
    "arn:aws:lambda:eu-west-1:111122223333:alerts",
    "arn:aws:firehose:eu-west-1:111122223333:deliverystream/alerts",
    "xarn:aws:sqs:eu-west-1:111122223333:alerts",
    "arn:aws:sqs:eu-west-1:111122223333:alerts\n",
]
# What else the policy of the environment is about: each alone shorter than it.
TOO_SHORT = {
    "network.flow_log_retention_days": "network",
    "servers.log_retention_days": "servers",
    "audit.log_retention_days": "audit",
    "audit.archive_days": "audit",
}


@pytest.mark.parametrize(("text", "key", "value", "allowed"), REFUSED)
def test_a_mistake_names_the_file_key_value_what_is_allowed_and_the_change(
    text: str, key: str, value: str, allowed: str
) -> None:
    check_refusal(SMALLEST + text, key, value, allowed)


@pytest.mark.parametrize("endpoint", SUBSCRIPTIONS)
def test_a_topic_sends_to_mail_https_queues_and_functions(endpoint: str) -> None:
    settings = parse(audit(f"subscriptions = [{endpoint!r}]")).audit
    assert settings.subscriptions == (endpoint,)
    assert protocol(endpoint) == SUBSCRIPTIONS[endpoint]


@pytest.mark.parametrize("endpoint", NO_SUBSCRIPTIONS)
def test_what_no_topic_sends_to_is_refused(endpoint: str) -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment(
            {"network": {"cidr": "10.0.0.0/16"}, "audit": {"subscriptions": [endpoint]}},
            "test",
            "environments/test.toml",
        )
    message = str(refused.value)
    assert message.startswith(f"environments/test.toml: audit.subscriptions.0 = {endpoint!r}: ")
    assert "Allowed: an address of electronic mail, an https:// URL, or the ARN" in message


def test_a_subscription_named_twice_is_refused() -> None:
    with pytest.raises(EnvironmentRefusedError, match=r"audit\.subscriptions = .*named twice"):
        parse(audit('subscriptions = ["a@example.com", "a@example.com"]'))


@pytest.mark.parametrize("name", NAMES)
def test_each_alarm_and_rule_can_be_off_with_a_reason(name: str) -> None:
    settings = parse(off(f'{name} = "Another tool tells us, and twice is noise"')).audit
    assert settings.off == {name: "Another tool tells us, and twice is noise"}


def test_an_unknown_name_comes_with_the_closest_one() -> None:
    with pytest.raises(EnvironmentRefusedError, match='Change: write "NetworkAclChanges"'):
        parse(off('NetworkAclChange = "Nobody reads these"'))
    with pytest.raises(EnvironmentRefusedError, match="Change: remove it"):
        parse(off('Zzz = "Nobody reads these"'))


def test_no_two_switches_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("key", TOO_SHORT)
def test_what_is_kept_shorter_than_the_policy_of_the_environment_is_refused(key: str) -> None:
    sections: dict[str, dict[str, object]] = {
        "network": {"cidr": "10.0.0.0/16", "flow_log_retention_days": 365},
        "servers": {"log_retention_days": 365},
        "audit": {"minimum_retention_days": 365},
    }
    assert parse_environment({**sections}, "test", "test.toml").audit.minimum_retention_days == 365
    sections[TOO_SHORT[key]][key.partition(".")[2]] = 180
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse_environment({**sections}, "test", "test.toml")
    message = str(refused.value)
    assert message.startswith(f"test.toml: {key} is 180, less than audit.minimum_retention_days")
    assert "Allowed: 365 days or more." in message


def test_a_locked_bucket_is_refused_in_an_environment_that_must_be_removable() -> None:
    lock = audit("object_lock_days = 30")
    assert parse(lock, top=RETAINED).audit.object_lock_days == 30
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse(lock, top='removal_policy = "destroy"\n[servers]\nbackup_retention_days = 0\n')
    message = str(refused.value)
    assert message.startswith("environments/test.toml: audit.object_lock_days is 30")
    assert 'Allowed: no lock, or removal_policy = "retain".' in message


def test_break_glass_needs_the_trail_and_nothing_else_of_audit() -> None:
    quiet = 'config = "off"\nguardduty = "off"\ninventory = false'
    assert parse(BREAK_GLASS + audit(quiet)).audit.trail == "create"
    assert parse(audit('trail = "off"')).audit.trail == "off"


def test_the_default_watches_and_sends_to_nobody() -> None:
    settings = parse("").audit
    assert (settings.trail, settings.config, settings.guardduty) == ("create", "create", "create")
    assert settings.subscriptions == ()
    assert settings.off == {}
