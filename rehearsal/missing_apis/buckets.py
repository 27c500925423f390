"""Buckets: what their policies decide, and that a bucket with objects can be locked, too."""

import json
from collections.abc import Callable
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import FakeBucket, S3Backend

from rehearsal.missing_apis.patching import wrap

_MAY_DELIVER = FakeBucket._log_permissions_enabled_policy  # noqa: SLF001 - moto offers no other way


def install() -> None:
    """Add everything."""
    wrap(FakeBucket, "get_permission", _let_everyone_in)
    FakeBucket._log_permissions_enabled_policy = _ask_later  # type: ignore[method-assign] # noqa: SLF001 - on purpose
    wrap(S3Backend, "log_incoming_request", _deliver_where_allowed)
    S3Backend.put_object_lock_configuration = _lock  # type: ignore[method-assign] # on purpose


def _let_everyone_in(*_: object, **__: object) -> PermissionResult:
    """No policy decides: moto ignores conditions, and so reads "deny without TLS" as "deny"."""
    return PermissionResult.NEUTRAL


def _ask_later(*_: object, **__: object) -> bool:
    """S3 asks the policy of a log bucket when it delivers, and not when logging is set."""
    return True


def _deliver_where_allowed(
    self: S3Backend, deliver: Callable[[], None], _: object, bucket_name: str
) -> None:
    """The policy of the log bucket allows the delivery, and denies it while the bucket empties."""
    bucket = self.buckets.get(bucket_name)
    if not bucket or not bucket.logging:
        return
    target = self.buckets.get(bucket.logging["TargetBucket"])
    if target is None or not _MAY_DELIVER(target, bucket.logging.get("TargetPrefix")):
        return
    statements: list[dict[str, Any]] = json.loads(target.policy or "{}")["Statement"]
    if not any(_stops_writing(statement) for statement in statements):
        deliver()


def _stops_writing(statement: dict[str, Any]) -> bool:
    return (
        statement["Effect"] == "Deny"
        and "s3:PutObject" in statement["Action"]
        and "Condition" not in statement
    )


def _lock(  # noqa: PLR0917 - moto's signature
    self: S3Backend,
    bucket_name: str,
    lock_enabled: bool,  # noqa: FBT001 - moto's signature
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    """Every bucket with versions can be locked; moto refuses one that holds objects."""
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState(
            "Versioning must be 'Enabled' on the bucket to apply an Object Lock"
        )
    bucket.object_lock_enabled = lock_enabled
    bucket.default_lock_mode, bucket.default_lock_days = mode, days
    bucket.default_lock_years = years
