"""What the stack consists of. Each command is what follows `python -m`; `{names}` are filled in when it is started."""

from dataclasses import dataclass

__all__ = ["BROKER", "LOADERS", "PARTS", "STEPS", "Part", "Step"]


@dataclass(frozen=True, slots=True)
class Part:
    """A process that runs as long as the stack.

    `port`: its field of `Ports`. `ready`: the path that answers 200 once it works, or `kafka` for the protocol.
    `engine`: it is there before the services and ends after them.
    """

    name: str
    command: tuple[str, ...]
    port: str
    ready: str
    engine: bool = False

    @property
    def port_setting(self) -> str:
        return f"{self.port.upper()}_PORT"


@dataclass(frozen=True, slots=True)
class Step:
    """A command that runs to its end. `after_broker`: again whenever a broker without memory was started again."""

    name: str
    command: tuple[str, ...]
    after_broker: bool = False


BROKER = "broker"

PARTS = (
    Part(BROKER, (), port="kafka", ready="kafka", engine=True),  # the command is that of the broker chosen
    Part(
        "clickhouse",
        ("deploy.embedded.clickhouse_http", "--port", "{clickhouse_port}", "--data-dir", "{data_dir}/clickhouse"),
        port="clickhouse",
        ready="/ping",
        engine=True,
    ),
    Part("registration", ("services.registration",), port="registration", ready="/readyz"),
    Part("aggregator", ("services.aggregator",), port="aggregator", ready="/readyz"),
    Part("api", ("services.api",), port="api", ready="/readyz"),
)

# Between the engines and the services, side by side.
STEPS = (
    Step("migrate", ("services.shared.migrate",)),
    Step("topics", ("services.shared.topics",), after_broker=True),
)

# After the services are ready, one after the other. They find the keys and the services' URLs in their environment.
LOADERS = (Step("regions", ("deploy.reference.load", "regions")),)
