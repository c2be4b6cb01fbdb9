"""Live streams: one `coverage` event per change, made once per region and scheme whoever listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from schemas.vocabulary import Scheme
from services.api import metrics
from services.api.live.snapshot import Snapshot

Subject = tuple[str, Scheme]
HEARTBEAT = b": still here\n\n"
RETRY_MS = 2000


def event(snapshot: Snapshot, answer: bytes) -> bytes:
    """One server-sent event; `answer` is JSON on one line."""
    return b"event: coverage\nid: %d\ndata: %b\n\n" % (snapshot.number, answer)


@dataclass(slots=True)
class _Topic:
    """What the listeners of one region and scheme are told."""

    numbers: tuple[object, ...] = ()
    latest: bytes = b""
    sequence: int = 0
    listeners: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, latest: bytes) -> None:
        """Wake everyone who waits; who is slow gets only the latest."""
        self.latest = latest
        self.sequence += 1
        waiting, self.changed = self.changed, asyncio.Event()
        waiting.set()


class Streams:
    """Who listens to what. Lives in the event loop."""

    def __init__(self, answer: Callable[[Snapshot, Subject], bytes | None], limit: int, heartbeat_s: float) -> None:
        """`answer`: the coverage of a subject as JSON; None where its region is unknown."""
        self._answer, self._limit, self._heartbeat_s = answer, limit, heartbeat_s
        self._topics: dict[Subject, _Topic] = {}
        self._open = 0
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def full(self) -> bool:
        """Whether no further stream can be opened."""
        return self._open >= self._limit

    def publish(self, snapshot: Snapshot) -> None:
        """Tell the listeners of every subject whose numbers changed."""
        for subject, topic in self._topics.items():
            self._refresh(snapshot, subject, topic)

    def _refresh(self, snapshot: Snapshot, subject: Subject, topic: _Topic) -> None:
        region, scheme = subject
        position = snapshot.reference.tree.index.get(region)
        if position is None:
            return
        # The reference object is part of it: another denominator or plan is news, too.
        numbers = (*snapshot.of(position, scheme).numbers(position), snapshot.reference)
        if numbers != topic.numbers and (answer := self._answer(snapshot, subject)) is not None:
            topic.numbers = numbers
            topic.tell(event(snapshot, answer))

    def close_soon(self) -> None:
        """End all streams, called from outside the event loop."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for topic in self._topics.values():
            topic.tell(b"")

    async def listen(self, snapshot: Snapshot, subject: Subject) -> AsyncIterator[bytes]:
        """The events of a subject: how it stands now, then every change; comments in between while nothing changes."""
        self._loop = asyncio.get_running_loop()
        topic = self._topics.setdefault(subject, _Topic())
        topic.listeners += 1
        self._open += 1
        metrics.STREAMS.set(self._open)
        try:
            self._refresh(snapshot, subject, topic)
            yield b"retry: %d\n\n" % RETRY_MS
            seen = -1
            while not self._closed:
                changed = topic.changed
                if topic.sequence != seen:
                    seen = topic.sequence
                    metrics.STREAM_EVENTS.inc()
                    yield topic.latest
                    continue
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        await changed.wait()
                except TimeoutError:
                    yield HEARTBEAT
        finally:
            topic.listeners -= 1
            self._open -= 1
            metrics.STREAMS.set(self._open)
            if not topic.listeners and self._topics.get(subject) is topic:
                del self._topics[subject]
