"""Dangerous changes to what watches the account: who may write or forge evidence."""

from tests.proofs.access.access_changes import (
    CLOSED_WORLD,
    ESCALATION,
    GUARDS,
    ONLY_PARTNER,
    PRODUCTION,
    STRANGER,
    Mutation,
)
from tests.proofs.access.access_editor import (
    AccessEditor,
    allow,
    drop,
    more,
    statement,
    statements,
    turn,
    unless,
)

_ACCOUNT, _SOURCE = "aws:SourceAccount", "aws:SourceArn"
_TRAIL, _CONFIG = "cloudtrail.amazonaws.com", "config.amazonaws.com"
_ALARMS, _RULES = "cloudwatch.amazonaws.com", "events.amazonaws.com"
_ARCHIVE, _RECORDS = "TrailArchivePolicy", "ConfigurationArchivePolicy"


def _bucket(t: AccessEditor, name: str, text: str) -> dict[str, object]:
    return statement(t.part("S3::BucketPolicy", name), text)


def _topic(t: AccessEditor, text: str) -> dict[str, object]:
    return statement(t.part("SNS::TopicPolicy", "AlertsPolicy"), text)


def _key(t: AccessEditor, name: str, text: str) -> dict[str, object]:
    return statement(t.part("KMS::Key", name), text)


_EVIDENCE = (
    Mutation(
        "trail-of-any-name",
        CLOSED_WORLD,
        lambda t: unless(_bucket(t, _ARCHIVE, "s3:PutObject"), _SOURCE),
    ),
    Mutation(
        "trail-of-anybody-if-unnamed",
        CLOSED_WORLD,
        lambda t: turn(
            _bucket(t, _ARCHIVE, "s3:PutObject"), "StringEquals", "StringEqualsIfExists"
        ),
    ),
    Mutation(
        "evidence-written-by-config",
        CLOSED_WORLD,
        lambda t: _bucket(t, _ARCHIVE, "s3:PutObject").update(Principal={"Service": _CONFIG}),
    ),
    Mutation(
        "evidence-deleted-by-the-trail",
        CLOSED_WORLD,
        lambda t: more(_bucket(t, _ARCHIVE, "s3:PutObject"), "Action", "s3:DeleteObject"),
    ),
    Mutation(
        "evidence-read-by-a-stranger",
        CLOSED_WORLD,
        lambda t: statements(t.part("S3::BucketPolicy", _ARCHIVE)).append(
            allow("s3:GetObject", "*", Principal={"AWS": STRANGER})
        ),
    ),
    Mutation(
        "evidence-without-tls",
        CLOSED_WORLD,
        lambda t: drop(t.part("S3::BucketPolicy", _ARCHIVE), "aws:SecureTransport"),
    ),
    Mutation(
        "records-without-tls",
        CLOSED_WORLD,
        lambda t: drop(t.part("S3::BucketPolicy", _RECORDS), "aws:SecureTransport"),
    ),
    Mutation(
        "key-of-the-trail-for-any-trail",
        CLOSED_WORLD,
        lambda t: unless(_key(t, "TrailKey", "kms:EncryptionContext:aws:cloudtrail:arn"), _SOURCE),
    ),
    Mutation(
        "key-of-the-trail-for-any-context",
        CLOSED_WORLD,
        lambda t: unless(
            _key(t, "TrailKey", "kms:EncryptionContext:aws:cloudtrail:arn"),
            "kms:EncryptionContext:aws:cloudtrail:arn",
        ),
    ),
    Mutation(
        "trail-deletes-its-log-group",
        GUARDS,
        lambda t: more(
            t.policy("TrailPolicy", "logs:PutLogEvents"), "Action", "logs:DeleteLogGroup"
        ),
    ),
    Mutation(
        "trail-reads-its-log-group",
        CLOSED_WORLD,
        lambda t: more(t.policy("TrailPolicy", "logs:PutLogEvents"), "Action", "logs:GetLogEvents"),
    ),
    Mutation(
        "trail-for-every-service",
        CLOSED_WORLD,
        lambda t: t.trust("TrailRole").update(Principal={"Service": [_TRAIL, _CONFIG]}),
    ),
    Mutation(
        "trail-for-a-stranger",
        ONLY_PARTNER,
        lambda t: t.trust("TrailRole").update(Principal={"AWS": STRANGER}),
    ),
)

