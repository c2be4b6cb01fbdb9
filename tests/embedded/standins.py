"""Stacks of stand-ins; as a program, `python -m tests.embedded.standins DATA_DIR` runs one until it is ended."""

import json
import signal
import sys
import urllib.request
from pathlib import Path

from deploy.embedded.stack import EmbeddedStack, Part, Step

PARTS = (
    Part("engine", ("tests.embedded.standin", "{clickhouse_port}"), port="clickhouse", ready="/readyz", engine=True),
    Part("service", ("tests.embedded.standin", "{registration_port}"), port="registration", ready="/readyz"),
)


def standin_stack(data_dir: Path, **options: object) -> EmbeddedStack:
    return EmbeddedStack(data_dir, **{"parts": PARTS, "steps": (), "loaders": (), **options})  # type: ignore[arg-type]


def environment_of(stack: EmbeddedStack, port: str) -> dict[str, str]:
    """What a stand-in found in its environment."""
    url = f"http://127.0.0.1:{getattr(stack.ports, port)}/readyz"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


FAILING_STEP = Step("broken", ("tests.embedded.no_such_module",))


def main() -> None:
    with standin_stack(Path(sys.argv[1])) as stack:
        signal.signal(signal.SIGTERM, lambda *_: stack.request_stop())
        print("ready", flush=True)
        stack.wait()


if __name__ == "__main__":
    main()
