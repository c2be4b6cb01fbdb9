"""Settings of the API service."""

from pydantic import Field, model_validator

from services.shared.settings import SharedSettings


class ApiSettings(SharedSettings):
    """What the API needs beside ClickHouse."""

    api_port: int = Field(8002, ge=1, le=65535, description="Port the API listens on")
    read_keys_required: bool = Field(False, description="Whether totals need a key with scope `read`; open otherwise")
    refresh_interval_ms: int = Field(150, ge=20, le=60_000, description="Least time between two looks for new counts")
    refresh_share: float = Field(
        0.3,
        gt=0,
        le=1,
        description="Part of the time that reading new counts may take; slower refreshes come less often",
    )
    reload_interval_s: float = Field(
        600.0,
        ge=5,
        le=86_400,
        description="Within this time everything is read anew once, part by part, whatever seems to have changed",
    )
    stream_limit: int = Field(5_000, ge=1, le=100_000, description="Most live streams at once; 503 beyond")
    stream_heartbeat_s: float = Field(15.0, ge=0.05, le=120, description="Comment sent on an idle live stream so often")
    stream_freshness_s: float = Field(
        3.0,
        ge=0.05,
        le=60,
        description="A live stream says so often how fresh the figures are, though they stay the same",
    )
    query_threads: int = Field(
        4, ge=1, le=64, description="Most questions to ClickHouse at once, beside the live figures"
    )

    @model_validator(mode="after")
    def _keys_are_there_where_required(self) -> "ApiSettings":
        if self.read_keys_required and self.auth_keys_file is None:
            raise ValueError("READ_KEYS_REQUIRED needs AUTH_KEYS_FILE")
        return self
