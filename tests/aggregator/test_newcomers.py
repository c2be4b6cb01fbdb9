"""People counted by columns are counted and written exactly as the fold would."""

from types import SimpleNamespace
from typing import Any

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.columns.arrivals import as_records, person_name
from services.aggregator.columns.newcomers import apart, counted, nobody
from services.aggregator.columns.reading import read
from services.aggregator.columns.tables import claims_table, entries_table, people_table
from services.aggregator.domain.plan import Plan, plan
from services.aggregator.domain.records import Arrival, PersonKey, Record, encode, pack
from tests.aggregator.histories import histories, relocated
from tests.aggregator.memory import Memory, batches_of

REASONS = ["", "", "moved here", 'she said "yes"', "C:\\\\"]


def read_batch(batch: list[Arrival]) -> pa.RecordBatch:
    """The arrivals as they come from Kafka."""
    arrivals, refusals = read(
        [
            (record.partition, SimpleNamespace(value=_value(person, record), offset=record.offset))
            for person, record in batch
        ]
    )
    assert not refusals
    return arrivals


def _value(person: PersonKey, record: Record) -> bytes:
    return orjson.dumps(orjson.loads(encode(person, record)) | ({"reason": record.reason} if record.reason else {}))


@st.composite
def muddled_histories(draw: st.DrawFn) -> list[Arrival]:
    """Records that also take the registration_id of another, of whomever, and give reasons that nobody asked for."""
    history = draw(histories())
    ids = [arrival.record.registration_id for arrival in history]
    return [
        Arrival(
            person,
            record._replace(
                registration_id=draw(st.sampled_from([*[record.registration_id] * len(ids), *ids])),
                reason=record.reason or draw(st.sampled_from(REASONS)),
            ),
        )
        for person, record in history
    ]


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """What ClickHouse would keep: nothing is the default, and the order of rows means nothing."""
    return sorted(
        ({k: v for k, v in row.items() if v} for row in table.to_pylist()),
        key=lambda row: sorted(row.items(), key=str).__str__(),
    )


def changes(result: Plan) -> dict[Any, list[int]]:
    return {key: flows for key, flows in result.changes.items() if any(flows)}


@given(muddled_histories(), st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4), st.data())
def test_newcomers_and_the_others_together_are_what_the_plan_of_all_would_be(history, random, cuts, data):
    log = history + data.draw(st.lists(st.sampled_from(history), max_size=4))
    random.shuffle(log)
    memory = Memory()
    for batch in batches_of(relocated(log), cuts):
        arrivals = read_batch(batch)
        newcomers, others = apart(arrivals, map(person_name, memory.sets), memory.claims)
        found = plan(as_records(others), memory.sets, memory.claims)
        for key, flows in counted(newcomers).items():
            found.add(key, flows)
        expected = plan(batch, memory.sets, memory.claims)
        assert changes(found) == changes(expected)
        assert (found.refusals, found.repeated) == (expected.refusals, expected.repeated)
        for table, of_all in (
            (people_table, expected.people),
            (entries_table, expected.people),
            (claims_table, expected.claims),
        ):
            of_others = found.claims if table is claims_table else found.people
            assert rows(table(newcomers, of_others)) == rows(table(nobody(), of_all))
        memory.take(batch)


@given(muddled_histories())
def test_a_newcomer_is_alone_in_the_batch_and_not_referred_to(history):
    newcomers, others = apart(read_batch(relocated(history)), [], [])
    left = as_records(others)
    for person, record in as_records(newcomers):
        assert all(person != other for other, _ in left)
        assert all(record.registration_id not in (other.registration_id, other.refers_to) for _, other in left)


@given(muddled_histories())
def test_records_are_packed_by_columns_as_they_are_one_by_one(history):
    newcomers, _ = apart(read_batch(relocated(history)), [], [])
    texts = people_table(newcomers, [])["records"].to_pylist() if len(newcomers) else []
    assert texts == [pack([arrival.record]) for arrival in as_records(newcomers)]
