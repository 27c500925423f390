"""What EventBridge is asked for: one rule a row, where it is faster than the trail (IA-12, OP-3).

Value objects without the CDK. A rule hears of its own region only; the alarms of `alarm_rows` hear
of all, minutes later. No row is about calls that only read: a rule hears of those in a state of its
own only (see `break_glass`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# GuardDuty: low is 1.0 to 3.9, medium from 4.0, high from 7.0, critical from 9.0:
# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
GUARDDUTY_MEDIUM = 4
# Security Hub derives the normalized severity from the label, of which there could only be a list.
# Medium is 40 to 69, high from 70, critical from 90:
# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
SECURITY_HUB_HIGH = 70
# Where the root user's sign-ins happen, wherever the account has its servers:
# https://aws.amazon.com/about-aws/whats-new/2026/09/root-user-regional-resiliency/
ROOT_SIGN_IN_REGIONS = ("us-east-1", "us-east-2", "us-west-2")
# Of what CloudTrail tells EventBridge, what was refused has an error code.
_SUCCEEDED = [{"exists": False}]
_BY_CLOUDTRAIL = ["AWS API Call via CloudTrail"]


@dataclass(frozen=True)
class EventRow:
    """An event of which people hear at once.

    Attributes:
        name: PascalCase; the name in `[audit.off]`.
        controls: The rows of docs/controls.toml that it watches.
        description: What happened, for the people who get the message.
        pattern: The event pattern:
            https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
        service: Where the event is from; without the service there is none.
        regions: Where it happens: a rule elsewhere hears nothing. Default: everywhere.
    """

    name: str
    controls: tuple[str, ...]
    description: str
    pattern: Mapping[str, object]
    service: Literal["access-analyzer", "config", "guardduty", "inventory", "security-hub", "trail"]
    regions: tuple[str, ...] = ()


EVENT_ROWS = (
    EventRow(
        "GuardDutyFinding",
        ("IA-12", "OP-3"),
        "GuardDuty found a threat of medium severity or worse",
        {
            "source": ["aws.guardduty"],
            "detail-type": ["GuardDuty Finding"],
            "detail": {"severity": [{"numeric": [">=", GUARDDUTY_MEDIUM]}]},
        },
        "guardduty",
    ),
    EventRow(
        "SecurityHubFinding",
        ("OP-3",),
        "Security Hub has a new finding of high severity or worse",
        {
            "source": ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            "detail": {
                "findings": {
                    "Severity": {"Normalized": [{"numeric": [">=", SECURITY_HUB_HIGH]}]},
                    "Workflow": {"Status": ["NEW"]},
                    "RecordState": ["ACTIVE"],
                }
            },
        },
        "security-hub",
    ),
    EventRow(
        "AccessAnalyzerFinding",
        ("IA-10", "IA-12", "OP-3"),
        "Access Analyzer found access from outside the account, or one that nobody uses",
        {
            "source": ["aws.access-analyzer"],
            "detail-type": ["Access Analyzer Finding", "Unused Access Finding for IAM entities"],
            # A finding that is deleted, with its analyzer for example, keeps its status.
            "detail": {"status": ["ACTIVE"], "isDeleted": [False]},
        },
        "access-analyzer",
    ),
    EventRow(
        "ConfigNonCompliance",
        ("OP-2",),
        "Something does not comply with a Config rule any more",
        {
            "source": ["aws.config"],
            "detail-type": ["Config Rules Compliance Change"],
            "detail": {
                "messageType": ["ComplianceChangeNotification"],
                "newEvaluationResult": {"complianceType": ["NON_COMPLIANT"]},
            },
        },
        "config",
    ),
    EventRow(
        "ServerNonCompliance",
        ("OP-2",),
        "A server lacks patches, or what Systems Manager does on it fails",
        {
            "source": ["aws.ssm"],
            "detail-type": ["Configuration Compliance State Change"],
            "detail": {
                "compliance-status": ["non_compliant"],
                "compliance-type": ["Association", "Patch"],
            },
        },
        "inventory",
    ),
    EventRow(
        "RootSignIn",
        ("IA-1", "IA-12"),
        "The root user signed in, or somebody tried",
        {
            "source": ["aws.signin"],
            "detail-type": ["AWS Console Sign In via CloudTrail"],
            "detail": {"userIdentity": {"type": ["Root"]}},
        },
        "trail",
        ROOT_SIGN_IN_REGIONS,
    ),
    EventRow(
        "TrailStopped",
        ("IA-12", "OP-1"),
        "A trail was stopped, deleted, or records something else",
        {
            "source": ["aws.cloudtrail"],
            "detail-type": _BY_CLOUDTRAIL,
            "detail": {
                "eventSource": ["cloudtrail.amazonaws.com"],
                "eventName": ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"],
                "errorCode": _SUCCEEDED,
            },
        },
        "trail",
    ),
    EventRow(
        "WatchingStopped",
        ("IA-12", "NW-9", "OP-1", "OP-2", "OP-3"),
        "Flow logs, an alarm, a rule, a topic or a service that watches was taken away",
        {
            # EventBridge takes events of these sources from AWS alone.
            "source": [{"prefix": "aws."}],
            "detail-type": _BY_CLOUDTRAIL,
            "detail": {
                "eventSource": [
                    "access-analyzer.amazonaws.com",
                    "config.amazonaws.com",
                    "ec2.amazonaws.com",
                    "events.amazonaws.com",
                    "guardduty.amazonaws.com",
                    "logs.amazonaws.com",
                    "monitoring.amazonaws.com",
                    "securityhub.amazonaws.com",
                    "sns.amazonaws.com",
                ],
                "eventName": [
                    "BatchDisableStandards",
                    "DeleteAlarms",
                    "DeleteAnalyzer",
                    "DeleteConfigRule",
                    "DeleteConfigurationRecorder",
                    "DeleteDeliveryChannel",
                    "DeleteDetector",
                    "DeleteFlowLogs",
                    "DeleteLogGroup",
                    "DeleteMetricFilter",
                    "DeleteRule",
                    "DeleteTopic",
                    "DisableAlarmActions",
                    "DisableRule",
                    "DisableSecurityHub",
                    "RemoveTargets",
                    "StopConfigurationRecorder",
                    "Unsubscribe",
                    # Suspends GuardDuty, among other things.
                    "UpdateDetector",
                ],
                "errorCode": _SUCCEEDED,
            },
        },
        "trail",
    ),
)
