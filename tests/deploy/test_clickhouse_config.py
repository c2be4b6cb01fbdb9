"""ClickHouse's configuration: well-formed, with settings and grants that the engine knows; and TLS as the services use it."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import Unavailable
from tests.contract.contract_files import ROOT
from tests.support.certificates import certificate_of_localhost
from tests.support.engines import ClickHouse, settings_of
from tests.support.needs import needs_openssl

FOLDER = ROOT / "deploy" / "clickhouse"
FILES = sorted(FOLDER.rglob("*.xml"))
USERS = ElementTree.parse(FOLDER / "users.d" / "coverage.xml").getroot()  # noqa: S314  our own file
NOT_SETTINGS = {"constraints"}


@pytest.fixture
def store(settings_env: dict[str, str]) -> Iterator[ClickHouseStore]:
    store = ClickHouseStore(settings_of(settings_env))
    yield store
    store.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_well_formed(path):
    assert ElementTree.parse(path).getroot().tag == "clickhouse"  # noqa: S314  our own file


def test_every_setting_of_a_profile_is_known_and_takes_its_value(store):
    for path in (FOLDER / "users.d" / "coverage.xml", FOLDER / "cluster" / "users.xml"):
        for profile in ElementTree.parse(path).getroot().find("profiles"):  # noqa: S314  our own file
            for setting in (each for each in profile if each.tag not in NOT_SETTINGS):
                store.command(f"SELECT 1 SETTINGS {setting.tag} = '{setting.text}'")
            for constraint in profile.iterfind("constraints/*"):
                known = store.query(
                    "SELECT count() FROM system.settings WHERE name = {name:String}", {"name": constraint.tag}
                )
                assert known == [(1,)], constraint.tag
                assert {child.tag for child in constraint} <= {"min", "max", "readonly", "changeable_in_readonly"}


def test_every_grant_can_be_read(store):
    grants = [grant.text for grant in USERS.iterfind("users/*/grants/query")]
    assert grants
    for grant in grants:
        store.query("SELECT formatQuery({grant:String})", {"grant": f"{grant} TO somebody"})


def test_a_user_has_a_password_from_outside_and_a_profile_that_is_there():
    profiles = {profile.tag for profile in USERS.find("profiles")}
    default, *users = USERS.find("users")
    assert (default.tag, default.attrib) == ("default", {"remove": "1"})
    for user in users:
        assert user.find("password").attrib["from_env"].endswith("_PASSWORD")
        assert user.find("password").text is None
        assert user.findtext("profile") in profiles


def test_only_the_writer_may_change_anything():
    for user in USERS.find("users")[1:]:
        profile = USERS.find(f"profiles/{user.findtext('profile')}")
        grants = " ".join(grant.text for grant in user.iterfind("grants/query"))
        if user.tag == "coverage_writer":
            assert profile.find("readonly") is None
        else:
            assert profile.findtext("readonly") == "2"
            assert grants == "GRANT SELECT ON coverage.*"


def test_an_analyst_is_bounded_and_cannot_lift_the_bounds():
    profile = USERS.find("profiles/coverage_analyst")
    for name in ("max_execution_time", "max_memory_usage", "max_threads", "max_rows_to_read", "max_result_rows"):
        assert int(profile.findtext(name)) <= int(profile.findtext(f"constraints/{name}/max"))
    assert USERS.find(f"quotas/{USERS.findtext('users/analyst/quota')}") is not None


def test_a_cluster_is_named_as_the_tables_ask_for_it():
    text = (FOLDER / "cluster" / "cluster.xml").read_text()
    macros = set(re.findall(r"<(\w+) from_env", text.partition("<macros>")[2].partition("</macros>")[0]))
    assert macros == set(re.findall(r"\{(\w+)\}", "{shard}{replica}"))
    assert "<internal_replication>true</internal_replication>" in text


@contextmanager
def tls_before(url: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """An https address that leads to a plain one, and the CA of its certificate."""
    certificate, key = certificate_of_localhost(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    behind = urlsplit(url)

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=lead, args=(plain,), daemon=True).start()

    def lead(plain: socket.socket) -> None:
        try:
            inside = context.wrap_socket(plain, server_side=True)
        except (OSError, ssl.SSLError):
            plain.close()
            return
        with inside, socket.create_connection((behind.hostname, behind.port)) as outside:
            back = threading.Thread(target=copy, args=(outside, inside), daemon=True)
            back.start()
            copy(inside, outside)
            back.join()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"https://localhost:{listening.getsockname()[1]}", certificate
        listening.shutdown(socket.SHUT_RDWR)


@needs_openssl
def test_a_server_is_trusted_by_the_ca_that_is_named_and_by_no_other(clickhouse: ClickHouse, settings_env, tmp_path):
    with tls_before(clickhouse.url, tmp_path) as (url, ca_file):
        store = ClickHouseStore(
            settings_of({**settings_env, "CLICKHOUSE_URL": url, "CLICKHOUSE_CA_FILE": str(ca_file)})
        )
        assert store.query("SELECT 1") == [(1,)]
        store.close()
        with pytest.raises(Unavailable, match="certificate"):
            ClickHouseStore(settings_of({**settings_env, "CLICKHOUSE_URL": url}))
