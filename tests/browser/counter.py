"""A clerk at the counter screen: what a test does there, and what it finds out behind it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.waiting import until
from tests.support.whole_stack import WholeStack

VN_PLACE = "091"
PROVINCE = "VN.91-2025"
U_MINH_THUONG = ("u minh thuong an giang", "VN.91-2025.31027")
RACH_GIA = ("phuong rach gia", "VN.91-2025.30742")
OFFICE = "VNPOST-91-0012"


def vietnamese_id(number: int, century_and_sex: int = 1, year: int = 85) -> str:
    """A made-up number of valid form."""
    return f"{VN_PLACE}{century_and_sex}{year:02d}{number:06d}"


def made_up_ids(count: int) -> list[str]:
    """Numbers that no other test uses."""
    first = uuid.uuid4().int % 900_000
    return [vietnamese_id(first + place) for place in range(count)]


@dataclass
class Counter:
    """One device with its screen open. `close` and `open` keep what the device has stored."""

    stack: WholeStack
    context: BrowserContext
    office: str = OFFICE
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self, lang: str = "en") -> None:
        """Open the screen anew."""
        self.page = self.context.new_page()
        self.page.goto(f"{self.stack.registration_url}/?lang={lang}")
        self.page.wait_for_selector("html[data-ready]")

    def close(self) -> None:
        """Close the window, as a clerk does in the evening."""
        self.page.close()

    def set_up(self, agent: str = "A-0042") -> None:
        """Enter key, office and agent; wait until the screen could be used without a line."""
        page = self.page
        page.fill("#key", self.stack.register_key)
        page.fill("#office", self.office)
        page.fill("#agent", agent)
        page.press("#agent", "Enter")
        expect(page.locator("#dialog")).to_be_hidden()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        until(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the worker serves the page")

    def choose_region(self, words: str, region: str, field_id: str = "region") -> None:
        """Type some words, take what is offered with Enter."""
        self.page.fill(f"#{field_id}", words)
        self.page.locator(f"#{field_id}-list [role=option]").first.wait_for()
        self.page.press(f"#{field_id}", "Enter")
        expect(self.page.locator(f"#{field_id}-list")).to_be_hidden()
        assert self.page.get_attribute(f"#{field_id}", "data-chosen") == region

    def register(self, national_id: str, region: tuple[str, str] | None = U_MINH_THUONG) -> None:
        """One person, by keyboard alone; without a region the kept one is used."""
        self.page.press("body", "F2")
        self.page.keyboard.type(national_id)
        if region:
            self.page.keyboard.press("F4")
            self.choose_region(*region)
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("#national_id")).to_have_value("")

    def records(self) -> list[dict[str, Any]]:
        """What the device has stored of its records."""
        return self.page.evaluate(STORED_RECORDS)

    def states(self) -> list[str]:
        """Their states, newest first."""
        return [row.get_attribute("data-state") or "" for row in self.page.locator(".record").all()]

    def latest(self) -> Any:
        """The newest record's row."""
        return self.page.locator(".record").first


STORED_RECORDS = """async () => {
  const db = await new Promise((resolve, reject) => {
    const request = indexedDB.open("counter");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const rows = await new Promise((resolve) => {
    const request = db.transaction("records").objectStore("records").getAll();
    request.onsuccess = () => resolve(request.result);
  });
  db.close();
  return rows.map(({ sealed, ...row }) => ({ ...row, sealed: sealed ? sealed.data.byteLength : null }));
}"""

ALL_THAT_IS_STORED = """async () => {
  const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  const bytes = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      texts.push(new TextDecoder("latin1").decode(value));
    } else if (value && typeof value === "object" && !(value instanceof CryptoKey)) {
      Object.values(value).forEach(bytes);
    } else texts.push(String(value));
  };
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => { const r = indexedDB.open(name); r.onsuccess = () => resolve(r.result); });
    for (const store of db.objectStoreNames) {
      bytes(await new Promise((resolve) => {
        const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => resolve(r.result);
      }));
    }
    db.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) texts.push(request.url, await (await cache.match(request)).text());
  }
  return texts.join("\\n");
}"""


def counted(stack: WholeStack, registration_ids: list[str]) -> None:
    """Wait until the API says of each that it is counted."""
    with stack.api() as api:
        for registration_id in registration_ids:
            found: Callable[[], bool] = lambda at=registration_id: (  # noqa: E731
                api.get(f"/v1/receipts/{at}").json().get("state") == "counted"
            )
            until(found, f"{registration_id} is counted")


def participants(stack: WholeStack, region: str, scheme: str) -> int:
    """How many people the API counts there now."""
    with stack.api() as api:
        return int(
            api.get("/v1/coverage", params={"region": region, "scheme": scheme})
            .raise_for_status()
            .json()["participants"]
        )
