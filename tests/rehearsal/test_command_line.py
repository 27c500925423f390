"""`python -m rehearsal` says in one line what it cannot use."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.safety import PROJECT


def _rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "rehearsal", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_directory_without_an_assembly_is_unusable(tmp_path: Path) -> None:
    done = _rehearse(str(tmp_path))
    assert done.returncode == 2
    assert done.stdout.startswith(f"Cannot rehearse: {tmp_path} is no cloud assembly")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.parametrize("text", ["", "[]", '{"artifacts": {"A": {}}}'])
def test_broken_manifest_is_unusable(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    done = _rehearse(str(tmp_path))
    assert done.returncode == 2
    assert "manifest.json cannot be read" in done.stdout


def test_assembly_without_a_stack_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"artifacts": {}}')
    done = _rehearse(str(tmp_path))
    assert done.returncode == 2
    assert "no stack" in done.stdout


def test_unplayed_type_is_unusable(write_assembly: Callable[..., Path]) -> None:
    done = _rehearse(str(write_assembly({"Jobs": {"Type": "AWS::SQS::Queue"}})))
    assert done.returncode == 2
    assert "AWS::SQS::Queue in stack Small (Jobs)" in done.stdout


@pytest.mark.exhaustive
@pytest.mark.rehearsal
def test_failed_deployment_says_why_without_a_traceback(
    write_assembly: Callable[..., Path],
) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/8"}}
    done = _rehearse(str(write_assembly({"Vpc": vpc})))
    assert done.returncode == 1
    assert "Failed: cdk deploy failed:" in done.stdout
    assert "Vpc (AWS::EC2::VPC)" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
