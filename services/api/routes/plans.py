"""`/v1/targets/{id}`."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from schemas.coverage import TargetProgress
from schemas.pages import TargetPage
from services.api.answers.coverage import region_ref
from services.api.answers.targets import each_target, owner_targets, region_target
from services.api.desk import Desk, Served, reader
from services.api.domain.plans import Plan
from services.api.live.figures import Figures
from services.api.live.snapshot import Snapshot
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, json_response
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[Depends(reader)])
OWNER_KEPT_S = 2.0


@router.get("/targets/{target}", responses=answers(TargetPage, 404), response_model=None)
async def get_target(
    desk: Served,
    target: Annotated[str, Path(min_length=1, max_length=80, description="The target's id")],
    date: AsOfDay = None,
) -> Response:
    """How a plan stands; a plan for each region of a level also region by region."""
    snapshot = desk.snapshot
    plan = snapshot.reference.plans.get(target)
    if plan is None:
        raise ProblemError(404, f"There is no target {target[:80]!r}.")
    position = snapshot.reference.tree.index[plan.region]
    shown = snapshot if date is None else await desk.dated_below(snapshot, position, plan.scheme, date, None)
    figures = shown.of(position, plan.scheme)
    if not plan.of_region:
        page = _page(figures, plan, await _of_owner(desk, plan, figures))
        return json_response(desk.with_freshness(snapshot, page.model_dump_json(by_alias=True).encode()))

    def make(_: Snapshot) -> TargetPage:
        return _page(figures, plan, region_target(figures, plan, position))

    # In a thread: a plan for each commune has thousands of rows.
    return json_response(await to_thread.run_sync(desk.live_answer, snapshot, ("target", target, date), make))


async def _of_owner(desk: Desk, plan: Plan, figures: Figures) -> TargetProgress:
    today = figures.calendar.today
    return await desk.questions.ask(
        ("owner target", plan, today), OWNER_KEPT_S, lambda store: owner_targets(store, [plan], today)[0]
    )


def _page(figures: Figures, plan: Plan, progress: TargetProgress) -> TargetPage:
    return TargetPage(
        as_of=figures.calendar.as_of,
        freshness_ms=-1,
        target=progress,
        region=region_ref(figures.tree.places[figures.tree.index[plan.region]]),
        regions=each_target(figures, plan) if plan.each_level else [],
    )
