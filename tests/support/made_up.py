"""Made-up events for tests and benchmarks, as the registration service would publish them."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import orjson

REGIONS = [f"VN.91.{district}.{district}{commune:02d}" for district in (911, 912, 913) for commune in range(20)]


def region_rows() -> list[dict]:
    """Rows of `regions` for REGIONS and what is above them."""
    rows = [_region("VN", "country", None), _region("VN.91", "province", "VN")]
    rows += [_region(f"VN.91.{d}", "district", "VN.91") for d in (911, 912, 913)]
    return rows + [_region(region, "commune", region.rsplit(".", 1)[0]) for region in REGIONS]


def _region(region: str, level: str, parent: str | None) -> dict:
    names = {f"name_{language}": region for language in ("vi", "th", "en")}
    return {"id": region, "code": region.split(".")[-1], "country": "VN", "level": level, "parent": parent, **names}


def reference_event(kind: str, key: str, row: dict) -> tuple[bytes, bytes]:
    """Key and value of a record of `reference-data`."""
    event = {"schema_version": 1, "kind": kind, "key": key, "row": row, "recorded_at": _now()}
    return f"{kind}/{key}".encode(), orjson.dumps(event)


def event(number: int, *, kind: str = "enrolled", seed: int = 0, **fields: object) -> dict:
    """An event about person `number`; the same arguments give the same event but for recorded_at."""
    spread = random.Random(f"{seed}/{number}/{kind}/{sorted(fields.items())}")
    started = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=20)
    body = {
        "schema_version": 1,
        "registration_id": str(uuid.UUID(int=spread.getrandbits(128), version=4)),
        "kind": kind,
        "scheme": "voluntary_si",
        "region": spread.choice(REGIONS),
        "country": "VN",
        "participant": f"{seed:08x}{number:024x}",
        "occurred_at": (started + timedelta(seconds=spread.randrange(15 * 86_400))).isoformat(),
        "recorded_at": _now(),
        "office": f"OFFICE-{spread.randrange(30)}",
        "agent": f"A-{spread.randrange(200)}",
        "channel": "post_office",
        "birth_year": 1950 + spread.randrange(50),
        "sex": spread.choice("FM"),
        **fields,
    }
    content = {name: value for name, value in body.items() if name != "recorded_at"}
    body["event_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, orjson.dumps(content, default=str).decode()))
    return body


def _now() -> str:
    return datetime.now(UTC).isoformat()
