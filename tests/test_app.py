"""The app as the CDK CLI runs it."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from stacks.loading import load_environment
from tests.conftest import ENVIRONMENTS, Assembly

ROOT = Path(__file__).parents[1]
# Nothing of the caller's AWS configuration; HOME holds the cache of the jsii kernel.
BARE = {name: os.environ[name] for name in ("PATH", "HOME")}


def run_app(environment: str, outdir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    context = {"environment": environment}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=BARE | {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(outdir)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_refused_environment_ends_with_one_message_and_exit_code_1(tmp_path: Path) -> None:
    result = run_app("nowhere", tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        'environment "nowhere" does not exist. Allowed: production, sandbox, two-accounts. '
        "Change: -c environment=NAME, or add environments/nowhere.toml.\n"
    )
    assert not list(tmp_path.iterdir())


def test_the_collector_of_garbage_is_on_again_and_leaves_the_cdk_alone() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000


def test_the_app_needs_neither_account_nor_credentials(tmp_path: Path) -> None:
    result = run_app("sandbox", tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert "missing" not in manifest
    assert manifest["artifacts"]["Network"]["environment"] == "aws://unknown-account/unknown-region"


def test_the_sandbox_takes_account_and_region_from_the_cli(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "210987654321")
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-central-1")
    sandbox = app.with_cli_account(load_environment("sandbox"))
    production = app.with_cli_account(load_environment("production"))
    assert (sandbox.account, sandbox.region) == ("210987654321", "eu-central-1")
    assert (production.account, production.region) == ("111122223333", "ap-northeast-1")


def test_findings_end_the_app_with_exit_code_1_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Refusing:
        def synth(self) -> None:
            raise RuntimeError("ValidationFailed: Validation failed.")

    monkeypatch.setattr(app, "build_app", lambda _: Refusing())
    with pytest.raises(SystemExit) as stopped:
        app.main()
    assert stopped.value.code == 1
    assert not list(tmp_path.iterdir())


def test_what_a_construct_refuses_ends_the_app_with_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing:
        def synth(self) -> None:
            raise RuntimeError("ValidationFailedWithErrors: [Stack/Policy] too long")

    monkeypatch.setattr(app, "build_app", lambda _: Refusing())
    with pytest.raises(SystemExit) as stopped:
        app.main()
    assert stopped.value.code == "[Stack/Policy] too long"


def test_other_errors_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def synth(self) -> None:
            raise RuntimeError("jsii kernel died")

    monkeypatch.setattr(app, "build_app", lambda _: Broken())
    with pytest.raises(RuntimeError, match="jsii kernel died"):
        app.main()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_lookup_is_ever_needed(name: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(name)
    assert "missing" not in assembly.read("manifest.json")
    assert "dummy1a" not in json.dumps(assembly.network)


def test_stacks_are_protected_from_deletion_as_the_environment_says(assembly: Assembly) -> None:
    asked = assembly.environment.servers.termination_protection
    for artifact in assembly.read("manifest.json")["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            assert artifact["properties"].get("terminationProtection", False) is asked


def test_tests_see_the_feature_flags_of_cdk_json(tmp_path: Path) -> None:
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    built = app.build_app(load_environment("sandbox"), outdir=tmp_path)
    for flag, value in flags.items():
        assert built.node.try_get_context(flag) == value
