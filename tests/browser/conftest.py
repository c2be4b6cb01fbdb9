"""Fixtures of both screens: one browser, pages that complain of nothing and ask nobody else, and a check by axe-core."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
expect.set_options(timeout=15_000)
UNREACHABLE = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_CONNECTION_REFUSED", "net::ERR_FAILED")
REFUSALS = tuple(f"responded with a status of {status}" for status in (400, 401, 403, 409, 422, 429, 503))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; gone before other tests begin, for its driver keeps an event loop running in this thread."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Complaints(list[str]):
    """What pages said on the console and whom else they asked; `expect` names what a test brings about on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: tuple[str, ...] = ()

    def expect(self, *texts: str) -> None:
        """Network trouble and refusals are logged by the browser itself; a test that makes some says so."""
        self.expected += texts

    def watch(self, page: Page) -> None:
        """Hear what this page complains of."""
        page.on("console", lambda message: self._hear(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("request", lambda r: self._ask(r.url))

    def _hear(self, text: str) -> None:
        if not any(expected in text for expected in self.expected):
            self.append(text)

    def _ask(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "http://localhost:", "blob:", "data:")):
            self.append(url)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """There are none when the test ends."""
    complaints = Complaints()
    yield complaints
    assert complaints == []


@pytest.fixture
def context(browser: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    """A device of its own: 1440 x 900, English, every page watched. Closing its pages keeps what it has stored."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Asia/Bangkok")
    context.set_default_timeout(15_000)
    context.on("page", complaints.watch)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One page of that device."""
    return context.new_page()


def barriers(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical under WCAG 2.2 A and AA: rule and the elements."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG_22_AA}}).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes']]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
