"""`/docs` of both services, without anything from a remote host."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.whole_stack import WholeStack


@pytest.mark.parametrize(("service", "path"), [("registration", "/v1/registrations"), ("api", "/v1/coverage")])
def test_the_docs_list_every_route_and_load_nothing_from_elsewhere(
    stack: WholeStack, page: Page, service: str, path: str
) -> None:
    url = stack.registration_url if service == "registration" else stack.api_url
    page.goto(f"{url}/docs")
    expect(page.locator(f'.opblock-summary-path[data-path="{path}"]').first).to_be_visible()
