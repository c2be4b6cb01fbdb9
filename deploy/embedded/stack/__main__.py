"""`python -m deploy.embedded.stack`: the whole stack in the foreground."""

import argparse
import os
import signal
import sys

from pydantic import ValidationError

from deploy.embedded.kafka_jars import BrokerUnavailable

from . import DirectoryInUse, EmbeddedStack, PortTaken, StackError, Stopped
from .ports import HOST
from .settings import StackSettings


def _help() -> argparse.ArgumentParser:
    fields = StackSettings.model_fields.items()
    settings = "\n".join(f"  {name.upper():24} {field.description} (default {field.default})" for name, field in fields)
    return argparse.ArgumentParser(
        prog="python -m deploy.embedded.stack",
        description="Broker, ClickHouse and the three services, until Ctrl-C or SIGTERM.\n\n"
        "Prints `ready` when all answer; starts again what dies; stops everything it started, nothing else.",
        epilog=f"settings (environment):\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _describe(stack: EmbeddedStack) -> list[str]:
    """What runs where, one line each."""
    environ = stack.environ
    lines = [f"broker        {environ['KAFKA_BOOTSTRAP_SERVERS']}", f"clickhouse    {environ['CLICKHOUSE_URL']}"]
    lines += [f"{p.name:13} http://{HOST}:{getattr(stack.ports, p.port)}" for p in stack.parts if not p.engine]
    lines += [f"keys          {stack.data_dir / 'keys.env'}", f"logs          {stack.data_dir / 'log'}"]
    return lines


def main() -> int:
    _help().parse_args()
    try:
        settings = StackSettings()
    except ValidationError as error:
        first = error.errors()[0]
        print(f"{str(first['loc'][0]).upper()}: {first['msg']}", file=sys.stderr)
        return 1
    stack = EmbeddedStack(settings.data_dir, settings.ports, base=_environment())
    for stopping in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(stopping, lambda *_: stack.request_stop())
    try:
        with stack:
            print("\n".join([*_describe(stack), "ready"]), flush=True)
            stack.wait()
            print("stopping", flush=True)
    except Stopped:
        return 0
    except (StackError, PortTaken, DirectoryInUse, BrokerUnavailable, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _environment() -> dict[str, str]:
    """This process's own, less empty values: `CLICKHOUSE_URL=` means as much as none."""
    return {name: value for name, value in os.environ.items() if value}


if __name__ == "__main__":
    sys.exit(main())
