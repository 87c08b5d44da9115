"""PostgreSQL whose disk is full, that of its tables or of its log: what it took stays, and with room it goes on."""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import httpx2
import pytest

from tests.factories import Body, entry_body, problem
from tests.faults import forms
from tests.faults.installations import Installation, installed
from tests.faults.ledger import ENTRIES, stored_entries
from tests.faults.phones import Crowd, crowd
from tests.faults.test_postgresql_outages import superuser
from tests.support import optional, postgres
from tests.support.disks import small_disk
from tests.support.postgres import PostgresServer

CONNECTIONS = 8
DISK_KIB = 64 * 1024
LEFT_KIB = 64
SOON_FULL_S = 60
RECOVERY_S = 5
FULL_S = forms.either(1, 30)


@pytest.fixture
def postgresql() -> Iterator[PostgresServer]:
    """A server of our own, whose disk is going to be full."""
    try:
        with postgres.private_server() as server:
            yield server
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk that belongs to the server."""
    with small_disk(tmp_path / "disk", kib=DISK_KIB) as disk:
        postgres.hand_over(disk)
        yield disk


@contextmanager
def almost_full(disk: Path) -> Iterator[None]:
    """Something else has taken all the room but for a little."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):  # the server takes its part meanwhile
            while file.write(bytes(LEFT_KIB * 1024)):
                pass
        file.truncate(max(file.tell() - LEFT_KIB * 1024, 0))
    try:
        yield
    finally:
        ballast.unlink()


def fill(phones: Crowd, service: Installation, status: int) -> None:
    """Send until everybody is told that there is no room, and for a while on."""
    deadline = time.monotonic() + SOON_FULL_S
    while not phones.statuses[status]:
        assert time.monotonic() < deadline, phones.statuses
        time.sleep(0.01)
    time.sleep(FULL_S)
    assert httpx2.get(f"{service.server.url}/health/live", trust_env=False).status_code == 200


def too_long_for_a_gap() -> Body:
    """An entry that needs new pages, and cannot be made smaller."""
    return entry_body(note=Random(1).randbytes(2000).hex())


@contextmanager
def tables_on(disk: Path, server: PostgresServer) -> Iterator[str]:
    """URL of a database whose tables are on that disk."""
    (disk / "tables").mkdir(mode=0o700)
    postgres.hand_over(disk / "tables")
    superuser(server, f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
    with postgres.fresh_database(server.url) as url:
        superuser(server, f"ALTER DATABASE {url.rpartition('/')[2]} SET TABLESPACE small")
        yield url
    superuser(server, "DROP TABLESPACE small")


def test_a_full_disk_of_tables_is_507_keeps_what_it_has_and_goes_on_when_there_is_room(
    postgresql: PostgresServer, environment: Mapping[str, str], disk: Path, tmp_path: Path
) -> None:
    with tables_on(disk, postgresql) as url, installed(url, environment) as service:
        phones = crowd(service.server.url, service.clinic, tmp_path)
        patient = phones.households[0].patient
        with phones.sending(CONNECTIONS):
            with almost_full(disk):
                fill(phones, service, 507)
                problem(patient.post(ENTRIES, too_long_for_a_gap()), 507, "storage-full")
                assert stored_entries(patient)
            seconds = phones.wait_for_success(RECOVERY_S, since=time.monotonic())
            time.sleep(0.5)

        assert set(phones.statuses) == {200, 201, 507}, phones.statuses
        postgresql.restart("immediate")
        phones.settle()
    forms.count(outages=1, recovery_ms=round(seconds * 1000))


def test_a_full_disk_of_the_log_is_503_until_there_is_room_and_loses_nothing(
    postgresql: PostgresServer, environment: Mapping[str, str], disk: Path, tmp_path: Path
) -> None:
    postgresql.stop()
    log = postgresql.data / "pg_wal"
    moved = Path(shutil.move(log, disk / "pg_wal"))
    for path in (moved, *moved.rglob("*")):
        postgres.hand_over(path)
    log.symlink_to(moved)
    postgresql.start()
    with postgres.fresh_database(postgresql.url) as url, installed(url, environment) as service:
        phones = crowd(service.server.url, service.clinic, tmp_path)
        with phones.sending(CONNECTIONS):
            with almost_full(disk):
                fill(phones, service, 503)
            postgresql.restart("immediate")  # without room it may not even recover, and then gives up
            seconds = phones.wait_for_success(RECOVERY_S, since=time.monotonic())
            time.sleep(0.5)

        assert set(phones.statuses) <= {200, 201, 503, 507}, phones.statuses
        assert "No space left on device" in postgresql.log()
        phones.settle()
    forms.count(outages=1, recovery_ms=round(seconds * 1000))
