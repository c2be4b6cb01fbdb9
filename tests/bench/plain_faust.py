"""What `make bench` compares with: Faust as its documentation shows it, a table per region and rows inserted in batches."""

import os
import tempfile
import uuid

import clickhouse_connect
import faust

from tests.bench.event_rows import COLUMNS, row

environ = os.environ
app = faust.App(
    f"plain-{uuid.uuid4().hex[:8]}",
    broker=f"kafka://{environ['KAFKA_BOOTSTRAP_SERVERS']}",
    store="memory://",
    web_enabled=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    datadir=tempfile.gettempdir(),
)
events = app.topic(f"{environ['TOPIC_PREFIX']}enrollment-events", value_serializer="json", key_type=bytes)
per_region = app.Table("per_region", default=int, partitions=6)
client = clickhouse_connect.get_client(
    dsn=environ["CLICKHOUSE_URL"],
    username=environ["CLICKHOUSE_USER"],
    password=environ["CLICKHOUSE_PASSWORD"],
    database=environ["CLICKHOUSE_DATABASE"],
)


@app.agent(events)
async def count(stream: faust.Stream) -> None:
    """Count per region, and insert a row for each event, a thousand at a time."""
    rows = []
    async for event in stream:
        per_region[event["region"]] += 1
        rows.append(row(event))
        if len(rows) == 1000:
            client.insert("bench_rows", rows, column_names=COLUMNS)
            rows = []


if __name__ == "__main__":
    faust.Worker(app, loglevel="error", quiet=True).execute_from_commandline()
