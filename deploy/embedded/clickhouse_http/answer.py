"""Writes the answer to one statement: in one piece if it is small, else as a stream."""

import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain

from .encoding import Encoder
from .errors import ClickHouseError, exception_block
from .formats import Join, content_type
from .native import FIRST_REVISION, with_revision
from .request import Query
from .stats import Stats
from .wire import Connection, Request

__all__ = ["Answer"]

# So much of a result is collected before its status line is sent: an error until then has its own status.
_BUFFER_BYTES = 1024 * 1024
# Smaller bodies are not worth compressing.
_COMPRESS_FROM_BYTES = 1024


class Answer:
    """`stats` is filled while the statement runs and goes into the summary header."""

    def __init__(self, connection: Connection, request: Request, query: Query, headers: dict[str, str]) -> None:
        self.stats = Stats()
        self._connection, self._request, self._query = connection, request, query
        self._headers = headers
        self._started = time.perf_counter_ns()

    def whole(self, body: bytes, fmt: str | None) -> None:
        """The complete result; `fmt` is None for a statement that has none."""
        headers = self._result_headers(fmt)
        body = self._revised(body, fmt)
        if self._query.encoding and len(body) >= _COMPRESS_FROM_BYTES:
            encoder = Encoder(self._query.encoding)
            headers["Content-Encoding"] = encoder.encoding
            body = encoder.encode(body) + encoder.finish()
        self._connection.respond(self._request, 200, headers, body)

    def stream(self, chunks: Generator[bytes], join: Join, fmt: str) -> None:
        """A result chunk by chunk. An error after the first buffer goes into the body, and the connection is cut."""
        with closing(chunks):
            pieces = _joined(chunks, join)
            buffered, size = [], 0
            for piece in pieces:
                buffered.append(piece)
                size += len(piece)
                if size >= _BUFFER_BYTES and not self._query.wait_end:
                    break
            else:
                self.whole(b"".join(buffered), fmt)
                return
            self._stream(chain(buffered, pieces), fmt)

    def _stream(self, pieces: Iterator[bytes], fmt: str) -> None:
        headers, tag = self._result_headers(fmt), secrets.token_hex(8)
        headers["X-ClickHouse-Exception-Tag"] = tag
        encoder = Encoder(self._query.encoding) if self._query.encoding else None
        if encoder:
            headers["Content-Encoding"] = encoder.encoding
        self._connection.start_stream(self._request, headers)
        broken = False
        try:
            for piece in pieces:
                data = self._revised(piece, fmt)
                self._connection.write(self._request, encoder.encode(data) if encoder else data)
        except ClickHouseError as error:
            broken = True
            block = exception_block(error, tag)
            self._connection.write(self._request, encoder.encode(block) if encoder else block)
        if encoder:
            self._connection.write(self._request, encoder.finish())
        if broken:
            self._request.keep_alive = False  # no last chunk: a client that ignores the block still sees a cut
        else:
            self._connection.finish(self._request)

    def _revised(self, data: bytes, fmt: str | None) -> bytes:
        """Native as the client's protocol revision wants it; anything else as it is."""
        if fmt != "Native" or self._query.native_revision < FIRST_REVISION:
            return data
        return with_revision(data)

    def _result_headers(self, fmt: str | None) -> dict[str, str]:
        headers = {
            "Content-Type": content_type(fmt) if fmt else "text/plain; charset=UTF-8",
            "X-ClickHouse-Query-Id": self._query.query_id,
            "X-ClickHouse-Summary": self.stats.summary(time.perf_counter_ns() - self._started),
            **self._headers,
        }
        if timezone := self._query.settings.get("session_timezone"):
            headers["X-ClickHouse-Timezone"] = timezone
        return headers | {"X-ClickHouse-Format": fmt} if fmt else headers


def _joined(chunks: Iterator[bytes], join: Join) -> Iterator[bytes]:
    first = True
    for chunk in chunks:
        yield join.piece(chunk, first)
        first = False
    if not first and join.tail:
        yield join.tail
