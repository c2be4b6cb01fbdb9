"""Every receipt that a counter was given, and how long counters had to go on trying."""

import threading
from collections import Counter
from typing import NamedTuple


class Receipt(NamedTuple):
    """What the registration service promised."""

    event_id: str
    partition: int
    offset: int


class Ledger:
    """Written by all counters at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.receipts: dict[str, list[Receipt]] = {}
        self.outcomes: Counter[str] = Counter()
        """Of requests and rows: status codes, `away` where nobody answered, row outcomes."""
        self.unexpected: list[str] = []
        """Answers that neither keep nor put off: none may come."""
        self.longest_wait_s = 0.0

    def keep(self, receipt: dict) -> None:
        """A receipt: the event must be on the topic, and counted once."""
        kept = Receipt(receipt["event_id"], receipt["partition"], receipt["offset"])
        with self._lock:
            self.receipts.setdefault(receipt["registration_id"], []).append(kept)

    def note(self, outcome: str, unexpected: str = "") -> None:
        """What a request or row came to."""
        with self._lock:
            self.outcomes[outcome] += 1
            if unexpected:
                self.unexpected.append(unexpected)

    def waited(self, seconds: float) -> None:
        """So long a counter tried until all of an upload was acknowledged."""
        with self._lock:
            self.longest_wait_s = max(self.longest_wait_s, seconds)

    @property
    def acknowledged(self) -> int:
        """All receipts, those of repetitions too."""
        with self._lock:
            return sum(map(len, self.receipts.values()))
