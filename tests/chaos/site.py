"""Where faults happen: engines, services and workers as processes, a slow way to ClickHouse, a disk that can be full."""

import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.embedded.stack import EmbeddedStack
from services.shared.clickhouse_store import ClickHouseStore
from tests.chaos.full_disk import Disk, disk_of
from tests.chaos.plan import SESSION_S
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import ENGINES, base_environment, settings_of
from tests.support.made_up import region_rows
from tests.support.slow_proxy import SlowProxy
from tests.support.waiting import until

SERVICES = ("registration", "aggregator", "api", "migrate", "topics")


@dataclass
class Site:
    """A running system. The services reach ClickHouse through `proxy`; the test reads `store` past it."""

    folder: Path
    engines: EmbeddedStack
    services: EmbeddedStack
    proxy: SlowProxy
    disk: Disk
    store: ClickHouseStore
    workers: dict[str, AggregatorProcess] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return self.services.environ

    @property
    def keys(self) -> dict[str, str]:
        """REGISTER_KEY, REFERENCE_KEY, READ_KEY and the services' URLs."""
        return self.services.surroundings.loader_environ()

    @property
    def logs(self) -> list[Path]:
        """Every file that a process of the site wrote for people to read."""
        return [path for path in self.folder.rglob("*.log*") if path.is_file() and "topics" not in path.parts]

    def stack_of(self, part: str) -> EmbeddedStack:
        """Which of the two stacks a part belongs to."""
        return self.engines if part in ENGINES else self.services

    def parts(self) -> list[str]:
        """Everything that runs, engines first."""
        return [part.name for stack in (self.engines, self.services) for part in stack.parts]

    def wait_ready(self, deadline_s: float) -> None:
        """Until every part answers."""
        for part in self.parts():
            self.stack_of(part).wait_ready(part, deadline_s)

    def worker(self, name: str) -> AggregatorProcess:
        """A further aggregator of the same group; `leave` ends it."""
        worker = AggregatorProcess(self.environ, self.folder / f"{name}.log", name=name)
        self.workers[name] = worker
        worker.start()
        return worker

    def keep_tables(self) -> None:
        """Write what ClickHouse holds to Parquet files in the site's folder: its own disk may end with the site."""
        kept = self.folder / "tables"
        kept.mkdir(exist_ok=True)
        for (table,) in self.store.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows"
        ):
            with (
                self.store.raw_stream(f"SELECT * FROM {table}", "Parquet") as rows,
                (kept / f"{table}.parquet").open("wb") as file,
            ):
                shutil.copyfileobj(rows, file)

    def api(self) -> httpx.Client:
        """A client of the API."""
        return httpx.Client(base_url=self.keys["API_URL"], timeout=40)


@contextmanager
def running_site(folder: Path, *, may_mount: bool, brokers: str = "", **settings: str) -> Iterator[Site]:
    """Everything started, the made-up regions known. `brokers`: use those instead of one of the site's own."""
    clickhouse_folder = folder / "engines" / "clickhouse"
    base = base_environment(**({"KAFKA_BOOTSTRAP_SERVERS": brokers} if brokers else {}))
    engines = EmbeddedStack(folder / "engines", only=ENGINES, base=base, say=lambda line: None)
    with disk_of(clickhouse_folder, lambda: engines.pid("clickhouse"), may_mount=may_mount) as disk, engines:
        proxy = SlowProxy(engines.ports.clickhouse)
        proxy.start()
        try:
            with services_on(folder / "services", engines.environ, proxy, **settings) as services:
                store = ClickHouseStore(settings_of({**services.environ, **_past(engines)}))
                site = Site(folder, engines, services, proxy, disk, store)
                try:
                    put_regions(site.keys)
                    yield site
                finally:
                    _let_go(site)
        finally:
            proxy.stop()


@contextmanager
def services_on(
    folder: Path, engines: Mapping[str, str], proxy: SlowProxy | None = None, **settings: str
) -> Iterator[EmbeddedStack]:
    """The three services over engines that run elsewhere."""
    named = {name: engines[name] for name in ("KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD")}
    url = f"http://127.0.0.1:{proxy.port}" if proxy else engines["CLICKHOUSE_URL"]
    chosen = {"SESSION_TIMEOUT_S": str(int(SESSION_S)), "RECONCILE_INTERVAL_S": "2", **settings}
    base = base_environment(**named, CLICKHOUSE_URL=url, **chosen)
    with EmbeddedStack(folder, only=SERVICES, base=base, say=lambda line: None) as services:
        yield services


def put_regions(keys: Mapping[str, str]) -> None:
    """The made-up regions, known to registration when this returns and to the aggregator soon after."""
    headers = {"Authorization": f"Bearer {keys['REFERENCE_KEY']}", "content-type": "application/x-ndjson"}
    rows = "\n".join(httpx.Response(200, json=row).text for row in region_rows())
    url = f"{keys['REGISTRATION_URL']}/v1/reference/regions"
    answer = until(lambda: _put(url, rows, headers), "regions put", 60)
    assert '"refused":0' in answer, answer[-300:]


def _put(url: str, rows: str, headers: Mapping[str, str]) -> str:
    answer = httpx.put(url, content=rows, headers=dict(headers), timeout=30)
    return answer.text if answer.status_code == 200 and '"unavailable":0' in answer.text else ""


def _past(engines: EmbeddedStack) -> dict[str, str]:
    return {"CLICKHOUSE_URL": engines.environ["CLICKHOUSE_URL"]}


def _let_go(site: Site) -> None:
    """Nothing may be left asleep, full or running that the stacks do not know of."""
    site.proxy.delay_s = 0.0
    site.disk.empty()
    for part in site.parts():
        site.stack_of(part).kill(part, signal.SIGCONT)
    for worker in site.workers.values():
        if worker.running:
            worker.signal(signal.SIGCONT)
        worker.stop()
    site.store.close()
