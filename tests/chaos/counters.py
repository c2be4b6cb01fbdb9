"""Counters at work: each sends what it is given until all of it is acknowledged, and now and then sends it again."""

import json
import queue
import random
import threading
import time
from types import TracebackType
from typing import Self

import httpx

from tests.chaos.ledger import Ledger
from tests.chaos.registrations import registration_of, with_wrong_clock
from tests.support.waiting import until

SINGLE, BULK = "/v1/registrations", "/v1/registrations/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
PUT_OFF = (429, 503)
AGAIN = 0.1
"""Share of uploads that are sent once more although they were acknowledged: a double click, a lost answer."""


class Counters:
    """`count` counters in threads of their own."""

    def __init__(self, url: str, key: str, ledger: Ledger, seed: int, count: int = 4) -> None:
        self._url, self._key, self.ledger = url, key, ledger
        self._work: queue.Queue[list[dict] | None] = queue.Queue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"counter/{seed}/{n}"),), name=f"counter-{n}")
            for n in range(count)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join(90)

    def send(self, uploads: list[list[dict]]) -> None:
        """Hand uploads to whoever is free."""
        for upload in uploads:
            self._work.put(upload)

    def until_acknowledged(self, deadline_s: float) -> None:
        """Wait until everything that was handed over has its receipts."""
        until(lambda: not self._work.unfinished_tasks, "all uploads acknowledged", deadline_s)

    def _run(self, random_: random.Random) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=40) as client:
            while (upload := self._work.get()) is not None:
                self._until_kept(client, upload, random_)
                self._work.task_done()

    def _until_kept(self, client: httpx.Client, upload: list[dict], random_: random.Random) -> None:
        started, left = time.monotonic(), upload
        while left and not self._stopping.is_set():
            kept = self._send(client, left)
            left = [event for event in left if event["registration_id"] not in kept]
            if left:
                left = upload if random_.random() < 0.3 else left  # some send the whole file again
                self._stopping.wait(random_.uniform(0.1, 0.6))
        self.ledger.waited(time.monotonic() - started)
        if random_.random() < AGAIN:
            self._send(client, upload)
        if random_.random() < AGAIN / 10:
            self._send_with_wrong_clock(client)

    def _send(self, client: httpx.Client, upload: list[dict]) -> set[str]:
        """Send once; returns the registrations that are kept or refused for good."""
        try:
            if len(upload) == 1:
                return self._send_one(client, registration_of(upload[0]))
            return self._send_many(client, upload)
        except httpx.TransportError:
            self.ledger.note("away")
            return set()

    def _send_one(self, client: httpx.Client, body: dict) -> set[str]:
        answer = client.post(SINGLE, json=body)
        if answer.status_code in PUT_OFF:
            self.ledger.note(str(answer.status_code))
            return set()
        if answer.status_code not in (200, 201):
            self.ledger.note(str(answer.status_code), f"{answer.status_code}: {answer.text[:300]}")
            return {body["registration_id"]}
        self.ledger.note(str(answer.status_code))
        self.ledger.keep(answer.json())
        return {body["registration_id"]}

    def _send_many(self, client: httpx.Client, upload: list[dict]) -> set[str]:
        """Outcomes are taken as they come: those read before the connection broke are receipts too."""
        rows, settled = b"\n".join(json.dumps(registration_of(event)).encode() for event in upload), set()
        try:
            with client.stream("POST", BULK, content=rows, headers=NDJSON) as answer:
                self.ledger.note(f"upload {answer.status_code}")
                if answer.status_code != 200:
                    unexpected = [] if answer.status_code in PUT_OFF else [f"upload: {answer.status_code}"]
                    self.ledger.unexpected.extend(unexpected)
                    return set()
                for line in answer.iter_lines():
                    settled |= self._settled(json.loads(line))
        except httpx.TransportError:
            self.ledger.note("upload broken off")
        return settled

    def _settled(self, outcome: dict) -> set[str]:
        if outcome.get("summary"):
            return set()
        status = outcome["status"]
        self.ledger.note(status, json.dumps(outcome["errors"]) if status == "refused" else "")
        if status == "unavailable":
            return set()
        if status in ("accepted", "repeated"):
            self.ledger.keep(outcome["receipt"])
        return {outcome["registration_id"]}

    def _send_with_wrong_clock(self, client: httpx.Client) -> None:
        try:
            status = client.post(SINGLE, json=with_wrong_clock()).status_code
        except httpx.TransportError:
            return
        accepted = f"a clock 9 minutes ahead: {status}" if status not in (422, *PUT_OFF) else ""
        self.ledger.note("wrong clock refused" if status == 422 else str(status), accepted)
