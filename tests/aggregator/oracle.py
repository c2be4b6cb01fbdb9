"""The counting rules a second time, written straight from the design's sentences, to check the fold against.

It knows nothing of partitions, batches or ClickHouse: give it the set of accepted records, get the totals.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from services.aggregator.domain.records import PersonKey, Record

Flow = tuple[str, str, str]  # scheme, region, flow


def totals(people: Iterable[tuple[PersonKey, Record]]) -> tuple[Counter[tuple[str, str]], Counter[Flow]]:
    """Stock per (scheme, region itself) and flows per (scheme, region itself, flow), over all time."""
    sets: dict[PersonKey, dict[str, Record]] = defaultdict(dict)
    for key, record in people:
        sets[key].setdefault(record.registration_id, record)
    stock: Counter[tuple[str, str]] = Counter()
    flows: Counter[Flow] = Counter()
    for (_, scheme), records in sets.items():
        where = _one_person(scheme, list(records.values()), flows)
        if where is not None:
            stock[scheme, where] += 1
    return stock, Counter({flow: n for flow, n in flows.items() if n})


def _one_person(scheme: str, records: list[Record], flows: Counter[Flow]) -> str | None:
    kinds = {r.registration_id: r.kind for r in records}
    left_out = {r.refers_to for r in records if r.kind == "voided" and kinds.get(r.refers_to) not in (None, "voided")}
    where: str | None = None
    for record in sorted(records, key=lambda r: (r.occurred_us, r.registration_id)):
        if record.kind in ("voided", "corrected") or record.registration_id in left_out:
            continue
        corrections = [
            r
            for r in records
            if r.kind == "corrected" and r.refers_to == record.registration_id and r.registration_id not in left_out
        ]
        latest = max(corrections, key=lambda r: (r.occurred_us, r.registration_id), default=record)
        there = latest.region
        if where is None and record.kind in ("enrolled", "renewed"):
            flows[scheme, there, "new" if record.kind == "enrolled" else "returned"] += 1
            where = there
        elif where is not None and record.kind == "withdrawn":
            flows[scheme, where, "left"] += 1
            where = None
        elif where is not None and record.kind in ("enrolled", "transferred") and there != where:
            flows[scheme, there, "moved_in"] += 1
            flows[scheme, where, "moved_out"] += 1
            where = there
    return where
