"""Backups: everything comes back elsewhere, nothing is ever replaced, and nothing damaged is taken for whole."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from infra import migrations
from infra.db import Database
from infra.settings import Settings
from tests.conftest import Run
from tests.factories import Clinic, entry_body, found_clinic, lesion_body, medication_body, ok, photo_form
from tests.pictures import photo
from tests.test_migrations import REVISIONS

SECRET = "the same secret key in both installations"
ENTRIES = "/v1/patients/{me}/entries"


@pytest.fixture
def clinic(database_url: str, make_app: Callable[..., FastAPI], tmp_path: Path) -> Clinic:
    """A clinic whose patient has left something in every table of the diary, and a photo."""
    app = make_app(database_url, secret_key=SECRET)
    clinic = found_clinic(app, TestClient(app))
    lesion = ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion_body()))
    medication = ok(clinic.patient.post("/v1/patients/{me}/medications", medication_body()))
    looks = [{"lesion_id": lesion["id"], "state": "measured", "length_mm": 12.0, "method": "ruler"}]
    intakes = [{"medication_id": medication["id"], "taken": True}]
    for number in range(3):
        ok(clinic.patient.post(ENTRIES, entry_body(lesion_observations=looks, intakes=intakes, note=f"{number}")))
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))
    ok(clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "Corrected."}, base=1))
    ok(clinic.patient.delete(f"/v1/patients/{{me}}/lesions/{lesion['id']}"))
    ok(clinic.patient.request("POST", "/v1/patients/{me}/photos", **photo_form(photo())))
    assert len(photo_files(tmp_path / "data")) == 3
    return clinic


@pytest.fixture
def backup(run: Run, clinic: Clinic, database_url: str, tmp_path: Path) -> Path:
    """A backup of that clinic."""
    assert clinic
    status, _, said = run(database_url, tmp_path / "data", "backup", tmp_path / "backup")
    assert status == 0, said
    return tmp_path / "backup"


def photo_files(data: Path) -> dict[str, bytes]:
    """The files of all photos in a data directory or a backup."""
    folder = data / "blobs"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")}


def opened(url: str) -> Database:
    """A database as the program opens it."""
    return Database(Settings(database_url=url).database(), connections=2, timeout_s=10)


def contents(url: str) -> dict[str, list[Any]]:
    """All rows of all tables."""
    database = opened(url)
    with database.readers.connect() as connection:
        tables = SQLModel.metadata.sorted_tables
        rows = {table.name: sorted(map(str, connection.execute(table.select()))) for table in tables}
    database.dispose()
    return rows


def is_empty(url: str) -> bool:
    """Whether there is no table in a database."""
    if url.startswith("sqlite"):
        return not Path(url.removeprefix("sqlite:///")).exists()
    database = opened(url)
    with database.readers.connect() as connection:
        names = inspect(connection).get_table_names()
    database.dispose()
    return not names


def change(url: str, *statements: str) -> None:
    """What nobody should do to a database, without its keeping of references."""
    database = opened(url)
    with (
        database.writers.connect() as connection,
        migrations.without_foreign_keys(database, connection),
        connection.begin(),
    ):
        for statement in statements:
            connection.execute(text(statement))
    database.dispose()


def test_a_backup_restored_elsewhere_is_the_same_installation_in_a_new_generation(
    run: Run, backup: Path, clinic: Clinic, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"

    status, said, _ = run(empty_database_url, elsewhere, "restore", backup)

    assert status == 0
    assert "entry: 4\n" in said
    before, after = contents(database_url), contents(empty_database_url)
    assert before.pop("installation") != after.pop("installation")
    assert before == after
    assert sum(map(len, before.values())) > 30
    assert photo_files(elsewhere) == photo_files(tmp_path / "data")
    assert run(empty_database_url, elsewhere, "verify")[0] == 0
    assert clinic.patient.id in str(after["patient"])


def test_with_the_same_secret_a_phone_stays_signed_in_over_a_restore(
    run: Run,
    backup: Path,
    clinic: Clinic,
    empty_database_url: str,
    tmp_path: Path,
    make_app: Callable[..., FastAPI],
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": clinic.patient.refresh_token}
    for _ in range(2):  # since the backup the phone has been given newer tokens
        form["refresh_token"] = ok(clinic.http.post("/v1/auth/token", data=form))["refresh_token"]

    assert run(empty_database_url, tmp_path / "elsewhere", "restore", backup)[0] == 0

    restored = TestClient(make_app(empty_database_url, secret_key=SECRET))
    pair = ok(restored.post("/v1/auth/token", data=form))
    me = ok(restored.get("/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"}))
    assert me["patient_id"] == clinic.patient.id
    assert pair["refresh_token"] != form["refresh_token"]


def test_a_backup_names_every_file_with_its_digest_and_lets_nobody_else_in(backup: Path, tmp_path: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())

    named = {file["path"] for file in manifest["files"]}
    there = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()}
    assert there == named | {"manifest.json"}
    assert {f"blobs/{name}" for name in photo_files(tmp_path / "data")} <= named
    assert manifest["schema_revision"] == migrations.head()
    assert manifest["rows"]["entry"] == 4
    assert (backup.stat().st_mode & 0o777) == 0o700
    assert (tmp_path / "data" / "secret.key").exists() is False
    assert not [name for name in named if "secret" in name]
    assert not [path.name for path in tmp_path.iterdir() if "unfinished" in path.name]


def test_long_work_says_how_far_it_has_come(
    run: Run, clinic: Clinic, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    assert clinic

    _, _, backing_up = run(database_url, tmp_path / "data", "backup", tmp_path / "backup")
    _, _, restoring = run(empty_database_url, tmp_path / "elsewhere", "restore", tmp_path / "backup")
    _, _, verifying = run(database_url, tmp_path / "data", "verify")

    assert finished(backing_up) == {"bytes of the database written", "photo files copied", "bytes digested"}
    assert finished(restoring) >= {"bytes verified", "photo files restored"}
    assert "checks" in finished(verifying)


def finished(said: str) -> set[str]:
    """The kinds of work that were said to be done."""
    return {line[1] for line in re.finditer(r"^(.+): ([1-9][\d,]*) of \2$", said, re.MULTILINE)}


def test_a_backup_replaces_nothing(run: Run, backup: Path, database_url: str, tmp_path: Path) -> None:
    before = (backup / "manifest.json").read_bytes()

    status, _, said = run(database_url, tmp_path / "data", "backup", backup)

    assert status == 2
    assert said.endswith("exists already; a backup never replaces anything.\n")
    assert (backup / "manifest.json").read_bytes() == before


def test_a_restore_replaces_no_database(run: Run, backup: Path, database_url: str, tmp_path: Path) -> None:
    before = contents(database_url)

    status, _, said = run(database_url, tmp_path / "elsewhere", "restore", backup)

    assert (status, said) == (2, "There is a database already; a restore never replaces anything.\n")
    assert contents(database_url) == before


def test_a_restore_replaces_no_photo(run: Run, backup: Path, empty_database_url: str, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "blobs" / "patients" / "other.jpg"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another photo")

    status, _, said = run(empty_database_url, tmp_path / "elsewhere", "restore", backup)

    assert status == 2
    assert said.endswith("There are photos already that are not in the backup; a restore never replaces anything.\n")
    assert other.read_bytes() == b"another photo"
    assert is_empty(empty_database_url)


def damage(backup: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What can be wrong with a backup, and how it comes about."""
    database = next(backup.glob("database.*"))
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    yield "is damaged: its size or SHA-256", lambda: database.write_bytes(content)
    yield "is damaged: its size or SHA-256", lambda: database.write_bytes(content[:-1])
    yield "is missing from the backup", (backup / "blobs" / min(photo_files(backup))).unlink
    yield "is not in the manifest", lambda: (backup / "more").write_text("more")
    yield "is no backup", (backup / "manifest.json").unlink
    yield "is damaged, or of a newer version", lambda: (backup / "manifest.json").write_text("{")


