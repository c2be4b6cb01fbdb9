"""The session's stack with all five programmes in it."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from deploy.reference import files
from deploy.reference.client import Loader, Services
from deploy.reference.load import load_programmes, progress_bars
from tests.support.whole_stack import WholeStack


@pytest.fixture(scope="session")
def loaded(stack: WholeStack) -> Iterator[Loader]:
    """All five at once, through HTTP: they share the system, and must not disturb each other."""
    services = Services(stack.registration_url, stack.api_url, stack.register_key, stack.reference_key)
    with Loader(services) as loader, progress_bars(Console(quiet=True)) as bars:
        load_programmes(loader, bars, [path.stem for path in files.programme_files()])
        yield loader
