"""Whether a broker serves requests."""

import socket
import struct

__all__ = ["answers_kafka"]

_HOST = "127.0.0.1"
_TIMEOUT_S = 2.0
# ApiVersions version 0, correlation id 1, no client id: any broker answers it.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def answers_kafka(port: int) -> bool:
    """True if it answers; one that is still starting accepts connections and stays silent."""
    try:
        with socket.create_connection((_HOST, port), timeout=_TIMEOUT_S) as sock:
            sock.sendall(_API_VERSIONS)
            return len(sock.recv(8)) > 0
    except OSError:
        return False
