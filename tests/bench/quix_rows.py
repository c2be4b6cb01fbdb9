"""What `make bench` compares with: Quix Streams, counting per region in memory and writing a row for each event."""

import os
import tempfile
import uuid
from collections import Counter

import clickhouse_connect
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from tests.bench.event_rows import COLUMNS, row

environ = os.environ


class Rows(BatchingSink):
    """Inserts the rows of a checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self._totals: Counter[str] = Counter()

    def setup(self) -> None:
        self._client = clickhouse_connect.get_client(
            dsn=environ["CLICKHOUSE_URL"],
            username=environ["CLICKHOUSE_USER"],
            password=environ["CLICKHOUSE_PASSWORD"],
            database=environ["CLICKHOUSE_DATABASE"],
        )

    def write(self, batch: SinkBatch) -> None:
        rows = []
        for item in batch:
            self._totals[item.value["region"]] += 1
            rows.append(row(item.value))
        self._client.insert("bench_rows", rows, column_names=COLUMNS)


app = Application(
    broker_address=environ["KAFKA_BOOTSTRAP_SERVERS"],
    consumer_group=f"quix-{uuid.uuid4().hex[:8]}",
    auto_offset_reset="earliest",
    commit_every=10_000,
    state_dir=tempfile.gettempdir(),
)
app.dataframe(app.topic(f"{environ['TOPIC_PREFIX']}enrollment-events", value_deserializer="json")).sink(Rows())
app.run()
