"""The job `keys`: the operator's key is there after it, once, however often it runs; others are kept."""

import json

import pytest

from services.shared.auth import KeyRing, main

KEY = "k" * 32


def test_the_operators_key_is_added_once(tmp_path, monkeypatch, capsys):
    file = tmp_path / "auth-keys.json"
    monkeypatch.setenv("OPERATOR_KEY", KEY)
    for _ in range(2):
        main(["--file", str(file), "--from-environment", "OPERATOR_KEY", "--scope", "read", "--scope", "register"])
    assert len(json.loads(file.read_text())) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    found = KeyRing.from_file(file).find(f"Bearer {KEY}")
    assert found
    assert found.scopes == {"read", "register"}
    assert capsys.readouterr().out == ""
    assert KEY not in file.read_text()


def test_an_offices_key_is_printed_once_and_the_operators_stays(tmp_path, monkeypatch, capsys):
    file = tmp_path / "auth-keys.json"
    monkeypatch.setenv("OPERATOR_KEY", KEY)
    main(["--file", str(file), "--from-environment", "OPERATOR_KEY", "--scope", "read"])
    main(["--file", str(file), "--scope", "register", "--office", "VNPOST-91-0012"])
    printed = capsys.readouterr().out.strip()
    ring = KeyRing.from_file(file)
    assert (office := ring.find(f"Bearer {printed}"))
    assert office.office == "VNPOST-91-0012"
    assert ring.find(f"Bearer {KEY}")


def test_a_key_takes_the_scopes_it_is_given_last(tmp_path, monkeypatch):
    file = tmp_path / "auth-keys.json"
    monkeypatch.setenv("OPERATOR_KEY", KEY)
    for scope in ("read", "register"):
        main(["--file", str(file), "--from-environment", "OPERATOR_KEY", "--scope", scope])
    found = KeyRing.from_file(file).find(f"Bearer {KEY}")
    assert found
    assert found.scopes == {"register"}
    assert len(json.loads(file.read_text())) == 1


@pytest.mark.parametrize("value", ["", "short"])
def test_a_key_that_could_be_guessed_is_refused(value, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OPERATOR_KEY", value)
    with pytest.raises(SystemExit, match="2"):
        main(["--file", str(tmp_path / "keys.json"), "--from-environment", "OPERATOR_KEY", "--scope", "read"])
    assert "OPERATOR_KEY" in capsys.readouterr().err
    assert not (tmp_path / "keys.json").exists()
