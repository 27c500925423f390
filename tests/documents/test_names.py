"""What documents name by its name is there: files, keys of environments, claims, an example."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from blueprint import flow_logs
from proofs import access, network
from stacks.environment import Environment
from stacks.environment_reference import sections_of
from tests.documents.markdown import DOCUMENTS, ROOT, Document

# Decisions tell of what was refused, and files that never were.
CURRENT = [path for path in DOCUMENTS if path.parent.name != "adr"]
FILE = re.compile(r"[\w./-]+/([\w.-]+\.(py|toml|md|json|sh|ps1|cs))?")
KEY = re.compile(r"(\w+(?:\.\w+)+)(?: = .+)?|\[{1,2}([a-z_.]+)\]{1,2}")
# Made by commands, or in a table of another kind of file.
MADE = {"cdk.out/", "report/", "report/posture.json"}
ROWS = {"allow", "deny", "assume", "through", "always", "way"}
# Prefixes of the data bucket, and paths of IAM.
PREFIXES = {"web/", "app/", "db/", "shared/", "db/backups/", "/developers/"}


def missing_files(document: Document) -> Iterator[str]:
    for name in document.code:
        if FILE.fullmatch(name) and name not in MADE | PREFIXES:
            parent = document.path.parent
            places = (ROOT, ROOT / "constructs", parent, parent / "linux")
            if not any((place / name).exists() for place in places):
                yield name


def unknown_keys(document: Document) -> Iterator[str]:
    for code in document.code:
        match = KEY.fullmatch(code)
        path = (match.group(1) or match.group(2)).split(".") if match else []
        begins = path[:1] and (path[0] in Environment.model_fields or code.startswith("["))
        if begins and path[0] not in ROWS | {"contained"} and not exists(path, Environment):
            yield code


def exists(path: list[str], model: type[BaseModel]) -> bool:
    """Whether the model, or one of its sections, has the key."""
    key, *rest = path
    if key not in model.model_fields:
        return False
    inner = sections_of(model.model_fields[key].annotation)
    return not rest or any(exists(rest, section) for section in inner)


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: path.name)
def test_files_exist(path: Path) -> None:
    assert list(missing_files(Document(path))) == []


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: path.name)
def test_keys_of_environments_exist(path: Path) -> None:
    assert list(unknown_keys(Document(path))) == []


@pytest.mark.parametrize(
    "code", ["audit.conifg", "[identiti]", 'audit.guardduty.on = "create"', "[[servers.cache]]"]
)
def test_a_key_that_does_not_exist_is_found(tmp_path: Path, code: str) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"`network.zones`, `[audit.off]`, `[[servers.web]]`, `{code}`\n")
    assert list(unknown_keys(Document(document))) == [code]


@pytest.mark.parametrize("name", ["stacks/nowhere.py", "nowhere/", "blueprint/alarm_row.py"])
def test_a_file_that_does_not_exist_is_found(tmp_path: Path, name: str) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"`stacks/network.py`, `proofs/`, `blueprint/flows.py`, `{name}`\n")
    assert list(missing_files(Document(document))) == [name]


@pytest.mark.parametrize("path", CURRENT, ids=lambda path: path.name)
def test_counterexamples_are_of_claims_as_they_read_now(path: Path) -> None:
    claims = {**network.CLAIMS, **access.CLAIMS}
    for block in Document(path).blocks:
        for name, description in re.findall(r"^✗ ([\w-]+): (.+)$", block.text, re.MULTILINE):
            assert claims[name] == description


def test_example_of_the_readme_is_that_of_the_construct() -> None:
    (example,) = [
        block.text for block in Document(ROOT / "README.md").blocks if block.language == "python"
    ]
    lines = [line.strip() for line in (flow_logs.FlowLogs.__doc__ or "").splitlines()]
    assert "\n".join(line.strip() for line in example.strip().splitlines()) in "\n".join(lines)
