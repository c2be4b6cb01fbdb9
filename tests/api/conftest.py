"""A real engine for the tests of the API, one database per module."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from services.api.app import build_app
from services.api.main import build_desk
from services.api.settings import ApiSettings
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.migrate import migrate

ROOT = Path(__file__).parents[2]


def eventually(check: Callable[[], object], deadline_s: float = 20.0) -> object:
    """The first true answer of `check`; fails after the deadline with what it answered last."""
    end = time.monotonic() + deadline_s
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {deadline_s} s: {answer!r}"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An engine with empty tables."""
    folder = tmp_path_factory.mktemp("clickhouse")
    command = [sys.executable, "-m", "deploy.embedded.clickhouse_http", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "answers at" in line, f"the engine did not start: {line!r}"
        yield line.split()[-1]
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def store(clickhouse_url: str) -> Iterator[ClickHouseStore]:
    """A database of the module's own, with all tables."""
    store = ClickHouseStore(settings(clickhouse_url, f"api_{uuid.uuid4().hex[:12]}"))
    migrate(store)
    yield store
    store.close()


def settings(url: str, database: str, **more: object) -> ApiSettings:
    """Settings that look at nothing outside the test."""
    known = {name for name in os.environ if name.lower() in ApiSettings.model_fields}
    assert not known, f"the environment sets {known}"
    return ApiSettings(
        clickhouse_url=url,
        clickhouse_database=database,
        refresh_interval_ms=50,
        refresh_share=1.0,
        reload_interval_s=5,  # so that every test also meets parts that are read anew
        **more,
    )


@pytest.fixture
def unused_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Api:
    """A served app; paths are asked by GET."""

    def __init__(self, url: str, server: uvicorn.Server) -> None:
        self.url, self.server = url, server
        self.client = httpx.Client(base_url=url, timeout=30)

    def get(self, path: str, **parameters: object) -> httpx.Response:
        """An answer, whatever its status; `from_` stands for `from`."""
        return self.client.get(path, params={name.rstrip("_"): value for name, value in parameters.items()} or None)

    def stop(self) -> None:
        """What SIGTERM does."""
        self.server.should_exit = True
        self.server.config.loaded_app.app.state.desk.streams.close_soon()

    def coverage(self, region: str, scheme: str = "voluntary_si", **parameters: object) -> dict:
        """The body of /v1/coverage."""
        answer = self.get("/v1/coverage", region=region, scheme=scheme, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def served(of: ApiSettings) -> Iterator[Api]:
    """The service on a free port, in a thread of this process."""
    config = uvicorn.Config(
        build_app(build_desk(of)), port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        api = Api(f"http://127.0.0.1:{port}", server)
        yield api
        api.client.close()
    finally:
        server.should_exit = True
        thread.join(15)


@pytest.fixture(scope="module")
def api(clickhouse_url: str, store: ClickHouseStore) -> Iterator[Api]:
    """The service over the module's database, ready."""
    with served(settings(clickhouse_url, store.database)) as api:
        eventually(lambda: api.get("/readyz").status_code == 200)
        yield api
