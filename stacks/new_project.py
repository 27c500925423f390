"""Starts a project of one's own from the blueprint: `make new NAME=...`.

It is made beside its place and moved there when its sandbox and production are proved: either all
of it is there, or nothing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from stacks.loading import EnvironmentRefusedError, load_environment
from stacks.new_names import add_tiers, names_in_use, new_networks, rename, title

ROOT = Path(__file__).parents[1]
# What a Python project, an npm package, a folder and the value of a tag may all be called.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 50


class ProjectRefusedError(Exception):
    """The project cannot be made: what was given, what is allowed, the change."""


def start_project(
    name: str,
    target: Path,
    *,
    cidr: str | None = None,
    tiers: Sequence[str] = (),
    snapshots: bool = True,
) -> None:
    """Make the project `name` in the folder `target`: a git repository, with nothing committed.

    Args:
        name: The project's, as in pyproject.toml and the tag `project`.
        target: A folder that does not exist yet or is empty, outside the blueprint.
        cidr: The VPC of the sandbox; an environment with another VPC gets the network behind it.
            Default: the blueprint's networks.
        tiers: Tiers more for every environment, each as NAME:REACHED_FROM:PORT.
        snapshots: Whether to synthesize and prove sandbox and production, and write snapshots of
            the tests; False is for tests of this module.

    Raises:
        ProjectRefusedError: a value is not allowed, or an environment does not synthesize.
        EnvironmentRefusedError: an environment takes no such `cidr`.
    """
    _check_name(name)
    _check_target(target)
    more = [_tier(text) for text in tiers]
    place = target.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=place.parent) as beside:
        # The temporary folder is its owner's alone; one inside it has the usual rights.
        project = Path(beside) / name
        _copy_tracked_files(project)
        networks = new_networks(_networks(ROOT), cidr)
        rename(project, name, networks, _origin())
        add_tiers(project, more)
        _networks(project)
        if snapshots:
            _write_snapshots(project)
        _start_repository(project)
        project.replace(place)


def _check_name(name: str) -> None:
    allowed = f"a-z, 0-9 and single hyphens, from a letter, {LONGEST_NAME} at most"
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ProjectRefusedError(
            f"NAME={name}: not a name for a project. Allowed: {allowed}. "
            "Change: make new NAME=my-project."
        )
    if name in names_in_use(ROOT):
        raise ProjectRefusedError(
            f"NAME={name}: a package of that name is in a lock file here. "
            f"Allowed: {allowed}, and no package that the project uses. Change: another name."
        )


def _check_target(target: Path) -> None:
    allowed = "a folder that does not exist or is empty, in one that exists, outside the blueprint"
    place = target.resolve()
    reason = None
    if place.is_relative_to(ROOT):
        reason = "inside the blueprint"
    elif not place.parent.is_dir():
        reason = f"{place.parent} is no folder"
    elif not os.access(place.parent, os.W_OK):
        reason = f"{place.parent} is not yours to write to"
    elif target.is_symlink() or (place.exists() and not place.is_dir()):
        reason = "no folder"
    elif place.is_dir() and any(place.iterdir()):
        reason = "exists and is not empty"
    if reason:
        raise ProjectRefusedError(
            f"TO={target}: {reason}. Allowed: {allowed}. Change: another folder."
        )


def _copy_tracked_files(project: Path) -> None:
    listed = _git(ROOT, "ls-files", "-z")
    if listed.returncode:
        raise ProjectRefusedError(
            f"{ROOT}: git lists no files ({listed.stderr.strip()}). Allowed: a git checkout of "
            "the blueprint. Change: git clone it."
        )
    for name in listed.stdout.rstrip("\0").split("\0"):
        # A file that was removed and not committed yet is still listed.
        if (ROOT / name).exists():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, project / name)


def _networks(project: Path) -> Mapping[str, str]:
    """The VPC of each environment, the sandbox first; refuses what the model refuses."""
    directory = project / "environments"
    names = sorted(path.stem for path in directory.glob("*.toml"))
    names.sort(key=lambda name: name != "sandbox")
    return {name: load_environment(name, directory).network.cidr for name in names}


def _tier(text: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"([a-z0-9]+):([a-z0-9]+):(\d+)", text, re.ASCII)
    if match is None:
        raise ProjectRefusedError(
            f"TIERS={text}: no tier. Allowed: NAME:REACHED_FROM:PORT, several with spaces between. "
            'Change: TIERS="cache:app:6379", for example.'
        )
    return match[1], match[2], match[3]


def _write_snapshots(project: Path) -> None:
    """Synthesize, which proves, and write down what would be deployed for people to read."""
    # The picture in the documents is drawn from the new network.
    _run(project, "tests/documents/generated.py")
    options = ("-q", "-p", "no:cacheprovider", "--snapshot-update", "-k", "reviewed_one")
    _run(project, "-m", "pytest", *options, "tests/stacks")


def _run(project: Path, *command: str) -> None:
    # Python and the proofs must find the new project before the blueprint that is installed.
    paths = os.pathsep.join(map(str, (project, project / "constructs")))
    done = subprocess.run(  # noqa: S603 (the tests of this repository)
        [sys.executable, "-B", *command],
        cwd=project,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProjectRefusedError(
            f"{done.stdout}{done.stderr}\nThe new project does not synthesize, as above. Allowed: "
            "a blueprint whose own `make test` passes. Change: what the first failure names."
        )


def _start_repository(project: Path) -> None:
    for command in (("init", "--quiet", "--initial-branch=main"), ("add", "--all")):
        done = _git(project, *command)
        if done.returncode:
            raise ProjectRefusedError(f"git {command[0]} failed: {done.stderr.strip()}")


def _origin() -> str:
    # A project that was started from the blueprint may have no commit yet.
    commit = _git(ROOT, "rev-parse", "--short", "HEAD").stdout.strip()
    return f"{title(ROOT)}, commit {commit}" if commit else title(ROOT)


def _git(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    # Within a hook, git's own variables would point at the repository of the hook.
    variables = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(  # noqa: S603 (no shell reads these words)
        ["git", "-C", str(folder), *command],  # noqa: S607 (the git of whoever types the command)
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> None:
    """Make the project that the command line describes."""
    parser = argparse.ArgumentParser(prog="make new", description=start_project.__doc__)
    for name in ("name", "cidr", "to", "tiers"):
        parser.add_argument(f"--{name}", default="")
    wanted = parser.parse_args()
    target = Path(wanted.to) if wanted.to else ROOT.parent / wanted.name
    try:
        start_project(wanted.name, target, cidr=wanted.cidr or None, tiers=wanted.tiers.split())
    except (ProjectRefusedError, EnvironmentRefusedError) as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
