"""`check` says what is missing, one line each, and with exit code 1; nothing and 0 where all is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.shared.auth import Key, hashed, write_keys
from services.shared.clickhouse_store import ClickHouseStore
from tests.support.aggregator_process import ROOT, AggregatorProcess
from tests.support.engines import settings_of
from tests.support.ports import free_port
from tests.support.waiting import until


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    write_keys(path, [Key(sha256=hashed("k"), scopes=frozenset({"register", "reference"}))])
    return path


def check(environ: dict[str, str], keys: Path, **urls: str) -> tuple[int, list[str]]:
    """Exit code and the lines of what is missing."""
    given = {**os.environ, **environ, "AUTH_KEYS_FILE": str(keys), "COLUMNS": "200"}
    arguments = [word for name, url in urls.items() for word in (f"--{name}", url)]
    command = [sys.executable, "-m", "services.aggregator", "check", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr.splitlines()


def test_nothing_is_missing_where_all_is_there(settings_env: dict[str, str], keys: Path, tmp_path: Path) -> None:
    worker = AggregatorProcess(settings_env, tmp_path / "worker.log")
    worker.start()
    try:
        until(worker.ready, "ready", 60)
        url = f"http://127.0.0.1:{worker.port}"
        assert check(settings_env, keys, registration=url, api=url, aggregator=url) == (0, [])
    finally:
        worker.stop()


def test_each_missing_thing_is_a_line(settings_env: dict[str, str], tmp_path: Path) -> None:
    store = ClickHouseStore(settings_of(settings_env))
    store.command("DROP TABLE milestones")
    store.close()
    keys = tmp_path / "keys.json"
    write_keys(keys, [Key(sha256=hashed("k"), scopes=frozenset({"read"}))])
    nobody = f"http://127.0.0.1:{free_port()}"
    code, lines = check(
        {**settings_env, "TOPIC_PREFIX": "elsewhere-"}, keys, registration=nobody, api=nobody, aggregator=nobody
    )
    assert code == 1
    for said in (
        "topic elsewhere-enrollment-events is not there",
        "topic elsewhere-reference-data is not there",
        f"table milestones is not in {settings_env['CLICKHOUSE_DATABASE']}",
        "has the scope register",
        "has the scope reference",
        "registration does not answer",
        "api does not answer",
        "aggregator does not answer",
    ):
        assert len([line for line in lines if said in line]) == 1, (said, lines)


def test_engines_that_are_away_are_a_line_each(settings_env: dict[str, str], keys: Path, tmp_path: Path) -> None:
    away = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "CLICKHOUSE_URL": f"http://127.0.0.1:{free_port()}"}
    worker = AggregatorProcess({**settings_env, **away}, tmp_path / "worker.log")
    worker.start()
    url = f"http://127.0.0.1:{worker.port}"
    try:
        until(
            lambda: any(
                "is not ready: clickhouse; broker" in line
                for line in check({**settings_env, **away}, keys, registration=url, api=url, aggregator=url)[1]
            ),
            "not ready",
            60,
        )
        code, lines = check({**settings_env, **away}, keys, registration=url, api=url, aggregator=url)
    finally:
        worker.stop()
    assert code == 1
    assert [line for line in lines if line.startswith("Kafka: nobody listens")]
    assert [line for line in lines if line.startswith("ClickHouse: ")]
