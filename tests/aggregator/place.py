"""Where a worker is tested: its environment, its ClickHouse, its process, and what the oracle says."""

from dataclasses import dataclass

from services.shared.clickhouse_store import ClickHouseStore
from tests.aggregator import oracle
from tests.support import counted
from tests.support.aggregator_process import AggregatorProcess
from tests.support.log_of_events import as_people, put, put_events, put_regions
from tests.support.waiting import until_async


@dataclass
class Place:
    """A broker, a ClickHouse and a worker of the test's own."""

    environ: dict[str, str]
    store: ClickHouseStore
    worker: AggregatorProcess

    @property
    def kafka(self) -> str:
        return self.environ["KAFKA_BOOTSTRAP_SERVERS"]

    @property
    def prefix(self) -> str:
        return self.environ["TOPIC_PREFIX"]

    def uncounted(self, records: int) -> int:
        return counted.lag(self.store, f"{self.prefix}enrollment-events", records)

    async def put_regions(self) -> None:
        """Publish the made-up regions."""
        await put_regions(self.kafka, self.prefix)

    async def put_events(self, events: list[dict]) -> None:
        """Publish events."""
        await put_events(self.kafka, self.prefix, events)

    async def put_raw(self, values: list[bytes]) -> None:
        """Publish bytes that may be anything."""
        await put(self.kafka, f"{self.prefix}enrollment-events", [(b"junk", value) for value in values])

    async def until_counted(self, records: int, deadline_s: float = 120.0) -> None:
        """Wait until so many records of the topic are behind the worker."""
        await until_async(lambda: self.uncounted(records) == 0, f"{records} records counted", deadline_s)

    async def until_reconciled(self) -> None:
        """Wait until the counters were compared with the people after the last record."""
        end = self.store.query("SELECT sum(next_offset) FROM progress FINAL WHERE topic LIKE '%enrollment-events'")[0][
            0
        ]
        asked = "SELECT sum(next_offset) FROM reconciliations FINAL"
        await until_async(lambda: self.store.query(asked)[0][0] == end, "reconciled", 30)


def assert_as_the_oracle_counts(place: Place, log: list[dict]) -> None:
    """Every region and scheme, people, counters and flows; what differs is named, with what was found and expected."""
    stock, flows = oracle.totals(as_people(log))
    for what, found, expected in (
        ("people", counted.people(place.store), stock),
        ("counters", counted.stock(place.store), stock),
        ("flows", counted.flows(place.store), flows),
    ):
        unlike = {key: (found[key], expected[key]) for key in found | expected if found[key] != expected[key]}
        assert not unlike, f"{what}, found and expected: {unlike}; {_written(place)}"


def _written(place: Place) -> str:
    """How far ClickHouse says it is, and how much it holds."""
    progress = place.store.query("SELECT kafka_partition, next_offset, worker, version FROM progress FINAL ORDER BY 1")
    rows = place.store.query(
        "SELECT (SELECT count() FROM participants FINAL), (SELECT sum(version) FROM participants FINAL), "
        "(SELECT count() FROM enrollment_events FINAL), (SELECT count() FROM rejected FINAL)"
    )
    return f"people, their records, entries, rejected: {rows[0]}; progress: {progress}"
