"""`POST /v1/registrations`, the request that comes thousands of times a second: no layer that it does not need.

The route is also declared to FastAPI, which documents it; through FastAPI's own layers it takes twice the time.
"""

import time
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.problem import FieldError
from schemas.registration import Registration
from services.registration.desk import ConflictingRegistration, acknowledged
from services.registration.domain.event import Refused, WrongOffice
from services.registration.http import read_body
from services.registration.service import Service
from services.shared.errors import InvalidEvent, Unavailable
from services.shared.problems import ProblemError, field_errors, problem_response, unavailable, unexpected

log = structlog.get_logger()

PATH = "/v1/registrations"
M = TypeVar("M", bound=BaseModel)


class Registrar:
    """Takes one registration."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._limit = service.settings.max_body_bytes

    async def register(self, authorization: str | None, receive: Receive) -> tuple[int, bytes]:
        """Status and receipt: 201, or 200 where the same body came before. ProblemError where it was not taken."""
        started = time.perf_counter()
        service, kind = self._service, ""
        try:
            office = service.gate.admit(authorization, "register").office
            registration = validated(await read_body(receive, self._limit), Registration)
            kind = registration.kind.value
            taken, repeated = service.desk.take(registration, office)
            await acknowledged(taken)
        except Exception as error:
            outcome, problem = explained(error)
            service.metrics.count(outcome, kind)
            raise problem from None
        service.metrics.count("repeated" if repeated else "accepted", kind)
        service.metrics.latency.observe(time.perf_counter() - started)
        return 200 if repeated else 201, taken.receipt_json()


class Front:
    """The ASGI app: this one route, and behind it all others."""

    def __init__(self, registrar: Registrar, app: ASGIApp) -> None:
        self._registrar, self._app = registrar, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        authorization = next(
            (value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), None
        )
        try:
            status, receipt = await self._registrar.register(authorization, receive)
        except ClientDisconnect:
            return
        except ProblemError as problem:
            await problem_response(problem)(scope, receive, send)
        except Exception as error:  # a fault of ours
            log.exception("registration_failed")
            await problem_response(unexpected(error))(scope, receive, send)
        else:
            headers = [(b"content-length", b"%d" % len(receipt)), (b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": receipt})


def validated(body: bytes, model: type[M]) -> M:
    """The body as a model; 422 naming each field that is wrong."""
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:  # its text holds what was sent, so it must go no further
        errors = field_errors(error.errors(include_url=False, include_context=False, include_input=False))
        raise invalid(errors) from None


def invalid(errors: list[FieldError]) -> ProblemError:
    """422 naming each field."""
    return ProblemError(422, "; ".join(f"{error.field}: {error.message}" for error in errors), errors)


def explained(error: Exception) -> tuple[str, ProblemError]:
    """How a registration that was not taken is counted, and what the client is told. Anything else is raised again."""
    match error:
        case ProblemError():
            return "refused", error
        case Refused():
            return "refused", invalid(error.errors)
        case WrongOffice():
            return "refused", ProblemError(403, str(error))
        case ConflictingRegistration():
            return "conflict", ProblemError(409, str(error))
        case InvalidEvent():
            return "refused", ProblemError(422, str(error))
        case Unavailable():
            return "unavailable", unavailable(error)
    raise error
