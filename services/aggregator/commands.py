"""The operator's command line: `python -m services.aggregator --help`.

Without a command it runs the worker. The others look at the dead letters, rebuild ClickHouse from the topics, compare
counters with people, show how far the counting is, and check that everything is there.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.events import DeadLetterReplayed
from services.aggregator import main
from services.aggregator.check import looks, missing
from services.aggregator.letter_box import Letter, read_letters
from services.aggregator.settings import AggregatorSettings
from services.aggregator.store import CoverageTables, empty_tables
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import CoverageError, Unavailable
from services.shared.kafka_publisher import KafkaPublisher, client_options
from services.shared.log_setup import set_up_logs
from services.shared.migrate import migrate

app = typer.Typer(
    help="Counts enrolment events into ClickHouse (without a command), and the operator's tools.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)
letters = typer.Typer(help="Records that were not counted, and why.", no_args_is_help=True)
app.add_typer(letters, name="dead-letters")
console = Console()

Place = Annotated[str, typer.Argument(help="topic/partition/offset, as `list` shows it")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Exit 1 with one line instead of a traceback."""
    try:
        yield
    except CoverageError as error:
        print(f"aggregator: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _settings() -> AggregatorSettings:
    settings = AggregatorSettings.from_environment()
    set_up_logs("aggregator-command", "warning")
    return settings


@app.callback(invoke_without_command=True)
def worker(context: typer.Context) -> None:
    """Run a worker until SIGTERM or Ctrl-C, or one of the commands."""
    if context.invoked_subcommand is None:
        raise typer.Exit(main.main())


@letters.command("list")
def list_letters(
    reason: Annotated[str, typer.Option(help="only this reason")] = "",
    all_: Annotated[bool, typer.Option("--all", help="those already replayed too")] = False,
    last: Annotated[int, typer.Option(help="how many, the latest ones")] = 50,
) -> None:
    """Count dead letters by reason, and list the latest ones."""
    with one_line_errors():
        found = _chosen(read_letters(_settings()).values(), reason, all_)
        table = Table("dead letter", "reason", "detail", "registration", "rejected at", "replayed")
        for kept in found[-last:]:
            letter = kept.letter
            replayed = kept.replays[-1].replayed_at.isoformat(timespec="seconds") if kept.replays else ""
            registration = str(letter.registration_id or "")
            when = letter.rejected_at.isoformat(timespec="seconds")
            table.add_row(letter.id, letter.reason, letter.detail[:120], registration, when, replayed)
        console.print(table if found else "no dead letters")
        for each, count in Counter(kept.letter.reason for kept in found).most_common():
            console.print(f"{count:8} {each}")


@letters.command("show")
def show_letter(place: Place) -> None:
    """Show one dead letter with its original bytes."""
    with one_line_errors():
        kept = _found(read_letters(_settings()), place)
        console.print_json(kept.letter.model_dump_json(exclude={"key_base64", "value_base64"}))
        console.print("key  ", repr(kept.key))
        console.print("value", repr(kept.value))
        for replay in kept.replays:
            console.print(
                f"replayed at {replay.replayed_at} as {replay.topic}/{replay.new_partition}/{replay.new_offset}"
            )


@letters.command("replay")
def replay_letters(
    places: Annotated[list[str] | None, typer.Argument(help="which; or give --reason or --everything")] = None,
    reason: Annotated[str, typer.Option(help="all of this reason that were not replayed yet")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="all that were not replayed yet")] = False,
) -> None:
    """Send the original bytes of dead letters again, after what was wrong has been mended."""
    with one_line_errors():
        settings = _settings()
        known = read_letters(settings)
        if places:
            chosen = [_found(known, place) for place in places]
        elif reason or everything:
            chosen = _chosen(known.values(), reason, all_=False)
        else:
            raise typer.BadParameter("name dead letters, or give --reason or --everything")
        sendable = [kept for kept in chosen if kept.value is not None]
        asyncio.run(_replay(settings, sendable))
        console.print(f"{len(sendable)} sent again; what is still wrong comes back as a new dead letter")
        if len(sendable) < len(chosen):
            console.print(f"{len(chosen) - len(sendable)} not sent: their bytes were not kept")


async def _replay(settings: AggregatorSettings, chosen: list[Letter]) -> None:
    rejected = settings.topic("enrollment-rejected")
    topics = {kept.letter.topic for kept in chosen} | {rejected}
    publisher = KafkaPublisher(client_options(settings, "replay"), topics)
    publisher.start()
    try:
        await _connected(publisher)
        with _bar() as bar:
            task = bar.add_task("dead letters", total=len(chosen))
            for kept in chosen:
                letter = kept.letter
                sent = await publisher.send(letter.topic, kept.key or b"", kept.value or b"")
                mark = DeadLetterReplayed(
                    topic=letter.topic,
                    partition=letter.partition,
                    offset=letter.offset,
                    replayed_at=datetime.now(UTC),
                    new_partition=sent.partition,
                    new_offset=sent.offset,
                )
                await publisher.send(rejected, letter.id.encode(), mark.model_dump_json().encode())
                bar.advance(task)
    finally:
        await publisher.close()


