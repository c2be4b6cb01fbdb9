"""The same stack twice: on the embedded engines, which are always there, and on the images, where a Docker engine answers."""

from collections.abc import Iterator

import pytest

from tests.containers.images import PASSWORDS, clickhouse_container, kafka_container, no_engine
from tests.support.whole_stack import WholeStack, running_stack


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Skips, with the reason, where no Docker engine answers."""
    if reason := no_engine():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def server(docker_engine: None) -> Iterator[tuple[str, str]]:
    """Addresses of a clickhouse-server and of its metrics."""
    with clickhouse_container() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def stack_on_images(server: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """The three services on apache/kafka and clickhouse-server."""
    with kafka_container() as brokers:
        engines = {
            "KAFKA_BOOTSTRAP_SERVERS": brokers,
            "CLICKHOUSE_URL": server[0],
            "CLICKHOUSE_USER": "coverage_writer",
            "CLICKHOUSE_PASSWORD": PASSWORDS["CLICKHOUSE_WRITER_PASSWORD"],
        }
        with running_stack(tmp_path_factory.mktemp("on-images"), **engines) as stack:
            yield stack


@pytest.fixture(scope="session", params=["embedded", "images"])
def whole(request: pytest.FixtureRequest) -> WholeStack:
    """Post, count, serve must be the same on both."""
    return request.getfixturevalue("stack" if request.param == "embedded" else "stack_on_images")
