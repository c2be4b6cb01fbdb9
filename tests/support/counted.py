"""What ClickHouse says is counted, read back the way the API reads it."""

from collections import Counter

from services.shared.clickhouse_store import ClickHouseStore

FLOWS = ("new", "returned", "left", "moved_in", "moved_out")


def stock(store: ClickHouseStore) -> Counter[tuple[str, str]]:
    """People per (scheme, region itself) by the counters."""
    rows = store.query(
        "SELECT scheme, region, sum(new + returned + moved_in - left - moved_out) AS n FROM coverage_daily FINAL "
        "GROUP BY scheme, region HAVING n != 0"
    )
    return Counter({(scheme, region): n for scheme, region, n in rows})


def flows(store: ClickHouseStore) -> Counter[tuple[str, str, str]]:
    """Flows per (scheme, region itself, flow) by the counters."""
    sums = ", ".join(f"sum({flow})" for flow in FLOWS)
    rows = store.query(f"SELECT scheme, region, {sums} FROM coverage_daily FINAL GROUP BY scheme, region")
    return Counter({(s, r, f): n for s, r, *ns in rows for f, n in zip(FLOWS, ns, strict=True) if n})


def people(store: ClickHouseStore) -> Counter[tuple[str, str]]:
    """People per (scheme, region itself) by their own rows."""
    rows = store.query("SELECT scheme, region, count() FROM participants FINAL WHERE active GROUP BY scheme, region")
    return Counter({(scheme, region): n for scheme, region, n in rows})


def lag(store: ClickHouseStore, topic: str, end: int) -> int:
    """Records of the topic that are not counted yet, when its partitions end at `end` together."""
    return end - int(
        store.query("SELECT sum(next_offset) FROM progress FINAL WHERE topic = {t:String}", {"t": topic})[0][0]
    )


def difference(store: ClickHouseStore) -> int:
    """The latest reconciliation."""
    return int(store.query("SELECT sum(difference) FROM reconciliations FINAL")[0][0])


def rejected(store: ClickHouseStore) -> Counter[str]:
    """Dead letters by reason."""
    return Counter(dict(store.query("SELECT reason, count() FROM rejected FINAL GROUP BY reason")))
