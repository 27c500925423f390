"""Every command of the documents is tested, or it is written why it cannot be."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from app import build_app
from proofs.__main__ import main as proofs
from tests.documents.commands import Command, Row, commands_of, row_of, rows
from tests.documents.markdown import DOCUMENTS, ROOT, Document
from tests.synthesis import EVERYTHING, environment_named, shipped_assembly

COMMANDS = [command for path in DOCUMENTS for command in commands_of(Document(path))]
ENVIRONMENTS = {path.stem for path in ROOT.glob("environments/*.toml")}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OWN_MODULE = re.compile(r".venv/bin/python -m (proofs|rehearsal)( explain)?\b")


def where(command: Command) -> str:
    return str(command)


def begins(*starts: str) -> list[Command]:
    return [command for command in COMMANDS if command.bare.startswith(starts)]


def of_make(command: Command) -> list[str]:
    """What is wrong with a command of make."""
    _, target, *rest = command.words
    found = [f"no target {target}"] * (f"\n{target}: $(SETUP) ##" not in MAKEFILE)
    known = set(re.findall(r"^([A-Z]+) \??=", MAKEFILE, re.MULTILINE))
    found += [f"no variable {word}" for word in rest if word.partition("=")[0] not in known]
    name = command.variables.get("ENV", "sandbox")
    return found + [f"no environment {name}"] * (name not in ENVIRONMENTS)


@cache
def stacks_of(name: str) -> set[str]:
    environment = environment_named(EVERYTHING if name == "NAME" else name)
    return {child.node.id for child in build_app(environment, validate=False).node.children}


def of_cdk(command: Command) -> list[str]:
    """What is wrong with a command that deploys stacks."""
    words = command.words[command.words.index("cdk") + 2 :]
    setting = words[words.index("-c") + 1] if "-c" in words else "environment=sandbox"
    names = [word for word in words if not word.startswith("-") and "=" not in word]
    return [f"no stack {name}" for name in names if name not in stacks_of(setting.split("=")[1])]


@cache
def help_of(module: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", *module.split(), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def of_module(command: Command) -> list[str]:
    """What is wrong with the options of a command line of ours."""
    match = OWN_MODULE.match(command.bare)
    assert match
    text = help_of(" ".join(part.strip() for part in match.groups() if part))
    # What stands behind --then is another command.
    own = command.bare.partition(" --then ")[0]
    return [option for option in re.findall(r"(?<= )--[a-z-]+", own) if option not in text]


def untrue(row: Row) -> bool:
    """Whether what the row says of its test is not so."""
    if row.tested_by is None:
        return False
    name, _, test = row.tested_by.partition("::")
    if name.startswith("make "):
        recipe = re.search(rf"^{name.removeprefix('make ')}: .*\n(\t.*\n)+", MAKEFILE, re.MULTILINE)
        return recipe is None or row.starts not in recipe.group()
    path = ROOT / name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if name.startswith("tests/"):
        return (f"def {test}(" if test else "\ndef test_") not in text
    return row.starts not in text


@pytest.mark.parametrize("command", COMMANDS, ids=where)
def test_a_row_says_how_it_is_tested_or_why_not(command: Command) -> None:
    assert row_of(command)


def test_a_command_without_a_row_is_found() -> None:
    with pytest.raises(LookupError, match=r"make tea \(README.md\): no row"):
        row_of(Command("make tea", "README.md"))


def test_every_row_is_about_a_command_and_gives_one_answer() -> None:
    used = {row_of(command).starts for command in COMMANDS}
    for row in rows():
        assert row.starts in used, f"no document has {row.starts}"
        assert [row.exit, row.tested_by, row.not_run].count(None) == 2, row


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.starts)
def test_what_a_row_names_as_its_test_is_there(row: Row) -> None:
    assert not untrue(row)


@pytest.mark.parametrize(
    "tested_by",
    ["tests/nowhere.py", "tests/test_app.py::test_of_nothing", "make test", "make tea", ".ci/run"],
)
def test_a_row_that_names_no_test_is_found(tested_by: str) -> None:
    assert untrue(Row("cdk synth", tested_by=tested_by))


@pytest.mark.parametrize("command", begins("make "), ids=where)
def test_targets_variables_and_environments_exist(command: Command) -> None:
    assert of_make(command) == []


@pytest.mark.parametrize("text", ["make tea", "make synth ENVIRONMENT=sandbox", "make diff ENV=no"])
def test_what_make_does_not_know_is_found(text: str) -> None:
    assert of_make(Command(text, "README.md"))


@pytest.mark.parametrize("command", begins(".venv/bin/uv run npx cdk"), ids=where)
def test_stacks_exist_in_their_environment(command: Command) -> None:
    assert of_cdk(command) == []


def test_a_stack_that_does_not_exist_is_found() -> None:
    text = ".venv/bin/uv run npx cdk deploy Network Partner -c environment=sandbox"
    assert of_cdk(Command(text, "README.md")) == ["no stack Partner"]


@pytest.mark.parametrize("command", begins(".venv/bin/python -m "), ids=where)
def test_options_of_our_own_commands_exist(command: Command) -> None:
    assert of_module(command) == []


def test_an_option_that_does_not_exist_is_found() -> None:
    text = ".venv/bin/python -m proofs explain cdk.out --whose Developers"
    assert of_module(Command(text, "README.md")) == ["--whose"]


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if row_of(each).exit is not None], ids=where
)
def test_it_ends_as_its_row_says(command: Command, tmp_path: Path) -> None:
    assembly = tmp_path / "cdk.out"
    assembly.symlink_to(shipped_assembly("sandbox"))
    words = [str(assembly) if word == assembly.name else word for word in command.words]
    assert words[1:3] == ["-m", "proofs"]
    assert proofs(words[3:]) == row_of(command).exit
