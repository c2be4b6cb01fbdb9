"""Common to all routes: who asks, how often, and how large."""

import time
from collections import Counter
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from services.shared.auth import Key, KeyRing, Scope
from services.shared.problems import ProblemError


class Rate:
    """At most so many a second for each key, by whole seconds.

    A library does the same with a timer's thread for every ten milliseconds of requests: a tenth of what a registration takes.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self._clock = most, clock
        self._second, self._hits = 0, Counter[str]()

    def allows(self, key: str) -> bool:
        """Count one request; False where it is one too many."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._hits = second, Counter()
        self._hits[key] += 1
        return self._hits[key] <= self.most


class Gate:
    """Lets a request in by its key, its scope and its rate."""

    def __init__(self, keys: KeyRing, rate_limit_per_s: int) -> None:
        self._keys = keys
        self._rate = Rate(rate_limit_per_s)

    def admit_request(self, request: Request, scope: Scope) -> Key:
        """The same for a request."""
        return self.admit(request.headers.get("authorization"), scope)

    def admit(self, authorization: str | None, scope: Scope) -> Key:
        """The key of a request with this Authorization header; 401, 403 or 429."""
        key = self._keys.find(authorization)
        if key is None:
            detail = "Send a known key as `Authorization: Bearer <key>`"
            raise ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})
        if scope not in key.scopes:
            raise ProblemError(403, f"This key does not have the scope {scope}")
        if not self._rate.allows(key.sha256):
            detail = f"More than {self._rate.most} requests in a second with one key"
            raise ProblemError(429, detail, headers={"Retry-After": "1"})
        return key


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body; 413 where it is longer than `limit` bytes, ClientDisconnect where it ends too soon."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise ProblemError(413, f"The body is larger than {limit} bytes")
        more = message.get("more_body", False)
    return body


def media_type(request: Request) -> str:
    """The content type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
