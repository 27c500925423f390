"""Findings of the rule packs that are right in general and answered here."""

from collections.abc import Iterable

import aws_cdk as cdk
from constructs import IConstruct

HIPAA, NIST_R4, NIST_R5, PCI = "HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321"


def acknowledge(construct: IConstruct, reason: str, *findings: str) -> None:
    """Acknowledge findings on one construct, and on what it holds.

    Args:
        construct: What causes the findings.
        reason: Why it is safe here, and what would make it unsafe.
        findings: As the packs name them: AwsSolutions-EC29. The pack's name goes in front, because
            a bare id makes a finding vanish without a record.
    """
    acknowledge_each(construct, [(finding, reason) for finding in findings])


def acknowledge_each(construct: IConstruct, reasons: Iterable[tuple[str, str]]) -> None:
    """Acknowledge findings on one construct, each with its own reason."""
    cdk.Validations.of(construct).acknowledge(
        *(
            cdk.Acknowledgment(id=f"{finding.split('-')[0]}::{finding}", reason=reason)
            for finding, reason in reasons
        )
    )


def in_packs(rule: str, *packs: str) -> list[str]:
    """The finding of one rule in each of several packs that share it."""
    return [f"{pack}-{rule}" for pack in packs]
