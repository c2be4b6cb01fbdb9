"""How far each partition is: what is written, what was in the log when last asked, and so up to when it is complete."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from services.aggregator.store import NEVER, ProgressRow

Partition = tuple[str, int]
"""Topic and number."""


class Done(NamedTuple):
    """How far a partition is written, recorded_at of the last event, and the earliest day its last batch touched."""

    next_offset: int
    watermark: datetime | None = None
    first_day: date | None = None


class LogEnd(NamedTuple):
    """Where a partition's log ended, as the broker said when it was asked."""

    asked_at: datetime
    offset: int


class ProgressBook:
    """The partitions this worker owns. Everything recorded before `complete_up_to` is written."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._ends: dict[Partition, LogEnd] = {}
        self.done: dict[Partition, Done] = {}

    def take_over(self, positions: Mapping[Partition, int]) -> None:
        """Own exactly these partitions from now on, written up to these offsets."""
        self._ends.clear()
        self.done = {partition: Done(next_offset) for partition, next_offset in positions.items()}

    def note_ends(self, asked_at: datetime, offsets: Mapping[Partition, int]) -> None:
        """Note what the broker said about the ends of the logs; `asked_at` is before the question."""
        self._ends |= {partition: LogEnd(asked_at, offset) for partition, offset in offsets.items()}

    def rows(self, done: Mapping[Partition, Done], version: int) -> list[ProgressRow]:
        """Rows of `progress`."""
        return [self._row(*partition, where, version) for partition, where in done.items()]

    def owned_rows(self, partitions: Iterable[Partition], version: int) -> list[ProgressRow]:
        """Rows of those partitions as far as they are done."""
        return self.rows({partition: self.done[partition] for partition in partitions}, version)

    def _row(self, topic: str, number: int, done: Done, version: int) -> ProgressRow:
        end = self._ends.get((topic, number), LogEnd(NEVER, done.next_offset))
        complete = done.next_offset >= end.offset
        return ProgressRow(
            topic=topic,
            kafka_partition=number,
            next_offset=done.next_offset,
            end_offset=max(end.offset, done.next_offset),
            watermark=done.watermark,
            complete_up_to=end.asked_at if complete else min(end.asked_at, done.watermark or NEVER),
            first_day=done.first_day,
            worker=self._worker,
            version=version,
        )
