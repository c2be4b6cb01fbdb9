"""What all tests share: one broker and one ClickHouse engine per session, places of one's own on them, the whole stack.

`EMBEDDED_BROKER=kafka|tansu` chooses the broker; `KAFKA_BOOTSTRAP_SERVERS` and `CLICKHOUSE_URL` point the tests at real
ones. `HYPOTHESIS_PROFILE=long` tries 2,000 examples of each property.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from deploy.embedded.stack import EmbeddedStack
from tests.support.engines import ClickHouse, clickhouse_of, describe_broker, own_place, running_engines
from tests.support.whole_stack import WholeStack, running_stack

settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile(
    "long", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which broker the tests run on."""
    return None if config.option.collectonly else describe_broker()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """A broker and a ClickHouse engine, for the whole session; tests must not stop them."""
    with running_engines(tmp_path_factory.mktemp("engines")) as stack:
        yield stack


@pytest.fixture(scope="session")
def kafka(engines: EmbeddedStack) -> str:
    """Bootstrap servers of the session's broker."""
    return engines.environ["KAFKA_BOOTSTRAP_SERVERS"]


@pytest.fixture(scope="session")
def clickhouse(engines: EmbeddedStack) -> ClickHouse:
    """The session's ClickHouse."""
    return clickhouse_of(engines)


@pytest.fixture
def settings_env(engines: EmbeddedStack) -> Iterator[dict[str, str]]:
    """Environment of a service with topics and tables that this test alone uses; they are there already."""
    with own_place(engines) as environ:
        yield environ


@pytest.fixture(scope="module")
def module_settings_env(engines: EmbeddedStack) -> Iterator[dict[str, str]]:
    """The same for all tests of a module together."""
    with own_place(engines) as environ:
        yield environ


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """The whole stack with regions loaded, for the whole session; tests that harm parts must mend them."""
    with running_stack(tmp_path_factory.mktemp("stack")) as whole:
        yield whole
