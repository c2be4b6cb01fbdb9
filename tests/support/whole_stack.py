"""The whole embedded stack for end-to-end tests: addresses, keys, and a client per service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.embedded.stack import EmbeddedStack
from tests.support.engines import base_environment


@dataclass(frozen=True)
class WholeStack:
    """A running stack with regions and no registrations. `embedded` kills, stops and restarts its parts."""

    embedded: EmbeddedStack
    registration_url: str
    api_url: str
    aggregator_url: str
    register_key: str
    reference_key: str
    read_key: str

    def registration(self, key: str | None = None) -> httpx.Client:
        """A client of the registration service, with the register key unless another is given."""
        return _client(self.registration_url, self.register_key if key is None else key)

    def reference(self) -> httpx.Client:
        """A client that may put reference data."""
        return _client(self.registration_url, self.reference_key)

    def api(self) -> httpx.Client:
        """A client of the API, with the read key."""
        return _client(self.api_url, self.read_key)


def _client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)


@contextmanager
def running_stack(data_dir: Path, **settings: str) -> Iterator[WholeStack]:
    """Everything on free ports; `settings` go into the services' environment."""
    with EmbeddedStack(data_dir, base=base_environment(**settings), say=lambda line: None) as stack:
        found = stack.surroundings.loader_environ()
        yield WholeStack(
            stack,
            found["REGISTRATION_URL"],
            found["API_URL"],
            found["AGGREGATOR_URL"],
            found["REGISTER_KEY"],
            found["REFERENCE_KEY"],
            found["READ_KEY"],
        )
