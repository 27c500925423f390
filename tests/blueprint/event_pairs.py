"""For every event rule, events that it must hear and near-misses that it must not."""

from tests.blueprint.recorded_events import Event, by_cloudtrail, by_root, call, recorded

_REFUSED = {"errorCode": "AccessDenied", "errorMessage": "is not authorized to perform this"}
_ROOT = {"userIdentity.type": "Root", "awsRegion": "us-east-2"}


def _severity(number: float) -> Event:
    return recorded("guardduty-finding", {"detail.severity": number})


def _finding(changes: Event) -> Event:
    event = recorded("security-hub-finding")
    event["detail"]["findings"][0] |= changes
    return event


def _called(service: str, name: str, changes: Event | None = None) -> Event:
    return by_cloudtrail(call(service, name, changes))


HEARD: dict[str, list[Event]] = {
    # A list of the numbers of medium, high and critical would miss 4.5 and 8.25.
    "GuardDutyFinding": [*map(_severity, (4, 4.0, 4.5, 6.9, 7, 8, 8.25, 9, 10))],
    "SecurityHubFinding": [
        _finding({}),
        _finding({"Severity": {"Label": "HIGH", "Normalized": 70}}),
        _finding({"Severity": {"Label": "HIGH", "Normalized": 75}}),
    ],
    "AccessAnalyzerFinding": [
        recorded("access-analyzer-finding"),
        recorded("unused-access-finding"),
    ],
    "ConfigNonCompliance": [recorded("config-compliance")],
    "ServerNonCompliance": [
        recorded("server-compliance"),
        recorded("server-compliance", {"detail.compliance-type": "Association"}),
    ],
    "RootSignIn": [
        by_cloudtrail(recorded("console-sign-in", _ROOT)),
        by_cloudtrail(
            recorded("console-sign-in", _ROOT | {"responseElements.ConsoleLogin": "Failure"})
        ),
    ],
    "TrailStopped": [
        _called("cloudtrail", "StopLogging"),
        _called("cloudtrail", "DeleteTrail"),
        _called("cloudtrail", "PutEventSelectors"),
        _called("cloudtrail", "UpdateTrail"),
    ],
    "WatchingStopped": [
        _called("access-analyzer", "DeleteAnalyzer"),
        _called("config", "DeleteConfigurationRecorder"),
        _called("ec2", "DeleteFlowLogs"),
        _called("events", "DisableRule"),
        _called("guardduty", "UpdateDetector"),
        _called("logs", "DeleteMetricFilter"),
        _called("monitoring", "DisableAlarmActions"),
        _called("securityhub", "DisableSecurityHub"),
        _called("sns", "DeleteTopic"),
    ],
}
NOT_HEARD: dict[str, list[Event]] = {
    "GuardDutyFinding": [
        *map(_severity, (1, 2, 3.9)),
        recorded("guardduty-finding", {"detail-type": "GuardDuty Malware Protection Object Scan"}),
    ],
    "SecurityHubFinding": [
        _finding({"Severity": {"Label": "MEDIUM", "Normalized": 69}}),
        _finding({"Severity": {"Label": "INFORMATIONAL", "Normalized": 0}}),
        _finding({"Workflow": {"Status": "SUPPRESSED"}}),
        _finding({"Workflow": {"Status": "RESOLVED"}}),
        _finding({"RecordState": "ARCHIVED"}),
    ],
    "AccessAnalyzerFinding": [
        recorded("access-analyzer-finding", {"detail.status": "ARCHIVED"}),
        recorded("access-analyzer-finding", {"detail.status": "RESOLVED"}),
        recorded("access-analyzer-finding", {"detail.isDeleted": True}),
        recorded("access-analyzer-finding", {"detail-type": "Access Preview State Change"}),
    ],
    "ConfigNonCompliance": [
        recorded("config-compliance", {"detail.newEvaluationResult.complianceType": "COMPLIANT"}),
        recorded(
            "config-compliance", {"detail.newEvaluationResult.complianceType": "NOT_APPLICABLE"}
        ),
        recorded("config-compliance", {"detail-type": "Config Rules Re-evaluation Status"}),
    ],
    "ServerNonCompliance": [
        recorded("server-compliance", {"detail.compliance-status": "compliant"}),
        recorded("server-compliance", {"detail.compliance-type": "Custom:Licences"}),
    ],
    "RootSignIn": [
        by_cloudtrail(recorded("console-sign-in")),
        by_cloudtrail(by_root()),
    ],
    "TrailStopped": [
        _called("cloudtrail", "StartLogging"),
        _called("cloudtrail", "StopLogging", _REFUSED),
        _called("redshift", "StopLogging"),
    ],
    "WatchingStopped": [
        _called("ec2", "DeleteFlowLogs", _REFUSED),
        _called("ec2", "CreateFlowLogs"),
        _called("events", "EnableRule"),
        _called("elasticloadbalancing", "DeleteRule"),
        _called("iot", "DisableTopicRule"),
    ],
}
