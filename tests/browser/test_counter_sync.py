"""What the counters of one office still hold adds up, from their reports to the API's answer."""

from typing import Any

from playwright.sync_api import BrowserContext, Request

from tests.browser.counter import PROVINCE, Counter, made_up_ids
from tests.support.waiting import until
from tests.support.whole_stack import WholeStack

OFFICE = "VNPOST-91-TWO"


def report(stack: WholeStack, held: int, oldest: str | None, **counter: str) -> None:
    body = {"unsynced_count": held, "oldest_unsynced_at": oldest, **counter}
    with stack.registration() as client:
        client.post(f"/v1/offices/{OFFICE}/sync-status", json=body).raise_for_status()


def served(stack: WholeStack) -> tuple[int | None, str | None]:
    with stack.api() as api:
        answer = api.get(f"/v1/offices/{OFFICE}")
    sync: dict[str, Any] = answer.json()["sync"] if answer.status_code == 200 else {}
    return sync.get("unsynced_count"), sync.get("oldest_unsynced_at")


def test_an_office_is_served_the_sum_over_its_counters_with_the_oldest_date(stack: WholeStack) -> None:
    row = {"id": OFFICE, "name": "Bưu cục hai quầy", "region": PROVINCE, "kind": "post_office"}
    with stack.reference() as client:
        answer = client.put("/v1/reference/offices", json=row, headers={"content-type": "application/x-ndjson"})
        assert '"accepted":1' in answer.text
    report(stack, 5, "2026-01-01T02:00:00Z", counter="A")
    report(stack, 3, "2026-01-01T01:00:00Z", counter="B")
    until(lambda: served(stack) == (8, "2026-01-01T01:00:00Z"), "both counters are in the figure")
    report(stack, 2, "2026-01-01T03:00:00Z")  # the body of two fields
    until(lambda: served(stack) == (10, "2026-01-01T01:00:00Z"), "so is one that gives no id")
    report(stack, 0, None, counter="B")
    until(lambda: served(stack) == (7, "2026-01-01T02:00:00Z"), "what one has sent goes out of it")
    report(stack, 1, None, counter="B")
    until(lambda: served(stack) == (8, None), "the oldest date is unknown where one of them does not say it")


def reports_of(counter: Counter) -> list[dict[str, Any]]:
    """Hears what this device reports from now on."""
    heard: list[dict[str, Any]] = []

    def hear(request: Request) -> None:
        if request.url.endswith("/sync-status"):
            heard.append(request.post_data_json)

    counter.context.on("request", hear)
    return heard


def told(counter: Counter, heard: list[dict[str, Any]], count: int) -> None:
    """Wait for so many; a page is asked something each time, for only then are its requests heard."""
    until(lambda: counter.page.evaluate("1") and len(heard) == count, f"{count} reports")


def test_a_device_reports_under_one_id_that_it_keeps(stack: WholeStack, context: BrowserContext) -> None:
    counter = Counter(stack, context)
    heard = reports_of(counter)
    counter.set_up()
    counter.register(made_up_ids(1)[0])
    told(counter, heard, 1)
    counter.close()
    counter.open()
    counter.register(made_up_ids(1)[0])
    told(counter, heard, 2)
    assert len({report["counter"] for report in heard}) == 1
    assert len(heard[0]["counter"]) == 36


FORGET_THE_ID = """async () => {
  const { settings } = await import("/static/js/store.js");
  const { counter, ...device } = await settings.get("device");
  await settings.put("device", device);
}"""


def test_a_device_that_reported_without_an_id_takes_that_back_first(stack: WholeStack, context: BrowserContext) -> None:
    counter = Counter(stack, context)
    counter.set_up()
    counter.register(made_up_ids(1)[0])
    until(lambda: [row["state"] for row in counter.records()] == ["sent"], "it is sent")
    counter.page.evaluate(FORGET_THE_ID)
    counter.close()
    heard = reports_of(counter)
    counter.open()
    counter.register(made_up_ids(1)[0])
    told(counter, heard, 2)
    assert heard[0] == {"unsynced_count": 0}
    assert heard[1]["counter"]


def test_what_the_counter_holds_is_reported(stack: WholeStack, context: BrowserContext) -> None:
    counter = Counter(stack, context, office="VNPOST-91-ALONE")
    counter.set_up()
    counter.register(made_up_ids(1)[0])

    def heard() -> bool:
        with counter.stack.registration() as client:
            return 'office_unsynced_records{office="VNPOST-91-ALONE"} 0.0' in client.get("/metrics").text

    until(heard, "the office said that it holds nothing")
