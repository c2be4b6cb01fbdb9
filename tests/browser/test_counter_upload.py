"""A file of registrations, and the receipt on paper."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Complaints, barriers
from tests.browser.counter import U_MINH_THUONG, Counter, made_up_ids
from tests.support.whole_stack import WholeStack

HEADER = ["kind", "scheme", "region", "national_id", "occurred_at", "birth_year", "note"]
DAY = "2026-01-05T09:00:00+07:00"


@pytest.fixture
def counter(stack: WholeStack, context: BrowserContext) -> Counter:
    counter = Counter(stack, context)
    counter.set_up()
    counter.page.get_by_role("tab", name="Upload a file").click()
    return counter


def written(path: Path, rows: list[list[str]], separator: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def take(counter: Counter, path: Path) -> None:
    counter.page.set_input_files("#file", path)
    expect(counter.page.locator("#upload h2")).to_have_text(path.name)


def tally(counter: Counter, status: str, count: int) -> None:
    expect(counter.page.locator(f"#rows-{status} strong")).to_have_text(str(count))


def test_each_row_has_its_outcome_and_the_failed_ones_come_back_to_be_mended(counter: Counter, tmp_path: Path) -> None:
    numbers, page = made_up_ids(6), counter.page
    rows = [["enrolled", "voluntary_si", U_MINH_THUONG[1], number, DAY, "1985", "of us"] for number in numbers]
    rows[1][2], rows[4][3] = "VN.99.999", "091985900123"
    take(counter, written(tmp_path / "village.csv", [HEADER, *rows], ";"))
    expect(page.locator("#upload")).to_contain_text("Columns left out: note")
    expect(page.locator("#upload")).to_contain_text("1 rows have an identity number that cannot be right")
    assert all(number not in page.content() for number in numbers)
    assert barriers(page) == []
    page.locator("#upload-send").click()
    tally(counter, "accepted", 4)
    tally(counter, "refused", 2)
    expect(page.locator("#upload table")).to_contain_text("Region: No such region: choose from the list")
    with page.expect_download() as download:
        page.locator("#failed-file").click()
    failed = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["national_id"] for row in failed] == [numbers[1], "091985900123"]
    assert "region" in failed[0]["error"]
    for row, number in zip(failed, numbers[1::3], strict=False):
        row.update(region=U_MINH_THUONG[1], national_id=number)
    mended = written(tmp_path / "mended.csv", [list(failed[0]), *[list(row.values()) for row in failed]])
    page.get_by_role("button", name="Another file").click()
    take(counter, mended)
    page.locator("#upload-send").click()
    tally(counter, "accepted", 2)


def test_the_same_file_again_repeats_and_adds_nothing(counter: Counter, tmp_path: Path) -> None:
    rows = [["enrolled", "voluntary_si", U_MINH_THUONG[1], number, DAY, "", ""] for number in made_up_ids(3)]
    file = written(tmp_path / "twice.csv", [HEADER, *rows])
    for status in ("accepted", "repeated"):
        take(counter, file)
        counter.page.locator("#upload-send").click()
        tally(counter, status, 3)
        counter.page.get_by_role("button", name="Another file").click()


def test_what_the_file_lacks_is_asked_for_and_sent_in_parts(counter: Counter, tmp_path: Path) -> None:
    take(counter, written(tmp_path / "ids.csv", [["national_id"], *[[number] for number in made_up_ids(450)]]))
    page = counter.page
    expect(page.locator("#upload")).to_contain_text("the file's own date")
    page.locator("#upload-send").click()
    expect(page.locator("#upload-region-error")).to_contain_text("choose a region")
    counter.choose_region(*U_MINH_THUONG, field_id="upload-region")
    page.locator("#upload-send").click()
    tally(counter, "accepted", 450)
    tally(counter, "left_over", 0)


def test_a_broken_line_leaves_rows_that_are_sent_again(
    counter: Counter, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expect("net::ERR_")
    rows = [["enrolled", "voluntary_si", U_MINH_THUONG[1], number, DAY, "", ""] for number in made_up_ids(3)]
    take(counter, written(tmp_path / "broken.csv", [HEADER, *rows]))
    counter.context.set_offline(True)
    counter.page.locator("#upload-send").click()
    expect(counter.page.locator("#upload")).to_contain_text("The line broke")
    counter.context.set_offline(False)
    counter.page.get_by_role("button", name="Send the other 3 rows").click()
    tally(counter, "accepted", 3)


def test_a_file_without_numbers_is_not_taken(counter: Counter, tmp_path: Path) -> None:
    counter.page.set_input_files("#file", written(tmp_path / "names.csv", [["name"], ["somebody"]]))
    expect(counter.page.locator("#file-error")).to_contain_text("national_id")


def test_on_paper_there_is_the_receipt_alone_and_no_number(counter: Counter) -> None:
    page = counter.page
    page.get_by_role("tab", name="Register").click()
    page.evaluate("window.print = () => { window.printed = true; }")
    [number] = made_up_ids(1)
    counter.register(number)
    expect(counter.latest()).to_have_attribute("data-state", "sent")
    page.keyboard.press("F8")
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator("#form")).to_be_hidden()
    text = page.locator("#sheet").inner_text()
    assert counter.records()[0]["id"] in text
    assert number not in text
    assert number[-3:] in text
