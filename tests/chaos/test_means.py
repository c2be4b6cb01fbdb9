"""What the runs rely on finds what it should find: the search for national IDs, the full disk, the ledger of waiting."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.full_disk import Limited, disk_of
from tests.chaos.identity_search import logs, places
from tests.chaos.registrations import log_of, national_id, registration_of, uploads_of

WRITER = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "ab") as file:
            file.write(b"x" * 100_000)
        print("written", flush=True)
    except OSError as error:
        print(error.errno, flush=True)
"""


def test_a_national_id_in_a_log_is_found_and_other_numbers_are_not(tmp_path: Path) -> None:
    known = {b"091150900001"}
    (tmp_path / "clean.log").write_text('{"offset": 4091150900001, "at": "20261122091150900001"}')
    (tmp_path / "leaking.log").write_text('{"detail": "person 091150900001 is known"}')
    assert places(logs(tmp_path.iterdir()), known) == ["log leaking.log"]


@pytest.mark.parametrize("may_mount", [False, True])
def test_on_a_full_disk_nothing_can_be_written_until_there_is_room_again(tmp_path: Path, may_mount: bool) -> None:
    folder = tmp_path / "disk"
    command = [sys.executable, "-c", WRITER, str(folder / "file")]
    with (
        disk_of(folder, lambda: writer.pid, may_mount=may_mount) as disk,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer,
    ):
        assert may_mount or isinstance(disk, Limited)

        def write() -> str:
            writer.stdin.write("\n")
            writer.stdin.flush()
            return writer.stdout.readline().strip()

        assert write() == "written"
        disk.fill()
        assert write().isdigit()
        disk.empty()
        assert write() == "written"
        writer.stdin.close()


def test_the_load_has_every_kind_each_person_one_number_and_all_of_it_is_sent() -> None:
    log = log_of(2_000, seed=5)
    assert {event["kind"] for event in log} == {
        "enrolled", "renewed", "withdrawn", "transferred", "corrected", "voided",
    }  # fmt: skip
    assert len({national_id(event) for event in log}) == len({event["participant"] for event in log})
    assert all("participant" not in registration_of(event) for event in log)
    uploads = uploads_of(log, seed=5)
    assert [event for upload in uploads for event in upload] == log
    assert {len(upload) == 1 for upload in uploads} == {True, False}


def test_a_registration_sent_again_is_the_same_body() -> None:
    log = log_of(2_000, seed=6)
    bodies: dict[str, dict] = {}
    again = 0
    for event in log:
        body = registration_of(event)
        again += body["registration_id"] in bodies
        assert bodies.setdefault(body["registration_id"], body) == body
    assert again >= 200


def test_registrations_that_happen_to_have_one_id_are_one_body() -> None:
    log = log_of(30_000, seed=80)
    assert len({repr(registration_of(event)) for event in log}) == len({event["registration_id"] for event in log})
