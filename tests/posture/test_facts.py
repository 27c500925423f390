"""What the report says is what the proofs and the templates say."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posture.__main__ import main
from posture.facts import Posture, posture
from proofs.access import prove_access
from proofs.access.summary import grants, totals
from proofs.assembly import read_assembly
from proofs.hourly import hourly_resources
from proofs.network import prove_assembly
from proofs.network.ranges import traffic_text
from tests.proofs.assemblies import let_in, open_acl, remove, route_to_internet
from tests.synthesis import shipped_assembly


@pytest.fixture
def broken(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the sandbox with one template changed."""

    def change(*changes: Callable[[dict[str, Any]], None], stack: str = "Network") -> Path:
        directory = tmp_path / "cdk.out"
        shutil.copytree(shipped_assembly("sandbox"), directory)
        path = directory / f"{stack}.template.json"
        template = json.loads(path.read_text())
        for each in changes:
            each(template["Resources"])
        path.write_text(json.dumps(template))
        return directory

    return change


def test_everything_holds_in_the_shipped_environments(facts: Posture) -> None:
    assert facts.red == ()
    assert facts.holds


def test_the_matrix_is_that_of_the_network_proof(facts: Posture) -> None:
    proof = prove_assembly(read_assembly(shipped_assembly(facts.environment)))
    cells = {(cell.source, cell.destination): cell for cell in facts.matrix.cells}
    assert cells.keys() == proof.matrix.keys()
    for pair, reach in proof.matrix.items():
        assert cells[pair].traffic == traffic_text(reach.ports)
        assert cells[pair].passes == bool(reach.ports)
        assert cells[pair].blocked_by == reach.blocked_by
        assert len(cells[pair].witnesses) == len(reach.witnesses)


def test_the_access_table_is_that_of_the_access_proof() -> None:
    facts = posture(shipped_assembly("two-accounts"))
    proof = prove_access(read_assembly(shipped_assembly("two-accounts")))
    expected = totals(grants(proof.cases))
    assert len(facts.access.principals) == len(expected)
    assert sorted(sum(p.with_mfa.values()) for p in facts.access.principals) == sorted(
        after.bit_count() for _, _, after in expected
    )
    assert sorted(sum(p.without_mfa.values()) for p in facts.access.principals) == sorted(
        before.bit_count() for _, before, _ in expected
    )


def test_every_claim_of_both_proofs_is_told(facts: Posture) -> None:
    assembly = read_assembly(shipped_assembly(facts.environment))
    expected = [claim.id for claim in prove_assembly(assembly).claims]
    assert [claim.id for claim in facts.claims if claim.proof == "network"] == expected


def test_the_way_from_account_b_asks_for_fresh_mfa_and_the_external_id() -> None:
    (path,) = posture(shipped_assembly("two-accounts")).access.paths
    assert path.users == ("user hanako.sato", "user taro.suzuki")
    assert (path.user_account, path.role_account) == ("444455556666", "111122223333")
    assert path.role == "PartnerData"
    assert "Bool aws:multifactorauthpresent true" in path.asks
    assert any("sts:externalid" in condition for condition in path.asks)
    assert {"s3:GetObject", "s3:PutObject"} <= set(path.may)


def test_what_bills_by_the_hour_is_counted_over_all_stacks(facts: Posture) -> None:
    assembly = read_assembly(shipped_assembly(facts.environment))
    keys = sum(hourly_resources(dict(s.template))["customer-managed key"] for s in assembly.stacks)
    assert facts.hourly["customer-managed key"] == keys


def test_an_open_network_is_red_with_the_counterexample(broken: Callable[..., Path]) -> None:
    facts = posture(broken(let_in("db"), open_acl("db"), route_to_internet("db")))
    assert not facts.holds
    (claim,) = [c for c in facts.false_claims if c.id == "closed-world"]
    assert any("internet reaches db" in finding.message for finding in claim.findings)
    cell = facts.matrix.cell("internet", "db")
    assert cell
    assert cell.passes
    # Controls that rest on the claim are red too.
    assert "NW-2" in {control.id for control in facts.red_controls}


def test_a_control_whose_resource_is_gone_is_red(broken: Callable[..., Path]) -> None:
    facts = posture(broken(remove("Custom::AccountPasswordPolicy"), stack="Identity"))
    assert "IA-5" in {control.id for control in facts.red_controls}


def test_check_ends_with_one_and_a_line_for_each_red_thing(
    broken: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(broken(let_in("db"))), "--check"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith("posture of sandbox: ") for line in lines)
    assert any("claim security-groups-alone is false" in line for line in lines)


def test_check_ends_with_zero_where_nothing_is_red(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(shipped_assembly("sandbox")), "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_input_that_cannot_be_used_ends_with_two_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "missing")]) == 2
    assert capsys.readouterr().err.startswith("posture: ")


def test_acknowledged_findings_are_those_of_the_validation_report(facts: Posture) -> None:
    path = shipped_assembly(facts.environment) / "validation-report.json"
    plugins = json.loads(path.read_text())["pluginReports"]
    found = [each for plugin in plugins for each in plugin["suppressedViolations"]]
    told = facts.validations.acknowledged
    assert {each.reason for each in told} == {each["reason"] for each in found}
    assert {rule for each in told for rule in each.rules} == {each["ruleName"] for each in found}


def test_a_finding_that_nobody_acknowledged_is_red(broken: Callable[..., Path]) -> None:
    directory = broken()
    path = directory / "validation-report.json"
    content = json.loads(path.read_text())
    plugin = content["pluginReports"][0]
    plugin["violations"].append(plugin["suppressedViolations"].pop())
    path.write_text(json.dumps(content))
    assert "AwsSolutions: 1 findings that nobody acknowledged" in posture(directory).red


def test_quotas_are_counted_where_they_are_used_most(production: Posture) -> None:
    used = {quota.name: quota for quota in production.quotas}
    assert used["elastic addresses of a region"].used == 3
    assert used["resources of a template"].where == "Network"
    assert all(0 < quota.used <= quota.allowed for quota in production.quotas)
    assert all(quota.source.startswith("https://docs.aws.amazon.com/") for quota in used.values())


def test_a_quota_that_is_exceeded_is_red(broken: Callable[..., Path]) -> None:
    def addresses(resources: dict[str, Any]) -> None:
        for number in range(6):
            resources[f"Address{number}"] = {"Type": "AWS::EC2::EIP", "Properties": {}}

    assert "elastic addresses of a region: 6 of 5 at Network" in posture(broken(addresses)).red


def test_the_hash_follows_the_templates(broken: Callable[..., Path]) -> None:
    before = posture(shipped_assembly("sandbox")).origin.assembly
    assert posture(shipped_assembly("sandbox")).origin.assembly == before
    changed = broken(lambda resources: resources.update(Extra={"Type": "AWS::EC2::EIP"}))
    assert posture(changed).origin.assembly != before


def test_json_says_the_same_as_the_page(report: Callable[[str], Path]) -> None:
    data = json.loads((report("sandbox") / "posture.json").read_text())
    assert data["holds"] is True
    assert data["environment"] == "sandbox"
    assert {control["status"] for control in data["controls"]} <= {
        "shown",
        "switched off here",
        "a person's duty",
    }
