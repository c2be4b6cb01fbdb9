"""A lean keep-alive HTTP client for load: one connection, one request at a time, so that the client costs little."""

import asyncio
import json
import uuid
from typing import Any

REGIONS = [f"VN.91.913.{code}" for code in ("31012", "31015", "31027", "31054", "31057", "31066")]


class Connection:
    """One connection to a service on loopback."""

    def __init__(self, port: int, key: str = "") -> None:
        self._port, self._key = port, key
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        authorization = f"Authorization: Bearer {self._key}\r\n" if self._key else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{authorization}Content-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return int(answer[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Close it."""
        if self._writer is not None:
            self._writer.close()


def registration(number: int, scheme: str) -> bytes:
    """A registration of made-up person `number`, at most a million of them, born in 1985."""
    body: dict[str, Any] = {
        "registration_id": str(uuid.uuid4()),
        "kind": "enrolled",
        "scheme": scheme,
        "region": REGIONS[number % len(REGIONS)],
        "national_id": f"091185{number:06d}",
        "occurred_at": "2024-05-10T09:00:00+07:00",
        "office": "VNPOST-BENCH",
        "agent": f"A-{number % 40}",
        "channel": "post_office",
    }
    return json.dumps(body).encode()
