"""Turn the recipe of a programme into the registrations a counter would have sent.

A recipe is a list of steps (`programmes/README.md`). `expand` is pure: the same recipe gives the same bodies of
`POST /v1/registrations`, so that loading a programme twice counts nobody twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from deploy.reference.made_up_ids import MadeUpPerson, person
from schemas.vocabulary import TIME_ZONES, Country

Body = dict[str, Any]
Given = str | tuple[str, ...] | None

_NAMESPACE = UUID("7b0f5a5e-3c0e-5d3b-9a57-1f5c1c0d7e21")
# Local opening hours of post offices and social-insurance offices.
_HOURS = {
    "VN": ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0))),
    "TH": ((time(8, 30), time(16, 30)),),
}
# Fields of a body that a step gives as one value, or as a list that its people take in turn.
_GIVEN = ("region", "office", "agent", "channel", "outreach", "campaign", "group", "sponsor")


@dataclass(frozen=True)
class Step:
    """`count` records of one kind between two days. `of` names an earlier step whose people they are about.

    Raises TypeError or ValueError for a step that says too little, too much, or something impossible.
    """

    name: str
    scheme: str
    count: int
    basis: str
    first_day: date
    last_day: date
    region: Given = None
    kind: str = "enrolled"
    office: Given = None
    agent: Given = None
    channel: Given = None
    outreach: Given = None
    campaign: Given = None
    group: Given = None
    sponsor: Given = None
    birth_years: tuple[int, int] = (1962, 2002)
    any_day: bool = False
    of: str | None = None
    skip: int = 0
    reason: str | None = None
    note: str = field(default="", compare=False)

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Step":
        """From a JSON object, in which the days are called `from` and `to`."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
        }
        first, last = date.fromisoformat(values.pop("from")), date.fromisoformat(values.pop("to"))
        unknown = set(values) - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(f"step {entry.get('name')}: unknown {', '.join(sorted(unknown))}")
        return cls(first_day=first, last_day=last, **values)

    def __post_init__(self) -> None:
        if self.last_day < self.first_day or self.count < 1:
            raise ValueError(f"step {self.name}: needs a positive count and days in order")
        if self.of is None and (self.region is None or self.kind != "enrolled"):
            raise ValueError(f"step {self.name}: new people are enrolled and need a region")
        if (self.kind in ("voided", "corrected")) != bool(self.reason):
            raise ValueError(f"step {self.name}: a reason goes with voided and corrected, and only with them")


def expand(programme: Mapping[str, Any]) -> list[Body]:
    """All bodies of a programme in order of `occurred_at`, as they would have come in."""
    name: str = programme["programme"]
    made: dict[str, list[Body]] = {}
    people = 0
    for entry in programme["registrations"]:
        step = Step.read(entry)
        if step.name in made:
            raise ValueError(f"{name}: two steps are called {step.name}")
        if step.of is None:
            subjects = [_newcomer(name, people + i, step, i) for i in range(step.count)]
            people += step.count
        else:
            subjects = _earlier(made, step)
        made[step.name] = _bodies(name, step, subjects)
    every = [body for bodies in made.values() for body in bodies]
    return sorted(every, key=lambda body: (body["occurred_at"], body["registration_id"]))


def people_of(bodies: Iterable[Body]) -> set[tuple[str, str]]:
    """The distinct (scheme, national ID) pairs: how many people the records are about."""
    return {(body["scheme"], body["national_id"]) for body in bodies}


def _newcomer(programme: str, number: int, step: Step, place: int) -> Body:
    """The fields that describe a person who was never registered before."""
    rng = Random(f"{programme}/{number}")
    years = [year for year in range(step.birth_years[0], step.birth_years[1] + 1) if year != 1984]
    born = (rng.choice(years), rng.choice("FM"))
    someone: MadeUpPerson = person(int(programme[1:]), number, born, _turn(step.region, place) or "")
    return {
        "national_id": someone.national_id, "country": someone.country,
        "birth_year": someone.birth_year, "sex": someone.sex,
    }  # fmt: skip


def _earlier(made: Mapping[str, list[Body]], step: Step) -> list[Body]:
    """The records of the step named by `of`, from `skip` on."""
    subjects = made.get(step.of or "", [])[step.skip : step.skip + step.count]
    if len(subjects) < step.count:
        raise ValueError(f"step {step.name}: {step.of} has too few people before it")
    return [{k: v for k, v in subject.items() if k not in ("refers_to", "reason")} for subject in subjects]


def _bodies(programme: str, step: Step, subjects: list[Body]) -> list[Body]:
    moments = _moments(Random(f"{programme}/{step.name}"), step, subjects[0]["country"])
    bodies = []
    for place, (subject, moment) in enumerate(zip(subjects, moments, strict=True)):
        body = subject | {
            "registration_id": str(uuid5(_NAMESPACE, f"{programme}/{step.name}/{place}")),
            "kind": step.kind, "scheme": step.scheme, "occurred_at": moment.isoformat(),
        }  # fmt: skip
        body |= {name: value for name in _GIVEN if (value := _turn(getattr(step, name), place))}
        if step.reason:
            body |= {"refers_to": subject["registration_id"], "reason": step.reason}
        bodies.append(body)
    return bodies


def _turn(given: Given, place: int) -> str | None:
    """The value itself, or the one whose turn it is."""
    return given[place % len(given)] if isinstance(given, tuple) else given


def _moments(rng: Random, step: Step, country: str) -> list[datetime]:
    """As many moments as records, in order, inside opening hours on weekdays (on any day if the step says so)."""
    zone = ZoneInfo(TIME_ZONES[Country(country)])
    span = range((step.last_day - step.first_day).days + 1)
    days = [step.first_day + timedelta(days=n) for n in span]
    open_days = [day for day in days if step.any_day or day.weekday() < 5]
    if not open_days:
        raise ValueError(f"step {step.name}: no weekday between {step.first_day} and {step.last_day}; say any_day")
    return sorted(_moment(rng, rng.choice(open_days), country, zone) for _ in range(step.count))


def _moment(rng: Random, day: date, country: str, zone: ZoneInfo) -> datetime:
    opens, closes = rng.choice(_HOURS[country])
    start = datetime.combine(day, opens, zone)
    return start + timedelta(seconds=rng.randrange(int((datetime.combine(day, closes, zone) - start).total_seconds())))
