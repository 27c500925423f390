"""Composition root: environment -> stacks -> validations. No resources."""

import gc

# The CDK's classes stay for good: without this, the collector of garbage looks at all of them again
# and again, which takes a quarter of the time that they take to read.
gc.disable()

import json
import os
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from blueprint.role_quotas import RolesWithinQuotas
from proofs.plugin import AccessProof, Begin, NetworkProof
from proofs.template_rules import TemplateRules
from stacks.account_baseline import AccountBaselineStack
from stacks.audit import AuditStack
from stacks.cross_account import CrossAccountRoleStack, TrustedAccountStack
from stacks.environment import Environment
from stacks.identity import IdentityStack
from stacks.loading import EnvironmentRefusedError, load_environment
from stacks.network import NetworkStack
from stacks.servers import ServersStack

gc.freeze()
gc.enable()

CDK_JSON = Path(__file__).parent / "cdk.json"
PACKS = (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)


def build_app(
    environment: Environment, *, outdir: Path | None = None, validate: bool = True
) -> cdk.App:
    """Build the whole app, as `cdk synth` does; call `synth()` on the result.

    Args:
        environment: What differs between accounts.
        outdir: Where the cloud assembly goes; default: where the CDK CLI says, or a temporary
            folder without the CLI.
        validate: Whether synthesis ends with every validation; False is for measuring.
    """
    app = cdk.App(
        outdir=str(outdir) if outdir else None,
        # The CLI passes cdk.json's context, tests do not: without the feature flags, tests would
        # see another template than the one deployed.
        context=json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"],
        # TemplateRules are the same rules, and faster: docs/adr/0011.
        builtin_cloud_formation_validation=False,
        # No usage report to AWS inside the template: nothing is deployed that no one asked for.
        analytics_reporting=False,
    )
    if validate:
        # Before the stacks: the rules compile while these are built.
        add_validations(app)
    network = NetworkStack(app, "Network", environment=environment)
    servers = ServersStack(app, "Servers", environment=environment, network=network)
    identity = IdentityStack(
        app, "Identity", environment=environment, network=network, servers=servers
    )
    AuditStack(
        app,
        "Audit",
        environment=environment,
        network=network,
        servers=servers,
        identity=identity,
    )
    add_other_accounts(app, environment, servers)
    return app


def add_other_accounts(app: cdk.App, environment: Environment, servers: ServersStack) -> None:
    """Add the role for account B, and the stacks of B and of the organization."""
    if partner := environment.partner:
        role = CrossAccountRoleStack(
            app, "CrossAccountRole", environment=environment, partner=partner, servers=servers
        )
        if partner.users:
            TrustedAccountStack(
                app,
                "TrustedAccount",
                environment=environment,
                partner=partner,
                role_account=role.account,
            )
    if organization := environment.organization:
        AccountBaselineStack(
            app,
            "AccountBaseline",
            environment=environment,
            organization=organization,
            servers=servers,
        )


def add_validations(app: cdk.App) -> None:
    """Register every check that stops `cdk synth` and `cdk deploy` when it finds something."""
    app.node.add_validation(RolesWithinQuotas(app))
    proofs = NetworkProof(), AccessProof()
    cdk.Validations.of(app).add_plugins(
        # The proofs run while the packs and AWS's rules do.
        Begin(*proofs),
        *(pack(app) for pack in PACKS),
        TemplateRules(),
        *proofs,
    )


def main() -> None:
    """Synthesize the environment that `-c environment=NAME` names; default: sandbox."""
    try:
        environment = with_cli_account(load_environment(_environment_name()))
    except EnvironmentRefusedError as refused:
        sys.exit(str(refused))
    try:
        build_app(environment).synth()
    except RuntimeError as error:
        # jsii turns every exception of the CDK into a RuntimeError. A traceback through jsii would
        # bury what constructs refuse, and findings, which are printed already.
        kind, _, message = str(error).partition(": ")
        if kind not in {"ValidationFailed", "ValidationFailedWithErrors"}:
            raise
        sys.exit(1 if kind == "ValidationFailed" else message)


def with_cli_account(environment: Environment) -> Environment:
    """Fill an absent account or region from the profile that the CDK CLI runs with, if any."""
    return environment.model_copy(
        update={
            "account": environment.account or os.environ.get("CDK_DEFAULT_ACCOUNT"),
            "region": environment.region or os.environ.get("CDK_DEFAULT_REGION"),
        }
    )


def _environment_name() -> str:
    name: Any = cdk.App().node.try_get_context("environment")
    return str(name or "sandbox")


if __name__ == "__main__":
    main()
