"""Accepts connections, gives each a thread, and stops cleanly."""

import logging
import socket
import threading
import time

from .handler import Handler
from .wire import ClientGone, Connection

__all__ = ["Server"]

_log = logging.getLogger(__name__)
_BACKLOG = 512
_TICK_S = 0.2  # how often sessions are looked through, and how soon a stop is seen


class Server:
    """`serve` blocks until `stop` is called, from a signal handler or another thread."""

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        """Raises OSError if the port cannot be had."""
        self._handler = handler
        self._listener = socket.create_server((host, port), backlog=_BACKLOG)
        self._listener.settimeout(_TICK_S)
        self.port = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._busy = 0
        self._idle = threading.Condition()

    def serve(self) -> None:
        while not self._stopping.is_set():
            self._handler.sweep()
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._converse, args=(sock,), daemon=True).start()
        self._listener.close()

    def stop(self) -> None:
        """Take no more requests; those being answered go on."""
        self._stopping.set()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until no request is being answered; False if the time ran out."""
        deadline = time.monotonic() + timeout_s
        with self._idle:
            while self._busy and (left := deadline - time.monotonic()) > 0:
                self._idle.wait(left)
            return self._busy == 0

    def _converse(self, sock: socket.socket) -> None:
        connection = Connection(sock)
        try:
            while not self._stopping.is_set():
                request = connection.next_request()
                with self._idle:
                    self._busy += 1
                try:
                    self._handler.handle(connection, request)
                finally:
                    with self._idle:
                        self._busy -= 1
                        self._idle.notify_all()
                if not connection.end(request):
                    break
        except (ClientGone, OSError):
            _log.debug("client left")
        except Exception:  # the thread's outermost frame: a fault here costs one connection, not the server
            _log.exception("request failed")
        finally:
            connection.close()
