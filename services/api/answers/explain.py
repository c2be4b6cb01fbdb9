"""`/v1/coverage/{region}/{scheme}/explain`: the figures counted anew from the records, and how they come about."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc

from schemas.trace import Chain, CountersCompared, Explanation, PartOfChange, PartOfTree, RecordsBehind
from schemas.vocabulary import COMPONENTS, Scheme, recorded_schemes
from services.api.answers.coverage import coverage, region_ref
from services.api.domain.windows import Calendar
from services.api.live.cells import starts_of
from services.api.live.dated import dated_cuts, snapshot_of
from services.api.live.figures import Figures
from services.api.live.snapshot import Snapshot
from services.api.queries.explain import read_counted, read_office_names, read_records_behind
from services.api.queries.progress import read_reconciliations
from services.shared.clickhouse_store import ClickHouseStore

MOST_PARTS = 200
"""Offices named one by one; the rest is one row, so that the sum still holds."""
TRIES = 3
"""A batch that is being written has its records before its counters: read both again rather than show a difference."""
OTHERS = "(others)"
FLOWS = ("new", "returned", "moved_in", "left", "moved_out")


@dataclass(frozen=True)
class Reading:
    """The records of one moment, the figures made from them, and the counters of about the same moment."""

    rows: pa.Table
    snapshot: Snapshot
    figures: Figures
    counted: int

    def of(self, group: str) -> list[dict[str, Any]]:
        """The rows of one grouping."""
        found: list[dict[str, Any]] = self.rows.filter(pc.equal(self.rows["grouped"], group)).to_pylist()
        return found


def explain(
    store: ClickHouseStore, live: Snapshot, position: int, scheme: Scheme, calendar: Calendar, freshness_ms: int | None
) -> Explanation:
    """Everything behind the participants of one region in one scheme."""
    reading = _read(store, live, position, scheme, calendar)
    figures, region = reading.figures, live.reference.tree.places[position].id
    served = coverage(reading.snapshot, position, scheme, freshness_ms)
    reconciled = read_reconciliations(store).values()
    offices = sorted(reading.of("office"), key=_by_change)
    names = read_office_names(store, [row["office"] for row in offices[:MOST_PARTS]])
    return Explanation(
        coverage=served,
        chain=_chain(reading.of("outcome"), served.baseline.count),
        records=_records(reading),
        by_office=_parts(offices, "office", names),
        by_channel=_parts(sorted(reading.of("channel"), key=_by_change), "channel", {}),
        by_region=_tree(figures, position),
        counters=CountersCompared(
            active_by_record=reading.counted,
            difference=reading.counted - figures.active(position),
            reconciliation=sum(difference for difference, _ in reconciled) if reconciled else None,
            reconciled_at=min((at for _, at in reconciled), default=None),
        ),
        events="/v1/events?" + urlencode({"region": region, "scheme": scheme, "to": calendar.today}),
    )


def _read(store: ClickHouseStore, live: Snapshot, position: int, scheme: Scheme, calendar: Calendar) -> Reading:
    day, region = calendar.today, live.reference.tree.places[position].id
    ends = dated_cuts(live, scheme, day)
    for _ in range(TRIES):
        rows = read_records_behind(
            store,
            region,
            scheme,
            day,
            starts=starts_of(ends),
            cutoffs=cutoffs(live, position, scheme, day),
            zone=calendar.zone,
        )
        counted = read_counted(store, region, scheme, day)
        snapshot = snapshot_of(
            store, live, position, scheme, calendar, ends, rows.filter(pc.equal(rows["grouped"], "cell"))
        )
        reading = Reading(rows, snapshot, snapshot.of(position, scheme), counted)
        if counted == reading.figures.active(position):
            break
    return reading


def cutoffs(live: Snapshot, position: int, scheme: Scheme, day: Day) -> dict[tuple[Scheme, str], Day]:
    """Per recorded scheme and region of a subtree, the date of the topmost baseline in the subtree that covers it."""
    tree, schemes = live.reference.tree, live.reference.schemes
    own, parts = schemes[scheme].baselines_on(day), recorded_schemes(scheme)
    own_of_parts = {p for part in COMPONENTS.get(scheme, ()) for p in schemes[part].baselines_on(day)}
    found: dict[tuple[Scheme, str], Day] = {}
    at = position
    while at < tree.end[position]:
        if at in own:
            found |= {(part, tree.places[p].id): own[at].date for part in parts for p in range(at, tree.end[at])}
        elif at in own_of_parts:
            for part in parts:
                found |= cutoffs(live, at, part, day)
        at = tree.end[at] if at in own or at in own_of_parts else at + 1
    return found


def _chain(outcomes: list[dict[str, Any]], baseline: int) -> Chain:
    flows = {flow: sum(row[flow] for row in outcomes) for flow in FLOWS}
    participants = baseline + _net(flows)
    plus, minus = ("new", "returned", "moved_in"), ("left", "moved_out")
    sums = "".join(f" + {flows[f]:,} {f}" for f in plus) + "".join(f" - {flows[f]:,} {f}" for f in minus)
    return Chain(
        baseline=baseline, **flows, participants=participants, text=f"{baseline:,} baseline{sums} = {participants:,}"
    )


def _net(flows: Mapping[str, int]) -> int:
    return flows["new"] + flows["returned"] + flows["moved_in"] - flows["left"] - flows["moved_out"]


def _records(reading: Reading) -> RecordsBehind:
    by_kind: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    rows, delays = reading.of("outcome"), reading.of("delay")
    for row in rows:
        by_kind[row["kind"]] += row["records"]
        outcomes[row["outcome"]] += row["records"]
    return RecordsBehind(
        total=by_kind.total(),
        by_kind=dict(by_kind),
        outcomes=dict(outcomes),
        corrected=sum(row["corrected"] for row in rows),
        recorded_after_days={row["delay"]: row["records"] for row in sorted(delays, key=lambda r: len(r["delay"]))},
        first_day=min((row["first_day"] for row in delays), default=None),
        last_day=max((row["last_day"] for row in delays), default=None),
        last_recorded_at=max((row["last_recorded_at"] for row in delays), default=None),
    )


def _by_change(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return -abs(_net(row)), -row["records"], row["office"] or row["channel"]


def _parts(rows: list[dict[str, Any]], name: str, names: Mapping[str, str]) -> list[PartOfChange]:
    """One part for each of the first rows, and one for all others together."""
    found = [_part(row[name] or None, names.get(row[name]), row) for row in rows[:MOST_PARTS]]
    rest = rows[MOST_PARTS:]
    if rest:
        found.append(_part(OTHERS, None, {key: sum(row[key] for row in rest) for key in ("records", *FLOWS)}))
    return found


def _part(key: str | None, name: str | None, row: Mapping[str, Any]) -> PartOfChange:
    flows = {flow: row[flow] for flow in FLOWS}
    return PartOfChange(id=key, name=name, records=row["records"], **flows, net=_net(flows))


def _tree(figures: Figures, position: int) -> list[PartOfTree]:
    """The children that hold anyone, the region itself, and the rest of the region's own baseline."""
    tree = figures.tree
    parts = [
        PartOfTree(
            part="child",
            region=region_ref(tree.places[child]),
            participants=figures.participants(child),
            baseline=figures.baseline(child).adjustment,
        )
        for child in tree.children(position)
        if figures.has_people(child)
    ]
    itself, total = figures.active_at_region_itself(position), figures.participants(position)
    parts.append(PartOfTree(part="itself", region=region_ref(tree.places[position]), participants=itself, baseline=0))
    beyond = total - sum(part.participants for part in parts)
    if beyond:
        parts.append(PartOfTree(part="unattributed", participants=beyond, baseline=beyond))
    return parts
