"""Backups where photos are in a bucket: they are saved with all else, and what it lacks is said and not hidden."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from domain.errors import StorageUnavailable
from infra.storage import Storage, open_storage
from tests.conftest import Run, settings
from tests.factories import Body, Clinic, entry_body, found_clinic, new_id, ok, photo_form
from tests.pictures import photo
from tests.support.s3 import BUCKET, S3

SECRET = "the same secret key in both installations"
PHOTOS = "/v1/patients/{me}/photos"
PICTURES = 6
"""Files of two photos, each in three sizes."""


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """A real S3 server."""
    with S3() as server:
        yield server


@pytest.fixture
def use_folder(s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], tuple[Body, Storage]]:
    """Lets commands use a new folder of the bucket: its settings, and what is in it."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)

    def use() -> tuple[Body, Storage]:
        url = f"s3://{BUCKET}/{new_id()}"
        monkeypatch.setenv("DERMATREND_STORAGE_URL", url)
        chosen = {"storage_url": url, "storage_endpoint": s3.endpoint}
        return chosen, open_storage(settings("sqlite:///unused", tmp_path, **chosen))

    return use


@pytest.fixture
def folder(use_folder: Callable[[], tuple[Body, Storage]]) -> tuple[Body, Storage]:
    """Where the installation keeps its photos."""
    return use_folder()


@pytest.fixture
def clinic(folder: tuple[Body, Storage], database_url: str, make_app: Callable[..., FastAPI]) -> Clinic:
    """A clinic whose patient has an entry and two photos."""
    app = make_app(database_url, secret_key=SECRET, **folder[0])
    clinic = found_clinic(app, TestClient(app))
    ok(clinic.patient.post("/v1/patients/{me}/entries", entry_body()))
    for seed in (1, 2):
        ok(clinic.patient.post(PHOTOS, **photo_form(photo(seed))))
    assert len(kept(folder[1])) == PICTURES
    return clinic


def kept(store: Storage) -> dict[str, bytes]:
    """All that is in a folder of the bucket."""
    return {blob.key: store.read(blob.key) for blob in store.blobs()}


def test_photos_go_from_one_bucket_into_a_backup_and_into_another(
    run: Run,
    clinic: Clinic,
    folder: tuple[Body, Storage],
    use_folder: Callable[[], tuple[Body, Storage]],
    database_url: str,
    empty_database_url: str,
    make_app: Callable[..., FastAPI],
    tmp_path: Path,
) -> None:
    data, pictures = tmp_path / "data", kept(folder[1])
    verified, said, _ = run(database_url, data, "verify")
    assert (verified, f"SHA-256 (0 of {PICTURES} wrong)" in said) == (0, True)
    saved, _, complaint = run(database_url, data, "backup", tmp_path / "backup")
    assert saved == 0, complaint

    chosen, other = use_folder()
    restored, _, complaint = run(empty_database_url, tmp_path / "elsewhere", "restore", tmp_path / "backup")

    assert restored == 0, complaint
    assert kept(other) == kept(folder[1]) == pictures
    assert run(empty_database_url, tmp_path / "elsewhere", "verify")[0] == 0
    http = TestClient(make_app(empty_database_url, secret_key=SECRET, **chosen))
    for item in ok(clinic.patient.get(PHOTOS))["items"]:
        path = f"/v1/patients/{clinic.patient.id}/photos/{item['id']}/content"
        shown = http.get(path, params={"size": "full"}, headers=clinic.patient.headers())
        assert shown.content in pictures.values()


@pytest.mark.parametrize(
    "damage",
    [Storage.delete, lambda store, key: store.write(key, b"something else")],
    ids=["missing", "damaged"],
)
def test_an_object_that_is_missing_or_damaged_is_found_before_and_after_a_restore(
    run: Run,
    clinic: Clinic,
    folder: tuple[Body, Storage],
    use_folder: Callable[[], tuple[Body, Storage]],
    database_url: str,
    empty_database_url: str,
    tmp_path: Path,
    damage: Callable[[Storage, str], object],
) -> None:
    data, whole = tmp_path / "data", kept(folder[1])
    damage(folder[1], spoilt := min(whole))

    verified, said, _ = run(database_url, data, "verify")
    saved, _, complaint = run(database_url, data, "backup", tmp_path / "backup")
    _, other = use_folder()
    restored, _, _ = run(empty_database_url, tmp_path / "elsewhere", "restore", tmp_path / "backup")
    verified_again, said_again, _ = run(empty_database_url, tmp_path / "elsewhere", "verify")

    assert (verified, saved, restored, verified_again) == (1, 1, 0, 1)
    for report in (said, said_again):
        assert f"WRONG  photo files: all there, each with its SHA-256 (1 of {PICTURES} wrong)" in report
        assert clinic.patient.id in report
    assert complaint.endswith("1 photo files are missing or damaged: see `verify`.\n")
    assert json.loads((tmp_path / "backup" / "manifest.json").read_text())["rows"]["photo"] == 2
    there = kept(other)
    assert there.pop(spoilt, None) != whole.pop(spoilt)
    assert there == whole


def test_a_bucket_that_cannot_be_read_leaves_no_backup_and_is_said_in_one_sentence(
    run: Run, clinic: Clinic, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert clinic
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    saved, _, complaint = run(database_url, tmp_path / "data", "backup", tmp_path / "backup")
    verified, _, also = run(database_url, tmp_path / "data", "verify")

    assert (saved, verified) == (2, 2)
    assert complaint.splitlines()[-1] == also.splitlines()[-1] == str(StorageUnavailable())
    assert not list(tmp_path.glob("*backup*"))


def test_a_restore_replaces_no_photo_in_a_bucket(
    run: Run,
    clinic: Clinic,
    use_folder: Callable[[], tuple[Body, Storage]],
    database_url: str,
    empty_database_url: str,
    tmp_path: Path,
) -> None:
    assert clinic
    assert run(database_url, tmp_path / "data", "backup", tmp_path / "backup")[0] == 0
    _, other = use_folder()
    other.write("patients/other.jpg", b"another photo")

    restored, _, complaint = run(empty_database_url, tmp_path / "elsewhere", "restore", tmp_path / "backup")

    assert restored == 2
    assert "There are photos already that are not in the backup" in complaint
    assert kept(other) == {"patients/other.jpg": b"another photo"}
