"""Find the field that a published figure names in an answer of the API."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple


class Compared(NamedTuple):
    """A published figure and what is served in its place; `served` says why where nothing is."""

    figure: str
    basis: str
    published: Any
    served: Any

    @property
    def same(self) -> bool:
        """Whether they are equal, numbers as numbers."""
        return bool(self.served == self.published)


def compare(programme: Mapping[str, Any], get: Callable[[str], Any]) -> Iterator[Compared]:
    """Every figure that a programme expects; `get` gives the JSON that is served at a path, or raises RuntimeError."""
    for row in programme["expected"]:
        try:
            served = pick(get(row["path"]), row["field"])
        except (KeyError, RuntimeError) as error:
            served = f"not served: {error}"
        yield Compared(row["figure"], row["basis"], row["value"], served)


def pick(answer: Any, field: str) -> Any:
    """The value at a dotted path, `targets.P2-UMT-VOLUNTARY-2020.achieved_pct`.

    A segment is a key of an object; in a list it is a position, or the `id` of the item (or of the item's `region`).
    Ids with dots are written in brackets: `children.[VN.91.913].participants`. Raises KeyError naming the segment.
    """
    for segment in segments(field):
        answer = _step(answer, segment, field)
    return answer


def segments(field: str) -> list[str]:
    """`a.[b.c].0` -> `a`, `b.c`, `0`."""
    found, rest = [], field
    while rest:
        if rest.startswith("["):
            segment, _, rest = rest[1:].partition("]")
            rest = rest.removeprefix(".")
        else:
            segment, _, rest = rest.partition(".")
        found.append(segment)
    return found


def _step(answer: Any, segment: str, field: str) -> Any:
    if isinstance(answer, dict) and segment in answer:
        return answer[segment]
    if isinstance(answer, list):
        named = [item for item in answer if isinstance(item, dict) and segment in _names(item)]
        if len(named) == 1:
            return named[0]
        if segment.isdigit() and int(segment) < len(answer):
            return answer[int(segment)]
    raise KeyError(f"{field}: nothing called {segment}")


def _names(item: dict[str, Any]) -> set[Any]:
    region = item.get("region")
    names = {item.get("id"), region.get("id") if isinstance(region, dict) else region}
    return {name for name in names if isinstance(name, str)}
