"""Keys and secrets of one data directory, made at its first start and kept."""

import hashlib
import json
import os
import secrets
from pathlib import Path

__all__ = ["Keys", "load_or_make_keys"]

# Name in keys.env, scopes.
_KEYS = (("REGISTER_KEY", ["register"]), ("REFERENCE_KEY", ["reference"]), ("READ_KEY", ["read"]))
_ANY_OFFICE = "*"


class Keys:
    """`plain`: REGISTER_KEY, REFERENCE_KEY, READ_KEY. `secret`: PARTICIPANT_SECRET, CLICKHOUSE_PASSWORD.

    `hashed_file`: the keys as the services read them.
    """

    def __init__(self, data_dir: Path) -> None:
        self.plain_file = data_dir / "keys.env"
        self.hashed_file = data_dir / "auth-keys.json"
        self.secret_file = data_dir / "secret.env"
        self.plain = _read_env(self.plain_file)
        self.secret = _read_env(self.secret_file)


def load_or_make_keys(data_dir: Path) -> Keys:
    """The directory's keys; those that are missing are made. The files are for their owner only (mode 600)."""
    keys = Keys(data_dir)
    keys.plain = {name: secrets.token_urlsafe(32) for name, _ in _KEYS} | keys.plain
    keys.secret = {
        "PARTICIPANT_SECRET": secrets.token_hex(32),
        "CLICKHOUSE_PASSWORD": secrets.token_urlsafe(24),
    } | keys.secret
    _write(keys.plain_file, _env_text(keys.plain))
    _write(keys.secret_file, _env_text(keys.secret))
    _write_hashed(keys)
    return keys


def _write_hashed(keys: Keys) -> None:
    """The stack's own keys; others in the file, made by hand, stay as they are."""
    ours = [
        {"sha256": hashlib.sha256(keys.plain[name].encode()).hexdigest(), "scopes": scopes, "office": _ANY_OFFICE}
        for name, scopes in _KEYS
    ]
    present = json.loads(keys.hashed_file.read_text()) if keys.hashed_file.exists() else []
    hashes = {key["sha256"] for key in ours}
    others = [key for key in present if key["sha256"] not in hashes]
    _write(keys.hashed_file, json.dumps(ours + others, indent=1) + "\n")


def _read_env(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}


def _env_text(values: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a key lost half-way would lock its owner out."""
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
