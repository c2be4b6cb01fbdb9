"""The service on a stage: real routes and rules, a fake publisher, a clock that stands, a small country."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from schemas.reference import Region
from services.registration.app import build_app
from services.registration.reference import ReferenceData
from services.registration.service import Service
from services.registration.settings import RegistrationSettings
from services.shared.auth import Key, KeyRing, hashed
from tests.registration.fakes import FakePublisher

OFFICE = "VNPOST-91-0012"
SECRET = "a secret only of tests"
NOW = datetime(2025, 8, 1, 3, 0, tzinfo=UTC)
VN_ID, TH_ID = "091185900123", "1101700900126"
"""Made up: right in form, of nobody."""

REGIONS = [
    Region(id=id_, code=id_.split(".")[-1], country=id_[:2], level=level, parent=parent, name_vi=vi, name_th=th, name_en=en,
           valid_from=since, valid_to=until)
    for id_, level, parent, vi, th, en, since, until in [
        ("VN", "country", None, "Việt Nam", "เวียดนาม", "Viet Nam", None, None),
        ("VN.91", "province", "VN", "Tỉnh Kiên Giang", "Kien Giang", "Kien Giang Province", "2008-08-01", "2025-07-01"),
        ("VN.91.913", "district", "VN.91", "Huyện U Minh Thượng", "U Minh Thuong", "U Minh Thuong District", "2008-08-01",
         "2025-07-01"),
        ("VN.91.913.31012", "commune", "VN.91.913", "Xã Thạnh Yên", "Thanh Yen", "Thanh Yen Commune", "2008-08-01",
         "2025-07-01"),
        ("VN.91-2025", "province", "VN", "Tỉnh An Giang", "An Giang", "An Giang Province", "2025-07-01", None),
        ("VN.91-2025.31012", "commune", "VN.91-2025", "Xã U Minh Thượng", "U Minh Thuong", "U Minh Thuong Commune",
         "2025-07-01", None),
        ("TH", "country", None, "Thái Lan", "ประเทศไทย", "Thailand", None, None),
        ("TH.75", "province", "TH", "Samut Songkhram", "สมุทรสงคราม", "Samut Songkhram", "2017-07-26", None),
    ]
]  # fmt: skip


@dataclass
class Stage:
    """Everything a test needs to play a request and see what came of it."""

    publisher: FakePublisher = field(default_factory=FakePublisher)
    overrides: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW

    def __post_init__(self) -> None:
        settings = RegistrationSettings(participant_secret=SECRET, **self.overrides)
        self.reference = ReferenceData()
        self.reference.mark_loaded()
        for offset, region in enumerate(REGIONS):
            self.reference.apply("regions", region, offset)
        keys = {
            "any": Key(sha256=hashed("any"), scopes=frozenset({"register"})),
            "office": Key(sha256=hashed("office"), scopes=frozenset({"register"}), office=OFFICE),
            "reference": Key(sha256=hashed("reference"), scopes=frozenset({"reference"})),
        }
        self.service = Service(settings, self.publisher, self.reference, KeyRing(list(keys.values())), lambda: self.now)
        self.app = build_app(self.service)

    def client(self, key: str | None = "any") -> httpx.AsyncClient:
        """A client with one of the keys `any`, `office`, `reference`."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://counter", headers=headers)

    def events(self) -> list[dict[str, Any]]:
        """What was published, decoded."""
        return [json.loads(sent.value) for sent in self.publisher.sent]


def body(**changes: Any) -> dict[str, Any]:
    """A good registration, with changes; None leaves a field out."""
    whole = {
        "registration_id": str(uuid.uuid4()),
        "kind": "enrolled",
        "scheme": "voluntary_si",
        "region": "VN.91.913.31012",
        "national_id": VN_ID,
        "country": "VN",
        "occurred_at": "2020-05-10T09:00:00+07:00",
        "agent": "A-0042",
        "channel": "post_office",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def ndjson(*rows: object) -> bytes:
    """Rows as NDJSON; bytes and text go as they are."""
    encode: Callable[[object], bytes] = lambda row: (  # noqa: E731
        row if isinstance(row, bytes) else (row if isinstance(row, str) else json.dumps(row, default=str)).encode()
    )
    return b"".join(encode(row) + b"\n" for row in rows)


def outcomes(response: httpx.Response) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The outcomes and the summary of an upload's answer."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    *rows, summary = [json.loads(line) for line in response.text.splitlines()]
    assert summary["summary"] is True
    return rows, summary
