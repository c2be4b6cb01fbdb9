"""Answers one request: checks who asks, chooses how the statement is run, runs it."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from . import formats
from .answer import Answer
from .engine import Engine, Lease, run, stream
from .errors import ClickHouseError, authentication_failed
from .inserts import external_tables, insert
from .lanes import Lanes
from .request import Query, read_query
from .sessions import Sessions
from .statement import InsertHead, changes_session, insert_head, is_insert, is_select
from .wire import Connection, Request

__all__ = ["Handler"]

_OK = b"Ok.\n"
# Sharing out the work of a light statement among threads costs it a quarter more time of the processor.
_ONE_THREAD = {"max_threads": "1", "max_insert_threads": "1"}
_TEXT = {"Content-Type": "text/plain; charset=UTF-8"}


class Handler:
    """Shared by all connections; keeps no state of a request."""

    def __init__(self, engine: Engine, user: str, password: str) -> None:
        self._engine = engine
        self._sessions = Sessions(engine)
        self._lanes = Lanes()
        self._user, self._password = user, password
        self._headers = {
            "X-ClickHouse-Server-Display-Name": "embedded",
            "X-ClickHouse-Timezone": engine.timezone,
        }

    def handle(self, connection: Connection, request: Request) -> None:
        """Answer one request. Raises ClientGone or OSError when the client has left."""
        path = request.target.partition(b"?")[0]
        if path in (b"/ping", b"/replicas_status"):
            connection.respond(request, 200, _TEXT, _OK)
        elif path not in (b"/", b"/query"):
            connection.respond(request, 404, _TEXT, b"There is no such path here\n")
        else:
            try:
                self._query(connection, request)
            except ClickHouseError as error:
                self._refuse(connection, request, error)

    def sweep(self) -> None:
        """Housekeeping, called several times a second."""
        self._sessions.sweep()

    def close(self) -> None:
        self._sessions.close()
        self._engine.close()

    def _authenticate(self, user: str, password: str) -> None:
        known = hmac.compare_digest(user.encode(), self._user.encode())
        if not (hmac.compare_digest(password.encode(), self._password.encode()) and known):
            raise authentication_failed(user)

    def _refuse(self, connection: Connection, request: Request, error: ClickHouseError) -> None:
        headers = {**_TEXT, "X-ClickHouse-Exception-Code": str(error.code), **self._headers}
        version = "" if "(version " in error.text else f" (version {self._engine.version})"
        connection.respond(request, error.http_status, headers, f"{error.text}{version}\n".encode())

    def _query(self, connection: Connection, request: Request) -> None:
        query = read_query(request, connection.body(request), self._authenticate)
        head = None if query.params else insert_head(query.start)
        if head is None:
            query.start = query.text()
            if not query.start.strip():
                connection.respond(request, 200, _TEXT, _OK)
                return
        answer = Answer(connection, request, query, self._headers)
        with self._lanes.ride(query.start, query.params) as ride:
            if ride.light and not query.session_id:
                query.settings = _ONE_THREAD | query.settings
            if head is not None:
                self._insert(query, head, answer)
            else:
                self._statement(query, answer, streamed=not ride.small)
            ride.result_bytes, ride.read_rows = answer.stats.result_bytes, answer.stats.read_rows

    def _insert(self, query: Query, head: InsertHead, answer: Answer) -> None:
        """An insert whose data follows its head: streamed into the table as it arrives."""
        _check_writable(query, "MUTATING")

        def pieces() -> Iterator[bytes]:
            if first := query.start[head.data_at :]:
                yield first
            yield from query.rest

        with self._lease(query) as lease:
            insert(lease, head, pieces(), answer.stats)
        answer.whole(b"", None)

    def _statement(self, query: Query, answer: Answer, streamed: bool) -> None:
        kind = self._kind(query)
        fmt = formats.output_format(query.start, query.default_format)
        streamed = streamed and kind == "READ_ONLY" and is_select(query.start)
        join = formats.join_for(fmt) if streamed else None
        arguments = (query.start, query.default_format, query.params, answer.stats)
        with self._lease(query) as lease, external_tables(lease, query.external_tables):
            if join is not None:
                answer.stream(stream(lease, *arguments), join, fmt)
                return
            body = run(lease.connection, *arguments)
            lease.spoilt = kind == "CONTROL"  # SET, USE, temporary tables: only a session keeps them
        answer.whole(body, fmt if body or kind == "READ_ONLY" else None)

    def _kind(self, query: Query) -> str:
        """The statement's class. Raises for several statements in one, and for a change asked by GET."""
        if is_insert(query.start):
            kind = "MUTATING"  # without parsing what may be megabytes of values
        else:
            kind, count = self._engine.kind(query.start)
            if count > 1:
                raise ClickHouseError.made_here(62, "SYNTAX_ERROR", "Syntax error: multi-statements are not allowed")
        _check_writable(query, kind)
        return kind

    @contextmanager
    def _lease(self, query: Query) -> Iterator[Lease]:
        """A connection with the query's database and settings: the session's, if it names one."""
        if not query.session_id:
            with self._engine.lease(query.database, query.settings) as lease:
                yield lease
            return
        name = (query.user, query.session_id)
        with self._sessions.lease(name, query.session_timeout_s, query.session_must_exist) as session:
            changes = changes_session(query.start)
            if changes:
                session.prepare_change()
            else:
                session.prepare(query.database, query.settings)
            yield Lease(session.connection)
            if changes:
                session.changed()


def _check_writable(query: Query, kind: str) -> None:
    """As on a server, GET cannot change anything."""
    if query.read_only and kind.startswith("MUTATING"):
        raise ClickHouseError.made_here(164, "READONLY", "Cannot execute query in readonly mode: use POST")
