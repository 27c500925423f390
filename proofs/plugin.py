"""Runs the proofs while the CDK synthesizes: a false claim stops `cdk synth` and `cdk deploy`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
import jsii

from proofs.assembly import Assembly, Stack, load_template
from proofs.findings import CANNOT_PROVE, Finding, UnusableInputError
from proofs.network import CLAIMS, prove_assembly

Prove = Callable[[Assembly], Sequence[Finding]]


@jsii.implements(cdk.IPolicyValidationPlugin)
class NetworkProof:
    """The network proof as a validation plugin, beside cdk-nag.

    Invariant: it never passes by accident. What it cannot read, and any error of its own, is a
    finding like every other.

    Example:
        cdk.Validations.of(app).add_plugins(NetworkProof())
    """

    def __init__(self) -> None:
        """Prove every app that has a flow table; an app without one is a finding."""
        self._prove: Prove = lambda assembly: prove_assembly(assembly).findings

    @property
    def name(self) -> str:
        """The name in the validation report; acknowledgements start with it."""
        return "NetworkProof"

    @property
    def version(self) -> str:
        """The version in the validation report."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """The claims."""
        return list(CLAIMS)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Prove the templates of the app and report what is false."""
        templates: dict[str, Path] = {}
        try:
            stacks = [
                Stack(
                    stack.stack_construct_path,
                    stack.stack_construct_path,
                    load_template(Path(stack.template_path)),
                    Path(stack.template_path),
                    stack.account_id,
                    stack.region,
                )
                for stack in context.stack_templates
            ]
            templates = {stack.id: stack.path for stack in stacks if stack.path}
            findings = self._prove(Assembly(tuple(stacks)))
        except UnusableInputError as error:
            findings = [Finding(CANNOT_PROVE, f"cannot prove: {error}.")]
        except Exception as error:  # noqa: BLE001 -- a proof that crashed has proved nothing
            message = f"cannot prove: the proof failed with {type(error).__name__}: {error}."
            findings = [Finding(CANNOT_PROVE, message)]
        return cdk.PolicyValidationPluginReport(
            success=not findings,
            violations=[_violation(finding, templates) for finding in findings],
        )


def _violation(finding: Finding, templates: Mapping[str, Path]) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=finding.claim,
        description=finding.message,
        fix=finding.suggestion or None,
        severity="error",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=origin.logical_id,
                template_path=str(templates[origin.stack]),
                locations=[origin.position or "Properties"],
            )
            for origin in finding.origins
            if origin.stack in templates
        ],
    )
