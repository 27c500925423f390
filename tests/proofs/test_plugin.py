"""The proof as a validation plugin: a false claim, or a failing proof, stops synthesis."""

import json
import threading
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from app import build_app
from blueprint.address_plan import WEB
from proofs import access, network, plugin
from proofs.assembly import Assembly
from proofs.network import Proof
from proofs.plugin import AccessProof, NetworkProof
from stacks.loading import load_environment


def synthesize(
    outdir: Path, *, hole: bool = False, open_role: bool = False, name: str = "NetworkProof"
) -> tuple[bool, list[dict[str, Any]]]:
    """Synthesize the sandbox: was it stopped, and by which violations of this plugin?"""
    environment = load_environment("sandbox")
    app = build_app(environment, outdir=outdir)
    if hole:
        stack = cdk.Stack.of(app.node.find_child("Network"))
        group = stack.node.find_child("SecurityGroups").node.find_child("Db")
        ec2.CfnSecurityGroupIngress(
            stack,
            "Hole",
            group_id=group.attr_group_id,  # type: ignore[attr-defined]
            ip_protocol="tcp",
            from_port=5432,
            to_port=5432,
            cidr_ip=environment.plan.block(WEB),
        )
    if open_role:
        servers = cdk.Stack.of(app.node.find_child("Servers"))
        trusted = iam.AccountPrincipal("999900001111")
        iam.Role(servers, "Open", assumed_by=trusted)
    stopped = False
    try:
        app.synth()
    except RuntimeError as error:
        stopped = "ValidationFailed" in str(error)
    report = json.loads((outdir / "validation-report.json").read_text())
    return stopped, [
        violation
        for plugin_report in report["pluginReports"]
        if plugin_report["pluginName"] == name
        for violation in plugin_report["violations"]
    ]


def test_the_shipped_network_synthesizes(tmp_path: Path) -> None:
    assert synthesize(tmp_path) == (False, [])


def test_a_false_claim_stops_synthesis_and_names_the_resource(tmp_path: Path) -> None:
    stopped, (violation,) = synthesize(tmp_path, hole=True)
    assert stopped
    assert violation["ruleName"] == "security-groups-alone"
    assert "tcp/5432" in violation["description"]
    assert "remove Network/Hole" in violation["suggestedFix"]
    (resource,) = violation["violatingConstructs"]
    assert resource["constructPath"] == "Network/Hole"


def test_an_error_of_the_proof_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(assembly: Assembly) -> Proof:
        raise ZeroDivisionError(str(assembly.named("Network")))

    monkeypatch.setattr(plugin, "prove_assembly", broken)
    stopped, (violation,) = synthesize(tmp_path)
    assert stopped
    assert violation["ruleName"] == "cannot-prove"
    assert "ZeroDivisionError: Stack(id='Network'" in violation["description"]


def test_a_false_claim_about_access_stops_synthesis_and_names_the_resource(
    tmp_path: Path,
) -> None:
    stopped, violations = synthesize(tmp_path, open_role=True, name="AccessProof")
    assert stopped
    by_claim = {violation["ruleName"]: violation for violation in violations}
    assert by_claim.keys() == {"access-closed-world", "only-the-partner-assumes"}
    for violation in by_claim.values():
        assert "somebody of account 999900001111 may sts:AssumeRole" in violation["description"]
        (resource,) = violation["violatingConstructs"]
        assert resource["constructPath"] == "Servers/Open/Resource"


def test_claims_that_cannot_be_read_stop_synthesis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = tmp_path / "claims"
    claims.mkdir()
    monkeypatch.setattr("app.AccessProof", lambda: AccessProof(claims))
    stopped, (violation,) = synthesize(tmp_path / "out", name="AccessProof")
    assert stopped
    assert violation["ruleName"] == "cannot-prove"
    assert "holds no claims about a stack of the assembly" in violation["description"]


def test_the_access_proof_runs_beside_the_validations_that_follow_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(assembly: Assembly, claims: Path) -> access.AccessProof:
        threads.append(threading.current_thread())
        return access.prove_access(assembly, claims)

    monkeypatch.setattr(plugin, "prove_access", noted)
    assert synthesize(tmp_path, name="AccessProof") == (False, [])
    (thread,) = threads  # once, and not where the CDK waits for it
    assert thread is not threading.main_thread()


def test_the_access_proof_that_was_not_begun_is_made_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AccessProof, "begin", Mock())
    stopped, violations = synthesize(tmp_path, open_role=True, name="AccessProof")
    assert stopped
    assert violations


def test_the_plugins_name_their_claims() -> None:
    assert NetworkProof().rule_ids == list(network.CLAIMS)
    assert AccessProof().rule_ids == list(access.CLAIMS)
