"""What the service refuses is told in the clerk's language, and what became of a record stands where the clerk looks."""

import json

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.conftest import REFUSALS, Complaints, barriers
from tests.browser.counter import U_MINH_THUONG, Counter, made_up_ids
from tests.support.whole_stack import WholeStack

TOO_SOON = {
    "vi": "Địa bàn không có vào ngày đó: chọn địa bàn khác",
    "th": "ไม่มีพื้นที่นี้ในวันนั้น เลือกพื้นที่อื่น",
    "en": "No such region on that day: choose another",
}
UNBORN = {
    "vi": "Số định danh cá nhân (CCCD): Chữ số thứ tư chỉ năm sinh từ 2100",
    "th": "เลขประจำตัวประชาชน: หลักที่สี่หมายถึงปีเกิดตั้งแต่ 2643",
}


@pytest.fixture
def counter(stack: WholeStack, context: BrowserContext, complaints: Complaints) -> Counter:
    complaints.expect(*REFUSALS)
    counter = Counter(stack, context)
    counter.set_up()
    return counter


def speak(counter: Counter, lang: str) -> None:
    counter.page.locator(f'[data-lang="{lang}"]').click()


def test_a_refusal_is_told_in_every_language_and_in_no_other(counter: Counter) -> None:
    page = counter.page
    page.locator("#more summary").click()
    page.fill("#day", "2010-05-10")
    counter.register(made_up_ids(1)[0])
    expect(counter.latest()).to_have_attribute("data-state", "refused")
    for lang, text in TOO_SOON.items():
        speak(counter, lang)
        expect(counter.latest().locator(".advice")).to_have_text(text)
        expect(page.locator("#outcome .advice")).to_have_text(text)
        assert barriers(page) == []


@pytest.mark.parametrize("lang", ["vi", "th"])
def test_a_number_that_only_the_service_refuses_is_told_in_the_clerks_language(counter: Counter, lang: str) -> None:
    def worse(route: Route) -> None:
        sent = route.request.post_data_json
        route.continue_(post_data=json.dumps({**sent, "national_id": "091985900123"}))

    counter.context.route("**/v1/registrations", worse)
    counter.register(made_up_ids(1)[0])
    speak(counter, lang)
    expect(counter.latest().locator(".advice")).to_contain_text(UNBORN[lang])


def test_what_no_code_explains_keeps_the_services_own_sentence(counter: Counter) -> None:
    answer = {"status": 422, "errors": [{"field": "sponsor", "message": "a new rule", "code": "new_rule"}]}
    counter.context.route("**/v1/registrations", lambda route: route.fulfill(status=422, json=answer))
    counter.register(made_up_ids(1)[0])
    speak(counter, "vi")
    expect(counter.latest().locator(".advice")).to_have_text("Nhà tài trợ không đúng (a new rule)")


def test_another_offices_key_is_told_without_english(counter: Counter) -> None:
    answer = {"status": 403, "detail": "this key registers for office A, the body says B"}
    counter.context.route("**/v1/registrations", lambda route: route.fulfill(status=403, json=answer))
    counter.register(made_up_ids(1)[0])
    speak(counter, "th")
    expect(counter.latest().locator(".advice")).to_have_text("รหัสนี้ไม่มีสิทธิ์บันทึกให้สำนักงานนั้น เปลี่ยนรหัสแล้วกดแก้ไข")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900), (1920, 1080)])
def test_the_outcome_is_in_sight_though_the_form_was_scrolled(counter: Counter, width: int, height: int) -> None:
    page = counter.page
    page.set_viewport_size({"width": width, "height": height})
    page.locator("#more summary").click()
    page.fill("#day", "2010-05-10")
    counter.register(made_up_ids(1)[0])
    expect(page.locator("#outcome")).to_contain_text("Refused")
    fix = page.locator("#outcome").get_by_role("button", name="Fix")
    expect(fix).to_be_in_viewport(ratio=1)
    below_header = "(button) => button.getBoundingClientRect().top >= document.querySelector('.top').getBoundingClientRect().bottom"
    assert fix.evaluate(below_header)


def test_a_wrong_number_is_told_once_and_an_old_one_as_old(counter: Counter) -> None:
    page = counter.page
    for typed, text in [("290000001", "An old 9-digit number"), ("097185900123", "no province code")]:
        page.fill("#national_id", typed)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#national_id-error")).to_contain_text(text)
        expect(page.get_by_text(text).locator("visible=true")).to_have_count(1)
        assert barriers(page) == []


def test_the_day_on_paper_is_written_as_the_language_does(counter: Counter) -> None:
    speak(counter, "th")
    counter.page.locator("#more summary").click()
    counter.page.fill("#day", "2026-05-10")
    expect(counter.page.locator("#day-hint")).to_have_text("10 พ.ค. 2569")


def test_fingers_find_every_button_of_a_telephone(counter: Counter) -> None:
    page = counter.page
    counter.register(made_up_ids(1)[0], U_MINH_THUONG)
    expect(counter.latest()).to_have_attribute("data-state", "sent")
    page.set_viewport_size({"width": 390, "height": 844})
    small = page.evaluate("""() => [...document.querySelectorAll("button, summary, .option span, .check")]
      .filter((one) => one.offsetParent).map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
      .filter(([, height]) => height < 40)""")
    assert small == []


def test_a_file_is_chosen_by_keyboard_and_its_refused_rows_have_no_barriers(counter: Counter) -> None:
    page = counter.page
    page.on("filechooser", lambda _: None)  # the browser is to hand choosers over before there is one
    page.get_by_role("tab", name="Upload a file").click()
    page.locator("#file").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    rows = f"national_id,kind,scheme,region\n{made_up_ids(1)[0]},joined,health,{U_MINH_THUONG[1]}\n"
    chooser.value.set_files({"name": "one.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#upload-send").press("Enter")
    expect(page.locator("#upload table")).to_contain_text("What happens: There is no such choice")
    for _ in ("light", "dark"):
        assert barriers(page) == []
        page.locator("[data-theme-switch]").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_asked_and_what_failed_has_no_barriers_and_is_left_by_keyboard(counter: Counter) -> None:
    page = counter.page
    page.set_viewport_size({"width": 390, "height": 844})
    counter.register(made_up_ids(1)[0])
    expect(counter.latest()).to_have_attribute("data-state", "sent")
    for action in ("receipt", "correct", "void"):
        button = counter.latest().locator(f"[data-action={action}]")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#dialog")).to_be_visible()
        assert page.evaluate("document.querySelector('#dialog').contains(document.activeElement)")
        if action != "receipt":
            page.locator("#dialog [type=submit]").press("Enter")
            expect(page.locator("#reason-error")).to_contain_text("A reason is needed")
        for _ in ("light", "dark"):
            assert barriers(page) == []
            page.locator("[data-theme-switch]").dispatch_event("click")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).to_be_hidden()
        expect(button).to_be_focused()
