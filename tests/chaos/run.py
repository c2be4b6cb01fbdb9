"""One run: a seed's load on a site, round by round with the seed's faults in it, and the verdict at the end."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.counters import Counters
from tests.chaos.faults import inject
from tests.chaos.ledger import Ledger
from tests.chaos.plan import Fault, Profile, plan
from tests.chaos.registrations import log_of, registration_of, uploads_of
from tests.chaos.site import Site, running_site
from tests.chaos.verdict import Verdict, judge
from tests.support.log_of_events import event
from tests.support.waiting import until

RECOVERY_DEADLINE_S = 120.0
"""From the end of a fault until a new registration is counted and served."""
SETTLED_DEADLINE_S = 240.0
PROBES = 95_000
"""Numbers of the people by whom recovery is measured; the load's own are below."""


@dataclass
class Run:
    """What one run came to."""

    seed: int
    disk: str = ""
    faults: int = 0
    longest_wait_s: float = 0.0
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    """Per round: its faults, and the seconds from their end until a new registration was counted and served."""
    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def longest_recovery(self) -> tuple[str, float]:
        return max(self.recoveries, key=lambda pair: pair[1], default=("", 0.0))


def run(
    found: Run, profile: Profile, folder: Path, *, may_mount: bool, say=print, last_round_at: float = math.inf
) -> None:
    """Do it; after `last_round_at` (time.monotonic) no round begins, and the rest of the load is sent without faults.

    AssertionError where the system does not come back in time; what does not hold is in the verdict.
    """
    started, seed = time.monotonic(), found.seed
    log = log_of(profile.registrations, seed)
    with running_site(folder, may_mount=may_mount) as site:
        found.disk = site.disk.name
        broker = site.engines.surroundings.broker
        rounds = plan(seed, profile, keeps_topics=broker is not None and broker.keeps_topics)
        uploads = uploads_of(log, seed)
        ledger = Ledger()
        with Counters(site.keys["REGISTRATION_URL"], site.keys["REGISTER_KEY"], ledger, seed) as counters:
            for number, faults in enumerate(rounds):
                counters.send(uploads[number :: len(rounds)])
                if time.monotonic() < last_round_at:
                    log.extend(_round(site, found, faults, ledger, say))
            counters.until_acknowledged(SETTLED_DEADLINE_S)
        site.wait_ready(RECOVERY_DEADLINE_S)
        found.longest_wait_s = ledger.longest_wait_s
        judge(found.verdict, site, ledger, log, SETTLED_DEADLINE_S)
        found.outcomes = dict(ledger.outcomes)
    found.seconds = time.monotonic() - started


def _round(site: Site, found: Run, faults: tuple[Fault, ...], ledger: Ledger, say) -> list[dict]:
    """The faults side by side; then a new registration must be taken and counted. Returns it."""
    names = " + ".join(f"{fault.kind} {fault.part} {fault.lasts_s:.1f} s" for fault in faults)
    with ThreadPoolExecutor(len(faults)) as threads:
        for outcome in [threads.submit(inject, site, fault) for fault in faults]:
            outcome.result()
    found.faults += len(faults)
    probe = event(PROBES + len(found.recoveries), seed=found.seed, scheme="health", office="OFFICE-0")
    ended = time.monotonic()
    with httpx.Client(headers={"Authorization": f"Bearer {site.keys['REGISTER_KEY']}"}, timeout=20) as client:
        url = f"{site.keys['REGISTRATION_URL']}/v1/registrations"
        until(lambda: _taken(client, url, probe, ledger), f"taken after {names}", RECOVERY_DEADLINE_S)
        url = f"{site.keys['API_URL']}/v1/receipts/{probe['registration_id']}"
        until(lambda: _counted(client, url), f"counted after {names}", RECOVERY_DEADLINE_S)
    seconds = time.monotonic() - ended
    site.wait_ready(RECOVERY_DEADLINE_S)
    found.recoveries.append((names, seconds))
    say(f"  {names}: counting again after {seconds:.1f} s")
    return [probe]


def _taken(client: httpx.Client, url: str, probe: dict, ledger: Ledger) -> bool:
    try:
        answer = client.post(url, json=registration_of(probe))
    except httpx.TransportError:
        return False
    if answer.status_code in (200, 201):
        ledger.keep(answer.json())
    return answer.status_code in (200, 201)


def _counted(client: httpx.Client, url: str) -> bool:
    try:
        answer = client.get(url)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json()["state"] == "counted"
