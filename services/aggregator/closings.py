"""Closing figures into `campaign_closings`: once a campaign's days of grace are over and all records up to then are counted.

What was written stays as it is. A dead letter that is replayed after the close keeps the moment at which it was first recorded,
so a later rebuild, which reads it in its place in the log, counts it.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import structlog

from schemas.reference import closes_at
from schemas.vocabulary import Country, Scheme, recorded_schemes
from services.aggregator.domain.closing import Campaign, Closed, ClosedKey, closed
from services.aggregator.domain.records import PersonKey, unpack
from services.aggregator.store import ProgressRow
from services.shared.clickhouse_store import ClickHouseStore

log = structlog.get_logger()

LOOK_INTERVAL_S = 2.0
SETTLED = timedelta(minutes=2)
"""Later than this after its `recorded_at` no record comes into the log: the longest DELIVERY_TIMEOUT_S."""

CAMPAIGNS = "SELECT id, version, schemes, regions, `from`, `to`, grace_days FROM campaigns FINAL"
CLOSED = "SELECT campaign, campaign_version, kafka_partition FROM campaign_closings FINAL WHERE scheme = ''"
REFERENCE = "SELECT min(complete_up_to) FROM progress FINAL WHERE topic = {topic:String}"
REGIONS = "SELECT id FROM regions FINAL WHERE hasAny(ancestors, {regions:Array(String)})"
TOUCHED = """
SELECT participant, scheme FROM enrollment_events WHERE kafka_partition IN {partitions:Array(UInt16)}
    AND recorded_at >= {closes_at:DateTime64(6, 'UTC')}
"""
TOUCHED_SINCE = f"""
SELECT participant, scheme, records FROM participants FINAL
WHERE kafka_partition IN {{partitions:Array(UInt16)}} AND (participant, scheme) GLOBAL IN (
    SELECT participant, scheme FROM enrollment_events
    WHERE day BETWEEN {{first:Date32}} AND {{last:Date32}} AND kafka_partition IN {{partitions:Array(UInt16)}}
        AND (participant, scheme) GLOBAL IN ({TOUCHED})
)
"""
UNTOUCHED = f"""
SELECT kafka_partition, scheme, to_region, office, countIf(campaign = {{id:String}}) AS named,
    countIf(scheme IN {{schemes:Array(String)}} AND to_region GLOBAL IN ({REGIONS})) AS in_scope
FROM enrollment_events FINAL
WHERE day BETWEEN {{first:Date32}} AND {{last:Date32}} AND kafka_partition IN {{partitions:Array(UInt16)}}
    AND effect = 'new' AND (participant, scheme) GLOBAL NOT IN ({TOUCHED})
GROUP BY kafka_partition, scheme, to_region, office HAVING named > 0 OR in_scope > 0
"""


class _Row(NamedTuple):
    """A campaign and the version of its row: another row has a closing figure of its own."""

    campaign: Campaign
    version: int
    named_regions: list[str]


class Closings:
    """Writes closing figures. A partition holds all records of its people, so each is closed by its owner alone."""

    def __init__(self, store: ClickHouseStore, events: str, references: str) -> None:
        """`events`, `references`: the names of the two topics."""
        self._store, self._events, self._references = store, events, references
        self._looked_at = float("-inf")

    def write_due(self, progress: Sequence[ProgressRow], next_version: int) -> None:
        """Close what is due in the partitions of `progress`; nothing may be written to them meanwhile."""
        if time.monotonic() - self._looked_at < LOOK_INTERVAL_S:
            return
        complete = {row.kafka_partition: row.complete_up_to for row in progress if row.topic == self._events}
        ((regions_complete,),) = self._store.query(REFERENCE, {"topic": self._references})
        closed_already = set(self._store.query(CLOSED))
        for row in self._campaigns():
            settled = row.campaign.closes_at + SETTLED
            due = [p for p, up_to in complete.items() if min(up_to, regions_complete) >= settled]
            due = [p for p in due if (row.campaign.id, row.version, p) not in closed_already]
            if due:
                self._close(row, due, next_version)
        self._looked_at = time.monotonic()

    def _campaigns(self) -> Iterable[_Row]:
        for id_, version, schemes, regions, first, last, grace_days in self._store.query(CAMPAIGNS):
            recorded = frozenset(part for scheme in schemes for part in recorded_schemes(Scheme(scheme)))
            at = closes_at(last, grace_days, Country(regions[0][:2]))
            yield _Row(Campaign(id_, recorded, frozenset(), first, last, at), version, regions)

    def _close(self, row: _Row, partitions: list[int], version: int) -> None:
        campaign = row.campaign
        below = {id_ for (id_,) in self._store.query(REGIONS, {"regions": row.named_regions})}
        campaign = campaign._replace(regions=frozenset(below))
        bound = {
            "id": campaign.id,
            "schemes": sorted(campaign.schemes),
            "regions": row.named_regions,
            "first": campaign.first_day,
            "last": campaign.last_day,
            "closes_at": _as_text(campaign.closes_at),
            "partitions": partitions,
        }
        people = [
            (PersonKey(participant, scheme), unpack(records))
            for participant, scheme, records in self._store.query(TOUCHED_SINCE, bound)
        ]
        found = dict(closed(campaign, people))
        for *key, named, in_scope in self._store.query(UNTOUCHED, bound):
            at = ClosedKey(*key)
            found[at] = found.get(at, Closed()).and_also(named, in_scope)
        self._write(row, partitions, found, version)
        log.info("campaign_closed", campaign=campaign.id, partitions=partitions, closes_at=campaign.closes_at)

    def _write(self, row: _Row, partitions: list[int], found: Mapping[ClosedKey, Closed], version: int) -> None:
        """The figures and, for each partition, a row without scheme that says it is closed; in one insert."""
        every = {**found, **{ClosedKey(partition, "", "", ""): Closed() for partition in partitions}}
        lines = [
            {
                "campaign": row.campaign.id,
                "campaign_version": row.version,
                "kafka_partition": key.partition,
                "scheme": key.scheme,
                "region": key.region,
                "office": key.office,
                "named": people.named,
                "in_scope": people.in_scope,
                "version": version,
            }
            for key, people in every.items()
        ]
        self._store.insert_json("campaign_closings", [orjson.dumps(line) for line in lines])


def _as_text(moment: datetime) -> str:
    """As ClickHouse reads a DateTime64 in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
