"""A project started from the blueprint has its own name and network, and passes its own tests."""

import json
import os
import subprocess
import sys
import tomllib
from itertools import count
from pathlib import Path

import pytest

from proofs.network import prove
from stacks import new_project
from stacks.environment import Environment
from stacks.loading import load_environment
from stacks.new_names import new_networks, title
from stacks.new_project import ROOT, ProjectRefusedError, main, start_project

# Not the names of this project and of its tiers: it may have been started in this way itself.
OWN = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
NAME = next(name for name in ("city-library", "town-library") if name != OWN)
HAS = [tier.name for tier in load_environment("sandbox").network.tiers]
NEW = [name for name in ("loans", "index", "orders", "search") if name not in HAS]
# Two tiers more, if the four places that are free at first leave room for them.
NEW = NEW[: min(2, 4 - len(HAS))]
TIERS = [f"{name}:app:{port}" for port, name in enumerate(NEW, start=6379)]
CIDR, BEHIND = "10.32.0.0/16", "10.33.0.0/16"
# The quick part: what the project says of itself, its environments, and its flow table.
QUICK = (
    "tests/test_project.py",
    "tests/stacks/test_loading.py::test_the_shipped_environments_are_accepted",
    "tests/blueprint/test_flows.py",
)


def run_in(project: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the new project, which comes before the one that is installed."""
    paths = os.pathsep.join(map(str, (project, project / "constructs")))
    return subprocess.run(  # noqa: S603 (the tests of this repository)
        [sys.executable, *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": paths, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def words_of(project: Path) -> dict[str, str]:
    """Every file that says something, by its name; the changelog tells where it came from."""
    command = ["git", "ls-files"]
    listed = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)  # noqa: S603
    names = set(listed.stdout.splitlines()) - {"CHANGELOG.md"}
    return {name: (project / name).read_text() for name in names}


def environments_of(project: Path) -> dict[str, Environment]:
    directory = project / "environments"
    return {path.stem: load_environment(path.stem, directory) for path in directory.glob("*.toml")}


def make_new(monkeypatch: pytest.MonkeyPatch, **wanted: object) -> str:
    """The one message of a command that is refused."""
    options = [f"--{key}={value}" for key, value in wanted.items()]
    monkeypatch.setattr(sys, "argv", ["new_project", *options])
    with pytest.raises(SystemExit) as stopped:
        main()
    # A text as the exit code is printed, and the code is 1.
    assert isinstance(stopped.value.code, str)
    return stopped.value.code


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, its snapshots still the blueprint's."""
    target = tmp_path_factory.mktemp("new") / NAME
    start_project(NAME, target, cidr=CIDR, tiers=TIERS, snapshots=False)
    return target


def test_nothing_of_the_new_project_has_the_old_name(project: Path) -> None:
    old = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    # Snapshots are written anew; this file has the names that it tries.
    but = ("tests/stacks/__snapshots__", "tests/test_new_project.py")
    words = {name: text for name, text in words_of(project).items() if not name.startswith(but)}
    assert [name for name, text in words.items() if old in text] == []
    assert title(project).startswith(f"{NAME} ")
    assert {each.tags["project"] for each in environments_of(project).values()} == {NAME}


def test_lock_files_are_as_their_tools_would_write_them(project: Path) -> None:
    packages = tomllib.loads((project / "uv.lock").read_text())["package"]
    assert [package["name"] for package in packages] == sorted(each["name"] for each in packages)
    assert NAME in {package["name"] for package in packages}
    before = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert len(packages) == len(before)
    assert json.loads((project / "package-lock.json").read_text())["packages"][""]["name"] == NAME


def test_the_sandbox_has_the_network_and_an_environment_with_another_the_one_behind_it(
    project: Path,
) -> None:
    cidrs = {name: each.network.cidr for name, each in environments_of(project).items()}
    assert cidrs == {"sandbox": CIDR, "two-accounts": CIDR, "production": BEHIND}


def test_without_a_network_those_of_the_blueprint_stay() -> None:
    shipped = {"sandbox": "10.0.0.0/16", "production": "10.16.0.0/16"}
    assert new_networks(shipped, None) == shipped


def test_the_new_project_is_a_repository_of_its_own_with_a_new_changelog(project: Path) -> None:
    assert (project / ".git").is_dir()
    assert set(words_of(project)) == set(words_of(ROOT))
    changes = (project / "CHANGELOG.md").read_text()
    assert changes.count("\n* ") == 1
    assert f"Started from {title(ROOT)}" in changes
    assert (project / "README.md").read_text().startswith(f"# {NAME}\n")


@pytest.mark.slow
def test_the_new_project_synthesizes_with_both_proofs(project: Path, tmp_path: Path) -> None:
    done = run_in(project, "app.py", CDK_OUTDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    network = json.loads((tmp_path / "Network.template.json").read_text())
    (vpc,) = (each for each in network["Resources"].values() if each["Type"] == "AWS::EC2::VPC")
    assert vpc["Properties"]["CidrBlock"] == CIDR
    reach = prove(tmp_path).matrix
    to_the_new = {key: reach[key] for key in reach if key[1] in NEW}
    open_ = {key for key, cell in to_the_new.items() if cell.ports}
    assert open_ == {("app", name) for name in NEW}
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["artifacts"]["Network"]["properties"]["tags"]["project"] == NAME


def test_a_quick_part_of_its_tests_passes(project: Path) -> None:
    done = run_in(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *QUICK)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["", "City", "1st", "a--b", "-a", "a/b", "a b", "a" * 51, "boto3"])
def test_a_name_that_no_project_may_have_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = make_new(monkeypatch, name=name, to=tmp_path / "new")
    assert message.startswith(f"NAME={name}: ")
    assert " Allowed: " in message
    assert message.count("\n") == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("cidr", "says"),
    [
        ("nowhere", "not a network"),
        ("10.32.0.1/16", 'write "10.32.0.0/16"'),
        ("8.8.0.0/16", "not a private network"),
        ("10.32.0.0/24", "from /16 to /22"),
        # Production's, behind it, is no private network any more.
        ("172.31.0.0/16", "172.31.0.0/16, production: network.cidr = '172.32.0.0/16'"),
        # Where the company is, by production's file.
        ("192.168.0.0/17", "production.toml: network.cidr 192.168.128.0/17 overlaps"),
    ],
)
def test_a_network_that_an_environment_refuses_leaves_nothing_behind(
    cidr: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = make_new(monkeypatch, name=NAME, cidr=cidr, to=tmp_path / "new")
    assert says in message
    assert not list(tmp_path.iterdir())


def test_every_environment_has_the_tiers_each_in_a_place_of_its_own(project: Path) -> None:
    before = environments_of(ROOT)
    for name, each in environments_of(project).items():
        known = len(before[name].network.tiers)
        tiers = [(tier.name, tier.place) for tier in each.network.tiers[known:]]
        assert tiers == list(zip(NEW, count(4 + known), strict=False))


@pytest.mark.parametrize(
    ("tiers", "says"),
    [
        ("cache", "TIERS=cache: no tier. Allowed: NAME:REACHED_FROM:PORT"),
        ("cache:app:redis", "no tier"),
        ("cache:internet:6379", "reached_from = 'internet': not allowed. Allowed: 'web', 'app'"),
        ("loans:app:22", ".port = 22: not a port for a service"),
        ("db:app:6379", "'db' is there already"),
        ("cache:app:6379 cache:app:6380", "name 'cache' is taken twice"),
        ("a1:app:2000 a2:app:2000 a3:app:2000 a4:app:2000 a5:app:2000", "place = 8: out of range"),
    ],
)
def test_tiers_that_an_environment_refuses_leave_nothing_behind(
    tiers: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert says in make_new(monkeypatch, name=NAME, tiers=tiers, to=tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine").touch()
    assert "exists and is not empty" in make_new(monkeypatch, name=NAME, to=tmp_path)
    assert "no folder" in make_new(monkeypatch, name=NAME, to=tmp_path / "mine")
    assert "is no folder" in make_new(monkeypatch, name=NAME, to=tmp_path / "none" / "new")
    assert "inside the blueprint" in make_new(monkeypatch, name=NAME, to=ROOT / "build" / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_project_that_does_not_synthesize_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_: Path) -> None:
        raise ProjectRefusedError("a proof failed")

    monkeypatch.setattr(new_project, "_write_snapshots", fail)
    assert make_new(monkeypatch, name=NAME, to=tmp_path / "new") == "a proof failed"
    assert not list(tmp_path.iterdir())


@pytest.mark.exhaustive
def test_all_its_tests_pass(tmp_path: Path) -> None:
    target = tmp_path / NAME
    start_project(NAME, target, cidr=CIDR, tiers=TIERS)
    wanted = "not exhaustive and not rehearsal and not slow"
    done = run_in(target, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", wanted)
    assert done.returncode == 0, done.stdout
