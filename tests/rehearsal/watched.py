"""A small stack that watches its account: each type of watching once, in the right order."""

import copy
import json
from typing import Any

ACCOUNT = "210987654321"
REGION = "eu-west-1"
SOURCE_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
FOUNDATIONAL = (
    f"arn:aws:securityhub:{REGION}::standards/aws-foundational-security-best-practices/v/1.0.0"
)


def _of(resource_type: str, *after: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    depends = {"DependsOn": [*after]} if after else {}
    return {"Type": f"AWS::{resource_type}", **depends, "Properties": properties}


def _arn(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _allow(
    action: str | list[str],
    resource: object = None,
    service: str | None = None,
    **more: object,
) -> dict[str, Any]:
    principal = {"Principal": {"Service": f"{service}.amazonaws.com"}} if service else {}
    where = {"Resource": resource} if resource else {}
    return {"Effect": "Allow", "Action": action, **principal, **where, **more}


def _may_write(service: str, folder: str) -> list[dict[str, Any]]:
    files = {"Fn::Sub": f"${{Bucket.Arn}}/{folder}/AWSLogs/{ACCOUNT}/*"}
    return [
        _allow("s3:GetBucketAcl", _arn("Bucket"), service, Condition=SOURCE_ACCOUNT),
        _allow("s3:PutObject", files, service, Condition=SOURCE_ACCOUNT),
    ]


def _role(service: str) -> dict[str, Any]:
    trust = _policy(_allow("sts:AssumeRole", None, service, Condition=SOURCE_ACCOUNT))
    return _of("IAM::Role", AssumeRolePolicyDocument=trust)


def _bucket(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return _of("S3::Bucket", VersioningConfiguration={"Status": "Enabled"}, **properties)


def _subscription(protocol: str, endpoint: str) -> dict[str, Any]:
    return _of("SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol=protocol, Endpoint=endpoint)


_OWNER = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
_NO_PLAIN_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [_arn("Bucket"), {"Fn::Sub": "${Bucket.Arn}/*"}],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_STREAMS = {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Logs}:*"}

WATCHED: dict[str, Any] = {
    "Key": _of(
        "KMS::Key",
        KeyPolicy=_policy(
            _OWNER,
            *(
                _allow(["kms:GenerateDataKey*", "kms:Decrypt"], "*", service)
                for service in ("cloudtrail", "config")
            ),
        ),
    ),
    "Bucket": _bucket(),
    "BucketPolicy": _of(
        "S3::BucketPolicy",
        Bucket={"Ref": "Bucket"},
        PolicyDocument=_policy(
            _NO_PLAIN_HTTP, *_may_write("cloudtrail", "trail"), *_may_write("config", "config")
        ),
    ),
    "Locked": _bucket(
        ObjectLockEnabled=True,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        },
    ),
    "Logs": _of("Logs::LogGroup", RetentionInDays=365),
    "TrailRole": _role("cloudtrail"),
    "TrailPolicy": _of(
        "IAM::ManagedPolicy",
        Roles=[{"Ref": "TrailRole"}],
        PolicyDocument=_policy(_allow(["logs:CreateLogStream", "logs:PutLogEvents"], _STREAMS)),
    ),
    "Trail": _of(
        "CloudTrail::Trail",
        "BucketPolicy",
        "TrailPolicy",
        CloudWatchLogsLogGroupArn=_arn("Logs"),
        CloudWatchLogsRoleArn=_arn("TrailRole"),
        EnableLogFileValidation=True,
        IncludeGlobalServiceEvents=True,
        IsLogging=True,
        IsMultiRegionTrail=True,
        KMSKeyId=_arn("Key"),
        S3BucketName={"Ref": "Bucket"},
        S3KeyPrefix="trail",
    ),
    "Filter": _of(
        "Logs::MetricFilter",
        LogGroupName={"Ref": "Logs"},
        FilterPattern='{ $.userIdentity.type = "Root" }',
        MetricTransformations=[
            {"MetricName": "Root", "MetricNamespace": "Watch", "MetricValue": "1"}
        ],
    ),
    "Topic": _of("SNS::Topic"),
    "TopicPolicy": _of(
        "SNS::TopicPolicy",
        Topics=[{"Ref": "Topic"}],
        PolicyDocument=_policy(
            _allow("sns:Publish", {"Ref": "Topic"}, "events", Condition=SOURCE_ACCOUNT)
        ),
    ),
    "Events": _of(
        "Events::Rule",
        EventPattern={"source": ["aws.guardduty"]},
        Targets=[{"Id": "Topic", "Arn": {"Ref": "Topic"}}],
    ),
    "Mail": _subscription("email", "watch@example.com"),
    "Web": _subscription("https", "https://example.com/watch"),
    "Queue": _subscription("sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:watch"),
    "Program": _subscription("lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:watch"),
    "Alarm": _of(
        "CloudWatch::Alarm",
        AlarmActions=[{"Ref": "Topic"}],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        MetricName="Root",
        Namespace="Watch",
        Period=300,
        Statistic="Sum",
        Threshold=1,
        TreatMissingData="notBreaching",
    ),
    "RecorderRole": _role("config"),
    "Recorder": _of(
        "Config::ConfigurationRecorder",
        RoleARN=_arn("RecorderRole"),
        RecordingGroup={"AllSupported": True, "IncludeGlobalResourceTypes": True},
    ),
    "Channel": _of(
        "Config::DeliveryChannel",
        "BucketPolicy",
        S3BucketName={"Ref": "Bucket"},
        S3KeyPrefix="config",
    ),
    "Rule": _of(
        "Config::ConfigRule",
        "Recorder",
        InputParameters={"maxAccessKeyAge": 90},
        Source={"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"},
    ),
    "Remediation": _of(
        "Config::RemediationConfiguration",
        ConfigRuleName={"Ref": "Rule"},
        Automatic=True,
        MaximumAutomaticAttempts=3,
        RetryAttemptSeconds=600,
        TargetId="AWSConfigRemediation-RevokeUnusedIAMUserCredentials",
        TargetType="SSM_DOCUMENT",
    ),
    "Detector": _of(
        "GuardDuty::Detector",
        Enable=True,
        Features=[{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}],
    ),
    "Hub": _of("SecurityHub::Hub", EnableDefaultStandards=False),
    "Standard": _of("SecurityHub::Standard", "Hub", StandardsArn=FOUNDATIONAL),
    "Inventory": _of(
        "SSM::Association",
        Name="AWS-GatherSoftwareInventory",
        Parameters={"applications": ["Enabled"]},
        ScheduleExpression="rate(12 hours)",
        Targets=[{"Key": "tag:blueprint:tier", "Values": ["web", "app", "db"]}],
    ),
    "Scope": _of(
        "EC2::NetworkInsightsAccessScope",
        MatchPaths=[
            {
                "Source": {
                    "ResourceStatement": {"ResourceTypes": ["AWS::EC2::InternetGateway"]},
                    "PacketHeaderStatement": {"DestinationPorts": ["22"], "Protocols": ["tcp"]},
                }
            }
        ],
    ),
}


def watched(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The resources, changed: properties, or the list of what one depends on.

    Args:
        changes: By logical id; None takes every dependency away.
    """
    resources = copy.deepcopy(WATCHED)
    for logical_id, change in changes.items():
        if isinstance(change, dict):
            resources[logical_id]["Properties"].update(change)
        else:
            resources[logical_id]["DependsOn"] = change or []
    return resources


def as_template(resources: dict[str, Any]) -> str:
    """The body of a template."""
    return json.dumps({"Resources": resources})
