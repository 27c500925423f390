"""Each file of constructs/blueprint works in an empty CDK app, with nothing else of the project."""

import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.blueprint.empty_app import constructs_of, example_of

BLUEPRINT = Path(__file__).parents[2] / "constructs" / "blueprint"
EMPTY_APP = Path(__file__).with_name("empty_app.py")
# One process runs every copy: its tests stay on one worker.
pytestmark = pytest.mark.xdist_group("copy-paste")

# How many files a person copies to use one: itself, and those of the blueprint that it imports;
# beside them, its function in handlers/, if it has one.
FILES = {
    "access_analyzer": 1,
    "access_log_bucket": 4,
    "account_baseline": 1,
    "alerts_topic": 3,
    "archive_bucket": 5,
    "break_glass": 9,
    "configuration": 8,
    "cross_account_role": 3,
    "customer_key": 1,
    "data_bucket": 6,
    "endpoints": 2,
    "event_alerts": 3,
    "federation": 5,
    "flow_logs": 2,
    "groups": 4,
    "inventory": 1,
    "load_balancers": 2,
    "mfa": 3,
    "network": 5,
    "network_access_scope": 2,
    "network_acls": 2,
    "on_premises": 1,
    "password_policy": 4,
    "policies": 2,
    "security_groups": 2,
    "server_backups": 5,
    "server_fleets": 4,
    "server_logs": 2,
    "server_roles": 3,
    "server_template": 2,
    "threat_detection": 1,
    "tier_names": 1,
    "trail": 7,
    "trail_alarms": 3,
    "trusted_group": 5,
    "unused_credentials": 3,
    "users": 1,
}
CLASS = '''
import aws_cdk as cdk
from constructs import Construct


class {name}({base}):
    """A construct.

    {docstring}
    """
'''
# Files that must not pass: their code, what is wrong, and what is said of it.
WRONG = {
    "needs_the_project": (
        "from stacks.network import NetworkStack",
        "its imports",
        "No module named 'stacks'",
    ),
    "lacks_a_file": (
        "from blueprint.flows import Flow",
        "its imports",
        "No module named 'blueprint.flows'",
    ),
    "has_no_example": (
        CLASS.format(name="Silent", base="Construct", docstring="Invariant: none."),
        "Silent",
        "no Example that makes one",
    ),
    "has_a_mistake": (
        CLASS.format(
            name="Mistaken",
            base="Construct",
            docstring='Example:\n        Mistaken(self, "Mistaken", colour="red")',
        ),
        "Mistaken",
        "unexpected keyword argument 'colour'",
    ),
    "does_not_synthesize": (
        CLASS.format(
            name="Astray",
            base="cdk.CfnOutput",
            docstring="Example:\n"
            '        other = cdk.CfnResource(cdk.Stack(), "Other", type="AWS::S3::Bucket")\n'
            '        Astray(self, "Astray", value=other.ref)',
        ),
        "synthesis",
        "across apps",
    ),
}


def files_needed(name: str) -> list[str]:
    """The file and those of the blueprint that it imports, those first that others import."""
    found: list[str] = []
    for node in ast.walk(ast.parse((BLUEPRINT / f"{name}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("blueprint."):
            found += files_needed(str(node.module).removeprefix("blueprint."))
    return list(dict.fromkeys([*found, name]))


def copy(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files as a person pastes them, and their order for the empty app."""
    package = folder / "blueprint"
    package.mkdir(parents=True)
    for name, code in files.items():
        (package / f"{name}.py").write_text(code)
    (folder / "order.txt").write_text("\n".join(f"blueprint.{name}" for name in files))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What is wrong with each copy: nothing, or a sentence about a class."""
    copies = tmp_path_factory.mktemp("copies")
    for name in FILES:
        files = {file: (BLUEPRINT / f"{file}.py").read_text() for file in files_needed(name)}
        copy(copies / name, files)
        # The function of a construct comes along: Lambda gets it as a file, nothing imports it.
        if (function := BLUEPRINT / "handlers" / f"{name}.py").exists():
            handlers = copies / name / "blueprint" / "handlers"
            handlers.mkdir()
            shutil.copy(function, handlers)
    for name, (code, _, _) in WRONG.items():
        copy(copies / name, {name: code})
    result = subprocess.run(  # noqa: S603 (our own script)
        # -S: the project is installed by a .pth file, which only `site` reads.
        [sys.executable, "-S", str(EMPTY_APP)],
        cwd=copies,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "PYTHONPATH": sysconfig.get_path("purelib"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, dict[str, str]] = json.loads(result.stdout)
    return found


def modules() -> Iterator[ModuleType]:
    for file in sorted(BLUEPRINT.glob("[a-z]*.py")):
        yield importlib.import_module(f"blueprint.{file.stem}")


def unformatted(folder: Path) -> str:
    """Name what the formatter would change; an example has the 100 columns but for its indent."""
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length=92", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout if result.returncode else ""


def test_every_file_with_a_construct_is_copied() -> None:
    assert set(FILES) == {
        module.__name__.removeprefix("blueprint.") for module in modules() if constructs_of(module)
    }


@pytest.mark.parametrize("name", FILES)
def test_a_copied_file_runs_its_examples_in_an_empty_app(
    name: str, wrong: dict[str, dict[str, str]]
) -> None:
    assert wrong[name] == {}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_does_not_stand_alone_is_named_with_its_fault(
    name: str, wrong: dict[str, dict[str, str]]
) -> None:
    _, subject, sentence = WRONG[name]
    assert list(wrong[name]) == [subject]
    assert sentence in wrong[name][subject]


def test_a_copy_takes_the_counted_files_and_no_more() -> None:
    assert {name: len(files_needed(name)) for name in FILES} == FILES


def test_examples_are_formatted_like_the_code(tmp_path: Path) -> None:
    for module in modules():
        for cls in constructs_of(module):
            (tmp_path / f"{cls.__name__}.py").write_text(example_of(cls).strip() + "\n")
    assert unformatted(tmp_path) == ""
    (tmp_path / "Crooked.py").write_text("ServerTemplate( self,'Linux' )\n")
    assert "Crooked.py" in unformatted(tmp_path)
