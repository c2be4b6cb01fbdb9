"""What a statement read and wrote, as ClickHouse says it in a header."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Stats"]


@dataclass(slots=True)
class Stats:
    """What a statement read, returned and wrote so far."""

    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0

    def add(self, result: Any) -> None:
        self.read_rows += result.storage_rows_read()
        self.read_bytes += result.storage_bytes_read()
        self.result_rows += result.rows_read()
        self.result_bytes += result.size()
        self.written_rows += result.rows_written()
        self.written_bytes += result.bytes_written()

    def summary(self, elapsed_ns: int) -> str:
        """The X-ClickHouse-Summary header: JSON whose values are all strings."""
        return (
            f'{{"read_rows":"{self.read_rows}","read_bytes":"{self.read_bytes}",'
            f'"written_rows":"{self.written_rows}","written_bytes":"{self.written_bytes}",'
            f'"total_rows_to_read":"{self.read_rows}","result_rows":"{self.result_rows}",'
            f'"result_bytes":"{self.result_bytes}","elapsed_ns":"{elapsed_ns}"}}'
        )
