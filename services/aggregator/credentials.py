"""How a worker says to Kafka who it is."""

import ssl
from typing import Any

import faust

from services.aggregator.settings import AggregatorSettings


def credentials(settings: AggregatorSettings) -> Any:
    """Faust's credentials for the security settings; None for plain text."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    context = (
        ssl.create_default_context(cafile=settings.kafka_ca_file) if "SSL" in settings.kafka_security_protocol else None
    )
    if not settings.kafka_security_protocol.startswith("SASL"):
        return faust.SSLCredentials(context)
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    return faust.SASLCredentials(
        username=settings.kafka_username,
        password=password,
        mechanism=settings.kafka_sasl_mechanism,
        ssl_context=context,
    )
