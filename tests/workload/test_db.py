"""The database as db.sh sets it up, on a real PostgreSQL server."""

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.workload.conftest import BUCKET, REGION, Database, postgresql, psql

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.xdist_group("workload")

AS_THE_APP = "host=127.0.0.1 dbname=workload user=workload channel_binding=require sslmode=require"


@pytest.fixture(scope="module")
def password(databases: list[Database], s3: "S3Client") -> str:
    """What is published once the db servers have booted."""
    assert databases
    return s3.get_object(Bucket=BUCKET, Key="db/password")["Body"].read().decode()


def test_servers_that_boot_together_agree_on_one_password(
    databases: list[Database], password: str
) -> None:
    late = [db for db in databases if "db/password was not stored" in db.console]

    assert len(late) == len(databases) - 1
    for db in databases:
        assert psql(f"{AS_THE_APP} port={db.port}", "SELECT 'in'", password) == "in"


def test_wrong_password_is_refused(database: Database) -> None:
    answer = psql(f"{AS_THE_APP} port={database.port}", "SELECT 'in'", "wrong")

    assert 'password authentication failed for user "workload"' in answer


def test_nobody_comes_in_without_tls(database: Database, password: str) -> None:
    plain = AS_THE_APP.replace("=require", "=disable")

    assert "no encryption" in psql(f"{plain} port={database.port}", "SELECT 'in'", password)


def test_administrator_cannot_come_from_the_network(database: Database, password: str) -> None:
    other = AS_THE_APP.replace("user=workload", "user=postgres")

    answer = psql(f"{other} port={database.port}", "SELECT 'in'", password)

    assert 'no pg_hba.conf entry for host "127.0.0.1", user "postgres"' in answer


def test_app_may_add_and_count_visits_and_nothing_else(database: Database, password: str) -> None:
    connection = f"{AS_THE_APP} port={database.port}"

    assert psql(connection, "SELECT count(*) >= 0 FROM visits", password) == "t"
    for statement in ("DELETE FROM visits", "UPDATE visits SET server = ''", "DROP TABLE visits"):
        answer = psql(connection, statement, password)
        assert "permission denied" in answer or "must be owner" in answer
    assert "permission denied" in psql(connection, "CREATE TABLE mine (id int)", password)


def test_pages_have_checksums_and_the_password_is_stored_as_a_scram_verifier(
    database: Database,
) -> None:
    assert database.query("SHOW data_checksums") == "on"
    stored = database.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'workload'")
    assert stored.startswith("SCRAM-SHA-256$")


def test_password_is_not_in_the_log_of_the_database(database: Database, password: str) -> None:
    assert password not in database.server.read("run/log")


def back_up(database: Database, directory: str) -> int:
    """Run the nightly backup, which looks for PostgreSQL's socket in `directory`; its exit code."""
    return database.server.run(
        database.server.root / "opt/workload/linux/db/backup.sh",
        PGHOST=directory,
        PGUSER="postgres",
        LISTEN_PORT=str(database.port),
        REGION=REGION,
        DATA_BUCKET=BUCKET,
    ).returncode


def test_backup_can_be_restored(database: Database, s3: "S3Client") -> None:
    assert back_up(database, f"{database.server.root}/run") == 0

    [backup] = s3.list_objects_v2(Bucket=BUCKET, Prefix="db/backups/")["Contents"]
    dump = s3.get_object(Bucket=BUCKET, Key=backup["Key"])["Body"].read()
    restore = [f"{postgresql()}/pg_restore", "--file=-"]
    restored = subprocess.run(restore, input=dump, capture_output=True, check=True)  # noqa: S603
    assert b"CREATE TABLE public.visits" in restored.stdout


def test_backup_that_fails_stores_nothing(database: Database, s3: "S3Client") -> None:
    before = s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]

    assert back_up(database, "/nowhere") != 0

    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == before
