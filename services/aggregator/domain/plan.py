"""One batch: from records and what ClickHouse knows of their people to the rows to write, without touching either."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.events import RejectionReason
from services.aggregator.domain.fold import CANNOT_REFER, NOBODY, NONE, Entry, Person, fold
from services.aggregator.domain.records import Arrival, PersonKey, Record, swiftly

FLOWS = ("new", "returned", "left", "moved_in", "moved_out")
_PLACE = {flow: place for place, flow in enumerate(FLOWS)}
_NO_CHANGE = (0,) * len(FLOWS)


class CounterKey(NamedTuple):
    """Which counter: a scheme in a region itself on a local day (days since 1970), of one Kafka partition's people."""

    scheme: str
    day: int
    region: str
    partition: int


class Refusal(NamedTuple):
    """A record for the dead letters."""

    partition: int
    offset: int
    reason: RejectionReason
    detail: str
    registration_id: str | None


class PersonRow(NamedTuple):
    """A person to write: the state, and the records it was folded from."""

    key: PersonKey
    person: Person
    records: list[Record]
    changed: Sequence[Entry]
    """Entries to write: those that are new or differ from what was written before."""


@dataclass
class Plan:
    """What a batch writes. Counter changes are signed and relative; the caller makes them absolute."""

    people: list[PersonRow] = field(default_factory=list)
    claims: list[Arrival] = field(default_factory=list)
    changes: dict[CounterKey, list[int]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    repeated: int = 0

    def add(self, key: CounterKey, flows: Sequence[int]) -> None:
        """Add these numbers of people, in the order of FLOWS, to the changes of a counter."""
        self.changes[key] = [a + b for a, b in zip(self.changes.get(key, _NO_CHANGE), flows, strict=True)]


def plan(arrivals: Sequence[Arrival], known: Mapping[PersonKey, list[Record]], claims: Mapping[str, PersonKey]) -> Plan:
    """Fold the arrivals, in log order, into the people they are about.

    `known` holds the records of those people that are counted already; `claims` the person that each registration_id
    (of the arrivals and of what they refer to) belongs to.
    """
    result = Plan()
    sets: dict[PersonKey, list[Record]] = {}
    claimed = dict(claims)
    for arrival in arrivals:
        person, record = arrival
        own = sets.get(person)
        if own is None:
            own = sets[person] = [*known.get(person, ())]
        if first := _with_id(record.registration_id, own):
            _repeat(first, record, result)
            continue
        if refusal := _refusal(person, record, claimed):
            result.refusals.append(refusal)
            continue
        own.append(record)
        claimed[record.registration_id] = person
        result.claims.append(arrival)
    for person, records in sets.items():
        before = known.get(person, ())
        if len(records) > len(before):
            _fold_person(person, before, records, result)
    return result


def _with_id(registration_id: str, records: Sequence[Record]) -> Record | None:
    return next((record for record in records if record.registration_id == registration_id), None)


def _repeat(first: Record, again: Record, result: Plan) -> None:
    """The same registration once more: harmless when the content is the same, refused when it is another."""
    if first.event_id == again.event_id:
        result.repeated += 1
        return
    detail = f"registration_id taken at {first.partition}/{first.offset} with another body; the first stands"
    result.refusals.append(_refuse(again, RejectionReason.CONFLICTING_REGISTRATION, detail))


def _refusal(person: PersonKey, record: Record, claimed: Mapping[str, PersonKey]) -> Refusal | None:
    """Why a record cannot be one of this person's, by what is known of others."""
    owner = claimed.get(record.registration_id)
    if owner is not None and owner != person:
        detail = "registration_id taken by another person or scheme; the first stands"
        return _refuse(record, RejectionReason.CONFLICTING_REGISTRATION, detail)
    target = claimed.get(record.refers_to) if record.refers_to else None
    if target is not None and target != person:
        return mismatch(record.partition, record.offset, record.registration_id, record.refers_to)
    return None


def mismatch(partition: int, offset: int, registration_id: str, refers_to: str) -> Refusal:
    """The refusal of a void or correction of what is another person's, or of another scheme."""
    detail = f"refers_to {refers_to} is of another person or scheme; void it there and register again"
    return Refusal(partition, offset, RejectionReason.CORRECTION_MISMATCH, detail, registration_id)


def _refuse(record: Record, reason: RejectionReason, detail: str) -> Refusal:
    return Refusal(record.partition, record.offset, reason, detail, record.registration_id)


def _fold_person(key: PersonKey, before: Sequence[Record], records: list[Record], result: Plan) -> None:
    old = fold(before) if before else NOBODY
    new = fold(records)
    changed: Sequence[Entry] = new.entries
    if old.entries:
        written = {e.record.registration_id: e for e in old.entries}
        changed = [e for e in new.entries if written.get(e.record.registration_id) != e]
        for entry in changed:
            earlier = written.get(entry.record.registration_id)
            if earlier is not None:
                _count(key.scheme, earlier, -1, result.changes)
    for entry in changed:
        _count(key.scheme, entry, 1, result.changes)
        if entry.status == CANNOT_REFER:
            detail = f"refers_to {entry.record.refers_to} is a record that cannot be {entry.record.kind}"
            result.refusals.append(_refuse(entry.record, RejectionReason.CANNOT_REFER, detail))
    result.people.append(swiftly(PersonRow, (key, new, records, changed)))


def _count(scheme: str, entry: Entry, sign: int, changes: dict[CounterKey, list[int]]) -> None:
    """Add an entry's contribution to the counters it touches, or take it away."""
    effect = entry.effect
    if effect == NONE:
        return
    places = (
        ((entry.to_region, "moved_in"), (entry.from_region, "moved_out"))
        if effect == "moved"
        else ((entry.from_region if effect == "left" else entry.to_region, effect),)
    )
    for region, flow in places:
        counts = changes.setdefault(CounterKey(scheme, entry.day, region, entry.record.partition), [0] * len(FLOWS))
        counts[_PLACE[flow]] += sign


def stock(changes: Mapping[CounterKey, Sequence[int]]) -> dict[tuple[str, str], int]:
    """Active people per (scheme, region) that counters add up to."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for key, (new, returned, left, moved_in, moved_out) in changes.items():
        totals[key.scheme, key.region] += new + returned + moved_in - left - moved_out
    return {key: total for key, total in totals.items() if total}
