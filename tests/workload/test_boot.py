"""The boot scripts run for real in a folder; only commands that change a machine are stand-ins."""

import ast
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workload.server import SETTINGS, WORKLOAD, Server

LIMIT_OF_USER_DATA = 16 * 1024
ROOM_FOR_SETTINGS = 2 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_web_server_installs_then_starts_then_is_asked_whether_it_lives(server: Server) -> None:
    assert server.boot("web", LISTEN_PORT="443").returncode == 0

    assert server.calls == [
        "aws s3 cp --only-show-errors s3://assets/workload.zip /opt/workload/workload.zip",
        "dnf install --assumeyes openssl",
        "systemctl enable --now web.service",
        "curl --fail --silent --show-error --insecure https://127.0.0.1:443/health",
    ]
    assert "workload: the web tier is ready" in server.console


def test_app_server_installs_then_starts_then_is_asked_whether_it_lives(server: Server) -> None:
    assert server.boot("app").returncode == 0

    assert server.calls[1:] == [
        "dnf install --assumeyes python3-boto3 postgresql17",
        "systemctl enable --now app.service",
        "curl --fail --silent --show-error http://127.0.0.1:8080/health",
    ]
    assert server.read("etc/systemd/system/app.service")


def test_database_server_listens_only_after_it_is_closed_and_publishes_before_it_creates(
    server: Server,
) -> None:
    assert server.boot("db", LISTEN_PORT="5432").returncode == 0

    psql = "psql --no-psqlrc --quiet --port 5432 --file /opt/workload/linux/db/db.sql"
    files = " ".join(
        f"/var/lib/pgsql/data/{name}"
        for name in ("server.key", "server.crt", "postgresql.conf", "pg_hba.conf")
    )
    offer = "/etc/workload/password"
    assert server.calls[1:] == [
        "dnf install --assumeyes openssl postgresql17-server",
        "postgresql-setup --initdb",
        f"chown postgres: {files}",
        "systemctl enable --now postgresql.service",
        f"aws s3api put-object --bucket data --key db/password --body {offer} --if-none-match *",
        f"aws s3api get-object --bucket data --key db/password {offer}",
        f"runuser -u postgres -- {psql}",
        "systemctl enable --now backup.timer",
    ]
    assert server.read("var/lib/pgsql/data/pg_hba.conf").splitlines() == [
        "local   all      postgres          peer",
        "hostssl workload workload 10.0.64.0/18 scram-sha-256",
    ]


def test_no_key_is_left_readable_for_others(server: Server) -> None:
    server.boot("web")

    def open_to_others(path: Path) -> bool:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))

    assert not open_to_others(server.root / "etc/workload")
    assert not open_to_others(server.root / "etc/workload/web.key")
    assert open_to_others(server.root / "etc/workload/web.crt")


def test_database_password_is_on_no_command_line_and_not_left_behind(server: Server) -> None:
    server.stand_in("runuser", 'echo "$PASSWORD" >"$ROOT/seen"')

    result = server.boot("db")

    assert server.read("seen") == "published\n"
    assert "published" not in result.stdout + result.stderr + "".join(server.calls)
    assert not (server.root / "etc/workload/password").exists()


@pytest.mark.parametrize("tier", ["web", "app", "db"])
def test_logs_are_shipped_when_and_only_when_a_log_group_is_set(
    tmp_path_factory: pytest.TempPathFactory, tier: str
) -> None:
    silent, shipping = (Server(tmp_path_factory.mktemp(name)) for name in ("silent", "shipping"))

    silent.boot(tier)
    shipping.boot(tier, LOG_GROUP="/workload/web")

    assert not any("cloudwatch" in call for call in silent.calls)
    # Before anything else that can fail.
    settings = "/opt/aws/amazon-cloudwatch-agent/etc/workload.json"
    assert shipping.calls[1:3] == [
        "dnf install --assumeyes amazon-cloudwatch-agent",
        f"amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:{settings}",
    ]
    agent = shipping.read(settings)
    assert agent.count('"log_group_name": "/workload/web"') == agent.count("file_path") == 3


