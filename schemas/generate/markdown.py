"""Tables in Markdown, and texts between two markers of a page that is otherwise written by hand."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `|` in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def between(page: str, marker: str, text: str) -> str:
    """The page with `text` between `<!-- marker -->` and `<!-- /marker -->`. Raises ValueError where they are missing."""
    first, last = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    before, found, rest = page.partition(first)
    _, closed, after = rest.partition(last)
    if not found or not closed:
        raise ValueError(f"the page needs the markers {first} and {last}")
    return f"{before}{first}\n{text}\n{last}{after}"


def code(text: str) -> str:
    """As code; nothing for nothing."""
    return f"`{text}`" if text else ""
