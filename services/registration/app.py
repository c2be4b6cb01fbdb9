"""The ASGI app around a service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.registration.bulk import bulk_routes
from services.registration.front import Front, Registrar
from services.registration.offers import offer_routes
from services.registration.openapi import install_openapi
from services.registration.reference_upload import reference_routes
from services.registration.reviews import review_routes
from services.registration.routes import registration_routes
from services.registration.screen import FILES, operator_routes, screen_routes
from services.registration.service import Service
from services.shared import problems
from services.shared.screens import mount_screen


def build_app(service: Service) -> Front:
    """All routes; the publisher lives as long as the app does."""
    registrar = Registrar(service)
    return Front(registrar, build_fastapi(service, registrar))


def build_fastapi(service: Service, registrar: Registrar) -> FastAPI:
    """The routes and their documentation."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.publisher.start()
        try:
            yield
        finally:
            await service.publisher.close()

    app = FastAPI(
        title="Registration",
        version="1",
        description="Takes enrolments from counters and reference data; answers once Kafka keeps them.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(registration_routes(service, registrar))
    # Reviews stand before reference data, whose path is theirs as well: the first says which methods there are.
    for routes in (bulk_routes, review_routes, reference_routes, offer_routes, screen_routes, operator_routes):
        app.include_router(routes(service))
    mount_screen(app, FILES)
    install_openapi(app)
    return app
