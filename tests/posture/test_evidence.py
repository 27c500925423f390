"""Everything that the evidence of a control names exists."""

import ast
import io
import tarfile
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from blueprint.config_rows import CONFIG_RULES
from posture.controls import CONTROLS, EVIDENCE, Evidence, Status, controls, read_evidence
from posture.data import rows
from proofs import access, network
from proofs.assembly import Assembly, read_assembly
from proofs.findings import UnusableInputError
from stacks.loading import parse_environment
from tests.synthesis import EVERYTHING, assembly_of, shipped_assembly

ROOT = Path(__file__).parents[2]
EVIDENCE_ROWS = list(read_evidence().values())
# Together they have every switch on but that of the key pair.
SYNTHESIZED = ("sandbox", "production", EVERYTHING)
PACKS = {
    "AwsSolutions-": "aws-solutions",
    "HIPAA.Security-": "hipaa-security",
    "NIST.800.53.R4-": "nist-800-53-r4",
    "NIST.800.53.R5-": "nist-800-53-r5",
    "PCI.DSS.321-": "pci-dss-321",
    "Serverless-": "serverless",
}


@cache
def assemblies() -> tuple[Assembly, ...]:
    key_pair = {"name": "break-glass", "reason": "While Session Manager is down"}
    values = {"network": {"cidr": "10.0.0.0/16"}, "servers": {"key_pair": key_pair}}
    environment = parse_environment(values, "key-pair", "key-pair.toml")
    directories = [*map(shipped_assembly, SYNTHESIZED), assembly_of(environment, validate=False)]
    return tuple(map(read_assembly, directories))


@cache
def functions_of(file: str) -> frozenset[str]:
    source = (ROOT / file).read_text() if (ROOT / file).is_file() else ""
    tree = ast.walk(ast.parse(source))
    return frozenset(node.name for node in tree if isinstance(node, ast.FunctionDef))


@cache
def source_of(pack: str) -> str:
    """The rules of a pack of cdk-nag, as its own code names them."""
    (bundle,) = (each for each in files("cdk_nag._jsii").iterdir() if each.name.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(bundle.read_bytes())) as content:
        member = content.extractfile(f"package/lib/packs/{pack}.js")
        assert member
        return member.read().decode()


def missing(evidence: Evidence) -> list[str]:
    """What a row names that there is not."""
    claims = {*network.CLAIMS, *access.CLAIMS}
    rules = {rule.name for rule in CONFIG_RULES}
    return [
        *(str(e) for e in evidence.resources if not any(e.found(a) for a in assemblies())),
        *(claim for claim in evidence.proofs if claim not in claims),
        *(test for test in evidence.tests if not is_test(test)),
        *(rule for rule in evidence.nag if not is_nag_rule(rule)),
        *(rule for rule in evidence.config if rule not in rules),
    ]


def is_test(name: str) -> bool:
    file, _, test = name.partition("::")
    return test.startswith("test_") and test in functions_of(file)


def is_nag_rule(name: str) -> bool:
    for prefix, pack in PACKS.items():
        if name.startswith(prefix):
            rule, source = name.removeprefix(prefix), source_of(pack)
            return f"ruleSuffixOverride: '{rule}'" in source or f".{rule}," in source
    return False


def test_every_control_has_a_row_and_every_row_a_control() -> None:
    known = [row["id"] for row in rows(CONTROLS, "controls")]
    assert sorted(read_evidence()) == sorted(known)


@pytest.mark.parametrize("evidence", EVIDENCE_ROWS, ids=lambda evidence: evidence.control)
def test_everything_named_exists(evidence: Evidence) -> None:
    assert missing(evidence) == []


@pytest.mark.parametrize(
    "wrong",
    [
        'resources = [{ type = "AWS::EC2::Nothing" }]',
        'resources = [{ type = "AWS::EC2::VPC", stack = "Servers" }]',
        'resources = [{ type = "AWS::EC2::VPC", pattern = "Other*" }]',
        'proofs = ["no-such-claim"]',
        'tests = ["tests/posture/test_evidence.py::test_no_such_test"]',
        'tests = ["tests/nowhere.py::test_everything_named_exists"]',
        'nag = ["AwsSolutions-VPC99"]',
        'nag = ["NIST.800.53.R5-NoSuchRule"]',
        'config = ["NoSuchRule"]',
    ],
)
def test_what_does_not_exist_is_found(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "evidence.toml"
    path.write_text(f'[[evidence]]\ncontrol = "NW-1"\n{wrong}\n')
    (evidence,) = read_evidence(path).values()
    assert len(missing(evidence)) == 1


def test_config_rules_are_those_that_watch_the_control() -> None:
    watching: dict[str, set[str]] = {}
    for rule in CONFIG_RULES:
        for control in rule.controls:
            watching.setdefault(control, set()).add(rule.name)
    named = {e.control: set(e.config) for e in EVIDENCE_ROWS if e.config}
    assert named == watching


def statuses(content: str, directory: Path, claims: dict[str, bool]) -> dict[str, Status]:
    path = directory / "evidence.toml"
    path.write_text(content)
    found = controls(assemblies()[0], claims, evidence=path)
    return {control.id: control.status for control in found}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("", Status.MISSING),
        ('resources = [{ type = "AWS::EC2::VPC" }]', Status.MISSING),
        ('resources = [{ type = "AWS::EC2::VPC" }]\nproofs = ["closed-world"]', Status.SHOWN),
        ('resources = [{ type = "AWS::EC2::VPC" }]\nproofs = ["no-ipv6"]', Status.BROKEN),
        ('resources = [{ type = "AWS::EC2::X" }]\nproofs = ["closed-world"]', Status.MISSING),
        (
            'resources = [{ type = "AWS::EC2::X" }]\nproofs = ["closed-world"]\nswitch = "x"',
            Status.OFF,
        ),
        ('duties = ["Do it."]', Status.DUTY),
    ],
)
def test_a_control_is_red_unless_something_shows_it(
    row: str, expected: Status, tmp_path: Path
) -> None:
    content = f'[[evidence]]\ncontrol = "NW-1"\n{row}\n'
    claims = {"closed-world": True, "no-ipv6": False}
    found = statuses(content, tmp_path, claims)
    assert found["NW-1"] == expected
    # The others have no row at all.
    assert found["NW-2"] == Status.MISSING
    assert expected.is_red == (expected in {Status.MISSING, Status.BROKEN})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[[evidence]]\ncontrol = "NW-1"\nproves = []\n', "NW-1 has proves"),
        ('[[evidence]]\ncontrol = "NW-1"\n' * 2, "NW-1 is there twice"),
        ("nothing = 1\n", r"has no \[\[evidence\]\]"),
        ("[[evidence\n", "cannot be read as TOML"),
    ],
)
def test_a_mistake_in_the_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "evidence.toml"
    path.write_text(content)
    with pytest.raises(UnusableInputError, match=message):
        read_evidence(path)


def test_the_file_says_what_its_keys_mean() -> None:
    head = EVIDENCE.read_text().partition("[[evidence]]")[0]
    for key in ("resources", "proofs", "tests", "nag", "config", "duties", "switch"):
        assert f"`{key}`" in head
