"""What became of every receipt: read back from the topic, the tables and the API, and compared with the oracle."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from services.shared.clickhouse_store import ClickHouseStore
from services.shared.topics import ENROLLMENT_EVENTS, cards
from tests.aggregator import oracle
from tests.chaos import identity_search
from tests.chaos.identity_search import Kept
from tests.chaos.ledger import Ledger
from tests.chaos.registrations import national_id
from tests.chaos.site import Site
from tests.support import counted
from tests.support.engines import settings_of
from tests.support.log_of_events import as_people
from tests.support.made_up import region_rows
from tests.support.waiting import until


@dataclass
class Verdict:
    """The figures of a run; `complaints` says in words what is not as promised."""

    registrations: int = 0
    receipts: int = 0
    counted: int = 0
    lost: int = 0
    doubled: int = 0
    difference: int = 0
    complaints: list[str] = field(default_factory=list)

    def must(self, holds: bool, complaint: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.complaints.append(complaint[:500])


def until_counted(site: Site, end: int, deadline_s: float) -> None:
    """Wait until every record of the topic is behind the aggregator, and the counters were compared after that."""
    topic = ENROLLMENT_EVENTS
    until(lambda: counted.lag(site.store, topic, end) <= 0, f"{end} records counted", deadline_s)
    reconciled = "SELECT sum(next_offset) FROM reconciliations FINAL"
    until(lambda: site.store.query(reconciled)[0][0] == end, "reconciled", 60)


def judge(verdict: Verdict, site: Site, ledger: Ledger, log: list[dict], deadline_s: float) -> None:
    """Note whether everything holds that is promised, at the end of a run whose whole log was acknowledged.

    Where it does not, the tables are kept beside the logs, to be looked into.
    """
    kept, keys = identity_search.read_topic(settings_of(site.environ), ENROLLMENT_EVENTS)
    until_counted(site, len(kept), deadline_s)
    verdict.registrations = len({event["registration_id"] for event in log})
    verdict.receipts = ledger.acknowledged
    _receipts_are_kept(verdict, ledger, kept)
    _each_is_counted_once(verdict, ledger, site.store)
    _totals_are_the_oracles(verdict, log, site.store)
    with site.api() as api:
        _the_api_says_so(verdict, log, api)
    verdict.must(not ledger.unexpected, f"unexpected answers: {ledger.unexpected[:3]}")
    reasons = set(counted.rejected(site.store))
    verdict.must(reasons <= {"cannot_refer"}, f"dead letters for {reasons}")
    _nobody_is_named(verdict, site, log, [*kept.values(), *keys])
    if verdict.complaints:
        site.keep_tables()


def _receipts_are_kept(verdict: Verdict, ledger: Ledger, kept: Kept) -> None:
    """Each receipt's place on the topic holds its event; the same registration always got the same event_id."""
    missing = [
        f"{registration_id} at {receipt.partition}/{receipt.offset}"
        for registration_id, receipts in ledger.receipts.items()
        for receipt in receipts
        if json.loads(kept.get((receipt.partition, receipt.offset), b"{}")).get("event_id") != receipt.event_id
    ]
    verdict.must(not missing, f"{len(missing)} receipts are not on the topic: {missing[:3]}")
    several = [name for name, receipts in ledger.receipts.items() if len({r.event_id for r in receipts}) > 1]
    verdict.must(not several, f"{len(several)} registrations have several event ids: {several[:3]}")


def _each_is_counted_once(verdict: Verdict, ledger: Ledger, store: ClickHouseStore) -> None:
    rows = store.query("SELECT toString(registration_id), count() FROM enrollment_events FINAL GROUP BY 1")
    found = dict(rows)
    verdict.counted = len(found.keys() & ledger.receipts.keys())
    verdict.lost = len(ledger.receipts.keys() - found.keys())
    verdict.doubled = sum(found.values()) - len(found)
    nobodys = found.keys() - ledger.receipts.keys()
    verdict.must(not verdict.lost, f"{verdict.lost} receipts are not counted")
    verdict.must(not verdict.doubled, f"{verdict.doubled} are counted twice")
    verdict.must(not nobodys, f"{len(nobodys)} are counted that nobody has a receipt for")


def _totals_are_the_oracles(verdict: Verdict, log: list[dict], store: ClickHouseStore) -> None:
    stock, flows = oracle.totals(as_people(log))
    _same(verdict, "people", counted.people(store), stock)
    _same(verdict, "counters", counted.stock(store), stock)
    _same(verdict, "flows", counted.flows(store), flows)
    verdict.difference = counted.difference(store)
    verdict.must(verdict.difference == 0, f"the reconciliation differs by {verdict.difference}")


def _same(verdict: Verdict, what: str, found: Mapping, expected: Mapping) -> None:
    differing = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()}
    differing = {key: pair for key, pair in differing.items() if pair[0] != pair[1]}
    verdict.must(
        not differing, f"{what}: {len(differing)} differ (found, expected): {dict(list(differing.items())[:3])}"
    )


def _the_api_says_so(verdict: Verdict, log: list[dict], api: httpx.Client) -> None:
    """Every region, with what lies below it, and every scheme; and `difference` 0 on /v1/freshness."""
    stock, _ = oracle.totals(as_people(log))
    expected: Counter[tuple[str, str]] = Counter()
    for (scheme, region), people in stock.items():
        names = region.split(".")
        expected.update({(scheme, ".".join(names[:depth])): people for depth in range(1, len(names) + 1)})
    asked = [(scheme, row["id"]) for scheme in sorted({s for s, _ in stock}) for row in region_rows()]
    whole = [pair for pair in asked if pair[1] == "VN"]
    with suppress(AssertionError):  # the comparison says what it says instead
        until(lambda: all(_participants(api, *pair) == expected[pair] for pair in whole), "the API has caught up", 60)
    _same(
        verdict,
        "the API",
        {pair: _participants(api, *pair) for pair in asked},
        {pair: expected[pair] for pair in asked},
    )
    freshness = api.get("/v1/freshness").json()
    verdict.must(freshness["difference"] == 0, f"/v1/freshness: difference {freshness['difference']}")
    verdict.must(freshness["lag"] == 0, f"/v1/freshness: lag {freshness['lag']}")


def _participants(api: httpx.Client, scheme: str, region: str) -> int | None:
    answer = api.get("/v1/coverage", params={"region": region, "scheme": scheme})
    return answer.json()["participants"] if answer.status_code == 200 else None


def _nobody_is_named(verdict: Verdict, site: Site, log: list[dict], topic: list[bytes]) -> None:
    known = {national_id(event).encode() for event in log}
    texts = [("topic enrollment-events", b"\n".join(topic))]
    for name in {card.topic for card in cards()} - {ENROLLMENT_EVENTS}:
        values, keys = identity_search.read_topic(settings_of(site.environ), name)
        texts.append((f"topic {name}", b"\n".join([*values.values(), *keys])))
    texts += identity_search.logs(site.logs)
    texts += identity_search.tables(site.store)
    texts += identity_search.metrics(site.keys[f"{name}_URL"] for name in ("REGISTRATION", "API", "AGGREGATOR"))
    found = identity_search.places(texts, known)
    verdict.must(not found, f"national IDs in {found}")
