"""The fold and the batch plan: totals are a pure function of the set of accepted events."""

from uuid import NAMESPACE_OID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.domain.fold import CANNOT_REFER, WAITING, fold
from services.aggregator.domain.plan import stock
from services.aggregator.domain.records import Arrival, Details, PersonKey, Record
from tests.aggregator import oracle
from tests.aggregator.histories import START_US, histories, relocated
from tests.aggregator.memory import Memory, batches_of

PERSON = PersonKey("0" * 32, "health")


@given(histories(), st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=5), st.data())
def test_any_order_duplication_and_split_gives_the_oracles_totals(history, random, cuts, data):
    doubled = history + data.draw(st.lists(st.sampled_from(history), max_size=6))
    random.shuffle(doubled)
    memory = Memory()
    for batch in batches_of(relocated(doubled), cuts):
        memory.take(batch)
    expected_stock, expected_flows = oracle.totals((a.person, a.record) for a in history)
    assert stock(memory.counters) == dict(expected_stock)
    assert memory.flows() == expected_flows


@given(histories(), histories())
def test_voiding_what_was_added_restores_every_figure_exactly(history, added):
    first = {arrival.record.registration_id for arrival in history}
    added = [arrival for arrival in added if arrival.record.registration_id not in first]
    taken_back = [a for a in added if a.record.kind not in ("voided", "corrected")]
    voids = [Arrival(a.person, _void_of(a.record)) for a in taken_back]
    before, after = Memory(), Memory()
    before.take(relocated(history))
    after.take(relocated([*history, *taken_back, *voids]))
    assert after.flows() == before.flows()
    assert stock(after.counters) == stock(before.counters)


def _void_of(record: Record) -> Record:
    void = uuid5(NAMESPACE_OID, f"void of {record.registration_id}")
    return record._replace(
        registration_id=str(void),
        event_id=str(void),
        kind="voided",
        refers_to=record.registration_id,
        reason="a mistake",
    )


@given(histories(), st.lists(st.integers(0, 40), max_size=4))
def test_a_batch_taken_twice_changes_nothing_the_second_time(history, cuts):
    memory = Memory()
    for batch in batches_of(history, cuts):
        memory.take(batch)
        assert not memory.take(batch).changes


@given(histories())
def test_state_of_a_person_agrees_with_the_entries(history):
    memory = Memory()
    memory.take(history)
    for records in memory.sets.values():
        person = fold(records)
        entered = sum(e.effect in ("new", "returned") for e in person.entries)
        left = sum(e.effect == "left" for e in person.entries)
        assert entered - left == int(person.active)
        assert {e.record.registration_id for e in person.entries} == {r.registration_id for r in records}


def record(number: int, kind: str, at: int, region: str = "VN.91", refers_to: int | None = None, **more) -> Record:
    name = "00000000-0000-0000-0000-%012d"
    return Record(
        name % number, name % (900 + number), kind, START_US + at, START_US, region, "VN",
        "" if refers_to is None else name % refers_to, "", Details(**more), 0, number,
    )  # fmt: skip


def effects(*records: Record) -> dict[int, tuple[str, str]]:
    return {int(e.record.registration_id[-12:]): (e.status, e.effect) for e in fold(records).entries}


def test_a_second_enrolment_elsewhere_moves_and_is_not_new():
    person = fold([record(1, "enrolled", 0), record(2, "enrolled", 1, "TH.75")])
    assert [e.effect for e in person.entries] == ["new", "moved"]
    assert (person.active, person.region) == (True, "TH.75")


def test_a_renewal_of_someone_inactive_returns_and_is_not_new():
    assert effects(record(1, "renewed", 0))[1] == ("counted", "returned")


def test_a_void_takes_its_record_out_even_when_it_came_first_and_is_dated_earlier():
    assert not fold([record(2, "voided", -5, refers_to=1), record(1, "enrolled", 0)]).active


def test_a_void_of_a_correction_takes_the_correction_back():
    records = [record(1, "enrolled", 0), record(2, "corrected", 1, "TH.75", 1)]
    assert fold(records).region == "TH.75"
    assert fold([*records, record(3, "voided", 2, refers_to=2)]).region == "VN.91"


def test_the_correction_greatest_by_time_then_id_stands():
    records = [record(1, "enrolled", 0), record(3, "corrected", 9, "TH.75", 1), record(2, "corrected", 9, "VN.01", 1)]
    assert fold(records).region == "TH.75"


def test_a_void_of_a_void_and_a_correction_of_a_correction_cannot_refer():
    found = effects(
        record(1, "enrolled", 0), record(2, "voided", 1, refers_to=1), record(3, "voided", 2, refers_to=2),
        record(4, "enrolled", 3), record(5, "corrected", 4, refers_to=4), record(6, "corrected", 5, refers_to=5),
        record(7, "corrected", 6, refers_to=2), record(8, "voided", 7, refers_to=99),
    )  # fmt: skip
    assert found[3][0] == found[6][0] == found[7][0] == CANNOT_REFER
    assert found[8][0] == WAITING


def test_a_correction_keeps_kind_and_time_and_takes_the_other_fields():
    person = fold([record(1, "enrolled", 0, agent="A"), record(2, "corrected", 50, "TH.75", 1, agent="B")])
    entry = next(e for e in person.entries if e.effect == "new")
    assert (entry.record.occurred_us, entry.region, entry.details.agent) == (START_US, "TH.75", "B")
    assert person.since_us == START_US


def test_the_first_body_under_an_id_stands_and_the_other_is_refused():
    memory = Memory()
    one = record(1, "enrolled", 0)
    memory.take(
        [
            Arrival(PERSON, one),
            Arrival(PERSON, one._replace(event_id="00000000-0000-0000-0000-0000000000ff", region="TH.75", offset=2)),
        ]
    )
    assert [r.reason.value for r in memory.refused] == ["conflicting_registration"]
    assert stock(memory.counters) == {("health", "VN.91"): 1}


def test_an_id_taken_by_another_person_is_refused():
    memory = Memory()
    memory.take([Arrival(PERSON, record(1, "enrolled", 0))])
    memory.take([Arrival(PersonKey("1" * 32, "health"), record(1, "enrolled", 0)._replace(event_id="x"))])
    assert [r.reason.value for r in memory.refused] == ["conflicting_registration"]
    assert stock(memory.counters) == {("health", "VN.91"): 1}


def test_a_correction_of_another_persons_record_is_a_mismatch():
    memory = Memory()
    memory.take([Arrival(PERSON, record(1, "enrolled", 0))])
    memory.take([Arrival(PersonKey("1" * 32, "health"), record(2, "corrected", 1, "TH.75", 1))])
    assert [r.reason.value for r in memory.refused] == ["correction_mismatch"]
    assert stock(memory.counters) == {("health", "VN.91"): 1}
