"""Milestones: found in what is counted, put on their topic, kept in ClickHouse; by the owner of partition 0.

It looks again only where something was counted since, and only once everything recorded is counted: while a rebuild is
under way nothing is told. The work grows with regions and days, not with people. A message is sent before its row is
written: after a crash in between it is sent again, the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import date as Day
from datetime import time as Clock
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from schemas.milestones import MilestoneEvent
from schemas.vocabulary import TIME_ZONES, Country, Scheme, recorded_schemes
from services.aggregator.domain.milestones import Change, Reached, Subject, Threshold, reached
from services.shared.clickhouse_store import ClickHouseStore

CURRENT = timedelta(seconds=5)
"""Counted up to so shortly before now, everything is counted that matters here."""
COMPLETE = (Threshold("complete", Decimal(100)),)

POSITIONS = "SELECT topic, kafka_partition, next_offset, complete_up_to FROM progress FINAL WHERE topic IN {topics:Array(String)}"
TARGETS = """
SELECT t.id, r.id, t.scheme, t.kind, toString(t.target), t.`from`, t.`to`, t.milestones
FROM (SELECT * FROM targets FINAL WHERE per = 'region' OR startsWith(per, 'each:')) AS t
CROSS JOIN (SELECT id, level, ancestors FROM regions FINAL) AS r
WHERE t.per = 'region' AND r.id = t.region
    OR t.per != 'region' AND r.level = substring(t.per, 6) AND has(r.ancestors, t.region)
"""
SMALLEST = """
SELECT DISTINCT region, scheme FROM populations FINAL
WHERE region GLOBAL IN (SELECT id FROM regions FINAL WHERE level IN ('village', 'group'))
"""
POPULATIONS = "SELECT region, scheme, year, eligible FROM populations FINAL ORDER BY year"
BASELINES = "SELECT region, scheme, date, count FROM baselines FINAL ORDER BY date"
CHANGES = """
SELECT place, scheme, day, sum(people_new), sum(change) FROM (
    SELECT scheme, day, region, sum(new) AS people_new, sum(new + returned + moved_in - left - moved_out) AS change
    FROM coverage_daily FINAL GROUP BY scheme, day, region
) AS c GLOBAL INNER JOIN (
    SELECT id, arrayJoin(ancestors) AS place FROM regions FINAL
) AS r ON c.region = r.id
WHERE (place, scheme) GLOBAL IN wanted GROUP BY place, scheme, day ORDER BY place, scheme, day
"""
SUBTREE = "(SELECT id FROM regions FINAL WHERE has(ancestors, {region:String}))"
MOMENT = f"""
SELECT min(occurred_at) FROM (
    SELECT occurred_at, sum(delta) OVER (ORDER BY occurred_at, registration_id) AS running FROM (
        SELECT occurred_at, registration_id, if({{flow:UInt8}}, toInt32(effect = 'new' AND enters), enters - leaves) AS delta
        FROM (
            SELECT occurred_at, registration_id, effect, toInt32(to_region GLOBAL IN {SUBTREE}) AS enters,
                toInt32(from_region GLOBAL IN {SUBTREE}) AS leaves
            FROM enrollment_events FINAL
            WHERE scheme IN {{schemes:Array(String)}} AND day = {{day:Date32}} AND effect != 'none'
        )
    )
) WHERE running >= {{missing:Int64}}
"""
KEPT = """
SELECT toString(id), kind, status, region, scheme, target, threshold_pct, needed, reached_on, reached_at FROM milestones FINAL
"""


class _Found(NamedTuple):
    subject: Subject
    threshold: Threshold
    reached: Reached


class Milestones:
    """Finds what is to be told. `changes` is asked again and again; `kept` notes what was told."""

    def __init__(self, store: ClickHouseStore, events: str, references: str, partitions: int) -> None:
        """`partitions`: how many the topic `events` has."""
        self._store, self._events, self._references, self._partitions = store, events, references, partitions
        self._seen: object = None
        self._moments: dict[str, tuple[Reached, datetime]] = {}

    def changes(self, now: datetime) -> list[MilestoneEvent]:
        """What was reached or taken back since it was told last; nothing while not everything is counted."""
        state = self._state(now)
        if state is None or state == self._seen:
            return []
        kept = {row[0]: row for row in self._store.query(KEPT)}
        found = {str(one.subject.id_of(one.threshold)): one for one in self._found(now)}
        told = []
        for id_, one in found.items():
            event = self._event(id_, one, now)
            if id_ not in kept or _told(event) != kept[id_]:
                told.append(event)
        told += [_retracted(row, now) for id_, row in kept.items() if id_ not in found and row[2] == "reached"]
        if not told:
            self._seen = state
        return told

    def keep(self, events: Sequence[MilestoneEvent], version: int) -> None:
        """Note that these were told."""
        lines = [{**event.model_dump(exclude={"schema_version"}), "version": version} for event in events]
        self._store.insert_json(
            "milestones", [orjson.dumps({**line, "target": line["target"] or ""}) for line in lines]
        )

    def _state(self, now: datetime) -> object:
        """How far everything is counted, today's date, how many were told; None where it is not complete."""
        rows = self._store.query(POSITIONS, {"topics": [self._events, self._references]})
        counted = [row for row in rows if row[0] == self._events]
        if len(counted) < self._partitions or len(rows) == len(counted) or min(row[3] for row in rows) < now - CURRENT:
            return None
        ((told,),) = self._store.query("SELECT count() FROM milestones FINAL")  # none are left after a rebuild
        return sorted((topic, partition, next_offset) for topic, partition, next_offset, _ in rows), now.date(), told

    def _found(self, now: datetime) -> Iterable[_Found]:
        subjects = self._subjects(now)
        wanted = {(s.region, part) for s in subjects for part in recorded_schemes(Scheme(s.scheme))}
        changes: dict[tuple[str, str], list[Change]] = defaultdict(list)
        if wanted:
            keys = ["\t".join(pair) for pair in wanted]
            for place, scheme, day, new, net in self._store.look_up(CHANGES, keys, "String, of String"):
                changes[place, scheme].append(Change(day, new, net))
        for subject in subjects:
            of = [changes[subject.region, part] for part in recorded_schemes(Scheme(subject.scheme))]
            for threshold, when in reached(subject, _together(of)).items():
                yield _Found(subject, threshold, when)

    def _subjects(self, now: datetime) -> list[Subject]:
        """Everything that is watched: plans of regions, and villages and groups whose eligible are known."""
        eligible, baselines = self._dated(POPULATIONS), self._dated(BASELINES)
        subjects = []
        for id_, region, scheme, kind, whole, first, last, milestones in self._store.query(TARGETS):
            at, last = (region, scheme), min(last, _today(region, now))
            subjects.append(
                Subject(
                    region, scheme, id_, kind, Fraction(whole), first, last, _thresholds(milestones), eligible[at], baselines[at]
                )
            )  # fmt: skip
        for region, scheme in self._store.query(SMALLEST):
            at, last = (region, scheme), _today(region, now)
            subjects.append(
                Subject(
                    region, scheme, "", "coverage_pct", Fraction(100), Day(1990, 1, 1), last, COMPLETE, eligible[at], baselines[at]
                )
            )  # fmt: skip
        return subjects

    def _dated(self, sql: str) -> Mapping[tuple[str, str], tuple[tuple[Any, int], ...]]:
        found: dict[tuple[str, str], tuple[tuple[Any, int], ...]] = defaultdict(tuple)
        for region, scheme, when, count in self._store.query(sql):
            found[region, scheme] += ((when, count),)
        return found

    def _event(self, id_: str, one: _Found, now: datetime) -> MilestoneEvent:
        subject, (kind, pct), when = one
        known = self._moments.get(id_)
        if known is None or known[0] != when:
            known = self._moments[id_] = (when, self._moment(subject, when))
        return MilestoneEvent(
            id=id_,  # type: ignore[arg-type]
            kind=kind,
            status="reached",
            region=subject.region,
            scheme=Scheme(subject.scheme),
            target=subject.target or None,
            threshold_pct=float(pct),
            needed=when.needed,
            reached_on=when.day,
            reached_at=known[1],
            published_at=now,
        )

    def _moment(self, subject: Subject, when: Reached) -> datetime:
        """When the record took effect that made it; where an official stock did, the end of its day."""
        bound = {
            "region": subject.region,
            "schemes": list(recorded_schemes(Scheme(subject.scheme))),
            "day": when.day,
            "flow": int(subject.counts == "new_count"),
            "missing": when.needed - when.before,
        }
        ((found,),) = self._store.query(MOMENT, bound)
        end = datetime.combine(when.day + timedelta(days=1), Clock.min, _zone(subject.region)).astimezone(UTC)
        return found if found is not None and found.year > 1970 and when.needed > when.before else end


