"""A folder that plays the root of a fresh server, where the boot scripts run for real.

Commands that would change this machine are stand-ins: they write down that they were called, in
order, and do in the folder what the test asks for.
"""

import io
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
WORKLOAD = PROJECT / "workload"
CHANGE_THE_MACHINE = (
    "amazon-cloudwatch-agent-ctl",
    "aws",
    "chown",
    "curl",
    "dnf",
    "postgresql-setup",
    "runuser",
    "sleep",
    "systemctl",
)
SETTINGS = {
    "REGION": "eu-central-1",
    "WORKLOAD_BUCKET": "assets",
    "WORKLOAD_KEY": "workload.zip",
    "LISTEN_PORT": "8080",
    "UPSTREAM_HOST": "10.0.64.10",
    "UPSTREAM_PORT": "5432",
    "DATA_BUCKET": "data",
    "CLIENTS": "10.0.64.0/18",
}


def part(tier: str) -> list[Path]:
    """The files that servers of the tier get, within the workload's folder."""
    database = Path("linux/db")
    files = (path.relative_to(WORKLOAD) for path in sorted(WORKLOAD.rglob("*")) if path.is_file())
    return [
        path
        for path in files
        if "__pycache__" not in path.parts
        and path.suffix != ".md"
        and (path.parent in {Path("linux/common"), database} or tier != "db")
        and (path.parent != database or tier == "db")
    ]


def asset(tier: str) -> bytes:
    """The zip file that the CDK makes of a part."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in part(tier):
            archive.write(WORKLOAD / path, path)
    return content.getvalue()


@dataclass(frozen=True)
class Server:
    """A fresh server, its root in `root`."""

    root: Path

    def __post_init__(self) -> None:
        (self.root / "bin").mkdir()
        (self.root / "var/lib/pgsql/data").mkdir(parents=True)
        (self.root / "bin/python3").symlink_to(sys.executable)
        for command in CHANGE_THE_MACHINE:
            self.stand_in(command)
        # What S3 is asked for arrives.
        self.stand_in(
            "aws",
            'case "$1 $2" in\n'
            's3\\ cp) cp "$ROOT/workload.zip" "${@: -1}" ;;\n'
            's3api\\ get-object) echo published >"${@: -1}" ;;\n'
            "esac",
        )

    def stand_in(self, command: str, does: str = "") -> None:
        """Make `command` write down its call and then do `does`, in bash."""
        path = self.root / "bin" / command
        path.write_text(f'#!/bin/bash\necho "{command} $*" >>"$ROOT/calls"\n{does}\n')
        path.chmod(0o755)

    def boot(self, tier: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run the user data as cloud-init does. A setting of '' is left out."""
        (self.root / "workload.zip").write_bytes(asset(tier))
        exports = "".join(
            f"export {name}={shlex.quote(value)}\n"
            for name, value in {"TIER": tier, **SETTINGS, **settings}.items()
            if value
        )
        user_data = self.root / "part-001"
        user_data.write_text(
            f"#!/bin/bash\n{exports}{(WORKLOAD / 'linux/common/boot.sh').read_text()}"
        )
        return self.run(user_data)

    def run(self, script: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of the server with these environment variables."""
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(  # noqa: S603 - our own script
            [str(shutil.which("bash")), str(script)],
            env={"PATH": path, "ROOT": str(self.root), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """The stand-ins that were called, with their arguments, in order."""
        record = self.root / "calls"
        text = record.read_text() if record.exists() else ""
        return text.replace(str(self.root), "").splitlines()

    @property
    def console(self) -> str:
        """What a person reads in the console output of the instance."""
        return (self.root / "console").read_text()

    def read(self, path: str) -> str:
        """The content of a file of the server."""
        return (self.root / path.lstrip("/")).read_text()
