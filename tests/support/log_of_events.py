"""A made-up log of enrolment events, its oracle, and how it is put on Kafka."""

import random
from collections.abc import Iterable, Sequence

import orjson
from aiokafka import AIOKafkaProducer

from services.aggregator.domain.records import PersonKey, Record, decode
from tests.support.made_up import event, reference_event, region_rows

SCHEMES = ("voluntary_si", "health")
LATER = ("renewed", "withdrawn", "transferred", "corrected", "voided", "enrolled")


def mixed_log(count: int, seed: int, duplicates: float = 0.1, disorder: float = 0.1) -> list[dict]:
    """`count` different events of all kinds about fewer people; then a share sent twice, and a share out of order."""
    random_ = random.Random(seed)
    made: list[dict] = []
    of_person: dict[tuple[int, str], list[str]] = {}
    while len(made) < count:
        number, scheme = random_.randrange(count // 2), random_.choice(SCHEMES)
        earlier = of_person.setdefault((number, scheme), [])
        kind = random_.choice(LATER) if earlier else "enrolled"
        more: dict[str, object] = {"scheme": scheme, "agent": f"A-{random_.randrange(50)}"}
        if kind in ("corrected", "voided"):
            more |= {"refers_to": random_.choice(earlier), "reason": "made up"}
        made.append(event(number, kind=kind, seed=seed, office=f"OFFICE-{len(made) % 30}", **more))
        earlier.append(made[-1]["registration_id"])
    log = made + random_.sample(made, int(count * duplicates))
    for _ in range(int(count * disorder)):
        here, there = random_.randrange(len(log)), random_.randrange(len(log))
        log[here], log[there] = log[there], log[here]
    return log


def as_people(events: Iterable[dict]) -> list[tuple[PersonKey, Record]]:
    """The events as the oracle takes them."""
    return [decode(orjson.dumps(body), 0, offset) for offset, body in enumerate(events)]


async def put_regions(bootstrap_servers: str, prefix: str) -> None:
    """Publish the made-up regions."""
    rows = [reference_event("regions", row["id"], row) for row in region_rows()]
    await put(bootstrap_servers, f"{prefix}reference-data", rows)


async def put_events(bootstrap_servers: str, prefix: str, events: Sequence[dict]) -> None:
    """Publish events, keyed by participant."""
    records = [(body["participant"].encode(), orjson.dumps(body)) for body in events]
    await put(bootstrap_servers, f"{prefix}enrollment-events", records)


async def put(bootstrap_servers: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
    """Publish raw records in order."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, linger_ms=10, max_batch_size=131_072)
    await producer.start()
    try:
        for key, value in records:
            await producer.send(topic, value, key)
        await producer.flush()
    finally:
        await producer.stop()
