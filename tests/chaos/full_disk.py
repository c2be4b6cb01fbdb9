"""A disk without room for ClickHouse: a small file system of its own where one may be mounted, else a limit on writing.

- `Mounted`: a tmpfs on the data directory, made as small as what is on it: writes end in ENOSPC. Needs root.
- `Limited`: the process may write no file (RLIMIT_FSIZE 0, set from outside): writes end in EFBIG. Needs nothing; a
  process that is started again has no limit any more.
"""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.support.waiting import until

ROOMY = "2g"


class Disk(Protocol):
    """Where ClickHouse keeps its data."""

    name: str

    def fill(self) -> None:
        """No room from now on."""

    def empty(self) -> None:
        """Room again."""


class Mounted:
    """A tmpfs at `folder`."""

    name = "tmpfs without room (ENOSPC)"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self) -> None:
        until(self._fill_now, "no room left", 10)

    def _fill_now(self) -> bool:
        """False where more was written between the look and the limit."""
        found = os.statvfs(self._folder)
        return self._resize(str((found.f_blocks - found.f_bfree) * found.f_frsize))

    def empty(self) -> None:
        until(lambda: self._resize(ROOMY), "room again", 10)

    def _resize(self, size: str) -> bool:
        command = ["mount", "-o", f"remount,size={size}", str(self._folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


class Limited:
    """The process of `pid()` may not write."""

    name = "limit on the size of files (EFBIG)"

    def __init__(self, pid: Callable[[], int]) -> None:
        self._pid = pid

    def fill(self) -> None:
        self._limit(0)

    def empty(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def disk_of(folder: Path, pid: Callable[[], int], *, may_mount: bool) -> Iterator[Disk]:
    """The means there is; `folder` is made, and is a file system of its own for the time being where it can be."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOMY}", "chaos", str(folder)]
    if not may_mount or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        yield Limited(pid)
        return
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)
