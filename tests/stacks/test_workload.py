"""Which servers a change of the workload replaces: those that run what changed, and no other."""

import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from app import build_app
from blueprint.operating_systems import AMAZON_LINUX_2023
from stacks import workload
from tests.conftest import Assembly
from tests.stacks.server_rules import Servers, tier_of
from tests.workload.server import part

# By file that somebody edits or adds: the tiers whose servers the next deployment replaces.
REPLACED: dict[str, set[str]] = {
    "linux/web.py": {"web", "app"},
    "linux/web.sh": {"web", "app"},
    "linux/app.service": {"web", "app"},
    "linux/new.html": {"web", "app"},
    "linux/new/page.html": {"web", "app"},
    "new/page.html": {"web", "app"},
    "windows/web.ps1": {"web", "app"},
    "linux/db/db.sql": {"db"},
    "linux/db/new.sql": {"db"},
    "linux/common/install.sh": {"web", "app", "db"},
    "linux/common/boot.sh": {"web", "app", "db"},
    "README.md": set(),
    "linux/__pycache__/web.pyc": set(),
    "linux/db/__pycache__/db.pyc": set(),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workload, in the place of the original."""
    copy = tmp_path / "workload"
    shutil.copytree(workload.WORKLOAD, copy)
    monkeypatch.setattr(workload, "WORKLOAD", copy)
    return copy


def edit(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("# A comment.\n")


def user_data_by_tier() -> dict[str, Any]:
    stack = cdk.Stack()
    parts = workload.Workload(stack, "Workload")
    return {
        tier: stack.resolve(workload.user_data(AMAZON_LINUX_2023, parts.settings(tier)).render())
        for tier in ("web", "app", "db")
    }


@pytest.mark.parametrize(("file", "tiers"), REPLACED.items(), ids=REPLACED)
def test_a_change_replaces_the_servers_that_run_it_and_no_other(
    file: str, tiers: set[str], folder: Path
) -> None:
    before = user_data_by_tier()
    edit(folder / file)
    after = user_data_by_tier()

    assert {tier for tier in before if before[tier] != after[tier]} == tiers


def test_a_change_of_web_leaves_the_template_of_the_database_as_it_is(
    sandbox: Assembly, folder: Path, tmp_path: Path
) -> None:
    edit(folder / "linux/web.py")
    build_app(sandbox.environment, outdir=tmp_path / "out", validate=False).synth()
    edited = Assembly(sandbox.environment, tmp_path / "out")

    before, after = (
        {
            tier_of(data): data
            for _, data in Servers(one.environment, one.servers["Resources"]).templates
        }
        for one in (sandbox, edited)
    )
    assert {tier for tier in before if before[tier] != after[tier]} == {"web", "app"}


def test_servers_get_the_files_that_the_tests_boot_them_with(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    parts = workload.Workload(cdk.Stack(app, "Stack"), "Workload")
    for tier in ("web", "app", "db"):
        (key,) = (value for name, value in parts.settings(tier).items() if "KEY" in name)
        staged = tmp_path / f"asset.{Path(key).stem}"
        files = {path.relative_to(staged) for path in staged.rglob("*") if path.is_file()}
        assert files == set(part(tier))
