"""Answers of many lines, sent while the upload still comes in, to clients that may read them only when they have sent all."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = structlog.get_logger()
IN_MEMORY_BYTES = 1 << 20
PIECE_BYTES = 1 << 16


class Spool:
    """Lines written and not yet read: in memory, and beyond 1 MiB on disk, so that writing never waits for a client."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 (closed by close)
        self._written = self._read = 0
        self._ended = False
        self._changed = asyncio.Event()

    def write(self, lines: bytes) -> None:
        """Add lines."""
        self._file.seek(self._written)
        self._written += self._file.write(lines)
        self._changed.set()

    def end(self) -> None:
        """There will be no more."""
        self._ended = True
        self._changed.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What was written, in order, until the end."""
        while not (self._ended and self._read == self._written):
            if self._read == self._written:
                self._changed.clear()
                await self._changed.wait()
                continue
            self._file.seek(self._read)
            piece = self._file.read(min(PIECE_BYTES, self._written - self._read))
            self._read += len(piece)
            if self._read == self._written:  # all is read: use the room again
                self._read = self._written = 0
                self._file.seek(0)
                self._file.truncate()
            yield piece

    def close(self) -> None:
        """Give the room back."""
        self._file.close()


class LinesResponse(Response):
    """Sends a spool while `work` fills and ends it.

    Starlette's own streaming response may read from the request to see whether the client is gone, and so take away
    parts of an upload that is still being read.
    """

    media_type = "application/x-ndjson"

    def __init__(self, spool: Spool, work: Coroutine[Any, Any, None]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._spool, self._work = spool, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the work beside the sending; neither outlives the other."""
        work = asyncio.create_task(self._finish())
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for piece in self._spool.pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await work
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (ClientDisconnect, OSError):
            log.info("upload_left_by_client")
        finally:
            work.cancel()
            self._spool.close()

    async def _finish(self) -> None:
        try:
            await self._work
        finally:
            self._spool.end()
