"""Speaks to the services as a loader does: reference rows, registrations in bulk, and waiting until all is counted."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

Progress = Callable[[int], None]

CHUNK = 1000
"""Rows of one upload: large enough to be quick, small enough to show progress."""


REFERENCE_RENEWAL = timedelta(seconds=2)
"""The API takes up changed reference data within this time."""


class LoadError(RuntimeError):
    """A row was refused, or a service does not answer; the message says which and why."""


@dataclass(frozen=True)
class Services:
    """Where the services are, and the keys for them."""

    registration_url: str
    api_url: str
    register_key: str
    reference_key: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Services":
        """From REGISTRATION_URL, API_URL, REGISTER_KEY and REFERENCE_KEY. LoadError where one is missing."""
        missing = [n for n in ("REGISTER_KEY", "REFERENCE_KEY") if not environ.get(n)]
        if missing:
            raise LoadError(f"{' and '.join(missing)}: not set; `make stack` writes them to keys.env in DATA_DIR")
        return cls(
            environ.get("REGISTRATION_URL", "http://127.0.0.1:8001"),
            environ.get("API_URL", "http://127.0.0.1:8002"),
            environ["REGISTER_KEY"],
            environ["REFERENCE_KEY"],
        )


class Loader:
    """Loads reference data and registrations through the services' HTTP interface."""

    def __init__(self, services: Services, timeout_s: float = 60.0) -> None:
        self._services = services
        self._http = httpx.Client(timeout=timeout_s)

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def put_reference(self, kind: str, rows: Iterable[Mapping[str, Any]], done: Progress = lambda n: None) -> int:
        """Upsert rows of one kind; returns how many. LoadError names the first row that was refused."""
        url = f"{self._services.registration_url}/v1/reference/{kind}"
        return sum(self._upload("PUT", url, self._services.reference_key, chunk, done) for chunk in _chunks(rows))

    def register(self, bodies: Iterable[Mapping[str, Any]], done: Progress = lambda n: None) -> int:
        """Send registrations in bulk; returns how many are acknowledged."""
        url = f"{self._services.registration_url}/v1/registrations/bulk"
        return sum(self._upload("POST", url, self._services.register_key, chunk, done) for chunk in _chunks(bodies))

    def wait_until_served(self, moment: datetime, deadline_s: float = 180.0) -> None:
        """Wait until everything that was acknowledged before `moment`, reference data too, is in what the API serves."""
        deadline = time.monotonic() + deadline_s
        while True:
            freshness = self.get("/v1/freshness")
            complete = [datetime.fromisoformat(p["complete_up_to"]) for p in freshness["partitions"]]
            now, age_ms = datetime.fromisoformat(freshness["as_of"]), freshness["freshness_ms"]
            served = [*complete, now - REFERENCE_RENEWAL, now - timedelta(milliseconds=age_ms or 0)]
            if complete and age_ms is not None and min(served) > moment:
                return
            if time.monotonic() > deadline:
                raise LoadError(f"after {deadline_s:.0f} s still not everything is counted: {freshness}")
            time.sleep(0.1)

    def get(self, path: str) -> Any:
        """The JSON that the API serves at a path. LoadError where it is not a 200."""
        try:
            answer = self._http.get(f"{self._services.api_url}{path}")
        except httpx.HTTPError as error:
            raise LoadError(f"{path}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise LoadError(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def _upload(self, method: str, url: str, key: str, rows: list[Mapping[str, Any]], done: Progress) -> int:
        body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
        try:
            answer = self._http.request(method, url, content=body.encode(), headers=headers)
        except httpx.HTTPError as error:
            raise LoadError(f"{url}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise LoadError(f"{url}: {answer.status_code} {answer.text[:300]}")
        *outcomes, summary = [json.loads(line) for line in answer.text.splitlines() if line]
        for outcome in outcomes:
            if outcome["status"] not in ("accepted", "repeated"):
                row = rows[outcome["row"] - 1]
                raise LoadError(f"{url}: {outcome['errors']} in {_without_person(row)}")
        done(len(rows))
        return int(summary["accepted"]) + int(summary["repeated"])


def _without_person(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "national_id"}


def _chunks(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    chunk: list[Mapping[str, Any]] = []
    for row in rows:
        chunk.append({name: value for name, value in row.items() if value not in ("", None)})
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
