"""Parts that ClickHouse wrote and cannot read, as after its disk was full; the tables are filled again from the topics.

On a full disk ClickHouse (seen with 26.9) keeps inserted and merged parts with an empty marks file, though it reports
other writes as failed. It then answers CORRUPTED_DATA (or the like) to queries of the table, and at its next start sets the part aside,
with the rows in it. Kafka has them all: so everything is emptied, and read again.
"""

import time
from collections.abc import Callable

import structlog

from services.aggregator import metrics
from services.aggregator.store import empty_tables
from services.shared.clickhouse_store import BROKEN_PART_CODES, ClickHouseStore
from services.shared.errors import StoreError

log = structlog.get_logger()
PATIENCE_S = 5.0
"""How long such answers must last: a merge may pass over what it covers."""
LOOK_EVERY_S = 5.0
SET_ASIDE = "SELECT table, name FROM system.detached_parts WHERE database = {d:String} AND reason LIKE 'broken%'"


class BrokenParts:
    """Empties the tables where parts are broken. Not on a cluster: there a replica gives a good copy."""

    def __init__(self, store: ClickHouseStore, cluster: str, now: Callable[[], float] = time.monotonic) -> None:
        self._store, self._replicated, self._now = store, bool(cluster), now
        self._since: float | None = None
        self._latest = self._looked_at = float("-inf")
        self._handled: set[tuple[str, str]] = set()

    def emptied(self) -> bool:
        """Look, now and then, whether ClickHouse has set parts aside; True where the tables were emptied for it."""
        if self._replicated or self._now() < self._looked_at + LOOK_EVERY_S:
            return False
        self._looked_at = self._now()
        found = {(table, part) for table, part in self._set_aside()} - self._handled
        if not found:
            return False
        self._empty([f"{table}/{part}" for table, part in sorted(found)])
        self._handled |= found  # once for each, also where it cannot be dropped
        for table, part in sorted(found):
            self._drop(table, part)
        return True

    def _set_aside(self) -> list[tuple[str, str]]:
        """Table and name of the parts set aside; none where this user may not ask."""
        try:
            return [(table, part) for table, part in self._store.query(SET_ASIDE, {"d": self._store.database})]
        except StoreError as error:
            log.warning("broken_parts_unknown", error=str(error))
            return []

    def _drop(self, table: str, part: str) -> None:
        try:
            self._store.command(f"ALTER TABLE {table} DROP DETACHED PART '{part}' SETTINGS allow_drop_detached = 1")
        except StoreError as error:
            log.warning("broken_part_not_dropped", table=table, part=part, error=str(error))

    def emptied_after(self, error: StoreError) -> bool:
        """Whether this error says, and has said for a while, that a part is broken, and the tables were emptied for it."""
        if self._replicated or error.code not in BROKEN_PART_CODES:
            return False
        if self._since is None or self._now() > self._latest + 4 * PATIENCE_S:
            self._since = self._now()
        self._latest = self._now()
        if self._now() < self._since + PATIENCE_S:
            return False
        self._since = None
        self._empty([str(error)])
        return True

    def _empty(self, why: list[str]) -> None:
        log.error("clickhouse_parts_broken", parts=why, detail="emptying the tables, to fill them from the topics")
        metrics.RECOUNTS.labels("broken parts").inc()
        empty_tables(self._store)
