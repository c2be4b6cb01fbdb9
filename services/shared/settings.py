"""Settings every service has. Each is an environment variable of the same name in capitals."""

from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.shared.errors import ConfigError


class SharedSettings(BaseSettings):
    """Where Kafka and ClickHouse are, and how to speak to them."""

    model_config = SettingsConfigDict(extra="ignore")

    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma between")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to speak to Kafka"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, where the protocol has SASL"
    )
    kafka_username: str | None = Field(None, description="SASL user")
    kafka_password: SecretStr | None = Field(None, description="SASL password")
    kafka_ca_file: Path | None = Field(None, description="CA certificate for Kafka over TLS")
    topic_prefix: str = Field("", description="Put before every topic name, to share a broker")
    topic_replication: int = Field(1, ge=1, le=7, description="Replication factor of topics that are created")
    clickhouse_url: str = Field("http://127.0.0.1:8123", description="ClickHouse's HTTP interface")
    clickhouse_user: str = Field("default", description="ClickHouse user")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="ClickHouse password")
    clickhouse_ca_file: Path | None = Field(None, description="CA certificate for ClickHouse over https")
    clickhouse_database: str = Field("coverage", pattern=r"^[a-z][a-z0-9_]{0,62}$", description="ClickHouse database")
    clickhouse_cluster: str = Field(
        "", description="Cluster name for Replicated and Distributed tables; empty: one server"
    )
    auth_keys_file: Path | None = Field(None, description="JSON file of hashed keys with their scopes and office")
    bind_host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 behind a balancer or in a container")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged")

    def topic(self, name: str) -> str:
        """The topic's name on this broker."""
        return f"{self.topic_prefix}{name}"

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment; ConfigError in one line where a setting is missing or wrong."""
        return load(cls)


S = TypeVar("S", bound=BaseSettings)


def load(settings_class: type[S]) -> S:
    """Build settings from the environment, with a ConfigError that names each wrong setting and says what is wrong."""
    try:
        return settings_class()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']).upper() or 'settings'}: {e['msg']}" for e in error.errors()
        )
        raise ConfigError(wrong) from error
