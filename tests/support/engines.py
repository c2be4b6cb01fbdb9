"""The real broker and the real ClickHouse engine that tests share, and places of their own on them."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.broker import choose
from deploy.embedded.kafka_jars import BrokerUnavailable
from deploy.embedded.stack import EmbeddedStack
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.migrate import migrate
from services.shared.settings import SharedSettings
from services.shared.topics import create_all

ENGINES = ("broker", "clickhouse")
CONNECTION = (
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_SECURITY_PROTOCOL",
    "CLICKHOUSE_URL",
    "CLICKHOUSE_USER",
    "CLICKHOUSE_PASSWORD",
)
TOPICS_DEADLINE_S = 60.0


@dataclass(frozen=True)
class ClickHouse:
    """Where ClickHouse answers, and for whom."""

    url: str
    user: str
    password: str


def describe_broker() -> str:
    """Which broker the tests use, and why: for the head of the report."""
    elsewhere = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if elsewhere:
        return f"broker: the one at {elsewhere} (KAFKA_BOOTSTRAP_SERVERS says so)"
    try:
        choice = choose(os.environ.get("EMBEDDED_BROKER", ""))
    except (BrokerUnavailable, ValueError) as error:
        return f"broker: none ({error})"
    return f"broker: {choice.broker} ({choice.why})"


def base_environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes; settings of the services in it would colour the tests, so they go.

    Addresses of real engines stay, so that the same tests can run on them.
    """
    settings = {name.upper() for name in SharedSettings.model_fields} - set(CONNECTION)
    return {name: value for name, value in os.environ.items() if name not in settings} | changes


@contextmanager
def running_engines(data_dir: Path) -> Iterator[EmbeddedStack]:
    """Broker and ClickHouse on free ports, without services."""
    with EmbeddedStack(data_dir, only=ENGINES, base=base_environment(), say=lambda line: None) as stack:
        yield stack


def clickhouse_of(stack: EmbeddedStack) -> ClickHouse:
    """How clients reach a stack's ClickHouse."""
    environ = stack.environ
    return ClickHouse(environ["CLICKHOUSE_URL"], environ["CLICKHOUSE_USER"], environ.get("CLICKHOUSE_PASSWORD", ""))


def settings_of(environ: dict[str, str]) -> SharedSettings:
    """The shared settings that an environment means."""
    return SharedSettings(**{name.lower(): value for name, value in environ.items()})  # type: ignore[arg-type]


@contextmanager
def own_place(stack: EmbeddedStack) -> Iterator[dict[str, str]]:
    """Topics and tables nobody else uses, as settings for a service's environment. The database is dropped at the end."""
    name = f"t{uuid.uuid4().hex[:10]}"
    environ = {setting: stack.environ[setting] for setting in CONNECTION if setting in stack.environ}
    environ |= {"TOPIC_PREFIX": f"{name}-", "CLICKHOUSE_DATABASE": name, "AGGREGATOR_GROUP": name}
    settings = settings_of(environ)
    create_all(settings, TOPICS_DEADLINE_S)
    store = ClickHouseStore(settings)
    try:
        migrate(store)
        yield environ
        store.command(f"DROP DATABASE IF EXISTS {name} SYNC")
        store.command(f"DROP DATABASE IF EXISTS {store.analytics} SYNC")
    finally:
        store.close()
