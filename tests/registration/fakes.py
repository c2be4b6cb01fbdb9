"""A publisher without a broker that keeps every call; it passes the same suite as the real one (test_publisher.py)."""

import asyncio
from typing import NamedTuple

from services.shared.errors import Backpressure, Unavailable
from services.shared.ports import Acknowledged


class Sent(NamedTuple):
    """One call of `send`."""

    topic: str
    key: bytes
    value: bytes


class FakePublisher:
    """Acknowledges at once, or holds records back while `held`, or refuses while `away`."""

    def __init__(self, max_in_flight: int = 5000) -> None:
        self.trouble: str | None = None
        self.sent: list[Sent] = []
        self.held = False
        self.closed = False
        self._max_in_flight = max_in_flight
        self._open: list[tuple[asyncio.Future[Acknowledged], Sent]] = []
        self._offsets: dict[tuple[str, int], int] = {}

    @property
    def in_flight(self) -> int:
        return len(self._open)

    def start(self) -> None:
        """Connected at once."""
        self.trouble, self.closed = None, False

    def go_away(self) -> None:
        """As when the broker dies: what is under way fails, what comes is refused."""
        self.trouble = "Kafka: away"
        for future, _ in self._open:
            future.set_exception(Unavailable("Kafka: timed out"))
        self._open.clear()

    def come_back(self) -> None:
        self.trouble = None

    def send(self, topic: str, key: bytes, value: bytes) -> "asyncio.Future[Acknowledged]":
        if self.trouble:
            raise Unavailable(self.trouble)
        if len(self._open) >= self._max_in_flight:
            raise Backpressure("Kafka: too many records await acknowledgement already")
        future: asyncio.Future[Acknowledged] = asyncio.get_running_loop().create_future()
        self.sent.append(Sent(topic, key, value))
        self._open.append((future, self.sent[-1]))
        if not self.held:
            asyncio.get_running_loop().call_soon(self.acknowledge)
        return future

    def acknowledge(self) -> None:
        """Acknowledge all that is held."""
        for future, sent in self._open:
            place = (sent.topic, sum(sent.key) % 6)
            self._offsets[place] = self._offsets.get(place, -1) + 1
            if not future.done():
                future.set_result(Acknowledged(*place, self._offsets[place]))
        self._open.clear()

    async def close(self) -> None:
        self.trouble = "The service is stopping"
        self.acknowledge()
        self.closed = True
