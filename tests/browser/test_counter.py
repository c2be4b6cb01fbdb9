"""The counter screen in a real browser, on the whole stack: with a line and without."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from schemas.vocabulary import Country
from services.registration.domain.identity import InvalidIdentity, checked
from tests.browser.conftest import REFUSALS, UNREACHABLE, Complaints, barriers
from tests.browser.counter import (
    ALL_THAT_IS_STORED,
    OFFICE,
    PROVINCE,
    RACH_GIA,
    U_MINH_THUONG,
    Counter,
    counted,
    made_up_ids,
    participants,
    vietnamese_id,
)  # fmt: skip
from tests.support.waiting import until
from tests.support.whole_stack import WholeStack

REGION = U_MINH_THUONG[1]
SCHEME = "health"


@pytest.fixture(scope="module", autouse=True)
def _office_known(stack: WholeStack) -> None:
    """The office, and what a registration around it may name."""
    rows = {
        "offices": {"id": OFFICE, "name": "Bưu cục thử", "region": PROVINCE, "kind": "post_office"},
        "groups": {"id": "G-1", "region": REGION, "kind": "clan", "name": "Clan of the river", "members": 30},
        "campaigns": {
            "id": "C-1", "name": "Month of action", "schemes": ["health"], "regions": ["VN"], "from": "2020-01-01", "to": "2099-12-31",
        },
    }  # fmt: skip
    with stack.reference() as client:
        for kind, row in rows.items():
            headers = {"content-type": "application/x-ndjson"}
            answer = client.put(f"/v1/reference/{kind}", json=row, headers=headers)
            assert '"accepted":1' in answer.text, answer.text


@pytest.fixture
def counter(stack: WholeStack, context: BrowserContext) -> Counter:
    counter = Counter(stack, context)
    counter.set_up()
    counter.page.locator("input[name=scheme][value=health]").check()
    return counter


def settled(counter: Counter, count: int, state: str = "sent") -> Callable[[], bool]:
    return lambda: [row["state"] for row in counter.records()].count(state) == count


def test_a_person_is_registered_by_keyboard_and_counted(counter: Counter) -> None:
    before = participants(counter.stack, REGION, SCHEME)
    [number] = made_up_ids(1)
    counter.register(number)
    expect(counter.latest()).to_have_attribute("data-state", "sent")
    expect(counter.page.locator("#outcome")).to_contain_text("Registered")
    [record] = counter.records()
    counted(counter.stack, [record["id"]])
    until(lambda: participants(counter.stack, REGION, SCHEME) == before + 1, "they are counted, each once")
    assert number not in counter.page.content()
    expect(counter.latest()).to_contain_text(f"•••{number[-3:]}")


def test_twenty_registered_without_a_line_are_each_counted_once_after_closing_and_opening(
    counter: Counter, complaints: Complaints
) -> None:
    complaints.expect(*UNREACHABLE)
    before = participants(counter.stack, REGION, SCHEME)
    counter.page.check("#keep-region")
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "the first is sent")
    counter.context.set_offline(True)
    for number in made_up_ids(20):
        counter.register(number, region=None)
    until(settled(counter, 20, "waiting"), "twenty wait")
    expect(counter.page.locator("#line")).to_contain_text("20 waiting")
    counter.close()
    counter.open()  # from the device itself: there is no line
    expect(counter.page.locator("#tally_waiting strong")).to_have_text("20")
    expect(counter.page.locator("#line")).to_contain_text("last sent")
    counter.context.set_offline(False)
    until(settled(counter, 21), "all are sent")
    expect(counter.page.locator("#line")).to_contain_text("all sent")
    counted(counter.stack, [row["id"] for row in counter.records()])
    until(lambda: participants(counter.stack, REGION, SCHEME) == before + 21, "they are counted, each once")


def test_nothing_that_is_stored_shows_an_identity_number_or_the_key(counter: Counter, complaints: Complaints) -> None:
    complaints.expect(*UNREACHABLE)
    numbers = made_up_ids(3)
    counter.register(numbers[0])
    until(settled(counter, 1), "one is sent")
    counter.context.set_offline(True)
    for number in numbers[1:]:
        counter.register(number)
    until(settled(counter, 2, "waiting"), "two wait")
    counter.context.set_offline(False)
    stored = counter.page.evaluate(ALL_THAT_IS_STORED)
    assert OFFICE in stored
    assert all(number not in stored for number in numbers)
    assert counter.stack.register_key not in stored
    assert all(row["sealed"] for row in counter.records())


def test_the_same_person_again_is_told_and_counts_once(counter: Counter) -> None:
    before = participants(counter.stack, REGION, SCHEME)
    [number] = made_up_ids(1)
    counter.register(number)
    until(settled(counter, 1), "the first is sent")
    counter.page.fill("#national_id", number)
    expect(counter.page.locator("#national_id-hint")).to_contain_text("was registered at")
    counter.page.fill("#national_id", "")
    counter.register(number)
    expect(counter.latest()).to_contain_text("The same person")
    counted(counter.stack, [row["id"] for row in counter.records()])
    until(lambda: participants(counter.stack, REGION, SCHEME) == before + 1, "they are counted, each once")


def test_what_is_sent_twice_under_one_id_is_registered_once(counter: Counter, complaints: Complaints) -> None:
    """The answer to the first sending is lost on its way."""
    complaints.expect(*UNREACHABLE)
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    counter.context.route("**/v1/registrations", lose_the_first)
    counter.register(made_up_ids(1)[0])
    expect(counter.latest()).to_contain_text("Was registered before")  # it is sent again by itself
    assert lost == [201]


def test_a_refused_record_says_what_to_do_and_is_put_right(counter: Counter, complaints: Complaints) -> None:
    complaints.expect(*REFUSALS)
    counter.page.locator("#more summary").click()
    counter.page.fill("#day", "2010-05-10")  # before the region's first day
    counter.register(made_up_ids(1)[0])
    expect(counter.latest()).to_have_attribute("data-state", "refused")
    expect(counter.latest()).to_contain_text("No such region on that day")
    expect(counter.page.locator("#tally_attention strong")).to_have_text("1")
    counter.latest().get_by_role("button", name="Fix").click()
    expect(counter.page.locator("#national_id")).to_have_attribute("placeholder", re.compile("•{9}"))
    counter.page.fill("#day", "")
    counter.choose_region(*U_MINH_THUONG)
    counter.page.keyboard.press("Control+Enter")
    until(settled(counter, 1), "it is sent after all")
    assert len(counter.records()) == 1
    counted(counter.stack, [counter.records()[0]["id"]])


def test_a_refused_record_is_discarded_with_a_reason(counter: Counter, complaints: Complaints) -> None:
    complaints.expect(*REFUSALS)
    counter.page.locator("#more summary").click()
    counter.page.fill("#day", "2010-05-10")
    counter.register(made_up_ids(1)[0])
    counter.latest().get_by_role("button", name="Discard").click()
    counter.page.get_by_role("button", name="Discard it").click()
    expect(counter.page.locator("#reason-error")).to_contain_text("A reason is needed")
    counter.page.get_by_role("button", name="It was a trial").click()
    counter.page.get_by_role("button", name="Discard it").click()
    expect(counter.latest()).to_have_attribute("data-state", "discarded")
    assert counter.records()[0]["sealed"] is None


def test_a_conflict_is_sent_again_under_an_id_of_its_own(counter: Counter, complaints: Complaints) -> None:
    complaints.expect(*REFUSALS)
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "the first is sent")
    taken = counter.records()[0]["id"]

    used: list[str] = []

    def use_the_taken_id(route: Route) -> None:
        if used:
            return route.continue_()
        used.append(taken)
        return route.continue_(post_data=json.dumps({**route.request.post_data_json, "registration_id": taken}))

    counter.context.route("**/v1/registrations", use_the_taken_id)
    counter.register(made_up_ids(1)[0])
    expect(counter.latest()).to_have_attribute("data-state", "conflict")
    expect(counter.latest()).to_contain_text("stands for another record")
    counter.latest().get_by_role("button", name="Send under a new number").click()
    until(settled(counter, 2), "both are sent")


def test_a_void_with_its_reason_takes_the_person_out_again(counter: Counter) -> None:
    before = participants(counter.stack, REGION, SCHEME)
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "it is sent")
    counted(counter.stack, [row["id"] for row in counter.records()])
    counter.latest().get_by_role("button", name="Void").click()
    counter.page.get_by_role("button", name="Entered twice").click()
    counter.page.get_by_role("button", name="Void the record").click()
    until(settled(counter, 2), "the void is sent")
    expect(counter.page.locator(".record").nth(1)).to_contain_text("Voided")
    until(lambda: participants(counter.stack, REGION, SCHEME) == before, "the person is out again")


def test_a_correction_moves_the_person_to_another_region(counter: Counter) -> None:
    other = RACH_GIA
    before = participants(counter.stack, other[1], SCHEME)
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "it is sent")
    counter.latest().get_by_role("button", name="Correct").click()
    counter.choose_region(*other, field_id="new-region")
    counter.page.get_by_role("button", name="Wrong region").click()
    counter.page.get_by_role("button", name="Send the correction").click()
    until(settled(counter, 2), "the correction is sent")
    until(lambda: participants(counter.stack, other[1], SCHEME) == before + 1, "the person is counted there")


def test_a_card_is_scanned_and_only_number_year_and_sex_are_taken(counter: Counter) -> None:
    page, number = counter.page, vietnamese_id(777_123, 0, 79)
    page.press("body", "F2")
    page.keyboard.type(f"{number}|290000001|Nguyen Van Thu|17021979|Nam|So 1 Duong Thu|01012021")
    page.keyboard.press("Enter")
    expect(page.locator("#birth_year")).to_have_value("1979")
    expect(page.locator('input[name="sex"][value="M"]')).to_be_checked()
    expect(page.locator("#region")).to_be_focused()
    assert "Nguyen" not in page.content()
    assert "Nguyen" not in page.evaluate("[...document.querySelectorAll('input')].map((input) => input.value).join()")
    assert counter.states() == []
    expect(page.locator("#parts")).to_contain_text("Kiên Giang")


def test_what_is_typed_is_checked_and_explained(counter: Counter) -> None:
    page = counter.page
    for typed, said in [
        ("1101700900126", "The number looks right"),
        ("1101700900127", "Too many digits"),  # at a Vietnamese counter
        ("0911859001", "Type 12 digits"),
        ("097185900123", "no province code"),
        ("091485900123", "a birth after 2100"),
        ("๑๑๐๑๗๐๐๙๐๐๑๒๖", "The number looks right"),
        ("11017A", "Only digits"),
    ]:
        page.fill("#national_id", typed)
        expect(page.locator("#national_id-hint")).to_contain_text(said)
    page.fill("#birth_year", "2528")
    expect(page.locator("#birth_year-hint")).to_contain_text("1985")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#region-error")).to_contain_text("Needed")


def test_the_screen_judges_numbers_as_the_service_does(counter: Counter) -> None:
    written = [
        *made_up_ids(3), vietnamese_id(1, 3, 5), vietnamese_id(1, 4, 5), "097185900123", "09118590012", "290000001",
        "1101700900126", "1101700900127", "3750100000004", "๑๑๐๑๗๐๐๙๐๐๑๒๖", "1-1017-00900-12-6", "09118590012x", "091 185 900 123",
    ]  # fmt: skip
    judged = counter.page.evaluate(
        """async (numbers) => {
          const { read } = await import("/static/js/identity.js");
          return numbers.map((number) => ["VN", "TH"].map((home) => read(number, home)).some((one) => one.verdict === "good"));
        }""",
        written,
    )
    assert judged == [accepted(number) for number in written]


def accepted(number: str) -> bool:
    """Whether the service takes it as a number of either country."""
    for country in Country:
        try:
            checked(number, country)
        except InvalidIdentity:
            continue
        return True
    return False


def test_groups_and_campaigns_are_offered_where_they_apply(counter: Counter) -> None:
    page = counter.page
    page.fill("#national_id", made_up_ids(1)[0])
    counter.choose_region(*U_MINH_THUONG)
    page.locator("#more summary").click()
    for field, words, chosen in [("group", "clan river", "G-1"), ("campaign", "month", "C-1")]:
        page.fill(f"#{field}", words)
        page.press(f"#{field}", "ArrowDown")
        page.press(f"#{field}", "Enter")
        expect(page.locator(f"#{field}")).to_have_attribute("data-chosen", chosen)
    page.keyboard.press("Control+Enter")
    until(settled(counter, 1), "it is sent")
    shown = counter.records()[0]["shown"]
    assert (shown["group"], shown["campaign"]) == ("G-1", "C-1")


@pytest.mark.parametrize(("lang", "word"), [("vi", "Địa bàn"), ("th", "พื้นที่"), ("en", "Region")])
def test_every_language_fits_every_screen_and_has_no_barriers(counter: Counter, lang: str, word: str) -> None:
    page = counter.page
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "one is sent")
    page.locator(f'[data-lang="{lang}"]').click()
    assert page.locator("html").get_attribute("lang") == lang
    expect(page.locator('label[for="region"]').first).to_contain_text(word)
    for width, height in ((390, 844), (1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    for _ in ("light", "dark"):
        assert barriers(page) == []
        page.locator("[data-theme-switch]").click()
    page.locator("#who").click()
    assert barriers(page) == []


def test_the_end_of_a_shift_forgets_key_and_numbers(counter: Counter) -> None:
    counter.register(made_up_ids(1)[0])
    until(settled(counter, 1), "it is sent")
    counter.page.locator("#who").click()
    counter.page.locator("#end-shift").click()
    expect(counter.page.locator("#line")).to_contain_text("A key is needed")
    assert counter.records()[0]["sealed"] is None
    counter.close()
    counter.open()
    expect(counter.page.locator("#key")).to_have_value("")
    assert counter.page.get_attribute("#key", "placeholder") == ""
