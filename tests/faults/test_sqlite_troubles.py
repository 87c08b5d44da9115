"""SQLite with many writers, a lock that somebody holds, a full disk, a read-only disk: nothing is lost.

After each trouble the file is checked page by page.
"""

import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest

from infra.db import Database
from tests.factories import entry_body, ok, problem
from tests.faults import forms
from tests.faults.installations import Installation, installed
from tests.faults.ledger import ENTRIES, Ledger, Told, stored_entries
from tests.faults.phones import crowd, draft
from tests.faults.test_startup import run
from tests.support.disks import FULL_DISK_KIB, remount, small_disk

WRITERS = 50
SECONDS = forms.either(3, 60)
TIMEOUT_S = 2
RECOVERY_S = 5
SERVES_ONLY = (sys.executable, "-m", "uvicorn", "main:app")
"""The program without the migration that needs to write."""


@pytest.fixture(scope="module")
def service(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that does not wait for long, with two processes."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
    impatient = {**environment, "DERMATREND_DATABASE_TIMEOUT_SECONDS": str(TIMEOUT_S)}
    with installed(url, impatient, "--workers", "2") as installation:
        yield installation


@pytest.fixture(autouse=True)
def whole_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test the file of the database is as it should be."""
    yield
    if "service" in request.fixturenames:
        check_pages(file_of(request.getfixturevalue("service")))


def file_of(installation: Installation) -> Path:
    """The file of the database."""
    return Path(installation.database_url.removeprefix("sqlite:///"))


def check_pages(file: Path) -> None:
    """Every page is whole, every reference leads somewhere."""
    with closing(sqlite3.connect(file, timeout=30)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_fifty_writers_and_two_processes_are_served_in_turn(service: Installation, tmp_path: Path) -> None:
    phones = crowd(service.server.url, service.clinic, tmp_path, patients=10)
    with phones.sending(WRITERS):
        time.sleep(SECONDS)

    assert set(phones.statuses) <= {200, 201}, phones.statuses
    phones.settle()


def test_the_log_is_copied_into_the_file_though_nobody_writes_on(service: Installation, tmp_path: Path) -> None:
    entry = ok(service.clinic.patient.post(ENTRIES, entry_body()))

    give_up = time.monotonic() + RECOVERY_S
    while not has_alone(file_of(service), entry["id"], alone=tmp_path / "alone.sqlite3"):
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_a_file_that_cannot_be_reached_does_not_end_who_copies_its_log(tmp_path: Path) -> None:
    (tmp_path / "gone").touch()
    database = Database(f"sqlite:///{tmp_path / 'gone' / 'dermatrend.sqlite3'}", connections=1, timeout_s=1)

    database.checkpoint()

    database.dispose()
    assert (tmp_path / "gone").is_file()


def has_alone(file: Path, entry_id: str, *, alone: Path) -> bool:
    """Whether the file of a database alone, as it is now, has an entry."""
    shutil.copyfile(file, alone)
    with closing(sqlite3.connect(alone)) as database, suppress(sqlite3.DatabaseError):  # copied while it was written
        found = database.execute("SELECT count(*) FROM entry WHERE id = ?", (entry_id.replace("-", ""),))
        return bool(found.fetchone() == (1,))
    return False


def test_a_long_reader_stands_in_nobodys_way(service: Installation, tmp_path: Path) -> None:
    phones = crowd(service.server.url, service.clinic, tmp_path)
    with closing(sqlite3.connect(file_of(service), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        (before,) = reader.execute("SELECT count(*) FROM entry").fetchone()
        with phones.sending(8):
            time.sleep(SECONDS)
        assert reader.execute("SELECT count(*) FROM entry").fetchone() == (before,)

    assert set(phones.statuses) <= {200, 201}, phones.statuses
    assert phones.sent > 10
    phones.settle()


def test_while_another_process_holds_the_lock_writers_are_told_to_come_again(
    service: Installation, tmp_path: Path
) -> None:
    phones = crowd(service.server.url, service.clinic, tmp_path)
    patient = service.clinic.patient
    with closing(sqlite3.connect(file_of(service), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with phones.sending(8):
            time.sleep(TIMEOUT_S + 2)
            assert set(phones.statuses) == {503}
            assert patient.get(ENTRIES).status_code == 200
            holder.execute("ROLLBACK")
            seconds = phones.wait_for_success(RECOVERY_S, since=time.monotonic())
            time.sleep(0.5)

    forms.count(outages=1, recovery_ms=round(seconds * 1000))
    assert set(phones.statuses) <= {200, 201, 503}
    phones.settle()


def test_a_full_disk_is_507_and_keeps_what_it_has(environment: Mapping[str, str], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        file = disk / "dermatrend.sqlite3"
        with installed(f"sqlite:///{file}", environment) as service:
            patient = service.clinic.patient
            ledger, chance = Ledger(tmp_path / "ledger"), random.Random(3)
            statuses: list[int] = []
            while 507 not in statuses[-5:]:
                entry = draft(chance) | {"note": "x" * 3000}
                ledger.send(entry)
                answer = patient.post(ENTRIES, entry)
                statuses.append(answer.status_code)
                ledger.hear(Told.ACKED if answer.is_success else Told.REJECTED, [entry["id"]])
                assert len(statuses) < FULL_DISK_KIB
            assert problem(answer, 507, "storage-full")
            assert set(statuses) == {201, 507}
            ledger.compare(stored_entries(patient))
            assert httpx2.get(f"{service.server.url}/health/live", trust_env=False).status_code == 200

            remount(disk, "size=32m")
            began = time.monotonic()
            while not patient.post(ENTRIES, entry).is_success:
                assert time.monotonic() - began < RECOVERY_S
                time.sleep(0.1)
            ledger.told[entry["id"]] = Told.ACKED
            ledger.compare(stored_entries(patient))
            service.server.kill()
            service.server.restart()
            ledger.compare(stored_entries(patient))
        check_pages(file)
    forms.count(outages=1, sent=len(statuses))


def test_a_disk_that_is_read_only_is_503_until_it_is_not(environment: Mapping[str, str], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        remount(disk, "size=32m")
        url = f"sqlite:///{disk / 'dermatrend.sqlite3'}"
        migrated = run({**environment, "DERMATREND_DATABASE_URL": url, "DERMATREND_DATA_DIR": str(tmp_path)}, "migrate")
        assert migrated.returncode == 0
        with installed(url, environment, command=SERVES_ONLY) as service:
            patient, kept, entry = service.clinic.patient, entry_body(), entry_body()
            ok(patient.post(ENTRIES, kept))
            service.server.kill()
            remount(disk, "ro")
            service.server.restart()

            refused = patient.post(ENTRIES, entry)

            assert problem(refused, 503, "database-unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            assert [one["id"] for one in stored_entries(patient)] == [kept["id"]]
            remount(disk, "rw")
            began = time.monotonic()
            while not patient.post(ENTRIES, entry).is_success:
                assert time.monotonic() - began < RECOVERY_S
                time.sleep(0.1)
            assert {one["id"] for one in stored_entries(patient)} == {kept["id"], entry["id"]}
        check_pages(disk / "dermatrend.sqlite3")
    forms.count(outages=1)
