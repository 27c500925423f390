"""What servers an environment may ask for: each refusal in full, beside a neighbour that works."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from stacks.environment import Environment
from stacks.loading import EnvironmentRefusedError, parse_environment

ROOT = Path(__file__).parents[2]
# Every way in exists, so that a refusal here is about something else.
OPEN = '[network]\ncidr = "10.0.0.0/16"\ninterface_endpoints = true\n'
SMALLEST_VPC = OPEN.replace("/16", "/22")
HERE = 'account = "111122223333"\nregion = "eu-west-1"\n'
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1234"
BALANCER = f'[servers.load_balancer]\ncertificate_arn = "{CERTIFICATE}"\n'
KEY_PAIR = '[servers.key_pair]\nname = "break-glass"\nreason = "Lost tunnel"\n'

SYSTEMS = "amazon-linux-2023, windows-server-2022, windows-server-2025"
FITS_LINUX = (
    "Allowed: a type with the arm64 architecture, which amazon-linux-2023 has. "
    "Change: instance_type, to t4g.small for example"
)
FITS_WINDOWS = (
    "Allowed: a type with the x86_64 architecture, which windows-server-2022 has, not nano or "
    "micro. Change: instance_type, to t3.large for example"
)
ONE_A_FAMILY = (
    "Allowed: one fleet of Linux, one of Windows, or one of each in a tier. "
    "Change: count, or the operating system of one fleet"
)
REASON = "Allowed: a sentence of 10 to 256 letters, digits, spaces and +-=._:/@. Change: this value"
BETWEEN = "out of range. Allowed: {}. Change: choose a number in between"
LOG_DAYS = (
    "not a retention time of CloudWatch Logs. Allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, "
    "365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653. Change: choose one of these days"
)


def fleet(tier: str = "app", **keys: str | int) -> str:
    lines = "".join(f"{key} = {value!r}\n" for key, value in keys.items())
    return f"[[servers.{tier}]]\n{lines}"


def linux(tier: str = "app", instance_type: str = "t4g.small", count: int = 1) -> str:
    return fleet(tier, instance_type=instance_type, count=count)


def windows(tier: str = "app", release: int = 2022, instance_type: str = "t3.large") -> str:
    system = f"windows-server-{release}"
    return fleet(tier, operating_system=system, instance_type=instance_type)


class Refusal(NamedTuple):
    file: str
    message: str
    neighbour: str


REFUSED = {
    "an unknown operating system": Refusal(
        OPEN + fleet(operating_system="windows-server-2019"),
        "servers.app.0.operating_system = 'windows-server-2019': an unknown operating system. "
        f"Allowed: {SYSTEMS}. Change: name one of these.",
        OPEN + windows(release=2025),
    ),
    "Intel for Linux": Refusal(
        OPEN + linux(instance_type="t3.large"),
        f"servers.app.0: instance_type 't3.large' has the x86_64 architecture. {FITS_LINUX}.",
        OPEN + linux(instance_type="t4g.large"),
    ),
    "Graviton for Windows": Refusal(
        OPEN + windows(instance_type="t4g.large"),
        f"servers.app.0: instance_type 't4g.large' has the arm64 architecture. {FITS_WINDOWS}.",
        OPEN + windows(instance_type="t3a.large"),
    ),
    "no instance type": Refusal(
        OPEN + linux(instance_type="small"),
        f"servers.app.0: instance_type 'small' is none for Linux or Windows. {FITS_LINUX}.",
        OPEN + linux(instance_type="c7gn.16xlarge"),
    ),
    "a size that EC2 does not have": Refusal(
        OPEN + linux(instance_type="t4g.gigantic"),
        f"servers.app.0: instance_type 't4g.gigantic' is none for Linux or Windows. {FITS_LINUX}.",
        OPEN + linux(instance_type="t4g.2xlarge"),
    ),
    "a machine of Apple": Refusal(
        OPEN + windows(instance_type="mac1.metal"),
        f"servers.app.0: instance_type 'mac1.metal' is none for Linux or Windows. {FITS_WINDOWS}.",
        OPEN + windows(instance_type="m7i.metal-24xl"),
    ),
    "half a gibibyte for Windows": Refusal(
        OPEN + windows(instance_type="t3.nano"),
        "servers.app.0: instance_type 't3.nano' has less than the 2 GiB of memory that Windows "
        f"Server needs. {FITS_WINDOWS}.",
        OPEN + linux(instance_type="t4g.nano"),
    ),
    "one gibibyte for Windows": Refusal(
        OPEN + windows(instance_type="t3a.micro"),
        "servers.app.0: instance_type 't3a.micro' has less than the 2 GiB of memory that Windows "
        f"Server needs. {FITS_WINDOWS}.",
        OPEN + windows(instance_type="t3a.small"),
    ),
    "a key pair without a reason": Refusal(
        OPEN + '[servers.key_pair]\nname = "break-glass"\n',
        "servers.key_pair.reason is missing. Allowed: a value, as in environments/production.toml. "
        "Change: add it.",
        OPEN + KEY_PAIR,
    ),
    "a key pair with a word as its reason": Refusal(
        OPEN + KEY_PAIR.replace("Lost tunnel", "Emergency"),
        f"servers.key_pair.reason = 'Emergency': not of that form. {REASON}.",
        OPEN + KEY_PAIR.replace("Lost tunnel", "An emergency"),
    ),
    "a key pair with spaces as its reason": Refusal(
        OPEN + KEY_PAIR.replace("Lost tunnel", " " * 20),
        f"servers.key_pair.reason = '{' ' * 20}': not of that form. {REASON}.",
        OPEN + KEY_PAIR.replace("Lost tunnel", "x" * 256),
    ),
    "a key pair whose name has a space": Refusal(
        OPEN + KEY_PAIR.replace("break-glass", "break glass"),
        "servers.key_pair.name = 'break glass': not of that form. Allowed: 1 to 100 letters, "
        "digits and ._- without spaces. Change: this value.",
        OPEN + KEY_PAIR.replace("break-glass", "break.glass_2"),
    ),
    "a certificate of another region": Refusal(
        HERE + OPEN + BALANCER.replace("eu-west-1", "us-east-1"),
        "servers.load_balancer.certificate_arn is of region us-east-1. "
        "Allowed: a certificate of region eu-west-1. Change: name a certificate of this region.",
        HERE + OPEN + BALANCER,
    ),
    "a certificate of another account": Refusal(
        HERE + OPEN + BALANCER.replace("111122223333", "444455556666"),
        "servers.load_balancer.certificate_arn is of account 444455556666. "
        "Allowed: a certificate of account 111122223333. "
        "Change: name a certificate of this account.",
        HERE.replace("111122223333", "444455556666")
        + OPEN
        + BALANCER.replace("111122223333", "444455556666"),
    ),
    "a malformed certificate": Refusal(
        HERE + OPEN + BALANCER.replace(":acm:", ":iam:"),
        f"servers.load_balancer.certificate_arn = '{CERTIFICATE.replace(':acm:', ':iam:')}': no "
        "ARN of a certificate. Allowed: arn:aws:acm:REGION:ACCOUNT:certificate/ID. "
        "Change: copy it from AWS Certificate Manager.",
        HERE.replace("eu-west-1", "cn-north-1")
        + OPEN
        + BALANCER.replace("aws:acm:eu-west-1", "aws-cn:acm:cn-north-1"),
    ),
    "a certificate and no region": Refusal(
        OPEN + BALANCER,
        "servers.load_balancer has a certificate and region is absent. "
        "Allowed: a certificate of the environment's region. "
        'Change: add region = "eu-west-1".',
        'region = "eu-west-1"\n' + OPEN + BALANCER,
    ),
    "the application on the port of the database": Refusal(
        OPEN + "[ports]\napplication = 5432\n",
        "ports: application and database are both 5432. Allowed: two different ports. "
        "Change: one of them.",
        OPEN + "[ports]\napplication = 5433\n",
    ),
    # 32 addresses - 5 of AWS - 9 of load balancer and NAT gateway - 1 for a replacement = 17
    "more servers than addresses": Refusal(
        SMALLEST_VPC + linux(count=35),
        "servers.app needs 28 addresses a subnet, load balancer and NAT gateway included, and a "
        "/27 subnet of network.cidr 10.0.0.0/22 has 27. Allowed: servers that fit. "
        "Change: fewer servers, or a wider network.cidr.",
        SMALLEST_VPC + linux(count=34),
    ),
    "auto scaling that leaves a zone empty": Refusal(
        OPEN + "zones = 3\n[servers]\nauto_scaling = true\n"
        + linux("web", count=3) + linux(count=3) + linux("db", count=2),
        "servers.db: 2 servers in 3 zones. "
        "Allowed: with auto_scaling, one fleet a tier that has a server in each zone. "
        "Change: count, to 3 or more.",
        OPEN + "zones = 3\n[servers]\nauto_scaling = true\n"
        + linux("web", count=3) + linux(count=3) + windows() + linux("db", count=3),
    ),
    "two fleets of Linux": Refusal(
        OPEN + windows() + linux() + linux(),
        f"servers.app: 2 fleets of Linux. {ONE_A_FAMILY}.",
        OPEN + windows() + linux(),
    ),
    "two fleets of Windows, of different releases": Refusal(
        OPEN + windows(release=2022) + windows(release=2025),
        f"servers.app: 2 fleets of Windows. {ONE_A_FAMILY}.",
        OPEN + windows(release=2022),
    ),
    "a database on Windows": Refusal(
        OPEN + windows("db"),
        "servers.db: windows-server-2022 has no PostgreSQL in its image, and the database tier "
        "reaches nothing that it could be installed from. Allowed: amazon-linux-2023. "
        "Change: the operating system of the database servers.",
        OPEN + windows("web") + windows("app") + linux("db"),
    ),
    "management of what a load balancer hides": Refusal(
        HERE + OPEN + BALANCER + '[management]\ncidrs = ["203.0.113.0/24"]\n',
        "management.cidrs reach nothing: behind servers.load_balancer, web servers have no public "
        "address. Allowed: management.cidrs or servers.load_balancer. Change: remove "
        "management.cidrs, and use Session Manager or the Instance Connect Endpoint.",
        HERE + OPEN + BALANCER + "[management]\ncidrs = []\n",
    ),
    "backups kept for less than no time": Refusal(
        OPEN + "[servers]\nbackup_retention_days = -1\n",
        f"servers.backup_retention_days = -1: {BETWEEN.format('0 to 3650')}.",
        OPEN + "[servers]\nbackup_retention_days = 0\n",
    ),
    "backups kept for more than ten years": Refusal(
        OPEN + "[servers]\nbackup_retention_days = 3651\n",
        f"servers.backup_retention_days = 3651: {BETWEEN.format('0 to 3650')}.",
        OPEN + "[servers]\nbackup_retention_days = 3650\n",
    ),
    "backups in an environment that goes with everything": Refusal(
        'removal_policy = "destroy"\n' + OPEN + "[servers]\nbackup_retention_days = 7\n",
        'servers.backup_retention_days is 7 and removal_policy is "destroy": AWS deletes no vault '
        'that holds backups. Allowed: no backups, or removal_policy = "retain". Change: '
        "servers.backup_retention_days, to 0.",
        'removal_policy = "retain"\n' + OPEN + "[servers]\nbackup_retention_days = 7\n",
    ),
    "logs kept as long as CloudWatch Logs cannot": Refusal(
        OPEN + "[servers]\nlog_retention_days = 2\n",
        f"servers.log_retention_days = 2: {LOG_DAYS}.",
        OPEN + "[servers]\nlog_retention_days = 3\n",
    ),
    "no server": Refusal(
        OPEN + linux(count=0),
        f"servers.app.0.count = 0: {BETWEEN.format('1 to 100')}.",
        OPEN + linux(count=1),
    ),
    "too many servers": Refusal(
        OPEN + linux(count=101),
        f"servers.app.0.count = 101: {BETWEEN.format('1 to 100')}.",
        OPEN + linux(count=100),
    ),
    "a tier without fleets": Refusal(
        OPEN + "[servers]\nweb = []\n",
        "servers.web = []: not allowed. Allowed: at least one. Change: this value.",
        OPEN + linux("web"),
    ),
}  # fmt: skip


def parse(text: str) -> Environment:
    return parse_environment(tomllib.loads(text), "test", "environments/test.toml")


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED)
def test_what_cannot_run_is_refused_in_one_message(refusal: Refusal) -> None:
    with pytest.raises(EnvironmentRefusedError) as refused:
        parse(refusal.file)
    assert str(refused.value) == f"environments/test.toml: {refusal.message}"


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED)
def test_its_neighbour_is_accepted(refusal: Refusal) -> None:
    assert parse(refusal.neighbour)


def test_without_fleets_each_tier_has_one_small_linux_server() -> None:
    for fleets in parse(OPEN).servers.tiers.values():
        (only,) = fleets
        assert only.operating_system.name == "amazon-linux-2023"
        assert (only.instance_type, only.count) == ("t4g.small", 1)


def test_the_app_ends_with_the_message_and_writes_nothing(tmp_path: Path) -> None:
    # A copy, because environments are read from the folder beside the code.
    project, outdir = tmp_path / "project", tmp_path / "out"
    shutil.copytree(ROOT / "stacks", project / "stacks")
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, project / name)
    refusal = REFUSED["a database on Windows"]
    (project / "environments").mkdir()
    (project / "environments" / "test.toml").write_text(refusal.file)
    outdir.mkdir()
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=project,
        env={name: os.environ[name] for name in ("PATH", "HOME")}
        | {"CDK_CONTEXT_JSON": '{"environment": "test"}', "CDK_OUTDIR": str(outdir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert (result.stdout, result.stderr) == ("", f"environments/test.toml: {refusal.message}\n")
    assert not list(outdir.iterdir())
