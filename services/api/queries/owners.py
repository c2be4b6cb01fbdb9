"""New people that an office or an agent registered."""

from datetime import date as Day

from schemas.vocabulary import Scheme, recorded_schemes
from services.shared.clickhouse_store import ClickHouseStore

COLUMNS = {"office": "office", "agent": "agent"}
NEW_BY_DAY = """
SELECT day, count() FROM enrollment_events FINAL
WHERE scheme IN {{schemes:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}} AND effect = 'new'
    AND {column} = {{owner:String}}
GROUP BY day ORDER BY day
"""


def read_new_by_day(
    store: ClickHouseStore, per: str, owner: str, scheme: Scheme, first: Day, last: Day
) -> list[tuple[Day, int]]:
    """Day and new people, quiet days left out; `per` is office or agent."""
    sql = NEW_BY_DAY.format(column=COLUMNS[per])
    bound = {"schemes": list(recorded_schemes(scheme)), "owner": owner, "first": first, "last": last}
    return [(day, n) for day, n in store.query(sql, bound)]
