"""Settings of the registration service, each an environment variable of the same name in capitals."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from services.shared.settings import SharedSettings


class RegistrationSettings(SharedSettings):
    """What the counter's service needs besides the shared settings."""

    registration_port: int = Field(8001, ge=1, le=65535, description="Port of the registration service")
    participant_secret: SecretStr = Field(
        min_length=16,
        description="Key of the HMAC that makes pseudonyms of identity numbers; never change it once people are registered",
    )
    max_body_bytes: int = Field(
        65_536, ge=1024, le=900_000, description="Largest registration, and largest row of an upload"
    )
    upload_max_rows: int = Field(1_000_000, ge=1, description="Rows of one upload; those beyond are refused")
    reference_max_bytes: int = Field(
        64_000_000, ge=65_536, description="Largest upload of reference data, which is checked as a whole"
    )
    upload_window: int = Field(1000, ge=1, description="Rows of one upload that await acknowledgement at a time")
    rate_limit_per_s: int = Field(20_000, ge=1, description="Requests per second that one key may make")
    remembered_registrations: int = Field(
        50_000, ge=1000, description="Registrations remembered to answer a repetition with the same receipt"
    )
    max_in_flight: int = Field(5000, ge=1, description="Records that may await acknowledgement before clients get 503")
    delivery_timeout_s: float = Field(
        5.0, ge=1, le=120, description="Seconds after which an unacknowledged record fails"
    )
    linger_ms: int = Field(5, ge=0, le=1000, description="Milliseconds the producer waits to fill a batch")
    stop_timeout_s: int = Field(20, ge=1, description="Seconds given to requests under way when the service is stopped")

    @model_validator(mode="after")
    def _remembers_at_least_what_is_under_way(self) -> Self:
        if self.remembered_registrations < 2 * self.max_in_flight:
            raise ValueError("REMEMBERED_REGISTRATIONS: must be at least twice MAX_IN_FLIGHT")
        return self
