"""Slow queries wait for each other, never quick ones for them.

What a query costs is not known before it runs, but the same few shapes of query come again and again: their texts
differ only in literals. So each shape's run time is remembered, and one known to be slow takes one of a few seats.
The size of its results is remembered too: streaming a small one costs the engine a quarter more time. So is how many
rows it read: sharing few out among threads costs more than reading them, and unlike time that is the same under load.
"""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Lanes", "Ride"]

_LITERAL = re.compile(rb"'(?:[^'\\]|\\.)*'|\b\d[\w.]*")
_SHAPE_BYTES = 2048
_SHAPES_KEPT = 4096
_SMALL_BYTES = 256 * 1024
_FEW_ROWS = 500_000


@dataclass(slots=True)
class Ride:
    """One run of a query. `small`: this shape's results were always small; `light`: it read few rows the last time.

    Set `result_bytes` and `read_rows` to what this one came to.
    """

    small: bool
    light: bool
    result_bytes: int = _SMALL_BYTES  # unknown until it has run
    read_rows: int = _FEW_ROWS


@dataclass(slots=True)
class _Past:
    seconds: float  # smoothed
    largest_bytes: int
    read_rows: int


class Lanes:
    """Seats for slow queries.

    `slow_after_s`: a shape whose smoothed run time is above this is slow. `seats`: slow queries run at once.
    """

    def __init__(self, seats: int = 2, slow_after_s: float = 0.1) -> None:
        self._seats = threading.BoundedSemaphore(seats)
        self._slow_after_s = slow_after_s
        self._past: dict[bytes, _Past] = {}

    @contextmanager
    def ride(self, sql: bytes, params: Mapping[str, str]) -> Iterator[Ride]:
        """Run the enclosed query in its lane and remember what it took."""
        shape = _shape(sql, params)
        past = self._past.get(shape)
        slow = past is not None and past.seconds > self._slow_after_s
        ride = Ride(
            small=past is not None and past.largest_bytes < _SMALL_BYTES,
            light=past is not None and past.read_rows < _FEW_ROWS,
        )
        if slow:
            self._seats.acquire()
        started = time.perf_counter()
        try:
            yield ride
        finally:
            if slow:
                self._seats.release()
            self._remember(shape, past, time.perf_counter() - started, ride)

    def _remember(self, shape: bytes, past: _Past | None, seconds: float, ride: Ride) -> None:
        if past is not None:
            past.seconds = 0.7 * past.seconds + 0.3 * seconds
            past.largest_bytes = max(past.largest_bytes, ride.result_bytes)
            past.read_rows = ride.read_rows
            return
        if len(self._past) >= _SHAPES_KEPT:
            self._past.clear()
        self._past[shape] = _Past(seconds, ride.result_bytes, ride.read_rows)


def _shape(sql: bytes, params: Mapping[str, str]) -> bytes:
    """The text without its literals; of numbers the length stays, for LIMIT 10 is not LIMIT 10000000."""
    text = _LITERAL.sub(_length_of_number, sql[:_SHAPE_BYTES])
    return text + b"".join(b" %d" % len(value) for value in params.values())


def _length_of_number(literal: re.Match[bytes]) -> bytes:
    return b"?" if literal[0].startswith(b"'") else b"#%d" % len(literal[0])
