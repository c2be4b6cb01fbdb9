"""Withdrawing and voiding, through HTTP: the numbers are again what they were."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.reference.client import Loader
from deploy.reference.made_up_ids import person

PATH = ("VN", "VN.01", "VN.01.00004")
SCHEMES = ("voluntary_si", "social_insurance", "health")
OFFICE = "OFFICE-TAKING-BACK"


def figures(loader: Loader) -> list[Any]:
    """All that people change: at every level, in the schemes and their total, and at the office."""
    found: list[Any] = []
    for region in PATH:
        for scheme in SCHEMES:
            served = loader.get(f"/v1/coverage?region={region}&scheme={scheme}")
            found.append([served[name] for name in ("participants", "active_by_record", "new", "left")])
    return found


def stock(of: list[Any]) -> list[Any]:
    return [row[:2] for row in of]


def record(number: int, kind: str = "enrolled", minutes_ago: int = 50, **more: str) -> dict[str, Any]:
    national_id = person(7, number, (1980, "F"), PATH[-1]).national_id
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {
        "registration_id": str(uuid.uuid4()), "kind": kind, "scheme": SCHEMES[0], "region": PATH[-1],
        "national_id": national_id, "country": "VN", "occurred_at": at.isoformat(), "office": OFFICE, **more,
    }  # fmt: skip


def send(loader: Loader, records: list[dict[str, Any]]) -> None:
    loader.register(records)
    loader.wait_until_served(datetime.now(UTC))


def test_voiding_restores_every_figure_and_withdrawing_the_stock(loaded: Loader) -> None:
    before = figures(loaded)
    enrolled = [record(number) for number in range(12)]
    send(loaded, enrolled)
    during = figures(loaded)
    assert [now[1] - then[1] for now, then in zip(during, before, strict=True)] == [12, 12, 0] * 3

    withdrawals = [record(number, "withdrawn", minutes_ago=20) for number in range(12)]
    send(loaded, withdrawals)
    assert stock(figures(loaded)) == stock(before)
    assert figures(loaded) != before  # they came and went: the flows of the day say so

    why = {"reason": "entered by mistake"}
    send(loaded, [{**record(n, "voided"), "refers_to": w["registration_id"], **why} for n, w in enumerate(withdrawals)])
    assert figures(loaded) == during
    send(loaded, [{**record(n, "voided"), "refers_to": e["registration_id"], **why} for n, e in enumerate(enrolled)])
    assert figures(loaded) == before
