"""One suite of behaviour, run by the fake and by the real publisher with a real broker."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.shared.errors import Backpressure, Unavailable
from services.shared.kafka_client import client_options
from services.shared.kafka_publisher import KafkaPublisher
from services.shared.topics import create_all
from tests.registration.brokers import Broker, read_topic
from tests.registration.fakes import FakePublisher
from tests.support.waiting import until_async

DELIVERY_TIMEOUT_S = 2.0


class FakeWorld:
    """A fake publisher, and what happens to its broker."""

    topic = "enrollment-events"

    def __init__(self, max_in_flight: int = 5000) -> None:
        self.publisher = FakePublisher(max_in_flight)

    async def lose_broker(self) -> None:
        self.publisher.go_away()

    async def regain_broker(self) -> None:
        self.publisher.come_back()

    def pause(self) -> None:
        self.publisher.held = True

    def resume(self) -> None:
        self.publisher.held = False
        self.publisher.acknowledge()


class RealWorld:
    """A real publisher and a real broker, in topics of its own."""

    def __init__(self, broker: Broker, max_in_flight: int = 5000) -> None:
        settings = broker.settings(topic_prefix=f"t{uuid.uuid4().hex[:8]}-")
        create_all(settings, deadline_s=30)
        self._settings, self._broker, self.topic = settings, broker, settings.topic("enrollment-events")
        self.publisher = KafkaPublisher(
            client_options(settings, "test"),
            [self.topic],
            max_in_flight=max_in_flight,
            delivery_timeout_s=DELIVERY_TIMEOUT_S,
            probe_every_s=0.2,
        )

    async def lose_broker(self) -> None:
        await asyncio.to_thread(self._broker.kill)

    async def regain_broker(self) -> None:
        await asyncio.to_thread(self._broker.start)
        if not self._broker.keeps_topics:  # as the embedded stack does
            await asyncio.to_thread(create_all, self._settings, 30)

    def pause(self) -> None:
        self._broker.pause()

    def resume(self) -> None:
        self._broker.resume()


Build = Any


@pytest.fixture(params=["fake", "real"])
def build(request: pytest.FixtureRequest) -> Build:
    """An async context manager that gives a started world of either kind."""

    @contextlib.asynccontextmanager
    async def started(**options: Any) -> AsyncIterator[FakeWorld | RealWorld]:
        if request.param == "fake":
            world: FakeWorld | RealWorld = FakeWorld(**options)
        else:
            world = RealWorld(request.getfixturevalue("broker"), **options)
        world.publisher.start()
        await until_async(lambda: world.publisher.trouble is None, "connected")
        yield world
        await world.publisher.close()

    return started


async def test_a_record_is_acknowledged_with_its_place(build):
    async with build() as world:
        places = [await world.publisher.send(world.topic, b"person", b"{}") for _ in range(3)]
        assert {place.topic for place in places} == {world.topic}
        assert len({place.partition for place in places}) == 1, "records of one key keep their order"
        assert [place.offset for place in places] == [0, 1, 2]
        assert world.publisher.in_flight == 0


async def test_many_records_at_once_are_all_acknowledged_each_at_its_own_place(build):
    async with build() as world:
        sent = [world.publisher.send(world.topic, f"person {n}".encode(), b"{}") for n in range(2000)]
        places = await asyncio.gather(*sent)
        assert len(set(places)) == 2000
        assert len({place.partition for place in places}) == 6


async def test_beyond_the_cap_there_is_backpressure_at_once_and_room_again_later(build):
    async with build(max_in_flight=3) as world:
        world.pause()
        sent = [world.publisher.send(world.topic, b"person", b"{}") for _ in range(3)]
        with pytest.raises(Backpressure):
            world.publisher.send(world.topic, b"person", b"{}")
        world.resume()
        await asyncio.gather(*sent)
        await world.publisher.send(world.topic, b"person", b"{}")


async def test_without_a_broker_it_refuses_soon_then_at_once_and_recovers_by_itself(build):
    async with build() as world:
        await world.publisher.send(world.topic, b"person", b"{}")
        await world.lose_broker()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await world.publisher.send(world.topic, b"person", b"{}")
        assert time.monotonic() - started < DELIVERY_TIMEOUT_S + 1
        await until_async(lambda: world.publisher.trouble is not None, "noticed")
        started = time.monotonic()
        with pytest.raises(Unavailable):
            world.publisher.send(world.topic, b"person", b"{}")
        assert time.monotonic() - started < 0.1
        await world.regain_broker()
        await until_async(lambda: world.publisher.trouble is None, "recovered")
        assert await world.publisher.send(world.topic, b"person", b"{}")


async def test_closing_waits_for_what_is_under_way_and_takes_nothing_more(build):
    async with build() as world:
        sent = [world.publisher.send(world.topic, f"person {n}".encode(), b"{}") for n in range(200)]
        await world.publisher.close()
        assert all(future.done() and future.exception() is None for future in sent)
        with pytest.raises(Unavailable, match="stopping"):
            world.publisher.send(world.topic, b"person", b"{}")


async def test_a_waiter_that_gives_up_disturbs_no_other_record(build):
    async with build() as world:
        world.pause()
        given_up, other = (world.publisher.send(world.topic, b"person", b"{}") for _ in range(2))
        given_up.cancel()
        world.resume()
        assert (await other).offset == 1


async def test_every_acknowledged_record_is_on_the_topic_and_in_order_even_when_the_broker_dies(broker):
    if not broker.keeps_topics:
        pytest.skip("this broker keeps topics in memory only")
    world = RealWorld(broker)
    world.publisher.start()
    await until_async(lambda: world.publisher.trouble is None, "connected")
    acknowledged: dict[int, Any] = {}

    async def send(number: int) -> None:
        with contextlib.suppress(Unavailable):
            acknowledged[number] = await world.publisher.send(world.topic, b"one person", b"%d" % number)

    tasks = []
    for number in range(400):
        tasks.append(asyncio.create_task(send(number)))
        await asyncio.sleep(0.002)
        if number == 150:
            killing = asyncio.create_task(world.lose_broker())
    await killing
    await asyncio.gather(*tasks)
    await world.regain_broker()
    await until_async(lambda: world.publisher.trouble is None, "recovered")
    await send(1000)
    await world.publisher.close()
    assert len(acknowledged) > 100
    assert 1000 in acknowledged
    kept = await asyncio.to_thread(read_topic, broker, world.topic)
    for number, place in acknowledged.items():
        assert kept[place.partition, place.offset] == b"%d" % number
    offsets = [place.offset for _, place in sorted(acknowledged.items())]
    assert offsets == sorted(offsets)


async def test_started_without_a_broker_it_says_so_and_connects_when_one_comes(broker):
    world = RealWorld(broker)
    await world.lose_broker()
    world.publisher.start()
    await until_async(lambda: "not connected" not in str(world.publisher.trouble), "tried")
    with pytest.raises(Unavailable, match="Kafka"):
        world.publisher.send(world.topic, b"person", b"{}")
    await world.regain_broker()
    await until_async(lambda: world.publisher.trouble is None, "connected")
    assert await world.publisher.send(world.topic, b"person", b"{}")
    await world.publisher.close()


async def test_a_missing_topic_is_named(broker):
    publisher = KafkaPublisher(client_options(broker.settings(), "test"), ["not-there"], probe_every_s=0.2)
    publisher.start()
    await until_async(lambda: "not-there" in str(publisher.trouble), "named")
    await publisher.close()


async def test_the_event_loop_is_never_held_while_the_broker_is_away(broker):
    world = RealWorld(broker)
    world.publisher.start()
    await until_async(lambda: world.publisher.trouble is None, "connected")
    await world.lose_broker()
    longest, until = 0.0, time.monotonic() + 2 * DELIVERY_TIMEOUT_S
    while time.monotonic() < until:
        with contextlib.suppress(Unavailable):
            world.publisher.send(world.topic, b"person", b"{}").add_done_callback(lambda done: done.exception())
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    await world.regain_broker()
    await world.publisher.close()
    assert longest < 0.5