@pytest.mark.parametrize("number", range(6))
def test_a_damaged_backup_is_refused_before_anything_is_written(
    run: Run, backup: Path, empty_database_url: str, tmp_path: Path, number: int
) -> None:
    sentence, spoil = list(damage(backup))[number]
    spoil()

    status, _, said = run(empty_database_url, tmp_path / "elsewhere", "restore", backup)

    assert status == 2
    assert sentence in said.splitlines()[-1]
    assert is_empty(empty_database_url)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("schema_revision", "9999", "This backup needs a newer version of the software: its schema is 9999.\n"),
        ("format", 2, "is damaged, or of a newer version of this software.\n"),
        ("files", [{"path": "../x", "bytes": 1, "sha256": ""}], "names a file outside the backup.\n"),
    ],
)
def test_a_backup_that_this_software_does_not_understand_is_refused(
    run: Run, backup: Path, empty_database_url: str, tmp_path: Path, name: str, value: object, sentence: str
) -> None:
    manifest = backup / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), name: value}))

    status, _, said = run(empty_database_url, tmp_path / "elsewhere", "restore", backup)

    assert status == 2
    assert said.endswith(sentence)
    assert is_empty(empty_database_url)


def test_a_backup_of_the_other_database_is_refused(
    run: Run, backup: Path, kind: str, empty_database_url: str, tmp_path: Path
) -> None:
    manifest = backup / "manifest.json"
    other = "postgresql" if kind == "sqlite" else "sqlite"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "database": other}))

    status, _, said = run(empty_database_url, tmp_path / "elsewhere", "restore", backup)

    assert (status, said) == (2, f"This is a backup of {other}; the database that is set is {kind}.\n")


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_an_older_schema_is_migrated_when_it_is_restored(
    run: Run, kind: str, empty_database_url: str, database_url: str, tmp_path: Path, revision: str
) -> None:
    older = opened(empty_database_url)
    migrations.upgrade(older, revision)
    older.dispose()
    assert run(empty_database_url, tmp_path / "data", "backup", tmp_path / "older")[0] == 0
    assert json.loads((tmp_path / "older" / "manifest.json").read_text())["schema_revision"] == revision
    if kind == "sqlite":
        Path(database_url.removeprefix("sqlite:///")).unlink()
    else:
        change(database_url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    status, _, said = run(database_url, tmp_path / "elsewhere", "restore", tmp_path / "older")

    assert status == 0, said
    restored = opened(database_url)
    assert migrations.is_current(restored)
    restored.dispose()


def test_a_database_without_an_installation_has_nothing_to_back_up(
    run: Run, empty_database_url: str, tmp_path: Path
) -> None:
    status, _, said = run(empty_database_url, tmp_path / "data", "backup", tmp_path / "backup")

    assert status == 2
    assert "is not prepared for this version" in said
    assert not (tmp_path / "backup").exists()


def test_a_missing_program_is_said_in_one_sentence(
    run: Run,
    kind: str,
    clinic: Clinic,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert clinic
    if kind == "sqlite":
        monkeypatch.setenv("PATH", "")
        assert run(database_url, tmp_path / "data", "backup", tmp_path / "backup")[0] == 0
        return
    monkeypatch.setattr("tests.support.postgres.programs", lambda: tmp_path)

    status, _, said = run(database_url, tmp_path / "data", "backup", tmp_path / "backup")

    assert status == 2
    assert said.startswith("pg_dump is not there: install PostgreSQL's client programs, or set")
    assert not list(tmp_path.glob("*backup*"))


def test_a_restored_copy_can_be_backed_up_and_restored_again(
    run: Run, backup: Path, empty_database_url: str, tmp_path: Path
) -> None:
    assert run(empty_database_url, tmp_path / "elsewhere", "restore", backup)[0] == 0

    status, _, _ = run(empty_database_url, tmp_path / "elsewhere", "backup", tmp_path / "second")

    first, second = (json.loads((place / "manifest.json").read_text()) for place in (backup, tmp_path / "second"))
    assert status == 0
    assert first["rows"] == second["rows"]
    assert first["generation"] != second["generation"]
    shutil.rmtree(tmp_path / "second")


@pytest.mark.parametrize("damage_one", [Path.unlink, lambda file: file.write_bytes(b"something else")])
def test_a_photo_that_is_missing_or_damaged_is_found_and_the_rest_is_backed_up_all_the_same(
    run: Run, clinic: Clinic, database_url: str, tmp_path: Path, damage_one: Callable[[Path], object]
) -> None:
    data = tmp_path / "data"
    assert run(database_url, data, "verify")[0] == 0
    damage_one(data / "blobs" / min(photo_files(data)))

    status, said, _ = run(database_url, data, "verify")
    saved, _, complaint = run(database_url, data, "backup", tmp_path / "backup")

    assert status == 1
    assert "WRONG  photo files: all there, each with its SHA-256 (1 of 3 wrong)" in said
    assert clinic.patient.id in said
    assert saved == 1
    assert complaint.endswith("1 photo files are missing or damaged: see `verify`.\n")
    assert json.loads((tmp_path / "backup" / "manifest.json").read_text())["rows"]["entry"] == 4


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE patient SET revision = 1", "revisions of entry: none above the patient's"),
        ("UPDATE entry SET revision = 3", "revisions: each given to one object of a patient"),
        ("UPDATE entry SET version = version + 1", "versions of entry: all kept"),
        ("DELETE FROM past_version", "versions of lesion: all kept"),
        (
            "DELETE FROM rating; DELETE FROM intake; DELETE FROM lesion_observation; DELETE FROM entry",
            "without its entry",
        ),
        ("DELETE FROM medication", "references of intake: patient_id, medication_id"),
    ],
)
def test_what_the_database_should_never_allow_is_found(
    run: Run, clinic: Clinic, kind: str, database_url: str, tmp_path: Path, statement: str, named: str
) -> None:
    assert run(database_url, tmp_path / "data", "verify")[0] == 0
    loosened = [] if kind == "sqlite" else ["ALTER TABLE intake DROP CONSTRAINT fk_intake_medication"]
    change(database_url, *loosened, *statement.split("; "))

    status, said, _ = run(database_url, tmp_path / "data", "verify")

    assert status == 1
    (wrong, *_) = [line for line in said.splitlines() if line.startswith("WRONG") and named in line]
    assert wrong
    assert "Ana Duarte" not in said
    assert clinic.patient.id in said
