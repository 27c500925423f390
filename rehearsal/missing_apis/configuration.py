"""Config: in which order it accepts things, where it may deliver, and remediation."""

import json
from collections.abc import Callable
from typing import Any

from moto.config.exceptions import NoSuchConfigRuleException
from moto.config.models import ConfigBackend
from moto.config.responses import ConfigResponse
from moto.core.exceptions import JsonRESTError
from moto.s3.models import s3_backends

from rehearsal.missing_apis.grants import allows, key_allows, role_allows
from rehearsal.missing_apis.patching import kept, wrap

_SERVICE = "config.amazonaws.com"


def install() -> None:
    """Add everything."""
    wrap(ConfigBackend, "put_delivery_channel", _check_delivery)
    wrap(ConfigBackend, "put_config_rule", _refuse_without_recorder)
    wrap(ConfigBackend, "delete_config_rule", _refuse_while_remediated)
    for answer in (
        put_remediation_configurations,
        describe_remediation_configurations,
        delete_remediation_configuration,
    ):
        setattr(ConfigResponse, answer.__name__, answer)


def _refuse_without_recorder(
    self: ConfigBackend, put: Callable[[], Any], *_: object, **__: object
) -> Any:  # noqa: ANN401 - moto's answer
    """Config takes no rule before there is something to judge."""
    if not self.recorders:
        raise JsonRESTError(
            "NoAvailableConfigurationRecorderException",
            "You must create a configuration recorder before you can create or update a Config "
            "rule.",
        )
    return put()


def _check_delivery(
    self: ConfigBackend, put: Callable[[], None], delivery_channel: dict[str, Any]
) -> None:
    """Config writes a test file into the bucket, as itself or as the recorder's role.

    https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
    """
    before = dict(self.delivery_channels)
    put()
    if not _may_deliver(self, delivery_channel):
        self.delivery_channels = before
        raise JsonRESTError(
            "InsufficientDeliveryPolicyException",
            f"Insufficient delivery policy to s3 bucket: {delivery_channel['s3BucketName']}, "
            "unable to write to bucket.",
        )


def _may_deliver(self: ConfigBackend, channel: dict[str, Any]) -> bool:
    bucket: Any = s3_backends[self.account_id]["aws"].get_bucket(channel["s3BucketName"])
    # "AWS Config does not support the delivery channel to a bucket where object lock is enabled":
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-deliverychannel.html
    if bucket.object_lock_enabled:
        return False
    context = {
        "aws:securetransport": "true",
        "aws:sourceaccount": self.account_id,
        "aws:sourcearn": f"arn:aws:config:{self.region_name}:{self.account_id}:recorder",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    prefix = f"{channel['s3KeyPrefix']}/" if channel.get("s3KeyPrefix") else ""
    test_file = f"{bucket.arn}/{prefix}AWSLogs/{self.account_id}/Config/ConfigWritabilityCheckFile"
    needed = [("s3:GetBucketAcl", bucket.arn), ("s3:PutObject", test_file)]
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    (role,) = (recorder.role_arn for recorder in self.recorders.values())
    key = channel.get("s3KmsKeyArn") or _default_key(bucket)
    place = self.account_id, self.region_name
    as_itself = all(allows(policy, _SERVICE, *each, context) for each in needed) and (
        key is None or key_allows(place, key, _SERVICE, "kms:GenerateDataKey", context)
    )
    return as_itself or all(
        role_allows(self.account_id, role, *each, context)
        for each in [*needed, *[("kms:GenerateDataKey", str(key))] * (key is not None)]
    )


def _default_key(bucket: Any) -> str | None:  # noqa: ANN401 - moto's bucket
    """The key that the bucket encrypts with where nobody names one."""
    rules: Any = (bucket.encryption or {}).get("Rule") or {}
    rule = rules[0] if isinstance(rules, list) else rules
    key: str | None = (rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")
    return key


def _refuse_while_remediated(self: ConfigBackend, delete: Callable[[], None], name: str) -> None:
    """A rule with a remediation stays."""
    if name in kept(self, "remediations"):
        raise JsonRESTError(
            "ResourceInUseException",
            f"A remediation action is associated with the rule {name}; delete it before",
        )
    delete()


def put_remediation_configurations(self: ConfigResponse) -> str:
    """Say what repairs resources that break a rule."""
    backend = self.config_backend
    for each in self._get_param("RemediationConfigurations"):
        name = each["ConfigRuleName"]
        if name not in backend.config_rules:
            raise NoSuchConfigRuleException(name)
        kept(backend, "remediations")[name] = each
    return json.dumps({"FailedBatches": []})


def describe_remediation_configurations(self: ConfigResponse) -> str:
    """Name the remediation of these rules."""
    remediations = kept(self.config_backend, "remediations")
    found = [remediations[n] for n in self._get_param("ConfigRuleNames") if n in remediations]
    return json.dumps({"RemediationConfigurations": found})


def delete_remediation_configuration(self: ConfigResponse) -> str:
    """Repair no more."""
    name, remediations = (
        self._get_param("ConfigRuleName"),
        kept(self.config_backend, "remediations"),
    )
    if name not in remediations:
        raise JsonRESTError(
            "NoSuchRemediationConfigurationException", f"The rule {name} has no remediation"
        )
    del remediations[name]
    return "{}"
