"""Builds settings and clients, and serves until SIGTERM: `python -m services.registration`."""

import gc
import sys

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
    reader.start()
    gc.collect()
    gc.freeze()  # what is loaded by now stays; later collections need not look at it
    config = uvicorn.Config(
        build_app(service),
        host=settings.bind_host,
        port=settings.registration_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.stop_timeout_s,
    )
    log.info("registration_starts", port=settings.registration_port, kafka=settings.kafka_bootstrap_servers)
    uvicorn.Server(config).run()
    reader.stop()
    log.info("registration_stopped")
    return 0
