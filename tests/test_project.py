"""What the repository promises about itself."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_constructs_is_no_package() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_the_guard_refuses_a_package_named_constructs(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    (tmp_path / "constructs").mkdir()
    (tmp_path / "constructs" / "__init__.py").touch()
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "constructs/__init__.py exists" in result.stdout + result.stderr


def test_the_pypi_package_constructs_is_the_one_imported() -> None:
    import constructs  # noqa: PLC0415 (the import is what is tested)

    assert "site-packages" in str(constructs.__file__)


def test_every_command_of_the_readme_exists_and_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE))
    assert named <= make_targets()
    assert make_targets() - named <= {"help", "setup", "clean"}


def test_the_readme_names_every_environment_and_no_other() -> None:
    named = set(re.findall(r"ENV=([a-z-]+)", (ROOT / "README.md").read_text()))
    assert named == {path.stem for path in ROOT.glob("environments/*.toml")}


def test_the_cdk_cli_reads_the_assemblies_of_the_library() -> None:
    # aws-cdk 3 cannot read what aws-cdk-lib 2 writes.
    assert re.search(r'"aws-cdk": "2\.\d+\.\d+"', (ROOT / "package.json").read_text())
