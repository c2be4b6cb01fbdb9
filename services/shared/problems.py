"""Errors over HTTP: every one is RFC 9457 problem+json, whoever raised it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from schemas.problem import MEDIA_TYPE, FieldError, Problem
from services.shared.errors import Backpressure, CoverageError, StoreError, Unavailable

TITLES = {
    400: "Bad request", 401: "Key missing or unknown", 403: "Not allowed with this key", 404: "Not found",
    405: "Method not allowed", 409: "Conflict", 413: "Too large", 415: "Unsupported media type", 422: "Some fields are wrong",
    429: "Too many requests", 500: "Our fault", 503: "Not available right now",
}  # fmt: skip
RETRY_AFTER_S = 2
PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")


class ProblemError(CoverageError):
    """An error that a client is told as problem+json."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers, self.extra = status, detail, list(errors), headers, extra


def problem_response(error: ProblemError) -> Response:
    """The response of one problem."""
    body = Problem(
        title=TITLES.get(error.status, "Error"),
        status=error.status,
        detail=error.detail,
        errors=error.errors,
        **error.extra,
    ).model_dump(mode="json")
    if not error.errors:
        body.pop("errors")
    return JSONResponse(body, error.status, dict(error.headers or {}), media_type=MEDIA_TYPE)


def field_errors(errors: Sequence[Any]) -> list[FieldError]:
    """Pydantic's errors as field, message and Pydantic's own code, without the input: it may hold a national ID."""
    return [shown for error in errors for shown in _field_errors(error)]


def _field_errors(error: Mapping[str, Any]) -> list[FieldError]:
    parts = [shown_name(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
    message = str(error["msg"]).removeprefix("Value error, ")
    if (
        not parts and error["type"] == "value_error" and ": " in message
    ):  # a validator of the row names its fields itself
        fields, _, rest = message.partition(": ")
        return [FieldError(field=field, message=rest, code=error["type"]) for field in fields.split(" and ")]
    return [FieldError(field=".".join(parts) or "body", message=message, code=error["type"])]


def shown_name(part: str | int) -> str:
    """A field's name as it may be shown: one that is no plain name came from the client, and may be a national ID."""
    return str(part) if isinstance(part, int) or PLAIN_NAME.fullmatch(part) else "(not a field name)"


def unavailable(error: Exception) -> ProblemError:
    """503 with Retry-After; the cause is named. What was sent may be sent again as it is: it counts once."""
    return ProblemError(503, f"{error}. Send it again as it is.", headers={"Retry-After": str(RETRY_AFTER_S)})


def unexpected(error: Exception) -> ProblemError:
    """500 for a fault of ours. The log has its text; the client is told only its kind."""
    return ProblemError(500, f"An unexpected {type(error).__name__}; it is in the service's log")


def install(app: FastAPI) -> None:
    """Make every error of this app a problem."""

    @app.exception_handler(ProblemError)
    async def _problem(_: Request, error: ProblemError) -> Response:
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        errors = field_errors(error.errors())
        return problem_response(ProblemError(422, "; ".join(f"{e.field}: {e.message}" for e in errors), errors))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        return problem_response(ProblemError(error.status_code, str(error.detail), headers=error.headers))

    @app.exception_handler(Unavailable)
    @app.exception_handler(Backpressure)
    async def _away(_: Request, error: Unavailable) -> Response:
        return problem_response(unavailable(error))

    @app.exception_handler(StoreError)
    async def _store(_: Request, error: StoreError) -> Response:
        return problem_response(ProblemError(500, str(error)))

    @app.exception_handler(Exception)
    async def _bug(_: Request, error: Exception) -> Response:  # the server logs it; the client is not told its text
        return problem_response(unexpected(error))
