"""The command line: exit codes, one clear line for unusable input, readable and JSON output."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proofs import access, network
from proofs.__main__ import main
from tests.proofs.assemblies import Resources, let_in, open_acl, route_to_internet
from tests.synthesis import shipped_assembly


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    copy = tmp_path / "cdk.out"
    shutil.copytree(shipped_assembly("sandbox"), copy)
    return copy


CLAIMS = {**network.CLAIMS, **access.CLAIMS}
# `cannot-prove` is a claim of both proofs.
COUNT = len(network.CLAIMS) + len(access.CLAIMS)


def edit(
    assembly: Path,
    key: str,
    change: Any,  # noqa: ANN401 -- any part of a template
    stack: str = "Network",
) -> None:
    path = assembly / f"{stack}.template.json"
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
    assert "Who may do what: sandbox" in output
    row = next(line for line in output.splitlines() if "a member of group Administrators" in line)
    assert "all but" in row
    assert "✓ mfa-required: " in output
    assert f"{COUNT} of {COUNT} claims hold." in output


def test_one_with_counterexamples_when_a_claim_is_false(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(assembly, "Resources", break_database)
    assert main([str(assembly)]) == 1
    output = capsys.readouterr().out
    assert "✗ closed-world" in output
    assert "internet reaches db" in output
    assert "Suggested:" in output


def open_the_app_role(resources: Resources) -> None:
    name = next(name for name in resources if name.startswith("AppRole"))
    (statement,) = resources[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"AWS": "*"}


def test_one_with_a_counterexample_when_a_claim_about_access_is_false(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(assembly, "Resources", open_the_app_role, "Servers")
    assert main([str(assembly)]) == 1
    output = capsys.readouterr().out
    assert "✗ only-the-partner-assumes" in output
    assert "somebody of account <another account> may sts:AssumeRole on " in output
    assert main([str(assembly), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    finding = next(f for f in data["findings"] if f["claim"] == "only-the-partner-assumes")
    assert finding["stack"] == "Servers"
    assert any(name.startswith("AppRole") for name in finding["resources"])
    assert finding["packet"]["action"] == "sts:AssumeRole"


def test_json_has_everything_that_is_allowed(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(assembly), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["access"]
    own = next(
        row
        for row in rows
        if row["principal"].startswith("role AppRole") and row["actions"] == ["s3:ListAllMyBuckets"]
    )
    assert own["count"] == 1
    assert own["resource"] == "*"
    assert (own["without_mfa"], own["with_mfa"]) == (True, True)
    assert own["statements"][0].startswith("Servers/AppRole")
    password = next(row for row in rows if "iam:ChangePassword" in row["actions"])
    assert password["context"]


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


# -- explain

AUDITOR = ["--principal", "Auditors", "--action", "iam:GetUser"]
MFA = ["--context", "aws:MultiFactorAuthPresent=true", "--context", "aws:MultiFactorAuthAge=60"]


def test_explain_ends_with_zero_for_what_is_allowed_and_names_the_statement(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(assembly), *AUDITOR, *MFA]) == 0
    first, why, *statements = capsys.readouterr().out.splitlines()
    assert first == (
        "allowed: a member of group Auditors iam:GetUser on ... with "
        "aws:multifactorauthage = 60 and aws:multifactorauthpresent = true"
    )
    assert why == "  because an identity policy allows it"
    assert statements
    assert all(line.startswith("  allows: AWS/SecurityAudit ") for line in statements)


def test_explain_ends_with_one_for_what_is_denied(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--principal", "Auditors", "--action", "s3:GetObject"]
    assert main(["explain", str(assembly), *arguments]) == 1
    first, why, denies = capsys.readouterr().out.splitlines()
    assert first.startswith("denied: a member of group Auditors s3:GetObject on ...")
    assert why == "  because an explicit deny"
    assert denies.startswith("  denies: Identity/")


def test_explain_takes_the_resource_and_arns(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    role = "arn:aws:iam::<AccountId>:role/<Servers.AppRole>"
    request = ["--principal", "ec2.amazonaws.com", "--action", "sts:AssumeRole"]
    assert main(["explain", str(assembly), *request, "--resource", role]) == 0
    assert main(["explain", str(assembly), *request, "--resource", role.replace("App", "X")]) == 1
    assert main(["explain", str(assembly), "--principal", role, *request[2:]]) == 1
    assert capsys.readouterr().out.count("service ec2.amazonaws.com sts:AssumeRole on arn:") == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--principal", "nobody", "--action", "iam:GetUser"], "--principal nobody: no template"),
        (["--principal", "Auditors", "--action", "iam:GetUsr"], "--action iam:GetUsr: AWS has no"),
        ([*AUDITOR, "--context", "aws:MultiFactorAuthPresent"], "--context aws:MultiFactorAuthP"),
        ([*AUDITOR, "--context", "aws:Nothing=1"], "--context aws:Nothing=1: no key of AWS"),
    ],
)
def test_explain_ends_with_two_and_one_line_for_what_it_cannot_use(
    arguments: list[str], word: str, assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_unusable(["explain", str(assembly), *arguments], capsys, word)
    assert_unusable(["explain", str(assembly / "missing"), *arguments], capsys, "cdk synth")


def test_explain_refuses_templates_that_it_does_not_understand(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(resources: Resources) -> None:
        resources["Odd"] = {"Type": "Custom::Odd::Thing", "Properties": {}}
        resources["Odd2"] = {"Type": "AWS::Made::Up", "Properties": {}}

    edit(assembly, "Resources", change, "Servers")
    assert_unusable(["explain", str(assembly), *AUDITOR], capsys, "cannot prove")


@pytest.mark.parametrize("missing", ["--principal", "--action"])
def test_explain_needs_who_and_what(missing: str, assembly: Path) -> None:
    given = dict(zip(AUDITOR[::2], AUDITOR[1::2], strict=True))
    del given[missing]
    with pytest.raises(SystemExit) as ended:
        main(["explain", str(assembly), *(part for pair in given.items() for part in pair)])
    assert ended.value.code == 2
