"""Settings of the stack, each an environment variable of the same name in capitals."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from .ports import Ports

__all__ = ["StackSettings"]


class StackSettings(BaseSettings):
    """What `python -m deploy.embedded.stack` reads."""

    model_config = SettingsConfigDict(extra="ignore")

    data_dir: Path = Field(Path("var"), description="Where everything is kept: data, keys, logs, pids")
    embedded_broker: str = Field("", description="kafka or tansu; chosen by what the machine has if empty")
    kafka_port: int = Field(9092, ge=1, le=65535, description="Port of the broker")
    kafka_controller_port: int | None = Field(None, ge=1, le=65535, description="Kafka's second port: KAFKA_PORT + 1")
    clickhouse_port: int = Field(8123, ge=1, le=65535, description="Port of ClickHouse's HTTP interface")
    registration_port: int = Field(8001, ge=1, le=65535, description="Port of the registration service")
    api_port: int = Field(8002, ge=1, le=65535, description="Port of the API")
    aggregator_port: int = Field(8003, ge=1, le=65535, description="Port of the aggregator's metrics and health")
    kafka_bootstrap_servers: str = Field("", description="Use these brokers and start none")
    clickhouse_url: str = Field("", description="Use this ClickHouse and start none")

    @property
    def ports(self) -> Ports:
        return Ports(
            kafka=self.kafka_port,
            kafka_controller=self.kafka_controller_port or self.kafka_port + 1,
            clickhouse=self.clickhouse_port,
            registration=self.registration_port,
            api=self.api_port,
            aggregator=self.aggregator_port,
        )