_RECORDER = (
    Mutation(
        "recorder-of-any-account",
        CLOSED_WORLD,
        lambda t: unless(t.trust("ConfigurationRole"), _ACCOUNT),
    ),
    Mutation(
        "recorder-writes-everywhere",
        CLOSED_WORLD,
        lambda t: t.policy("ConfigurationPolicy", "s3:PutObject").update(Resource="*"),
    ),
    Mutation(
        "recorder-keeps-the-records-to-itself",
        CLOSED_WORLD,
        lambda t: unless(t.policy("ConfigurationPolicy", "s3:PutObject"), "s3:x-amz-acl"),
    ),
    Mutation(
        "recorder-writes-to-iam",
        ESCALATION,
        lambda t: t.grant("ConfigurationPolicy", "iam:CreatePolicyVersion"),
    ),
    Mutation(
        "recorder-stops-itself",
        GUARDS,
        lambda t: t.grant("ConfigurationPolicy", "config:StopConfigurationRecorder"),
    ),
    Mutation(
        "another-role-writes-the-recorder",
        GUARDS,
        lambda t: t.grant("TrailPolicy", "config:PutConfigurationRecorder"),
    ),
)

_MESSAGES = (
    Mutation(
        "alarms-of-any-account",
        CLOSED_WORLD,
        lambda t: unless(_topic(t, _ALARMS), _ACCOUNT),
    ),
    Mutation("alarms-of-any-source", CLOSED_WORLD, lambda t: unless(_topic(t, _ALARMS), _SOURCE)),
    Mutation("rules-of-any-account", CLOSED_WORLD, lambda t: unless(_topic(t, _RULES), _ACCOUNT)),
    Mutation(
        "rules-if-they-say-so",
        CLOSED_WORLD,
        lambda t: turn(_topic(t, _RULES), "ArnLike", "ArnLikeIfExists"),
    ),
    Mutation(
        "messages-from-everybody",
        CLOSED_WORLD,
        lambda t: _topic(t, _ALARMS).update(Principal="*"),
    ),
    Mutation(
        "messages-from-one-service-more",
        CLOSED_WORLD,
        lambda t: _topic(t, _RULES).update(Principal={"Service": [_RULES, "s3.amazonaws.com"]}),
    ),
    Mutation(
        "messages-to-everybody",
        CLOSED_WORLD,
        lambda t: more(_topic(t, _ALARMS), "Action", "sns:Subscribe"),
    ),
    Mutation(
        "messages-without-tls",
        CLOSED_WORLD,
        lambda t: drop(t.part("SNS::TopicPolicy", "AlertsPolicy"), "aws:SecureTransport"),
    ),
    Mutation(
        "key-of-messages-for-any-alarm",
        CLOSED_WORLD,
        lambda t: unless(_key(t, "AlertsKey", _ALARMS), _ACCOUNT),
    ),
    Mutation(
        "key-of-messages-for-any-topic",
        CLOSED_WORLD,
        lambda t: unless(_key(t, "AlertsKey", _RULES), "kms:EncryptionContext:aws:sns:topicArn"),
    ),
)

_LOCKED_AND_LOGGED = (
    Mutation(
        "access-logs-of-any-bucket",
        CLOSED_WORLD,
        lambda t: unless(_bucket(t, "AccessLogsPolicy", "logging.s3.amazonaws.com"), _SOURCE),
        (PRODUCTION,),
    ),
)

LAYERS = {
    "evidence": _EVIDENCE,
    "recorder": _RECORDER,
    "messages": _MESSAGES,
    "access-logs-of-evidence": _LOCKED_AND_LOGGED,
}
