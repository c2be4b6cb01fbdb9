"""Made-up histories: lists of arrivals of a few people, all six kinds, with references right, wrong, early and late."""

import uuid

from hypothesis import strategies as st

from services.aggregator.domain.records import Arrival, Details, PersonKey, Record

REGIONS = ["VN.91", "VN.91.913", "VN.91.913.31042", "VN.91.913.31045", "TH.75.7503"]
KINDS = ["enrolled", "enrolled", "renewed", "withdrawn", "transferred", "corrected", "voided"]
START_US = 1_588_000_000_000_000
PARTITIONS = 3


def partition_of(person: PersonKey) -> int:
    """Any stable spread of people over partitions."""
    return int(person.participant[:8], 16) % PARTITIONS


@st.composite
def histories(draw: st.DrawFn, max_records: int = 14) -> list[Arrival]:
    """Arrivals in one possible log order, offsets rising within each partition."""
    count = draw(st.integers(1, max_records))
    ids = [str(uuid.UUID(int=draw(st.integers(0, 2**16)) << 64 | n)) for n in range(count)]
    offsets = [0] * PARTITIONS
    arrivals = []
    for n in range(count):
        number = draw(st.integers(1, 3))
        person = PersonKey(f"{number:08x}{'0' * 24}", draw(st.sampled_from(["health", "voluntary_si"])))
        kind = draw(st.sampled_from(KINDS))
        refers_to = draw(st.sampled_from([*ids, str(uuid.UUID(int=1))])) if kind in ("corrected", "voided") else ""
        partition = partition_of(person)
        record = Record(
            ids[n],
            str(uuid.uuid5(uuid.NAMESPACE_OID, f"{ids[n]}/{n}")),
            kind,
            START_US + draw(st.integers(0, 5)) * 20_000_000_000,
            START_US,
            draw(st.sampled_from(REGIONS)),
            "VN",
            refers_to,
            "why" if refers_to else "",
            Details(office="OFFICE-1", agent=draw(st.sampled_from(["", "A-1", "A-2"]))),
            partition,
            offsets[partition],
        )
        offsets[partition] += 1
        arrivals.append(Arrival(person, record))
    return arrivals


def relocated(arrivals: list[Arrival]) -> list[Arrival]:
    """The same arrivals as a log in this order: offsets given anew."""
    offsets = [0] * PARTITIONS
    placed = []
    for person, record in arrivals:
        partition = partition_of(person)
        placed.append(Arrival(person, record._replace(partition=partition, offset=offsets[partition])))
        offsets[partition] += 1
    return placed
