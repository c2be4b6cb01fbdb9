"""What a request asks: credentials, database, settings, bound parameters, session, format, statement."""

import base64
import binascii
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import parse_qsl

from . import multipart
from .encoding import choose_encoding, decode_body
from .errors import ClickHouseError, bad_request
from .statement import HEAD_BYTES
from .wire import Request

__all__ = ["Query", "read_query"]

# Of the HTTP layer, or without meaning to this endpoint: never sent to the engine as settings.
_NOT_SETTINGS = frozenset(
    [
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "quota_key",
        "role",
        "compress",
        "decompress",
        "wait_end_of_query",
        "buffer_size",
        "enable_http_compression",
        "http_zlib_compression_level",
        "http_headers_progress_interval_ms",
        "send_progress_in_http_headers",
        "client_protocol_version",
        "stacktrace",
        "add_http_cors_header",
        "cancel_http_readonly_queries_on_client_close",
    ]
)
_STATEMENT_BYTES = 256 * 1024 * 1024
_TRUE = ("1", "true")


@dataclass(slots=True)
class Query:
    """One statement to run. `rest` is what follows `start` (decoded, still arriving); both together are the text."""

    start: bytes
    rest: Iterator[bytes]
    user: str
    database: str
    settings: dict[str, str]
    params: dict[str, str]
    default_format: str
    query_id: str
    session_id: str
    session_timeout_s: int
    session_must_exist: bool
    wait_end: bool
    encoding: str | None
    read_only: bool
    native_revision: int
    external_tables: list[multipart.ExternalTable] = field(default_factory=list)

    def text(self) -> bytes:
        """The whole statement, its data included."""
        pieces, size = [self.start], len(self.start)
        for piece in self.rest:
            pieces.append(piece)
            size += len(piece)
            if size > _STATEMENT_BYTES:
                raise ClickHouseError.made_here(307, "TOO_MANY_BYTES", f"Statement exceeds {_STATEMENT_BYTES} bytes")
        return b"".join(pieces)


def read_query(request: Request, body: Iterator[bytes], authenticate: Callable[[str, str], None]) -> Query:
    """Interpret a request; `authenticate` raises for a wrong user or password before any of the body is read.

    Only `multipart/*` bodies are forms: curl calls any --data-binary urlencoded.
    """
    arguments = dict(parse_qsl(request.target.partition(b"?")[2].decode(), keep_blank_values=True))
    headers = request.headers
    user, password = _credentials(headers, arguments)
    authenticate(user, password)
    pieces = decode_body(body, headers.get("content-encoding", "").strip().lower())
    external: list[multipart.ExternalTable] = []
    if headers.get("content-type", "").startswith("multipart/"):
        fields, files = multipart.read_form(headers["content-type"], b"".join(pieces))
        arguments.update(fields)
        external = [multipart.external_table(name, data, arguments) for name, data in files.items()]
        pieces = iter(())
    for unsupported in ("compress", "decompress"):
        if arguments.get(unsupported) in _TRUE:
            raise ClickHouseError.made_here(
                48, "NOT_IMPLEMENTED", f"{unsupported}=1 (native blocks) is not supported here: use Content-Encoding"
            )
    start, rest = _statement(arguments.get("query", ""), pieces)
    compressed = arguments.get("enable_http_compression") in _TRUE
    return Query(
        start=start,
        rest=rest,
        user=user,
        database=arguments.get("database") or headers.get("x-clickhouse-database", ""),
        settings={k: v for k, v in arguments.items() if k not in _NOT_SETTINGS and not k.startswith("param_")},
        params={k[len("param_") :]: v for k, v in arguments.items() if k.startswith("param_")},
        default_format=arguments.get("default_format") or headers.get("x-clickhouse-format", "TabSeparated"),
        query_id=arguments.get("query_id") or str(uuid.uuid4()),
        session_id=arguments.get("session_id", ""),
        session_timeout_s=_session_timeout(arguments.get("session_timeout", "60")),
        session_must_exist=arguments.get("session_check") in _TRUE,
        wait_end=arguments.get("wait_end_of_query") in _TRUE,
        encoding=choose_encoding(headers.get("accept-encoding", "")) if compressed else None,
        read_only=request.method in ("GET", "HEAD"),
        native_revision=int(revision) if (revision := arguments.get("client_protocol_version", "")).isdigit() else 0,
        external_tables=external,
    )


def _statement(query: str, pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """ClickHouse reads the `query` argument, a line break and the body as one text; either may be missing."""
    if query:
        first = next(pieces, b"")
        return query.encode() + b"\n" if first else query.encode(), chain((first,), pieces) if first else pieces
    start = b""
    while len(start) < HEAD_BYTES and (piece := next(pieces, None)) is not None:
        start += piece
    return start, pieces


def _credentials(headers: dict[str, str], arguments: dict[str, str]) -> tuple[str, str]:
    """User and password, wherever ClickHouse takes them from: its headers, HTTP Basic, or the query string."""
    if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
        return headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise bad_request("Invalid HTTP Basic credentials") from error
        return user, password
    return arguments.get("user") or "default", arguments.get("password", "")


def _session_timeout(text: str) -> int:
    if not text.isdigit() or int(text) > 3600:
        raise ClickHouseError.made_here(374, "INVALID_SESSION_TIMEOUT", "Invalid session timeout: 0 to 3600 seconds")
    return int(text)
