"""What the routes work with: the settings, the live figures, ClickHouse, the streams, the keys."""

from collections.abc import Callable
from datetime import date as Day
from datetime import datetime
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import Depends, Request
from pydantic import BaseModel

from schemas.coverage import Units
from schemas.problem import FieldError
from schemas.vocabulary import TIME_ZONES, Country, Scheme
from services.api.answers.coverage import AsUnits, coverage, units_used
from services.api.domain.names import NameIndex
from services.api.domain.tree import Tree
from services.api.domain.windows import Calendar, local_day
from services.api.live.carried import carried_snapshot
from services.api.live.dated import dated_snapshot, together
from services.api.live.refresh import LiveFigures
from services.api.live.snapshot import Snapshot, utc_now
from services.api.questions import Questions
from services.api.settings import ApiSettings
from services.api.stream import Pace, Streams, Subject, freshness_event
from services.shared.auth import KeyRing
from services.shared.problems import ProblemError

UNSAID = b'"freshness_ms":-1'
"""Stands in kept answers where their freshness goes: it is that of the moment they are given."""
DATED_KEPT_S = 2.0
CARRIED_KEPT = len(Scheme)
A = TypeVar("A", bound=BaseModel)


class Desk:
    """One per process."""

    def __init__(
        self,
        settings: ApiSettings,
        live: LiveFigures,
        questions: Questions,
        keys: KeyRing | None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings, self.live, self.questions, self.keys, self.now = settings, live, questions, keys, now
        self.events_topic = settings.topic("enrollment-events")
        pace = Pace(settings.stream_heartbeat_s, settings.stream_freshness_s)
        self.streams = Streams(self.coverage_now, self.freshness_now, settings.stream_limit, pace)
        self._names: tuple[Tree, NameIndex] | None = None
        self._carried: dict[tuple[int, Scheme, Day], Snapshot] = {}

    @property
    def snapshot(self) -> Snapshot:
        """The latest figures; 503 while there are none."""
        if self.live.latest is None:
            raise ProblemError(503, f"No figures yet: {self.live.trouble}.", headers={"Retry-After": "2"})
        return self.live.latest

    def position(self, snapshot: Snapshot, region: str) -> int:
        """A region's place in the tree; 404 where there is no such region."""
        position = snapshot.reference.tree.index.get(region)
        if position is None:
            raise ProblemError(404, f"There is no region {region[:120]!r}; GET /v1/regions?q= finds regions by name.")
        return position

    def freshness_ms(self, snapshot: Snapshot) -> int | None:
        """How old the figures are now."""
        return snapshot.freshness_ms(self.events_topic, self.now())

    def live_answer(self, snapshot: Snapshot, key: object, make: Callable[[Snapshot], BaseModel]) -> bytes:
        """An answer as JSON, made once per snapshot; `make` gives it the freshness -1."""
        return self.with_freshness(snapshot, self.kept(snapshot, key, make))

    @staticmethod
    def kept(snapshot: Snapshot, key: object, make: Callable[[Snapshot], BaseModel]) -> bytes:
        """The same without its freshness."""
        found = snapshot.answers.get(key)
        return (
            found if found is not None else snapshot.keep(key, make(snapshot).model_dump_json(by_alias=True).encode())
        )

    def with_freshness(self, snapshot: Snapshot, answer: bytes) -> bytes:
        """Say how fresh the figures are now."""
        freshness = self.freshness_ms(snapshot)
        said = b"null" if freshness is None else b"%d" % freshness
        return answer.replace(UNSAID, b'"freshness_ms":' + said, 1)

    def coverage_now(self, snapshot: Snapshot, subject: Subject) -> bytes | None:
        """`/v1/coverage` of a subject; None where the region is unknown."""
        region, scheme = subject
        position = snapshot.reference.tree.index.get(region)
        if position is None:
            return None
        answer = self.kept(snapshot, ("coverage", *subject), lambda s: coverage(s, position, scheme, -1))
        return self.with_freshness(snapshot, answer)

    def freshness_now(self) -> bytes:
        """The `freshness` event of the figures that are served."""
        snapshot = self.snapshot
        return freshness_event(snapshot.as_of, self.freshness_ms(snapshot))

    async def dated(
        self, snapshot: Snapshot, region: str, scheme: Scheme, day: Day, *, whole: bool = False
    ) -> Snapshot:
        """The figures of a region as of the end of a day; `whole`: of all regions, by its country's days."""
        position = self.position(snapshot, region)
        return await self.questions.ask(
            ("dated", region, scheme, day, whole),
            DATED_KEPT_S,
            lambda store: dated_snapshot(store, snapshot, position, scheme, day, whole=whole),
        )

    async def in_units(
        self, snapshot: Snapshot, position: int, scheme: Scheme, asked: AsUnits, day: Day | None, field: str = "region"
    ) -> tuple[Snapshot, Units | None]:
        """The figures of a scheme in the units of `day` (`was`) or of today (`now`), and what to say of them.

        422 naming `field` where the region is no unit of that day.
        """
        today = self.today(snapshot, position)
        on = today if asked == "now" or day is None else day
        await self.must_stand(snapshot, position, on, field)
        if day is None:
            found = await self.live_in_units(snapshot, scheme, on)
        else:
            country = snapshot.reference.tree.places[position].country
            found = await self.questions.ask(
                ("dated", country, scheme, day, on),
                DATED_KEPT_S,
                lambda store: carried_snapshot(
                    dated_snapshot(store, snapshot, position, scheme, day, whole=True), scheme, on
                ),
            )
        return found, await to_thread.run_sync(units_used, found.of(position, scheme), position, asked, on)

    async def today_in_units(self, snapshot: Snapshot, within: int | None, scheme: Scheme, field: str) -> Snapshot:
        """All figures of a scheme in today's units; 422 naming `field` where the region they are wanted in is none."""
        today = max(calendar.today for calendar in snapshot.calendars.values())
        if within is not None:
            await self.must_stand(snapshot, within, today, field)
        return await self.live_in_units(snapshot, scheme, today)

    async def live_in_units(self, snapshot: Snapshot, scheme: Scheme, on: Day) -> Snapshot:
        """The latest figures of a scheme in the units of a day, made once per snapshot."""
        key = (snapshot.number, scheme, on)
        found = self._carried.get(key)
        if found is None:
            found = self._carried[key] = await to_thread.run_sync(carried_snapshot, snapshot, scheme, on)
            while len(self._carried) > CARRIED_KEPT:
                self._carried.pop(next(iter(self._carried)))
        return found

    async def must_stand(self, snapshot: Snapshot, position: int, on: Day, field: str = "region") -> None:
        """422 where a region is no unit of a day, with those that followed it."""
        units = await to_thread.run_sync(snapshot.reference.time.on, on)  # the first time it takes a while
        place = snapshot.reference.tree.places[position]
        if units.standing[position]:
            return
        followed = ", ".join(f"{row.to} ({row.weight})" for row in units.lineage.left_to(place.id, on))
        raise wrong(field, f"{place.id} is no unit on {on}; " + (f"see {followed}" if followed else "none follows it"))

    def today(self, snapshot: Snapshot, position: int) -> Day:
        """The present day where the region is."""
        return local_day(self.now(), TIME_ZONES[snapshot.reference.tree.places[position].country])

    def not_after_today(self, name: str, day: Day, snapshot: Snapshot, position: int) -> Day:
        """422 naming the field where a day has not begun yet."""
        today = self.today(snapshot, position)
        if day > today:
            raise wrong(name, f"lies after today ({today})")
        return day

    def calendar(self, country: Country, day: Day | None) -> Calendar:
        """The moment that is asked for: now, or the end of `day`; 422 where that has not begun yet."""
        zone = TIME_ZONES[country]
        if day is None:
            return Calendar.at(self.now(), zone)
        if day > (today := local_day(self.now(), zone)):
            raise wrong("date", f"lies after today ({today})")
        return Calendar.end_of(day, zone)

    async def dated_below(
        self, snapshot: Snapshot, within: int | None, scheme: Scheme, day: Day, asked: AsUnits | None
    ) -> Snapshot:
        """The figures of a scheme as of the end of a day: of a region with all below it, or of all countries."""
        places, found = snapshot.reference.tree.places, []
        first_of_each = {place.country: position for position, place in reversed([*enumerate(places)])}
        for position in first_of_each.values() if within is None else [within]:
            self.not_after_today("date", day, snapshot, position)
            if asked is not None:
                found.append((await self.in_units(snapshot, position, scheme, asked, day, "within"))[0])
            else:
                found.append(await self.dated(snapshot, places[position].id, scheme, day, whole=within is None))
        return together(found)

    def names(self, tree: Tree) -> NameIndex:
        """The names of a tree's regions, ready to be searched."""
        if self._names is None or self._names[0] is not tree:
            self._names = (tree, NameIndex(tree.places))
        return self._names[1]


def wrong(field: str, message: str) -> ProblemError:
    """422 about one field."""
    return ProblemError(422, f"{field}: {message}", [FieldError(field=field, message=message)])


async def desk(request: Request) -> Desk:
    """The desk of the app that serves the request."""
    found: Desk = request.app.state.desk
    return found


async def reader(request: Request) -> None:
    """Let in whoever may read: everyone, or holders of a key with scope `read` where that is required."""
    keys = (await desk(request)).keys
    if keys is None:
        return
    key = keys.find(request.headers.get("authorization"))
    if key is None:
        raise ProblemError(
            401, "Send a key: Authorization: Bearer <key> with scope read.", headers={"WWW-Authenticate": "Bearer"}
        )
    if "read" not in key.scopes:
        raise ProblemError(403, "This key has no scope read.")


Served = Annotated[Desk, Depends(desk)]
