"""Three brokers under load: one dies, all are restarted one after the other, two die at once."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.kafka_cluster import NODES, KafkaCluster
from deploy.embedded.stack import Ports
from services.shared.errors import Unavailable
from services.shared.kafka_client import existing_topics
from tests.chaos.counters import Counters
from tests.chaos.ledger import Ledger
from tests.chaos.pulse import Pulse
from tests.chaos.registrations import log_of, uploads_of
from tests.chaos.site import Site, running_site
from tests.chaos.verdict import Verdict, judge
from tests.support.engines import settings_of
from tests.support.waiting import until

DEADLINE_S = 120.0
AWAY_S = 10.0


@dataclass
class Failover:
    """What a counter went through, in seconds."""

    what: str
    leaders_back_s: float
    """Until every partition had a leader again, or two copies in sync where two brokers were killed."""
    outage_s: float
    """Longest time without a receipt."""
    refused: int
    """Answers 503 meanwhile."""


@dataclass
class ThreeBrokers:
    """What the scenario came to."""

    seed: int
    failovers: list[Failover] = field(default_factory=list)
    slowest_refusal_s: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)


def run(found: ThreeBrokers, registrations: int, folder: Path, say=print) -> None:
    """Do it. AssertionError where the system does not come back in time. BrokerUnavailable without Java."""
    seed, ledger = found.seed, Ledger()
    log = log_of(registrations, seed)
    ports = Ports.free()
    free = [getattr(ports, name) for name in Ports.__slots__]
    with (
        KafkaCluster(folder / "brokers", free) as cluster,
        running_site(
            folder, may_mount=False, brokers=cluster.bootstrap_servers, TOPIC_REPLICATION=str(len(NODES))
        ) as site,
    ):
        uploads = uploads_of(log, seed)
        with (
            Counters(site.keys["REGISTRATION_URL"], site.keys["REGISTER_KEY"], ledger, seed, count=2) as counters,
            Pulse(site.keys, ledger, seed) as pulse,
        ):
            for number, act in enumerate((_one_killed, _rolling_restart, _two_killed)):
                counters.send(uploads[number::3])
                act(cluster, site, pulse, found)
                say(f"  three brokers: {found.failovers[-1]}")
            counters.until_acknowledged(DEADLINE_S)
        site.wait_ready(DEADLINE_S)
        earlier = found.verdict.complaints
        judge(found.verdict, site, ledger, log + pulse.sent, DEADLINE_S)
        found.verdict.complaints += earlier


def _one_killed(cluster: KafkaCluster, site: Site, pulse: Pulse, found: ThreeBrokers) -> None:
    until(lambda: pulse.acknowledged_since(0), "the pulse beats")
    started = time.monotonic()
    cluster.take_away([1])
    until(lambda: _led(site, in_sync=2, without=1), "every partition is led by another", DEADLINE_S)
    led = time.monotonic()
    until(lambda: pulse.acknowledged_since(led), "registrations go on with two brokers", DEADLINE_S)
    _note(found, "one of three killed", pulse, started, led)
    cluster.start([1])
    until(lambda: _led(site, in_sync=3), "three copies again", DEADLINE_S)


def _rolling_restart(cluster: KafkaCluster, site: Site, pulse: Pulse, found: ThreeBrokers) -> None:
    started = time.monotonic()
    for node_id in NODES:
        cluster.restart(node_id)
        until(lambda: _led(site, in_sync=3), f"three copies after the restart of {node_id}", DEADLINE_S)
    led = time.monotonic()
    until(lambda: pulse.acknowledged_since(led), "registrations go on", DEADLINE_S)
    _note(found, "restarted one after the other", pulse, started, led)


def _two_killed(cluster: KafkaCluster, site: Site, pulse: Pulse, found: ThreeBrokers) -> None:
    cluster.take_away([1, 2])
    killed = time.monotonic()
    until(lambda: any(beat.status == 503 for beat in pulse.since(killed)), "503 without a majority", DEADLINE_S)
    time.sleep(AWAY_S)
    beats = pulse.since(killed + 0.5)
    kept = [beat for beat in beats if beat.status in (200, 201) and beat.at - beat.seconds > killed + 0.5]
    found.verdict.must(not kept, f"{len(kept)} were acknowledged by one broker of three")
    found.slowest_refusal_s = max(beat.seconds for beat in beats)
    back = time.monotonic()
    cluster.start([1, 2])
    until(lambda: _led(site, in_sync=2), "two copies in sync again", DEADLINE_S)
    led = time.monotonic()
    until(lambda: pulse.acknowledged_since(led), "registrations go on by themselves", DEADLINE_S)
    _note(found, "two of three killed; from their return", pulse, back, led)


def _note(found: ThreeBrokers, what: str, pulse: Pulse, start: float, led: float) -> None:
    outage = pulse.longest_outage_s(start, time.monotonic())
    refused = sum(beat.status == 503 for beat in pulse.since(start))
    found.failovers.append(Failover(what, round(led - start, 1), round(outage, 1), refused))


def _led(site: Site, in_sync: int, without: int = 0) -> bool:
    """Whether every partition has a leader, none of them `without`, and so many copies in sync."""
    try:
        topics = existing_topics(settings_of(site.environ))
    except Unavailable:
        return False
    ours = [topics.get(name, []) for name in ("enrollment-events", "enrollment-rejected", "reference-data")]
    return all(ours) and all(
        p.leader not in (-1, without) and p.in_sync >= in_sync for partitions in ours for p in partitions
    )
