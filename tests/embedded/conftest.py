"""One ClickHouse endpoint for all tests here; each test gets a database of its own."""

import http.client
import itertools
from collections.abc import Iterator
from urllib.parse import urlencode

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from deploy.embedded.stack import EmbeddedStack

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(tmp_path_factory.mktemp("clickhouse"), only={"clickhouse"}) as stack:
        yield stack


class Endpoint:
    """Plain HTTP to the endpoint, and what clients need to reach it."""

    def __init__(self, stack: EmbeddedStack, database: str) -> None:
        self.port, self.database = stack.ports.clickhouse, database
        self.user, self.password = "default", stack.environ["CLICKHOUSE_PASSWORD"]
        self.auth = {"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password}

    def client(self, **options: object) -> Client:
        settings = {"host": "127.0.0.1", "port": self.port, "username": self.user, "password": self.password}
        return clickhouse_connect.get_client(**{**settings, "database": self.database, **options})

    def request(
        self,
        body: bytes | str = b"",
        headers: dict[str, str] | None = None,
        method: str = "POST",
        path: str = "/",
        **arguments: object,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body. `headers` replace the authenticating ones; `arguments` are the query string."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            target = f"{path}?{urlencode({'database': self.database, **arguments})}"
            connection.request(method, target, body=body, headers=self.auth if headers is None else headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


@pytest.fixture
def endpoint(clickhouse: EmbeddedStack) -> Iterator[Endpoint]:
    endpoint = Endpoint(clickhouse, "default")
    endpoint.database = database = f"test_{next(_NUMBERS)}"
    assert endpoint.request(f"CREATE DATABASE {database}", database="default")[0] == 200
    yield endpoint
    endpoint.request(f"DROP DATABASE {database} SYNC", database="default")


@pytest.fixture
def client(endpoint: Endpoint) -> Iterator[Client]:
    client = endpoint.client()
    yield client
    client.close()
