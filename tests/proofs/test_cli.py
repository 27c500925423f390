"""The command line: exit codes, one clear line for unusable input, readable and JSON output."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofs.__main__ import main
from proofs.network import CLAIMS
from tests.proofs.assemblies import Resources, let_in, open_acl, route_to_internet
from tests.synthesis import shipped_assembly


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    copy = tmp_path / "cdk.out"
    shutil.copytree(shipped_assembly("sandbox"), copy)
    return copy


def edit(assembly: Path, key: str, change: Any) -> None:  # noqa: ANN401 -- any part of a template
    path = assembly / "Network.template.json"
    template = json.loads(path.read_text())
    change(template[key])
    path.write_text(json.dumps(template))


def break_database(resources: Resources) -> None:
    for change in (let_in("db"), open_acl("db"), route_to_internet("db")):
        change(resources)


def test_zero_when_every_claim_holds(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(assembly), "--environment", "sandbox"]) == 0
    output = capsys.readouterr().out
    assert "from \\ to" in output
    assert "tcp/5432" in output
    assert f"{len(CLAIMS)} of {len(CLAIMS)} claims hold." in output


def test_one_with_counterexamples_when_a_claim_is_false(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(assembly, "Resources", break_database)
    assert main([str(assembly)]) == 1
    output = capsys.readouterr().out
    assert "✗ closed-world" in output
    assert "internet reaches db" in output
    assert "Suggested:" in output


def test_json_has_claims_verdicts_witnesses_and_matrix(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(assembly), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["environment"] == "sandbox"
    assert data["holds"] is True
    assert {claim["id"] for claim in data["claims"]} == set(CLAIMS)
    entry = next(
        reach
        for reach in data["matrix"]
        if (reach["source"], reach["destination"]) == ("app", "db")
    )
    assert entry["ports"] == {"tcp": [[5432, 5432]]}
    assert entry["witnesses"][0]["packet"]["destination_port"] == 5432
    blocked = next(
        reach
        for reach in data["matrix"]
        if (reach["source"], reach["destination"]) == ("internet", "db")
    )
    assert blocked["blocked_by"] == ["security groups", "routes"]


def test_json_of_a_false_claim_names_resources_and_packet(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(assembly, "Resources", break_database)
    assert main([str(assembly), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    finding = next(f for f in data["findings"] if f["claim"] == "closed-world")
    assert finding["stack"] == "Network"
    assert finding["resources"]
    assert finding["packet"]["protocol"]


def assert_unusable(arguments: list[str], capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("proofs: ")
    assert captured.err.count("\n") == 1
    assert word in captured.err


def test_two_for_a_directory_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_unusable([str(tmp_path / "missing")], capsys, "cdk synth")


def test_two_for_a_directory_that_is_no_assembly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_unusable([str(tmp_path)], capsys, "manifest.json")


def test_two_without_a_flow_table(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(assembly, "Metadata", lambda metadata: metadata.pop("FlowTable"))
    assert_unusable([str(assembly)], capsys, "FlowTable")


def test_two_for_a_malformed_flow_table(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(assembly, "Metadata", lambda metadata: metadata.update(FlowTable={"rows": [{}]}))
    assert_unusable([str(assembly)], capsys, "malformed")


def test_two_for_another_environment(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_unusable([str(assembly), "--environment", "production"], capsys, "sandbox")


def test_two_for_a_broken_template(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (assembly / "Network.template.json").write_text("{")
    assert_unusable([str(assembly)], capsys, "JSON")


def test_it_runs_as_a_module(assembly: Path) -> None:
    command = [sys.executable, "-m", "proofs", str(assembly)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 0
    assert "Who can talk to whom: sandbox" in result.stdout