def _together(parts: Sequence[Sequence[Change]]) -> list[Change]:
    by_day: dict[Day, Change] = {}
    for part in parts:
        for change in part:
            known = by_day.get(change.day, Change(change.day, 0, 0))
            by_day[change.day] = Change(change.day, known.new + change.new, known.net + change.net)
    return [by_day[day] for day in sorted(by_day)]


def _thresholds(milestones: str) -> tuple[Threshold, ...]:
    """Half of it, all of it, and the plan's own milestones."""
    own = sorted({Decimal(str(one["pct"])) for one in (orjson.loads(milestones) if milestones else ())})
    return (
        Threshold("target_half", Decimal(50)),
        Threshold("target_met", Decimal(100)),
        *(Threshold("target_milestone", pct) for pct in own),
    )


def _zone(region: str) -> ZoneInfo:
    return ZoneInfo(TIME_ZONES[Country(region[:2])])


def _today(region: str, now: datetime) -> Day:
    return now.astimezone(_zone(region)).date()


def _told(event: MilestoneEvent) -> tuple[Any, ...]:
    return (
        str(event.id), event.kind, event.status, event.region, event.scheme.value, event.target or "", event.threshold_pct,
        event.needed, event.reached_on, event.reached_at,
    )  # fmt: skip


def _retracted(row: tuple[Any, ...], now: datetime) -> MilestoneEvent:
    id_, kind, _, region, scheme, target, pct, needed, on, at = row
    return MilestoneEvent(
        id=id_, kind=kind, status="retracted", region=region, scheme=scheme, target=target or None, threshold_pct=pct,
        needed=needed, reached_on=on, reached_at=at, published_at=now,
    )  # fmt: skip
