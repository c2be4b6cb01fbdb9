"""Bearer keys: stored as SHA-256 hashes with scopes and an office, compared in constant time.

    python -m services.shared.auth --file keys.json --scope register --office VNPOST-91-0012

adds a fresh random key to the file and prints it once. Keys are 256 random bits, so a plain hash is enough.
With `--from-environment NAME` it adds the key that this variable holds, unless it is there already, and prints nothing.
"""

import argparse
import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from services.shared.errors import ConfigError

Scope = Literal["register", "reference", "read"]
ANY_OFFICE = "*"
SHORTEST_KEY = 32


class Key(BaseModel):
    """One key as stored. `office` is the office it registers for, `*` where the body may name one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: frozenset[Scope]
    office: str = ANY_OFFICE


KEY_LIST = TypeAdapter(list[Key])


def hashed(key: str) -> str:
    """The form in which a key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyRing:
    """The keys of a deployment, looked up by what a client sent."""

    def __init__(self, keys: list[Key]) -> None:
        self._by_hash = {key.sha256: key for key in keys}

    @classmethod
    def from_file(cls, path: Path | None) -> "KeyRing":
        """Read AUTH_KEYS_FILE; ConfigError where it is missing or not a list of keys."""
        if path is None:
            raise ConfigError("AUTH_KEYS_FILE: set it to the file of hashed keys (services.shared.auth makes one)")
        try:
            return cls(KEY_LIST.validate_json(path.read_bytes()))
        except (OSError, ValidationError) as error:
            raise ConfigError(f"AUTH_KEYS_FILE: {path}: {str(error).splitlines()[0]}") from error

    @property
    def scopes(self) -> frozenset[Scope]:
        """What at least one of the keys may do."""
        return frozenset(scope for key in self._by_hash.values() for scope in key.scopes)

    def find(self, authorization: str | None) -> Key | None:
        """The key of an `Authorization: Bearer ...` header; None where there is none or it is not known."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return self._by_hash.get(hashed(token.strip()))


def write_keys(path: Path, keys: list[Key]) -> None:
    """Write the file so that only its owner reads it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(KEY_LIST.dump_python(keys, mode="json"), indent=1).encode())


def add_key(path: Path, plain: str, scopes: frozenset[Scope], office: str = ANY_OFFICE) -> None:
    """Add a key to a file, which is made where it does not exist. A key that is there changes nothing."""
    keys = KEY_LIST.validate_json(path.read_bytes()) if path.exists() else []
    key = Key(sha256=hashed(plain), scopes=scopes, office=office)
    if key not in keys:
        write_keys(path, [*(other for other in keys if other.sha256 != key.sha256), key])


def main(arguments: Sequence[str] | None = None) -> None:
    """Add a key to a file; exit 2 where the environment holds none that is long enough."""
    parser = argparse.ArgumentParser(description="Add a key to a file of hashed keys; a fresh one is printed once.")
    parser.add_argument("--file", type=Path, required=True, help="the AUTH_KEYS_FILE; made where it does not exist")
    parser.add_argument("--scope", action="append", required=True, choices=["register", "reference", "read"])
    parser.add_argument("--office", default=ANY_OFFICE, help="the office the key registers for (default: any)")
    parser.add_argument("--from-environment", metavar="NAME", help="take the key from this variable; print nothing")
    chosen = parser.parse_args(arguments)
    given = os.environ.get(chosen.from_environment, "") if chosen.from_environment else None
    if given is not None and len(given) < SHORTEST_KEY:
        parser.error(f"{chosen.from_environment}: set it to a random key of {SHORTEST_KEY} characters or more")
    plain = given or secrets.token_urlsafe(32)
    add_key(chosen.file, plain, frozenset(chosen.scope), chosen.office)
    if given is None:
        print(plain)


if __name__ == "__main__":
    main()
