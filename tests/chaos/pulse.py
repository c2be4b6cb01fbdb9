"""One registration after the other, without pause: what a single counter goes through while something fails."""

import itertools
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from tests.chaos.ledger import Ledger
from tests.chaos.registrations import registration_of
from tests.support.made_up import event

FIRST_PERSON = 60_000
EVERY_S = 0.02


class Beat(NamedTuple):
    """One answer; status 0 where nobody answered."""

    at: float
    status: int
    seconds: float


class Pulse:
    """Sends each until it is acknowledged; `sent` is what was."""

    def __init__(self, keys: Mapping[str, str], ledger: Ledger, seed: int) -> None:
        self._url, self._key = keys["REGISTRATION_URL"], keys["REGISTER_KEY"]
        self._ledger, self._seed = ledger, seed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse")
        self.sent: list[dict] = []
        self.beats: list[Beat] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(60)

    def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=20) as client:
            for number in itertools.count(FIRST_PERSON):
                body = event(number, seed=self._seed, scheme="health", office="OFFICE-0")
                while not self._once(client, registration_of(body)):
                    if self._stopping.wait(EVERY_S):
                        return
                self.sent.append(body)
                if self._stopping.wait(EVERY_S):
                    return

    def _once(self, client: httpx.Client, body: dict) -> bool:
        started = time.monotonic()
        try:
            answer = client.post("/v1/registrations", json=body)
        except httpx.TransportError:
            self.beats.append(Beat(time.monotonic(), 0, time.monotonic() - started))
            return False
        self.beats.append(Beat(time.monotonic(), answer.status_code, time.monotonic() - started))
        if answer.status_code in (200, 201):
            self._ledger.keep(answer.json())
        return answer.status_code in (200, 201)

    def since(self, moment: float) -> list[Beat]:
        """The answers after a moment (of time.monotonic)."""
        return [beat for beat in list(self.beats) if beat.at > moment]

    def acknowledged_since(self, moment: float) -> bool:
        """Whether one was acknowledged that was sent after it."""
        return any(b.status in (200, 201) and b.at - b.seconds > moment for b in self.since(moment))

    def longest_outage_s(self, start: float, end: float) -> float:
        """The longest time without acknowledgement in which at least one was refused or slow, between two moments."""
        times = [start, *(b.at for b in self.since(start) if b.status in (200, 201) and b.at < end), end]
        return max(later - earlier for earlier, later in itertools.pairwise(times))
