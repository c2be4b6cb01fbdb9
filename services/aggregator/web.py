"""/metrics, /healthz and /readyz of a worker, in a thread of its own: they answer while a batch is counted."""

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from services.shared.errors import ConfigError

Missing = Callable[[], list[str]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Requests are not logged."""


def serve(host: str, port: int, missing: Missing) -> WSGIServer:
    """Start to answer; `missing` names what keeps the worker from being ready. ConfigError where the port is taken."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start)
        if path == "/healthz":
            return _answer(start, "200 OK", {"status": "alive"})
        if path == "/readyz":
            parts = missing()
            return _answer(
                start, "503 Service Unavailable" if parts else "200 OK", {"ready": not parts, "missing": parts}
            )
        return _answer(
            start, "404 Not Found", {"title": "Not found", "status": 404, "detail": "see /metrics, /healthz, /readyz"}
        )

    try:
        server = make_server(host, port, app, server_class=_Server, handler_class=_Silent)
    except OSError as error:
        raise ConfigError(f"AGGREGATOR_PORT {port}: {error.strerror}; choose another port") from error
    threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
    return server


def _answer(start: Callable[..., Any], status: str, body: dict[str, Any]) -> list[bytes]:
    start(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
