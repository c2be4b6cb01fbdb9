"""A made-up world in ClickHouse's tables, written as the aggregator writes them, and the same figures counted naively.

The naive count goes through all records for each question; it shares no code with the service.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.shared.clickhouse_store import ClickHouseStore

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PARTITIONS = 6
PARTS = {"social_insurance": ("compulsory_si", "voluntary_si")}
"""A total and what it is made of."""
TOPIC = "enrollment-events"


@dataclass(frozen=True)
class Record:
    """A record and what it did: new, returned, left (`region`), or moved (`origin` to `region`)."""

    effect: str
    scheme: str
    region: str
    at: datetime
    origin: str = ""
    office: str = "OFFICE-1"
    agent: str = ""
    outreach: str = ""
    campaign: str = ""
    group: str = ""
    sponsor: str = ""
    participant: str = ""
    recorded_at: datetime | None = None
    status: str = "counted"
    kind: str = "enrolled"
    refers_to: uuid.UUID | None = None
    corrected_by: uuid.UUID | None = None
    reason: str = ""
    birth_year: int = 0
    sex: str = ""
    registration_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()

    @property
    def partition(self) -> int:
        return self.registration_id.int % PARTITIONS


def local(text: str) -> datetime:
    """A moment of Vietnam's time, such as `2020-05-10 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def region_rows(tree: Mapping[str, str], **validity: tuple[str, str]) -> list[dict]:
    """Rows of `regions`: id to level; a region lies below the one whose id it extends. Validity by id with `_` for `.`."""
    rows = []
    for id_, level in tree.items():
        above = [id_]
        while "." in above[-1]:
            above.append(above[-1].rpartition(".")[0])
        valid_from, valid_to = validity.get(id_.replace(".", "_"), ("2008-08-01", None))
        rows.append(
            {
                "id": id_, "code": id_.rpartition(".")[2], "country": id_[:2], "level": level,
                "parent": above[1] if len(above) > 1 else "", "name_vi": f"Vùng {id_}", "name_th": f"เขต {id_}",
                "name_en": f"Region {id_}", "valid_from": valid_from, "valid_to": valid_to, "ancestors": above,
                "version": 1,
            }
        )  # fmt: skip
    return rows


class World:
    """Records, and their rows in the tables of one database."""

    def __init__(self, store: ClickHouseStore) -> None:
        self.store, self.records = store, list[Record]()
        self._unwritten: list[Record] = []
        self._offsets: dict[int, int] = defaultdict(int)
        self._version = 0

    def reference(self, table: str, *rows: dict) -> None:
        """Insert rows of reference data, newer than any before."""
        self._version += 1
        self._insert(table, [{**row, "version": self._version} for row in rows])

    def _insert(self, table: str, rows: Iterable[dict]) -> None:
        self.store.insert_json(table, [json.dumps(row, default=str).encode() for row in rows])

    def new(self, region: str, at: datetime, count: int = 1, scheme: str = "voluntary_si", **more: str) -> None:
        """People new in a region."""
        self.add(Record("new", scheme, region, at, **more) for _ in range(count))

    def left(self, region: str, at: datetime, count: int = 1, scheme: str = "voluntary_si") -> None:
        """People who left."""
        self.add(Record("left", scheme, region, at) for _ in range(count))

    def moved(self, origin: str, region: str, at: datetime, count: int = 1, scheme: str = "voluntary_si") -> None:
        """People who moved."""
        self.add(Record("moved", scheme, region, at, origin) for _ in range(count))

    def add(self, records: Iterable[Record]) -> None:
        """Any records."""
        self._unwritten += records

    def write(self) -> None:
        """One batch: the records, then the absolute counters they touch, then the progress."""
        batch, self._unwritten = self._unwritten, []
        self.records += batch
        self._version += 1
        self._insert("registration_claims", [self._claim(r) for r in batch])
        self._insert("enrollment_events", [self._entry(r) for r in batch])
        self._insert("coverage_daily", self._counters({(r.scheme, r.day) for r in batch}))
        self.beat()

    def beat(self) -> None:
        """The progress of all partitions."""
        self._version += 1
        now = datetime.now(UTC).isoformat(sep=" ")
        self._insert(
            "progress",
            [
                {
                    "topic": TOPIC, "kafka_partition": p, "next_offset": self._offsets[p], "end_offset": self._offsets[p],
                    "watermark": now, "complete_up_to": now, "first_day": None, "worker": "test", "version": self._version,
                }
                for p in range(PARTITIONS)
            ],
        )  # fmt: skip

    def _claim(self, r: Record) -> dict:
        return {
            "registration_id": r.registration_id, "participant": r.registration_id.hex, "scheme": r.scheme,
            "kafka_partition": r.partition, "kafka_offset": 0, "version": 1,
        }  # fmt: skip

    def _entry(self, r: Record) -> dict:
        self._offsets[r.partition] += 1
        return {
            "registration_id": r.registration_id, "event_id": r.registration_id, "kind": r.kind, "scheme": r.scheme,
            "participant": r.participant or r.registration_id.hex,
            "birth_year": r.birth_year, "sex": r.sex, "country": r.region[:2], "occurred_at": r.at.astimezone(UTC),
            "day": r.day, "recorded_at": (r.recorded_at or r.at).astimezone(UTC), "region": r.region, "office": r.office, "agent": r.agent,
            "outreach": r.outreach, "campaign": r.campaign, "group": r.group, "sponsor": r.sponsor, "status": r.status, "effect": r.effect,
            "from_region": r.region if r.effect == "left" else r.origin,
            "to_region": r.region if r.effect in ("new", "returned", "moved") else "", "reason": r.reason, "refers_to": r.refers_to, "corrected_by": r.corrected_by,
            "kafka_partition": r.partition, "kafka_offset": self._offsets[r.partition], "version": 1,
        }  # fmt: skip

    def _counters(self, days: set[tuple[str, date]]) -> list[dict]:
        counts: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for r in self.records:
            if (r.scheme, r.day) not in days or r.effect == "none":
                continue
            key = (r.scheme, r.day, r.region, r.partition)
            counts[key]["moved_in" if r.effect == "moved" else r.effect] += 1
            if r.effect == "moved":
                counts[r.scheme, r.day, r.origin, r.partition]["moved_out"] += 1
        names = ("scheme", "day", "region", "kafka_partition")
        return [dict(zip(names, key, strict=True)) | dict(c) | {"version": self._version} for key, c in counts.items()]

    # Counted naively

    def stock(self, region: str, scheme: str, *, after: date | None = None, up_to: date = date.max) -> int:
        """Net change by record in the subtree on the days after `after`, up to and with `up_to`."""
        total = 0
        for r in self.records:
            if r.scheme in PARTS.get(scheme, (scheme,)) and (after is None or r.day > after) and r.day <= up_to:
                total += below(r.region, region) * {"new": 1, "returned": 1, "moved": 1, "left": -1}.get(r.effect, 0)
                total -= r.effect == "moved" and below(r.origin, region)
        return total

    def flow(self, effect: str, region: str, scheme: str, start: datetime, end: datetime) -> int:
        """Records of an effect in the subtree from `start` up to and not including `end`."""
        return sum(
            r.effect == effect
            and r.scheme in PARTS.get(scheme, (scheme,))
            and below(r.region, region)
            and start <= r.at < end
            for r in self.records
        )


def below(region: str, top: str) -> bool:
    """Whether a region is `top` or lies below it."""
    return region == top or region.startswith(top + ".")


def day_end(day: date) -> datetime:
    """The end of a day in Vietnam."""
    return datetime.combine(day + timedelta(days=1), time.min, ZONE)
