"""CloudTrail: what it checks before it accepts a trail, and CloudWatch Logs' metric filters."""

from collections.abc import Callable
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogsBackend, logs_backends
from moto.s3.models import s3_backends

from rehearsal.missing_apis.grants import allows, key_allows, role_allows, role_trusts
from rehearsal.missing_apis.patching import wrap

_SERVICE = "cloudtrail.amazonaws.com"


def install() -> None:
    """Add everything."""
    wrap(CloudTrailBackend, "create_trail", _check_new)
    wrap(CloudTrailBackend, "update_trail", _check_updated)
    wrap(Trail, "put_event_selectors", _select_one_way)
    wrap(LogsBackend, "put_metric_filter", _refuse_filter_of_nothing)
    wrap(LogsBackend, "delete_log_group", _delete_filters_along)
    wrap(MetricFilters, "add_filter", _replace_filter)


def _check_new(
    self: CloudTrailBackend, create: Callable[[], Trail], name: str, *_: object, **__: object
) -> Trail:
    """A name is taken once; a trail whose destinations refuse it is none."""
    if name in self.trails:
        raise JsonRESTError("TrailAlreadyExistsException", f"Trail {name} already exists")
    trail = create()
    try:
        _check(trail)
    except JsonRESTError:
        del self.trails[name]
        raise
    return trail


def _check_updated(
    _: CloudTrailBackend, update: Callable[[], Trail], *_arguments: object, **_named: object
) -> Trail:
    """The same for a changed trail; moto keeps the change, which the engine reports as failed."""
    trail = update()
    _check(trail)
    return trail


def _check(trail: Trail) -> None:
    """What CloudTrail asks of bucket, key, log group and role.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    """
    context = {
        "aws:securetransport": "true",
        "aws:sourceaccount": trail.account_id,
        "aws:sourcearn": trail.arn,
        "kms:encryptioncontext:aws:cloudtrail:arn": trail.arn,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    _check_bucket(trail, context)
    if trail.kms_key_id:
        place = trail.account_id, trail.region_name
        if not key_allows(place, trail.kms_key_id, _SERVICE, "kms:GenerateDataKey", context):
            raise JsonRESTError(
                "InsufficientEncryptionPolicyException",
                f"Insufficient permissions to access S3 bucket {trail.bucket_name} "
                f"or KMS key {trail.kms_key_id}.",
            )
    if trail.cw_log_group_arn or trail.cw_role_arn:
        _check_log_group(trail, context)


def _check_bucket(trail: Trail, context: dict[str, str]) -> None:
    bucket: Any = s3_backends[trail.account_id][trail.partition].get_bucket(trail.bucket_name)
    prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
    # Digests, which validation needs, have a folder of their own.
    folders = ["CloudTrail", *["CloudTrail-Digest"] * bool(trail.log_validation)]
    needed = [("s3:GetBucketAcl", bucket.arn)] + [
        ("s3:PutObject", f"{bucket.arn}/{prefix}AWSLogs/{trail.account_id}/{folder}/file")
        for folder in folders
    ]
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    if not all(allows(policy, _SERVICE, *each, context) for each in needed):
        raise JsonRESTError(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {trail.bucket_name}",
        )


def _check_log_group(trail: Trail, context: dict[str, str]) -> None:
    groups = logs_backends[trail.account_id][trail.region_name].groups
    known = {f"{group.arn.removesuffix(':*')}:*" for group in groups.values()}
    if trail.cw_log_group_arn not in known:
        raise JsonRESTError(
            "InvalidCloudWatchLogsLogGroupArnException",
            "Check the log group ARN: CloudTrail can't validate it.",
        )
    if not role_trusts(trail.account_id, trail.cw_role_arn, _SERVICE, context):
        raise JsonRESTError(
            "InvalidCloudWatchLogsRoleArnException",
            "Access denied. Check the trust relationships for your role.",
        )
    stream = f"{trail.account_id}_CloudTrail_{trail.region_name}"
    resource = f"{trail.cw_log_group_arn.removesuffix(':*')}:log-stream:{stream}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not role_allows(trail.account_id, trail.cw_role_arn, action, resource, context):
            raise JsonRESTError(
                "InvalidCloudWatchLogsLogGroupArnException",
                "Access denied. Check the permissions for your role.",
            )


def _select_one_way(
    self: Trail, put: Callable[[], None], event_selectors: list[dict[str, Any]], *_: object
) -> None:
    """A trail has event selectors or advanced ones; moto keeps the advanced ones beside."""
    if event_selectors:
        self.advanced_event_selectors = []
    put()


def _refuse_filter_of_nothing(
    self: LogsBackend,
    put: Callable[[], None],
    filter_name: str,  # noqa: ARG001 - moto's signature
    filter_pattern: str,  # noqa: ARG001 - moto's signature
    log_group_name: str,
    *_: object,
) -> None:
    """A metric filter needs its log group."""
    if log_group_name not in self.groups:
        raise ResourceNotFoundException
    put()


def _delete_filters_along(
    self: LogsBackend, delete: Callable[[], None], log_group_name: str
) -> None:
    """The metric filters of a log group go with it."""
    delete()
    filters = self.filters.metric_filters
    self.filters.metric_filters = [
        each for each in filters if each["logGroupName"] != log_group_name
    ]


def _replace_filter(
    self: MetricFilters,
    add: Callable[[], None],
    filter_name: str,
    filter_pattern: str,  # noqa: ARG001 - moto's signature
    log_group_name: str,
    *_: object,
) -> None:
    """A filter of the same name is changed; moto adds another one."""
    self.metric_filters = [
        each
        for each in self.metric_filters
        if (each["filterName"], each["logGroupName"]) != (filter_name, log_group_name)
    ]
    add()
