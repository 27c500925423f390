"""GuardDuty and Security Hub: one of each in an account and region, and the hub's standards."""

import json
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.guardduty.models import GuardDutyBackend
from moto.securityhub import urls
from moto.securityhub.models import SecurityHubBackend
from moto.securityhub.responses import SecurityHubResponse

from rehearsal.missing_apis.patching import kept, wrap

_PATHS = ("{0}/standards/register$", "{0}/standards/get$", "{0}/standards/deregister$")
# What a hub begins with, unless it is told not to:
# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html
_DEFAULT_STANDARDS = (
    "arn:aws:securityhub:{region}::standards/aws-foundational-security-best-practices/v/1.0.0",
    "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0",
)


def install() -> None:
    """Add everything."""
    wrap(GuardDutyBackend, "create_detector", _refuse_second_detector)
    wrap(SecurityHubBackend, "enable_security_hub", _refuse_second_hub)
    wrap(SecurityHubBackend, "disable_security_hub", _forget_standards)
    wrap(SecurityHubBackend, "describe_hub", _tell_settings)
    for answer in (
        batch_enable_standards,
        batch_disable_standards,
        get_enabled_standards,
        update_security_hub_configuration,
    ):
        setattr(SecurityHubResponse, answer.__name__, answer)
    for path in _PATHS:
        urls.url_paths[path] = SecurityHubResponse.dispatch


def _refuse_second_detector(
    self: GuardDutyBackend, create: Callable[[], str], *_: object, **__: object
) -> str:
    """An account and region has one detector."""
    if self.detectors:
        raise JsonRESTError(
            "BadRequestException",
            "The request is rejected because a detector already exists for the current account.",
        )
    return create()


def _refuse_second_hub(
    self: SecurityHubBackend,
    enable: Callable[[], Any],
    enable_default_standards: bool = True,  # noqa: FBT001, FBT002 - moto's signature
    **_: object,
) -> Any:  # noqa: ANN401 - moto's answer
    """An account and region has one hub."""
    if self.enabled:
        raise JsonRESTError(
            "ResourceConflictException", "Account is already subscribed to Security Hub"
        )
    answer = enable()
    for standard in _DEFAULT_STANDARDS if enable_default_standards else ():
        _subscribe(self, standard.format(region=self.region_name))
    return answer


def _forget_standards(self: SecurityHubBackend, disable: Callable[[], Any]) -> Any:  # noqa: ANN401 - moto's answer
    answer = disable()
    kept(self, "standards").clear()
    kept(self, "settings").clear()
    return answer


def _tell_settings(
    self: SecurityHubBackend, describe: Callable[[], dict[str, Any]], *_: object, **__: object
) -> dict[str, Any]:
    return {**describe(), **kept(self, "settings")}


def _subscribe(backend: SecurityHubBackend, standard: str) -> dict[str, Any]:
    place = f"arn:aws:securityhub:{backend.region_name}:{backend.account_id}:subscription"
    subscription = {
        "StandardsSubscriptionArn": f"{place}/{standard.split('/', 1)[1]}",
        "StandardsArn": standard,
        "StandardsInput": {},
        "StandardsStatus": "READY",
    }
    standards = kept(backend, "standards")
    standards[str(subscription["StandardsSubscriptionArn"])] = subscription
    return subscription


def _refuse_without_hub(backend: SecurityHubBackend) -> None:
    if not backend.enabled:
        raise JsonRESTError(
            "InvalidAccessException",
            f"Account {backend.account_id} is not subscribed to AWS Security Hub",
        )


def batch_enable_standards(self: SecurityHubResponse) -> str:
    """Let the hub check standards."""
    backend = self.securityhub_backend
    _refuse_without_hub(backend)
    asked = json.loads(self.body)["StandardsSubscriptionRequests"]
    found = [_subscribe(backend, each["StandardsArn"]) for each in asked]
    return json.dumps({"StandardsSubscriptions": found})


def batch_disable_standards(self: SecurityHubResponse) -> str:
    """Let it check them no more."""
    standards = kept(self.securityhub_backend, "standards")
    asked = json.loads(self.body)["StandardsSubscriptionArns"]
    gone = [{**standards.pop(arn), "StandardsStatus": "DELETING"} for arn in asked]
    return json.dumps({"StandardsSubscriptions": gone})


def get_enabled_standards(self: SecurityHubResponse) -> str:
    """Name the standards."""
    _refuse_without_hub(self.securityhub_backend)
    found = [*kept(self.securityhub_backend, "standards").values()]
    return json.dumps({"StandardsSubscriptions": found})


def update_security_hub_configuration(self: SecurityHubResponse) -> str:
    """Change what the hub does by itself."""
    _refuse_without_hub(self.securityhub_backend)
    kept(self.securityhub_backend, "settings").update(json.loads(self.body))
    return "{}"
