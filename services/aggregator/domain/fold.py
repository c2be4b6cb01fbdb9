"""The counting rules: fold one person's set of records in one scheme into a state and the effect of each record.

The rules are those of the design's "Counting rules"; the result depends on the set alone, not on the order in which the
records came.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.aggregator.domain.days import local_day
from services.aggregator.domain.records import Details, Record, swiftly

COUNTED = "counted"
NO_EFFECT = "no_effect"
VOIDED = "voided"
APPLIED = "applied"
WAITING = "waiting"
CANNOT_REFER = "cannot_refer"

NEW, RETURNED, LEFT, MOVED, NONE = "new", "returned", "left", "moved", "none"


class Entry(NamedTuple):
    """A record and what it did to the numbers. `region` and `details` are those after corrections.

    `from_region` is set for left and moved, `to_region` for new, returned and moved; both are empty otherwise.
    """

    record: Record
    status: str
    effect: str
    from_region: str
    to_region: str
    region: str
    details: Details
    corrected_by: str
    day: int
    """Local day of `occurred_at` in the region as registered, in days since 1970."""


class Person(NamedTuple):
    """The state of a person in a scheme, and an entry for each of the records."""

    active: bool
    region: str
    since_us: int | None
    entries: tuple[Entry, ...]


NOBODY = Person(False, "", None, ())


def fold(records: Sequence[Record]) -> Person:
    """Fold records, each registration_id once, into the person's state."""
    if len(records) == 1 and records[0].kind not in ("voided", "corrected"):
        return _replay([(records[0], records[0])], [])
    by_id = {record.registration_id: record for record in records}
    voided = {
        r.refers_to
        for r in records
        if r.kind == "voided" and r.refers_to in by_id and by_id[r.refers_to].kind != "voided"
    }
    standing: dict[str, Record] = {}
    aside: list[Entry] = []
    plain: list[Record] = []
    for record in sorted(records, key=_in_time):
        if record.kind in ("voided", "corrected"):
            status = _status_of_referring(record, by_id, voided)
            aside.append(_aside(record, status))
            if record.kind == "corrected" and status == APPLIED:
                standing[record.refers_to] = record  # in order of time, so the greatest correction stands
        elif record.registration_id in voided:
            aside.append(_aside(record, VOIDED))
        else:
            plain.append(record)
    return _replay([(record, standing.get(record.registration_id, record)) for record in plain], aside)


def _in_time(record: Record) -> tuple[int, str]:
    return record.occurred_us, record.registration_id


def _aside(record: Record, status: str) -> Entry:
    return Entry(record, status, NONE, "", "", record.region, record.details, "", _day(record))


def _day(record: Record) -> int:
    return local_day(record.occurred_us, record.region[:2])


def _status_of_referring(record: Record, by_id: dict[str, Record], voided: set[str]) -> str:
    target = by_id.get(record.refers_to)
    if target is None:
        return WAITING
    if target.kind == "voided" or (target.kind == "corrected" and record.kind == "corrected"):
        return CANNOT_REFER
    return VOIDED if record.registration_id in voided else APPLIED


def _replay(plain: list[tuple[Record, Record]], aside: list[Entry]) -> Person:
    """Go through the records that stand, each with the record its other fields come from, in order of time."""
    active, region, since = False, "", None
    entries = aside
    for record, source in plain:
        effect, from_region, to_region = _step(record.kind, active, region, source.region)
        if effect in (NEW, RETURNED):
            active, since = True, record.occurred_us
        elif effect == LEFT:
            active, since = False, None
        region = to_region or region
        status = COUNTED if effect != NONE else NO_EFFECT
        corrected_by = source.registration_id if source is not record else ""
        entry = (
            record,
            status,
            effect,
            from_region,
            to_region,
            source.region,
            source.details,
            corrected_by,
            _day(record),
        )
        entries.append(swiftly(Entry, entry))
    return swiftly(Person, (active, region, since, tuple(entries)))


def _step(kind: str, active: bool, here: str, there: str) -> tuple[str, str, str]:
    """Effect, region left and region entered, of one record on a person who is (or is not) active `here`."""
    if not active:
        if kind == "enrolled":
            return NEW, "", there
        return (RETURNED, "", there) if kind == "renewed" else (NONE, "", "")
    if kind == "withdrawn":
        return LEFT, here, ""
    if kind in ("enrolled", "transferred") and there != here:
        return MOVED, here, there
    return NONE, "", ""


FIRST_EFFECTS = {kind: _step(kind, False, "", "")[0] for kind in ("enrolled", "renewed", "withdrawn", "transferred")}
"""The effect of a record that is all there is of a person, by its kind, for kinds that refer to no other record."""
