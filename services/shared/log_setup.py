"""Logs: one JSON object a line on standard error, with time, level, service and event."""

import logging
import sys
import time
from collections.abc import Callable

import structlog

CHATTY = ("kafka", "aiokafka")
SILENT_FOR_S = 10.0


class NotAgain(logging.Filter):
    """Lets pass what the Kafka libraries say for the first time, and again after ten seconds.

    While a broker is away they repeat themselves dozens of times a second.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it. Told apart by logger and text before its arguments are filled in."""
        if record.name.partition(".")[0] not in CHATTY:
            return True
        key, now = (record.name, str(record.msg)[:80]), self._now()
        if now < self._said.get(key, float("-inf")) + SILENT_FOR_S:
            return False
        self._said[key] = now
        return True


def set_up_logs(service: str, level: str = "info") -> None:
    """Send structlog's and the standard library's records to standard error in one form."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(NotAgain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("kafka", "aiokafka", "urllib3", "httpx", "faust", "mode"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.contextvars.bind_contextvars(service=service)
