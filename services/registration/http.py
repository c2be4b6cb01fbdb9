"""Common to all routes: who asks, how often, and how large."""

from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from services.shared.auth import Key, KeyRing, Scope
from services.shared.problems import ProblemError

JSON: Final = "application/json"


class Gate:
    """Lets a request in by its key, its scope and its rate."""

    def __init__(self, keys: KeyRing, rate_limit_per_s: int) -> None:
        self._keys = keys
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerSecond(rate_limit_per_s)

    def admit(self, request: Request, scope: Scope) -> Key:
        """The key of a request; 401, 403 or 429."""
        key = self._keys.find(request.headers.get("authorization"))
        if key is None:
            detail = "Send a known key as `Authorization: Bearer <key>`"
            raise ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})
        if scope not in key.scopes:
            raise ProblemError(403, f"This key does not have the scope {scope}")
        if not self._limiter.hit(self._rate, key.sha256):
            detail = f"More than {self._rate.amount} requests in a second with one key"
            raise ProblemError(429, detail, headers={"Retry-After": "1"})
        return key


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; 413 where it is longer than `limit` bytes."""
    too_large = ProblemError(413, f"The body is larger than {limit} bytes")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    parts, size, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def media_type(request: Request) -> str:
    """The content type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def json_response(body: bytes, status: int = 200) -> Response:
    """A response of prepared JSON."""
    return Response(body, status, media_type=JSON)
