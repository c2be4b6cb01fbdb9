"""Fixtures: the service on a stage, and a real broker."""

from collections.abc import Iterator

import pytest

from tests.registration.brokers import Broker
from tests.registration.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """The service with a fake publisher."""
    return Stage()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real broker. Tests that stop it start it again."""
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()
