"""The load as counters send it: made-up people with made-up identity numbers, clocks that are off, uploads of all sizes."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from deploy.reference.made_up_ids import vietnamese_id
from tests.support.log_of_events import mixed_log
from tests.support.made_up import REGIONS

CLOCKS_OFF_S = (-3 * 86_400, -3_600, -61, 0, 0, 0, 59, 3_600)
"""How wrong the counters' clocks are, by the number of the office; ahead of ours only in the past of the log."""
AHEAD_S = 285
"""Nearly as far ahead as the registration service accepts (5 minutes)."""
UPLOADS = ((1, 1, 6), (2, 40, 2), (150, 600, 2))
"""Least and most rows, and how often: single registrations, a day's post, what an offline counter kept."""
SENT = ("registration_id", "kind", "scheme", "region", "country", "occurred_at", "office", "agent", "channel",
        "birth_year", "sex", "refers_to", "reason")  # fmt: skip


def log_of(count: int, seed: int) -> list[dict]:
    """`count` different events of all kinds, then 10 % of them again; 10 % out of order; every counter's clock is off."""
    log, newest = mixed_log(count, seed), datetime.now(UTC)
    by_id: dict[str, dict] = {}
    for event in log:
        if event["registration_id"] in by_id:
            continue
        by_id[event["registration_id"]] = event
        office = int(event["office"].rpartition("-")[2])
        moved = datetime.fromisoformat(event["occurred_at"]) + timedelta(seconds=CLOCKS_OFF_S[office % 8])
        event["occurred_at"] = (newest + timedelta(seconds=AHEAD_S) if office == 29 else moved).isoformat()
    return [by_id[event["registration_id"]] for event in log]  # events may be alike, so that their ids are the same


def national_id(event: dict) -> str:
    """The made-up number behind the made-up pseudonym of an event."""
    number = int(event["participant"][8:], 16)
    return vietnamese_id("VN.91", 1950 + number // 100_000, "F", 900_000 + number % 100_000)


def registration_of(event: dict) -> dict:
    """The body that a counter sends."""
    return {name: event[name] for name in SENT if name in event} | {"national_id": national_id(event)}


def uploads_of(log: list[dict], seed: int) -> list[list[dict]]:
    """The log cut into what is sent at a time."""
    random_, start, found = random.Random(f"uploads/{seed}"), 0, []
    while start < len(log):
        least, most, _ = random_.choices(UPLOADS, [upload[2] for upload in UPLOADS])[0]
        size = random_.randint(least, most)
        found.append(log[start : start + size])
        start += size
    return found


def with_wrong_clock() -> dict:
    """A registration from a counter whose clock is further ahead than is accepted."""
    ahead = datetime.now(UTC) + timedelta(minutes=9)
    return {
        "registration_id": str(uuid.uuid4()), "kind": "enrolled", "scheme": "health", "region": REGIONS[0],
        "national_id": vietnamese_id("VN.91", 1949, "M", 900_001), "occurred_at": ahead.isoformat(),
    }  # fmt: skip
