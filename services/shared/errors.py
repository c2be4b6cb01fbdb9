"""The error tree. Adapters translate their library's exceptions into these; nothing else crosses a port."""


class CoverageError(Exception):
    """Anything this system raises on purpose."""


class InvalidEvent(CoverageError):
    """A record that can never be counted as it is: to the dead letters, no retry."""


class Unavailable(CoverageError):
    """A part is away for now: retry with backoff, or tell the client when to come back."""


class Backpressure(Unavailable):
    """Too much is under way: slow down."""


class StoreError(CoverageError):
    """ClickHouse refused a statement; trying it again as it is would not help. `code` is ClickHouse's error number."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ConfigError(CoverageError):
    """A setting that must be mended before the process can start."""
