"""Waiting with a deadline."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Wait until `condition` is true; AssertionError naming `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"after {timeout_s} s: not {what}"
        time.sleep(0.02)
