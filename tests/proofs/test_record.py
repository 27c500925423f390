"""What synthesis proved is read again only for just what it was proved of."""

import json
import shutil
from pathlib import Path

import pytest

from proofs import record, report
from proofs.access import CLAIMS_DIRECTORY, prove_access
from proofs.assembly import read_assembly
from proofs.network import prove_assembly
from tests.synthesis import shipped_assembly


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    directory = tmp_path / "cdk.out"
    shutil.copytree(shipped_assembly("sandbox"), directory)
    return directory


def forge(directory: Path) -> None:
    """Tell a record from a proof: it says something that no proof would."""
    for name in (record.NETWORK, record.ACCESS):
        path = directory / f"proof-{name}.json"
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "answers": {"recorded": name}}))


def test_synthesis_records_what_the_proofs_say() -> None:
    assembly = read_assembly(shipped_assembly("sandbox"))
    for path in shipped_assembly("sandbox").glob("proof-*.json"):
        assert json.loads(path.read_text())["answers"]["claims"]
    network = json.loads(json.dumps(report.network_data(prove_assembly(assembly))))
    access = json.loads(json.dumps(report.access_data(prove_access(assembly))))
    assert record.network_answers(assembly) == network
    assert record.access_answers(assembly) == access


def test_a_record_of_the_same_templates_is_read(copy: Path) -> None:
    forge(copy)
    assembly = read_assembly(copy)
    assert record.network_answers(assembly) == {"recorded": "network"}
    assert record.access_answers(assembly) == {"recorded": "access"}


def test_a_record_of_other_templates_is_not_read(copy: Path) -> None:
    forge(copy)
    path = copy / "Network.template.json"
    template = json.loads(path.read_text())
    template["Description"] = "another"
    path.write_text(json.dumps(template))
    assembly = read_assembly(copy)
    assert record.network_answers(assembly)["claims"]
    assert record.access_answers(assembly)["claims"]


def test_a_record_of_other_claims_is_not_read(copy: Path, tmp_path: Path) -> None:
    forge(copy)
    claims = tmp_path / "claims"
    shutil.copytree(CLAIMS_DIRECTORY, claims)
    rules = claims / "rules.toml"
    rules.write_text(rules.read_text() + "\n# another\n")
    assert record.access_answers(read_assembly(copy), claims)["claims"]


@pytest.mark.parametrize("name", ["access/evaluate.py", "access/aws_managed.json"])
def test_a_record_of_other_proofs_or_of_other_data_of_aws_is_not_read(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forge(copy)
    proofs = tmp_path / "proofs"
    shutil.copytree(Path(record.__file__).parent, proofs)
    monkeypatch.setattr(record, "_PROOFS", proofs)
    assembly = read_assembly(copy)
    assert record.access_answers(assembly) == {"recorded": "access"}
    (proofs / name).write_text((proofs / name).read_text() + "\n")
    assert record.access_answers(assembly)["claims"]


def test_without_a_record_everything_is_proved(copy: Path) -> None:
    for path in copy.glob("proof-*.json"):
        path.unlink()
    assembly = read_assembly(copy)
    assert record.network_answers(assembly)["matrix"]
    assert record.access_answers(assembly)["access"]


def test_a_record_that_was_cut_off_is_not_read(copy: Path) -> None:
    for path in copy.glob("proof-*.json"):
        path.write_text(path.read_text()[:100])
    assert record.network_answers(read_assembly(copy))["matrix"]
