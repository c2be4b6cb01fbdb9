"""What services need of a broker, apart from the library that speaks to it."""

import asyncio
from typing import NamedTuple, Protocol


class Acknowledged(NamedTuple):
    """Where the broker keeps a record it has acknowledged (acks=all)."""

    topic: str
    partition: int
    offset: int


class Publisher(Protocol):
    """Publishes from an event loop with acks=all. `trouble` says why nothing can be sent now; None while it can."""

    trouble: str | None

    @property
    def in_flight(self) -> int:
        """Records that await acknowledgement."""
        ...

    def start(self) -> None:
        """Begin to connect; call it inside the running loop."""

    def send(self, topic: str, key: bytes, value: bytes) -> "asyncio.Future[Acknowledged]":
        """Future of the acknowledgement, or of Unavailable or InvalidEvent.

        Raises Unavailable at once while the broker is away, Backpressure when too many records are under way.
        """
        ...

    async def close(self) -> None:
        """Take nothing more, wait for what is under way, then disconnect."""
