"""Sessions: a name under which temporary tables, SET and USE last from one request to the next."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .engine import Engine, apply_settings, quoted, run
from .errors import ClickHouseError
from .stats import Stats

__all__ = ["Session", "Sessions"]


class Session:
    """One connection that keeps its state.

    A request's own settings and database hold for that request only. They are left in place until one comes that
    wants others, then the session's own values are put back.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.busy = threading.Lock()
        self.expires_at = 0.0
        self._applied: dict[str, str | None] = {}
        self._own: dict[str, str] = {}
        self._database = self._own_database = "default"

    def prepare(self, database: str, settings: Mapping[str, str]) -> None:
        """Bring the connection to what a request wants."""
        restored = {name: self._own[name] for name in self._applied if name not in settings and name in self._own}
        changed = {name: value for name, value in settings.items() if self._applied.get(name) != value}
        self._remember_own(changed)
        self._applied = dict.fromkeys(self._applied | changed)  # None: unknown, should the engine refuse one of them
        apply_settings(self.connection, restored | changed)
        self._applied = dict(settings)
        self._use(database or self._own_database)

    def prepare_change(self) -> None:
        """Before a SET or USE: put the session's own state back, for the statement changes that."""
        self.prepare("", {})
        self._own.clear()

    def changed(self) -> None:
        """After a SET or USE: the database may be another one."""
        current = run(self.connection, b"SELECT currentDatabase()", "TSVRaw", {}, Stats())
        self._database = self._own_database = current.decode().rstrip("\n")

    def _remember_own(self, settings: Mapping[str, str]) -> None:
        unknown = [name for name in settings if name not in self._own]
        if not unknown:
            return
        names = ", ".join(map(quoted, unknown))
        sql = f"SELECT name, value FROM system.settings WHERE name IN ({names})"
        rows = run(self.connection, sql.encode(), "JSONCompactEachRow", {}, Stats())
        self._own.update(json.loads(line) for line in rows.splitlines())

    def _use(self, database: str) -> None:
        if database != self._database:
            name = database.replace("\\", "\\\\").replace("`", "\\`")
            run(self.connection, f"USE `{name}`".encode(), "Null", {}, Stats())
            self._database = database


class Sessions:
    """All sessions by (user, id). One that nobody used for its timeout is closed, its temporary tables with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lease(self, key: tuple[str, str], timeout_s: int, must_exist: bool) -> Iterator[Session]:
        """The session of (user, id), alone in use.

        Raises SESSION_NOT_FOUND, or SESSION_IS_LOCKED while another request uses it.
        """
        with self._lock:
            session = self._open.get(key)
            if session is None:
                if must_exist:
                    raise ClickHouseError.made_here(372, "SESSION_NOT_FOUND", f"Session {key[1]} not found")
                session = self._open[key] = Session(self._engine.connect())
            if not session.busy.acquire(blocking=False):
                raise ClickHouseError.made_here(
                    373, "SESSION_IS_LOCKED", f"Session {key[1]} is locked by a concurrent client"
                )
        try:
            yield session
        finally:
            session.expires_at = time.monotonic() + timeout_s
            session.busy.release()

    def sweep(self) -> None:
        """Close the sessions whose time is up."""
        now = time.monotonic()
        with self._lock:
            for key, session in list(self._open.items()):
                if session.expires_at < now and session.busy.acquire(blocking=False):
                    session.connection.close()
                    del self._open[key]

    def close(self) -> None:
        with self._lock:
            for session in self._open.values():
                session.connection.close()
            self._open.clear()