def once_in(count: int) -> str:
    """Bash that fails until it was called `count` times."""
    return f'[[ $(grep -c "^dnf" "$ROOT/calls") -ge {count} ]]'


def test_package_repository_that_needs_time_is_asked_again(server: Server) -> None:
    server.stand_in("dnf", once_in(3))

    assert server.boot("app").returncode == 0

    assert [call.split()[0] for call in server.calls[1:7]] == [
        *("dnf", "sleep", "dnf", "sleep", "dnf"),
        "systemctl",
    ]


@dataclass(frozen=True)
class Failure:
    """A command that fails at boot, and where the console must say that it did."""

    tier: str
    command: str
    arguments: str
    script: str
    line: str
    exit_code: int = 7


FAILURES = (
    Failure("web", "systemctl", "enable", "web.sh", "systemctl enable --now web"),
    Failure("db", "postgresql-setup", "--initdb", "db/db.sh", "postgresql-setup --initdb"),
    Failure("db", "runuser", "-u", "db/db.sh", 'psql --no-psqlrc --quiet --port "$LISTEN'),
    # Asked again for five minutes, which ends with an exit code of our own.
    Failure("app", "dnf", "install", "app.sh", "dnf install --assumeyes python3", 1),
    Failure("app", "aws", "s3 cp", "part-001", "retry aws s3 cp", 1),
)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.command)
def test_failing_command_ends_the_boot_and_the_console_names_its_line(
    server: Server, failure: Failure
) -> None:
    fails = f'if [[ "$*" == "{failure.arguments}"* ]]; then exit 7; fi'
    server.stand_in(failure.command, fails)

    result = server.boot(failure.tier)

    assert result.returncode == failure.exit_code
    in_asset = failure.script != "part-001"
    script = server.root / ("opt/workload/linux" if in_asset else "") / failure.script
    [line] = [
        number
        for number, content in enumerate(script.read_text().splitlines(), start=1)
        if failure.line in content
    ]
    last = server.console.splitlines()[-1]
    said = f"workload: FAILED (exit code {failure.exit_code}): {script} line "
    assert last.startswith(said)
    # Of a command over two lines, bash reports the first.
    assert line - int(last.removeprefix(said).split(":")[0]) in {0, 1}
    # The same in /var/log/cloud-init-output.log, and nothing goes on after it.
    assert last in result.stderr
    assert "ready" not in server.console


@pytest.mark.parametrize("missing", ["REGION", "WORKLOAD_BUCKET", "WORKLOAD_KEY", "LISTEN_PORT"])
def test_missing_setting_is_named_before_anything_happens(server: Server, missing: str) -> None:
    result = server.boot("web", **{missing: ""})

    assert result.returncode == 1
    assert f"{missing} is not set: the user data must export it" in server.console
    assert server.calls == []


def test_unknown_tier_is_refused(server: Server) -> None:
    assert server.boot("cache").returncode == 1

    assert "TIER is 'cache': the user data must set it to web, app or db" in server.console


@pytest.mark.parametrize("script", ["linux/common/boot.sh", "windows/boot.ps1"])
def test_user_data_leaves_room_for_its_settings(script: str) -> None:
    assert (WORKLOAD / script).stat().st_size + ROOM_FOR_SETTINGS < LIMIT_OF_USER_DATA


def test_settings_reach_the_service(server: Server) -> None:
    server.boot("app")

    given = dict(line.split("=", 1) for line in server.read("etc/workload/settings").splitlines())
    assert given == {
        "TIER": "app",
        **{name: SETTINGS[name] for name in given if name != "TIER"},
    }


@pytest.mark.parametrize("service", sorted((WORKLOAD / "linux").glob("*.py")))
def test_services_are_written_for_the_python_of_amazon_linux(service: Path) -> None:
    ast.parse(service.read_text(), feature_version=(3, 9))


def test_newer_syntax_would_be_found() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("match 1:\n  case 1: pass", feature_version=(3, 9))
