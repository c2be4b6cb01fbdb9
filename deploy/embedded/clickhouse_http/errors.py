"""ClickHouse's errors: a code, a name, one line of text, and the HTTP status its server gives them."""

import re

__all__ = ["ClickHouseError", "authentication_failed", "bad_request", "exception_block"]

_CODE = re.compile(r"Code: (\d+)\. ")

# As ClickHouse's server does it: every other code is a 500.
_STATUS_CODES = {
    400: (6, 26, 27, 38, 41, 53, 62, 72, 117, 130, 131, 190, 457),  # what cannot be parsed
    401: (194,),
    403: (192, 193, 516),
    404: (46, 47, 50, 56, 60, 73, 81, 115, 456),  # what is not there
    408: (159,),
    413: (307,),
    501: (48,),
}
_STATUS = {code: status for status, codes in _STATUS_CODES.items() for code in codes}


class ClickHouseError(Exception):
    """What a client is told. `text` is one complete ClickHouse error line, without a final newline."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @classmethod
    def made_here(cls, code: int, name: str, message: str) -> "ClickHouseError":
        """An error of this endpoint itself, in the engine's wording."""
        return cls(code, f"Code: {code}. DB::Exception: {message}. ({name})")

    @classmethod
    def from_engine(cls, error: Exception) -> "ClickHouseError":
        """The engine raises RuntimeError with ClickHouse's whole text; 1002 is ClickHouse's own 'unknown'."""
        text = str(error)
        found = _CODE.search(text)
        if not found:
            return cls.made_here(1002, "UNKNOWN_EXCEPTION", text.strip().rstrip("."))
        return cls(int(found[1]), text[found.start() :].strip())

    @property
    def http_status(self) -> int:
        return _STATUS.get(self.code, 500)


def authentication_failed(user: str) -> ClickHouseError:
    """Wrong password and unknown user read alike, as on a server."""
    reason = "Authentication failed: password is incorrect, or there is no user with such name"
    return ClickHouseError.made_here(516, "AUTHENTICATION_FAILED", f"{user}: {reason}")


def bad_request(message: str) -> ClickHouseError:
    return ClickHouseError.made_here(36, "BAD_ARGUMENTS", message)


def exception_block(error: ClickHouseError, tag: str) -> bytes:
    """What follows the rows already sent when a query fails in mid-stream.

    `tag` is the value of the response's X-ClickHouse-Exception-Tag; clients look for both markers, CRLF included.
    """
    message = error.text.encode() + b"\n"
    marker, tag_bytes = b"__exception__", tag.encode()
    head = b"\r\n" + marker + b"\r\n" + tag_bytes + b"\r\n"
    return head + message + f"{len(message)} ".encode() + tag_bytes + b"\r\n" + marker + b"\r\n"
