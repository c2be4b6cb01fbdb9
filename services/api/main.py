"""Builds settings and clients, and serves until SIGTERM: `python -m services.api`."""

import gc
import resource
import signal
import sys
from types import FrameType

import structlog
import uvicorn

from services.api.app import build_app
from services.api.desk import Desk
from services.api.live.refresh import LiveFigures
from services.api.questions import Questions
from services.api.settings import ApiSettings
from services.shared.auth import KeyRing
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import ConfigError
from services.shared.log_setup import set_up_logs

log = structlog.get_logger()
STOP_TIMEOUT_S = 3
SWITCH_INTERVAL_S = 0.001
"""Requests must not wait long while the figures are renewed in another thread."""


def build_desk(settings: ApiSettings) -> Desk:
    """The desk with its real parts; ClickHouse need not answer yet. ConfigError where the keys cannot be read."""
    keys = KeyRing.from_file(settings.auth_keys_file) if settings.read_keys_required else None

    def connect() -> ClickHouseStore:
        return ClickHouseStore(settings, connections=settings.query_threads + 2)

    return Desk(settings, LiveFigures(settings, connect), Questions(connect, settings.query_threads), keys)


def main() -> int:
    """Serve; exit 2 with one line where a setting is wrong."""
    try:
        settings = ApiSettings.from_environment()
        desk = build_desk(settings)
    except ConfigError as error:
        print(f"api: {error}", file=sys.stderr)
        return 2
    set_up_logs("api", settings.log_level)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _allow_open_files()
    gc.collect()
    gc.freeze()  # what is loaded by now stays; later collections need not look at it
    config = uvicorn.Config(
        build_app(desk),
        host=settings.bind_host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    log.info("api_starts", port=settings.api_port, clickhouse=settings.clickhouse_url)
    _serve(uvicorn.Server(config), desk)
    log.info("api_stopped")
    return 0


def _allow_open_files() -> None:
    """As many as the system lets a process have: each live stream holds one, and the usual limit is 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _serve(server: uvicorn.Server, desk: Desk) -> None:
    """Serve until SIGTERM or SIGINT, then return; live streams end at once, else they would hold up the end."""

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True
        desk.streams.close_soon()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run()
