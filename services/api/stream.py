"""Live streams: one `coverage` event per change, made once per region and scheme whoever listens; how fresh it is in between."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from schemas.vocabulary import Scheme
from services.api import metrics
from services.api.live.snapshot import Snapshot

Subject = tuple[str, Scheme]
HEARTBEAT = b": still here\n\n"
RETRY_MS = 2000


def event(snapshot: Snapshot, answer: bytes) -> bytes:
    """One server-sent event; `answer` is JSON on one line."""
    return b"event: coverage\nid: %d\ndata: %b\n\n" % (snapshot.number, answer)


def freshness_event(as_of: datetime, freshness_ms: int | None) -> bytes:
    """How fresh the figures are that were sent before: nothing of them has changed since."""
    said = {"as_of": as_of.isoformat().replace("+00:00", "Z"), "freshness_ms": freshness_ms}
    return b"event: freshness\ndata: %b\n\n" % json.dumps(said).encode()


@dataclass(frozen=True)
class Pace:
    """How often a stream on which nothing changes says something."""

    heartbeat_s: float
    """A comment, so that whatever lies in between keeps the connection open."""
    freshness_s: float
    """How fresh the figures are."""


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

    def __init__(
        self,
        answer: Callable[[Snapshot, Subject], bytes | None],
        freshness: Callable[[], bytes],
        limit: int,
        pace: Pace,
    ) -> None:
        """`answer`: the coverage of a subject as JSON; None where its region is unknown. `freshness`: the event of now."""
        self._answer, self._freshness, self._limit, self._pace = answer, freshness, limit, pace
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
        """The events of a subject: how it stands now, then every change; while nothing changes, how fresh that is."""
        self._loop = asyncio.get_running_loop()
        clock, pace = self._loop.time, self._pace
        topic = self._topics.setdefault(subject, _Topic())
        topic.listeners += 1
        self._open += 1
        metrics.STREAMS.set(self._open)
        try:
            self._refresh(snapshot, subject, topic)
            yield b"retry: %d\n\n" % RETRY_MS
            seen, beat_at, fresh_at = -1, clock() + pace.heartbeat_s, clock() + pace.freshness_s
            while not self._closed:
                changed = topic.changed
                if topic.sequence != seen:
                    seen = topic.sequence
                    metrics.STREAM_EVENTS.inc()
                    yield topic.latest
                    beat_at, fresh_at = clock() + pace.heartbeat_s, clock() + pace.freshness_s
                    continue
                try:
                    async with asyncio.timeout_at(min(beat_at, fresh_at)):
                        await changed.wait()
                except TimeoutError:
                    if clock() >= fresh_at:
                        yield self._freshness()
                        fresh_at = clock() + pace.freshness_s
                    if clock() >= beat_at:
                        yield HEARTBEAT
                        beat_at = clock() + pace.heartbeat_s
        finally:
            topic.listeners -= 1
            self._open -= 1
            metrics.STREAMS.set(self._open)
            if not topic.listeners and self._topics.get(subject) is topic:
                del self._topics[subject]
