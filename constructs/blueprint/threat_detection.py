"""AWS's own watchers: GuardDuty and Security Hub (OP-3)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_guardduty as guardduty
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct

# Name -> the ARN's end:
# https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html
STANDARDS = {
    "foundational-best-practices": "aws-foundational-security-best-practices/v/1.0.0",
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
}


class ThreatDetection(Construct):
    """The detector of GuardDuty, and Security Hub with its standards.

    An account has one detector and one hub a region.

    Invariant: what the detector finds again is told within fifteen minutes, not hours; the hub
    judges by the named standards only, each control once.

    Example:
        ThreatDetection(self, "ThreatDetection", detector=True, hub=True, standards=["cis"])
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        detector: bool,
        hub: bool,
        standards: Sequence[str] = (),
    ) -> None:
        """Create them.

        Args:
            scope: The construct that owns them.
            construct_id: PascalCase noun, unique in the scope.
            detector: Whether to enable GuardDuty, with the kinds of protection that AWS enables in
                a new account.
            hub: Whether to enable Security Hub; its controls read what AWS Config records.
            standards: Names from `STANDARDS` that the hub judges by; default: none.
        """
        super().__init__(scope, construct_id)
        if detector:
            guardduty.CfnDetector(
                self, "Detector", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES"
            )
        if hub:
            self._add_hub(standards)

    def _add_hub(self, standards: Sequence[str]) -> None:
        hub = securityhub.CfnHub(
            self,
            "Hub",
            # The environment names its standards, and AWS's defaults change.
            enable_default_standards=False,
            control_finding_generator="SECURITY_CONTROL",
        )
        for standard in standards:
            name = "".join(word.capitalize() for word in standard.split("-"))
            resource = securityhub.CfnStandard(
                self,
                f"{name}Standard",
                standards_arn=cdk.Stack.of(self).format_arn(
                    service="securityhub",
                    account="",
                    resource="standards",
                    resource_name=STANDARDS[standard],
                ),
            )
            resource.node.add_dependency(hub)
