"""Kafka's Java command lines, and an archive of its classes that halves the time and work of a start.

The archive (Java's class data sharing) is recorded once, while a broker starts and stops on a throw-away directory.
Without it everything works, only slower; Java ignores one that does not fit.
"""

import fcntl
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .kafka_config import CLUSTER_ID, Node, write_config
from .kafka_jars import JARS_DIR, BrokerUnavailable, find_java, resolve_jars
from .kafka_probe import answers_kafka

__all__ = ["broker_command", "format_storage", "install_kafka"]

_ARCHIVE = JARS_DIR / "kafka.jsa"
_RECORDING_TIMEOUT_S = 60.0
# Java's first compiler only: a broker of this size gains nothing from the second, which takes half a core at a start.
_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Xlog:cds=off")


def install_kafka() -> None:
    """Bring the jars and record the archive, where they are missing. Raises BrokerUnavailable."""
    find_java()
    resolve_jars()
    if _ARCHIVE.exists():
        return
    with (JARS_DIR / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _ARCHIVE.exists():
            _record_archive()


def format_storage(server: Path, logging: Path) -> None:
    """Prepare the log directory that `server` (server.properties) names. Raises BrokerUnavailable."""
    command = _java(logging, "128m", "kafka.tools.StorageTool", "format")
    command += ["--cluster-id", CLUSTER_ID, "--config", str(server)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BrokerUnavailable(f"Kafka could not format its directory:\n{done.stdout}{done.stderr}")


def broker_command(server: Path, logging: Path, heap: str, options: Sequence[str] = ()) -> list[str]:
    """The broker's own command line."""
    return _java(logging, heap, *options, "kafka.Kafka", str(server))


def _java(logging: Path, heap: str, *rest: str) -> list[str]:
    # In a fixed order: the archive fits only the class path that it was recorded with.
    class_path = ":".join(str(path) for path in sorted(JARS_DIR.glob("*.jar")))
    shared = [f"-XX:SharedArchiveFile={_ARCHIVE}"] if _ARCHIVE.exists() else []
    heap_options = [f"-Xms{heap}", f"-Xmx{heap}", f"-Dlog4j2.configurationFile={logging}"]
    return [find_java(), *_OPTIONS, *shared, *heap_options, "-cp", class_path, *rest]


def _record_archive() -> None:
    print("recording Kafka's classes, once, so that it starts quickly", flush=True)
    fresh = _ARCHIVE.with_suffix(".new")
    with tempfile.TemporaryDirectory() as folder:
        node = Node(1, *_free_ports())
        server, logging = write_config(node, [node], Path(folder))
        format_storage(server, logging)
        command = broker_command(server, logging, "256m", [f"-XX:ArchiveClassesAtExit={fresh}"])
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + _RECORDING_TIMEOUT_S
            while process.poll() is None and time.monotonic() < deadline and not answers_kafka(node.port):
                time.sleep(0.1)
            process.terminate()
    if fresh.exists():
        fresh.replace(_ARCHIVE)
    else:
        print("  not recorded; Kafka will start more slowly", flush=True)


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
