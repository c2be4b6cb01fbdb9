"""What kind of statement a text is: an insert with its data behind it, or something else."""

import re
from dataclasses import dataclass

__all__ = ["HEAD_BYTES", "InsertHead", "changes_session", "insert_head", "is_insert", "is_select"]

# The statement part of an insert ends within this many bytes; what follows is data.
HEAD_BYTES = 64 * 1024

_TOKEN = re.compile(
    rb"""\s+ | --[^\n]* | /\*.*?\*/                                # blanks and comments
       | '(?:[^'\\]|\\.)*' | `(?:[^`\\]|\\.)*` | "(?:[^"\\]|\\.)*"  # strings and quoted names
       | (?P<word>\w+) | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_BLANKS = rb"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_INSERT = re.compile(_BLANKS + rb"INSERT\b", re.IGNORECASE | re.DOTALL)
_SELECT = re.compile(_BLANKS + rb"(?:\(\s*)*(?:SELECT|WITH|FROM)\b", re.IGNORECASE | re.DOTALL)
_SESSION_STATE = re.compile(_BLANKS + rb"(?:SET|USE)\b", re.IGNORECASE | re.DOTALL)
_SETTING = re.compile(rb"\s+\w+\s*=")
_FORMAT = re.compile(rb"\s+(\w+)[ \t\f]*(?:\r?\n)?")
_OTHER_SOURCES = {b"SELECT", b"WITH", b"VALUES", b"FROM", b"WATCH"}


@dataclass(frozen=True, slots=True)
class InsertHead:
    """`sql`: the insert up to its SETTINGS and FORMAT. `fmt`: the format of the data. `data_at`: where the data begins."""

    sql: str
    fmt: str
    data_at: int
    settings: str = ""


def insert_head(text: bytes) -> InsertHead | None:
    """The head of `INSERT INTO ... FORMAT x <data>`; None for any other statement, or one with `{parameters}`."""
    if not _INSERT.match(text):
        return None
    depth, settings_at = 0, None
    for token in _TOKEN.finditer(text, 0, min(len(text), HEAD_BYTES)):
        if token["mark"] in (b"(", b")"):
            depth += 1 if token["mark"] == b"(" else -1
        elif token["mark"] == b"{":
            return None
        elif depth == 0 and token["word"] is not None:
            word = token["word"].upper()
            if word in _OTHER_SOURCES:
                return None
            if word == b"SETTINGS" and _SETTING.match(text, token.end()):
                settings_at = token.start()
            if word == b"FORMAT" and (named := _FORMAT.match(text, token.end())):
                end = token.start() if settings_at is None else settings_at
                settings = text[end : token.start()].decode()
                return InsertHead(text[:end].decode(), named[1].decode(), named.end(), settings)
    return None


def changes_session(text: bytes) -> bool:
    """SET and USE: they change what later statements of the same session see."""
    return _SESSION_STATE.match(text) is not None


def is_insert(text: bytes) -> bool:
    return _INSERT.match(text) is not None


def is_select(text: bytes) -> bool:
    """The only statements whose results the engine streams."""
    return _SELECT.match(text) is not None
