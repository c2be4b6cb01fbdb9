"""Kafka's values into columns: what is plainly an event by columns, everything else by the contract's own model.

Plainly an event is what msgspec takes as an object of exactly the event's fields, each of which then holds, as a whole
column, what the contract's JSON Schema says about it, in the spelling that needs no thought (moments as RFC 3339, texts
without white space at their ends). What is not may still be an event, so `decode` has the last word about it.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import compress
from typing import Annotated, Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from schemas.events import EnrollmentEvent
from services.aggregator.columns.arrivals import SCHEMA, as_columns, person_names
from services.aggregator.domain.plan import Refusal
from services.aggregator.domain.records import Arrival, Rejected, decode

MONTH_AND_DAY = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
PLAIN_MOMENT = (
    rf"^(199[1-9]|2[0-9]{{3}})-({MONTH_AND_DAY})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{3}}|\.[0-9]{{6}})?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$"
)
"""After 1990, so that the earliest moment allowed lies before all of them; the last of February is left to the model."""
PLAIN_TEXT = r'^[^\pZ\s"\\]([^"\\]*[^\pZ\s"\\])?$'
"""No white space at its ends, which the model takes away, and neither of the visible characters that JSON escapes."""
JSON_SCHEMA = EnrollmentEvent.model_json_schema()


class LogRecord(Protocol):
    """A record as Kafka has it."""

    key: bytes | None
    value: bytes | None
    offset: int
    timestamp: int


def _rules(name: str) -> dict[str, Any]:
    """What the contract's JSON Schema says about a field."""
    rules: dict[str, Any] = JSON_SCHEMA["properties"][name]
    rules = rules.get("anyOf", [rules])[0]
    return JSON_SCHEMA["$defs"][rules["$ref"].rpartition("/")[2]] if "$ref" in rules else rules


FIELDS = {name: _rules(name) for name in EnrollmentEvent.model_fields}
NEEDED = frozenset(JSON_SCHEMA["required"]) | {"schema_version"}
PYTHON = {"string": str, "integer": Annotated[int, msgspec.Meta(ge=0, lt=2**16)]}
ARROW = {"string": pa.string(), "integer": pa.uint16()}

PlainEvent = msgspec.defstruct(
    "PlainEvent",
    [(name, PYTHON[rules["type"]] | None, None) for name, rules in FIELDS.items()],
    forbid_unknown_fields=True,
    gc=False,
)
_decode = msgspec.json.Decoder(PlainEvent).decode


def read(log: Sequence[tuple[int, LogRecord]]) -> tuple[pa.RecordBatch, list[Refusal]]:
    """The arrivals (`arrivals.SCHEMA`) among these records, each given with its partition, in the same order.

    Beside them, a refusal for each record that is no event.
    """
    quick, places, slow = _quickly(log)
    if not slow:
        return quick, []
    others: list[Arrival] = []
    refusals: list[Refusal] = []
    for place in sorted(slow):
        partition, raw = log[place]
        try:
            others.append(decode(raw.value, partition, raw.offset))
            places.append(place)
        except Rejected as bad:
            refusals.append(Refusal(partition, raw.offset, bad.reason, bad.detail, bad.registration_id))
    if not others:
        return quick, refusals
    return pa.concat_batches([quick, as_columns(others)]).take(pc.sort_indices(pa.array(places))), refusals


def _quickly(log: Sequence[tuple[int, LogRecord]]) -> tuple[pa.RecordBatch, list[int], list[int]]:
    """The arrivals that are plainly events, their places in the log, and the places of all other records."""
    events, places, others = [], [], []
    for place, (_, raw) in enumerate(log):
        try:
            events.append(_decode(raw.value or b""))
        except (msgspec.DecodeError, UnicodeDecodeError):
            others.append(place)
        else:
            places.append(place)
    columns = {
        name: pa.array([getattr(event, name) for event in events], ARROW[rules["type"]])
        for name, rules in FIELDS.items()
    }
    columns["kafka_partition"] = pa.array([log[place][0] for place in places], pa.uint16())
    columns["kafka_offset"] = pa.array([log[place][1].offset for place in places], pa.uint64())
    sound = reduce(pc.and_, (_holds(name, columns[name]) for name in FIELDS))
    if sound.true_count < len(places):
        others += compress(places, pc.invert(sound).to_pylist())
        places = list(compress(places, sound.to_pylist()))
        columns = {name: column.filter(sound) for name, column in columns.items()}
    return _arrivals(columns), places, others


def _arrivals(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """Columns of texts that hold what the contract says, as `arrivals.SCHEMA`."""
    columns["plain"] = pa.repeat(True, len(columns["kafka_offset"]))
    columns["person"] = person_names(columns)
    return pa.record_batch([columns[field.name].cast(field.type) for field in SCHEMA], schema=SCHEMA)


def _holds(name: str, column: pa.Array) -> pa.BooleanArray:
    """For each value, whether it is as the contract's JSON Schema says, in the plain spelling."""
    if column.null_count == len(column):
        return pa.repeat(name not in NEEDED, len(column))
    sound = reduce(pc.and_, _tests(FIELDS[name], column)).fill_null(False)
    return sound if name in NEEDED else pc.or_(sound, column.is_null())


def _tests(rules: dict[str, Any], column: pa.Array) -> Iterable[pa.BooleanArray]:
    """What each of the rules says of each value."""
    if words := rules.get("enum", [rules["const"]] if "const" in rules else None):
        yield pc.is_in(column, pa.array(words, column.type))
    elif rules["type"] == "integer":
        yield pc.and_(pc.greater_equal(column, rules["minimum"]), pc.less_equal(column, rules["maximum"]))
    elif rules.get("format") == "date-time":
        yield pc.match_substring_regex(column, PLAIN_MOMENT)
    else:
        pattern = rules.get("pattern")
        if pattern:
            yield pc.match_substring_regex(column, pattern)
        if pattern is None or r"\s" in pattern:  # any text, and white space around it
            yield pc.match_substring_regex(column, PLAIN_TEXT)
        if longest := rules.get("maxLength"):
            yield pc.less_equal(pc.utf8_length(column), longest)
        if shortest := rules.get("minLength"):
            yield pc.greater_equal(pc.utf8_length(column), shortest)
