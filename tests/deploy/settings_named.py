"""Which environment variables each command of the image reads."""

from pydantic_settings import BaseSettings

from services.aggregator.settings import AggregatorSettings
from services.api.settings import ApiSettings
from services.registration.settings import RegistrationSettings
from services.shared.settings import SharedSettings
from services.shared.topics import TopicsSettings

HEALTH = frozenset({"HEALTH_URL"})
"""Read by the health check of the image."""
SETTINGS: dict[str, type[BaseSettings]] = {
    "services.registration": RegistrationSettings,
    "services.aggregator": AggregatorSettings,
    "services.api": ApiSettings,
    "services.shared.topics": TopicsSettings,
    "services.shared.migrate": SharedSettings,
}
OTHERS = {
    "services.shared.auth": frozenset({"OPERATOR_KEY"}),
    "deploy.reference.load": frozenset({"REGISTRATION_URL", "API_URL", "REGISTER_KEY", "REFERENCE_KEY"}),
}
SECRET = frozenset({"PARTICIPANT_SECRET", "KAFKA_PASSWORD", "CLICKHOUSE_PASSWORD", "OPERATOR_KEY", "REGISTER_KEY"})


def readable(module: str) -> frozenset[str]:
    """The variables that a command knows."""
    if module in OTHERS:
        return OTHERS[module]
    return frozenset(name.upper() for name in SETTINGS[module].model_fields) | HEALTH


def required(module: str) -> frozenset[str]:
    """Those it does not start without."""
    if module in OTHERS:
        return OTHERS[module]
    return frozenset(name.upper() for name, field in SETTINGS[module].model_fields.items() if field.is_required())


def module_of(command: list[str]) -> str:
    """The module that `python -m MODULE` runs."""
    assert command[:2] == ["python", "-m"], command
    return command[2]
