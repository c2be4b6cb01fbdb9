"""`python -m deploy.embedded.clickhouse_http`: start the endpoint and run until SIGTERM or Ctrl-C."""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

# Read by the engine when it is loaded: dates without a zone are UTC wherever this runs.
os.environ["TZ"] = "UTC"
time.tzset()

_SWITCH_INTERVAL_S = 0.001  # threads mostly wait for the engine; one that has work should get it soon
_STOP_TIMEOUT_S = 20.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.embedded.clickhouse_http",
        description="The ClickHouse engine (chDB) behind ClickHouse's HTTP interface: one process, one data directory.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8123, help="port to listen on, 0 for any (default %(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of the tables, made if missing")
    parser.add_argument("--user", default=os.environ.get("CLICKHOUSE_USER", "default"), help="(default %(default)s)")
    parser.add_argument("--password", help="default: CLICKHOUSE_PASSWORD from the environment, else empty")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    from .engine import Engine
    from .handler import Handler
    from .server import Server

    password = arguments.password if arguments.password is not None else os.environ.get("CLICKHOUSE_PASSWORD", "")
    try:
        engine = Engine(arguments.data_dir)
    except RuntimeError as error:
        print(f"cannot open {arguments.data_dir}: {error}", file=sys.stderr)
        return 1
    handler = Handler(engine, arguments.user, password)
    try:
        server = Server(handler, arguments.host, arguments.port)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        print(f"port {arguments.port} cannot be used ({reason}): choose another with --port", file=sys.stderr)
        return 1
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: server.stop())
    print(f"ClickHouse {engine.version} answers at http://{arguments.host}:{server.port}", flush=True)
    server.serve()
    if not server.wait_idle(_STOP_TIMEOUT_S):
        print("some requests were still running; stopping all the same", file=sys.stderr)
    handler.close()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # connection threads may still wait for clients that say nothing