async def _connected(publisher: KafkaPublisher, deadline_s: float = 15.0) -> None:
    for _ in range(int(deadline_s / 0.05)):
        if publisher.trouble is None:
            return
        await asyncio.sleep(0.05)
    raise Unavailable(publisher.trouble or "Kafka: not connected")


@app.command()
def rebuild(yes: Yes = False) -> None:
    """Empty the tables and fill them again from the topics; a running worker does the reading."""
    with one_line_errors():
        settings = _settings()
        store = ClickHouseStore(settings)
        if not yes:
            typer.confirm(f"Empty every table of {settings.clickhouse_database} and read the topics again?", abort=True)
        migrate(store, settings.clickhouse_cluster)
        started_at = datetime.now(UTC)
        empty_tables(store, settings.clickhouse_cluster)
        _wait_until_complete(store, started_at)
        console.print("rebuilt")


def _wait_until_complete(store: ClickHouseStore, since: datetime, deadline_s: float = 3600.0) -> None:
    """Show how far the reading is until every partition is complete up to after `since`."""
    deadline = time.monotonic() + deadline_s
    with _bar() as bar:
        task = bar.add_task("records read", total=None)
        while time.monotonic() < deadline:
            done, end, complete = store.query(
                "SELECT sum(next_offset), sum(end_offset), min(complete_up_to) FROM progress FINAL"
            )[0]
            bar.update(task, completed=done, total=end or None)
            if end and complete > since:
                return
            time.sleep(0.5)
    raise CoverageError(f"not complete after {deadline_s:.0f} s; is an aggregator running?")


@app.command()
def reconcile() -> None:
    """Compare the counters with the people they count; exit 1 where they differ."""
    with one_line_errors():
        store = ClickHouseStore(_settings())
        partitions = [row[0] for row in store.query("SELECT DISTINCT kafka_partition FROM participants")]
        differences = CoverageTables(store).differences(partitions) if partitions else {}
        table = Table("partition", "difference")
        for partition, difference in sorted(differences.items()):
            table.add_row(str(partition), str(difference))
        console.print(table if differences else "nothing is counted yet")
        if any(differences.values()):
            raise typer.Exit(1)


@app.command()
def lag() -> None:
    """Show how far each partition is counted."""
    with one_line_errors():
        settings = _settings()
        rows = ClickHouseStore(settings).query(
            "SELECT topic, kafka_partition, next_offset, end_offset, complete_up_to, worker FROM progress FINAL ORDER BY 1, 2"
        )
        table = Table("topic", "partition", "counted up to", "end", "lag", "complete up to", "worker")
        for topic, partition, next_offset, end_offset, complete, worker in rows:
            numbers = (partition, next_offset, end_offset, end_offset - next_offset)
            table.add_row(topic, *map(str, numbers), complete.isoformat(timespec="milliseconds"), worker)
        console.print(table if rows else "nothing is counted yet")


@app.command()
def check(
    registration: Annotated[
        str, typer.Option(envvar="REGISTRATION_URL", help="where the registration service answers")
    ] = "http://127.0.0.1:8001",
    api: Annotated[str, typer.Option(envvar="API_URL", help="where the API answers")] = "http://127.0.0.1:8002",
    aggregator: Annotated[
        str, typer.Option(envvar="AGGREGATOR_URL", help="where a worker answers")
    ] = "http://127.0.0.1:8003",
) -> None:
    """Look whether everything is there; exit 1 with one line per missing thing."""
    with one_line_errors():
        services = {"registration": registration, "api": api, "aggregator": aggregator}
        lines = []
        for name, look in looks(_settings(), services).items():
            found = missing(look)
            console.print(f"{name}: {'missing' if found else 'there'}", soft_wrap=True)
            lines += found
        for line in lines:
            print(line, file=sys.stderr)
        if lines:
            raise typer.Exit(1)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _chosen(known: Iterable[Letter], reason: str, all_: bool) -> list[Letter]:
    return [kept for kept in known if (not reason or kept.letter.reason == reason) and (all_ or not kept.replays)]


def _found(known: Mapping[str, Letter], place: str) -> Letter:
    if place not in known:
        raise CoverageError(f"no dead letter at {place}; `dead-letters list --all` shows them")
    return known[place]
