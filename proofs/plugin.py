"""Runs the proofs while the CDK synthesizes: a false claim stops `cdk synth` and `cdk deploy`."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import aws_cdk as cdk
import jsii

from proofs import access, network, record
from proofs.access import CLAIMS_DIRECTORY, prove_access
from proofs.assembly import Assembly, Stack, load_template
from proofs.findings import CANNOT_PROVE, Finding, UnusableInputError
from proofs.network import prove_assembly


class _Plugin(ABC):
    """A proof as a validation plugin, beside cdk-nag.

    Invariant: it never passes by accident. What it cannot read, and any error of its own, is a
    finding like every other.
    """

    def __init__(self) -> None:
        """Begin when the CDK asks, unless `Begin` has."""
        self._begun: tuple[tuple[Stack, ...], Future[tuple[Finding, ...]]] | None = None

    @property
    def version(self) -> str:
        """The version in the validation report."""
        return "1.0.0"

    def begin(self, stacks: tuple[Stack, ...], background: Executor) -> None:
        """Start in the background; the findings wait for `validate`."""
        self._begun = stacks, background.submit(self._findings, Assembly(stacks))

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Prove the templates of the app and report what is false."""
        stacks: tuple[Stack, ...] = ()
        begun, self._begun = self._begun, None
        try:
            stacks = begun[0] if begun else _stacks(context)
            findings = begun[1].result() if begun else self._findings(Assembly(stacks))
        except UnusableInputError as error:
            findings = (Finding(CANNOT_PROVE, f"cannot prove: {error}."),)
        except Exception as error:  # noqa: BLE001 -- a proof that crashed has proved nothing
            message = f"cannot prove: the proof failed with {type(error).__name__}: {error}."
            findings = (Finding(CANNOT_PROVE, message),)
        return cdk.PolicyValidationPluginReport(
            success=not findings,
            violations=[_violation(finding, stacks, context) for finding in findings],
        )

    @abstractmethod
    def _findings(self, assembly: Assembly) -> tuple[Finding, ...]:
        """What is false about the templates."""


@jsii.implements(cdk.IPolicyValidationPlugin)
class NetworkProof(_Plugin):
    """The network proof.

    Example:
        cdk.Validations.of(app).add_plugins(NetworkProof())
    """

    @property
    def name(self) -> str:
        """The name in the validation report; acknowledgements start with it."""
        return "NetworkProof"

    @property
    def rule_ids(self) -> list[str]:
        """The claims."""
        return list(network.CLAIMS)

    def _findings(self, assembly: Assembly) -> tuple[Finding, ...]:
        proof = prove_assembly(assembly)
        record.keep_network(assembly, proof)
        return proof.findings


@jsii.implements(cdk.IPolicyValidationPlugin)
class AccessProof(_Plugin):
    """The access proof.

    Example:
        cdk.Validations.of(app).add_plugins(AccessProof())
    """

    def __init__(self, claims: Path = CLAIMS_DIRECTORY) -> None:
        """Prove what the files in `claims` say; default: those of the project."""
        super().__init__()
        self._directory = claims

    @property
    def name(self) -> str:
        """The name in the validation report; acknowledgements start with it."""
        return "AccessProof"

    @property
    def rule_ids(self) -> list[str]:
        """The claims."""
        return list(access.CLAIMS)

    def _findings(self, assembly: Assembly) -> tuple[Finding, ...]:
        proof = prove_access(assembly, self._directory)
        record.keep_access(assembly, self._directory, proof)
        return proof.findings


@jsii.implements(cdk.IPolicyValidationPlugin)
class Begin:
    """Starts proofs in the background, beside whatever is registered between it and them.

    Other validations run outside Python, and leave it with nothing to do.

    Example:
        access = AccessProof()
        cdk.Validations.of(app).add_plugins(Begin(access), AwsSolutionsChecks(app), access)
    """

    def __init__(self, *proofs: NetworkProof | AccessProof) -> None:
        """Start `proofs`, one after the other; they have to be registered further behind."""
        self._proofs = proofs

    @property
    def name(self) -> str:
        """The name in the validation report."""
        return "Begin"

    @property
    def version(self) -> str:
        """The version in the validation report."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """None: it finds nothing."""
        return []

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Start them."""
        stacks, background = _stacks(context), ThreadPoolExecutor(1)
        for proof in self._proofs:
            proof.begin(stacks, background)
        # Its thread ends with the last of them.
        background.shutdown(wait=False)
        return cdk.PolicyValidationPluginReport(success=True, violations=[])


def _stacks(context: cdk.IPolicyValidationContext) -> tuple[Stack, ...]:
    return tuple(_stack(stack) for stack in context.stack_templates)


def _stack(stack: cdk.PolicyValidationStack) -> Stack:
    name, path = stack.stack_construct_path, Path(stack.template_path)
    return Stack(name, name, load_template(path), path, stack.account_id, stack.region)


def _violation(
    finding: Finding, stacks: Sequence[Stack], context: cdk.IPolicyValidationContext
) -> cdk.PolicyViolation:
    resources = [
        cdk.PolicyViolatingResource(
            resource_logical_id=origin.logical_id,
            template_path=str(stack.path),
            locations=[origin.position or "Properties"],
        )
        for origin in finding.origins
        for stack in stacks
        if stack.id == origin.stack and origin.logical_id in stack.resources
    ]
    return cdk.PolicyViolation(
        rule_name=finding.claim,
        description=finding.message,
        fix=finding.suggestion or None,
        severity="error",
        # The CDK lets a violation pass that names nothing, whatever `success` says: one that is
        # about no single resource names the stacks.
        violating_resources=resources
        or [
            cdk.PolicyViolatingResource(construct_path=stack.stack_construct_path, locations=[])
            for stack in context.stack_templates
        ],
    )
