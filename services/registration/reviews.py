"""`POST /v1/reference/duplicate-reviews`: what a reviewer decides of a possible duplicate goes into the log."""

import asyncio

from fastapi import APIRouter, Request

from schemas.duplicates import DuplicateDecision, DuplicateReviewed
from schemas.events import ReferenceEvent
from services.registration.domain.event import Refused
from services.registration.domain.reviews import voids_of
from services.registration.front import invalid, validated
from services.registration.http import read_body
from services.registration.openapi import json_body, problems, ref
from services.registration.service import Service
from services.shared.topics import ENROLLMENT_EVENTS

KIND = "duplicate_reviews"


def review_routes(service: Service) -> APIRouter:
    """The route of decisions."""
    router = APIRouter(tags=["reference data"])
    kept = {"description": "The broker keeps it", "content": {"application/json": {"schema": ref(DuplicateReviewed)}}}

    @router.post(
        "/v1/reference/duplicate-reviews",
        openapi_extra=json_body(DuplicateDecision),
        responses={200: kept, **problems(401, 403, 413, 422, 429, 503)},
        response_model=None,
    )
    async def review(request: Request) -> DuplicateReviewed:
        """Decide of a possible duplicate. `same` voids the records named, each by an event whose reason names the review.

        Sending it again is safe: the voids are the same. The last decision of a pair stands, but what was voided stays so.
        """
        service.gate.admit_request(request, "reference")
        decision = validated(await read_body(request.receive, service.settings.max_body_bytes), DuplicateDecision)
        service.must_be_able_to_publish()
        return await decided(service, decision)

    return router


async def decided(service: Service, decision: DuplicateDecision) -> DuplicateReviewed:
    """Publish the voids, and then that it is decided: whoever stops in between finds it open, and decides it again."""
    now = service.clock()
    try:
        voids = voids_of(decision, service.reference, now)
    except Refused as error:
        raise invalid(error.errors) from None
    topic = service.settings.topic(ENROLLMENT_EVENTS)
    sent = [
        service.publisher.send(topic, void.participant.encode(), void.model_dump_json(exclude_none=True).encode())
        for void in voids
    ]
    await asyncio.gather(*sent)
    answer = DuplicateReviewed(
        id=decision.id, decision=decision.decision, decided_at=now, voids=[void.registration_id for void in voids]
    )
    row = {**answer.model_dump(), "reviewer": decision.reviewer, "note": decision.note or ""}
    event = ReferenceEvent(kind=KIND, key=decision.id, row=row, recorded_at=now)
    key = f"{KIND}/{decision.id}".encode()
    await service.publisher.send(service.reference_topic, key, event.model_dump_json().encode())
    return answer
