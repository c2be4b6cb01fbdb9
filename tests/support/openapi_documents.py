"""The OpenAPI documents of both services, from apps that are built but not started."""

from datetime import UTC, datetime
from typing import Any, cast

from services.api.app import build_app
from services.api.desk import Desk
from services.registration.app import build_fastapi
from services.registration.front import Registrar
from services.registration.reference import ReferenceData
from services.registration.service import Service
from services.registration.settings import RegistrationSettings
from services.shared.auth import KeyRing
from services.shared.ports import Publisher


def registration_document() -> dict[str, Any]:
    """What the registration service serves as /openapi.json."""
    settings = RegistrationSettings(participant_secret="only for the document")
    no_broker = cast(Publisher, None)
    service = Service(settings, no_broker, ReferenceData(), KeyRing([]), lambda: datetime.now(UTC))
    return build_fastapi(service, Registrar(service)).openapi()


def api_document() -> dict[str, Any]:
    """What the API serves as /openapi.json."""
    return build_app(cast(Desk, None)).openapi()
