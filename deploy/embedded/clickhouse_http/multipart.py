"""multipart/form-data: long arguments as fields, and tables sent along with a query as files."""

import re
from dataclasses import dataclass

from .errors import bad_request

__all__ = ["ExternalTable", "external_table", "read_form"]

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExternalTable:
    """A table that lives for one query. `structure` is a column list as in CREATE TABLE."""

    name: str
    structure: str
    fmt: str
    data: bytes


def read_form(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    """The form's plain fields and its files, by name."""
    boundary = _BOUNDARY.search(content_type)
    if not boundary:
        raise bad_request("multipart body without a boundary")
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not name:
            raise bad_request("multipart part without a name")
        if b"filename=" in head.lower():
            files[name[1].decode()] = value
        else:
            fields[name[1].decode()] = value.decode()
    return fields, files


def external_table(name: str, data: bytes, arguments: dict[str, str]) -> ExternalTable:
    """The table in file `name`; takes its `name_structure` or `name_types` and `name_format` out of `arguments`."""
    structure = arguments.pop(f"{name}_structure", "")
    types = arguments.pop(f"{name}_types", "")
    if not structure:
        structure = ", ".join(f"_{at} {kind}" for at, kind in enumerate(types.split(","), 1) if kind)
    if not structure:
        raise bad_request(f"external table {name} has neither {name}_structure nor {name}_types")
    return ExternalTable(name, structure, arguments.pop(f"{name}_format", "TabSeparated"), data)
