"""What the sweep removes and, above all, what it never does: a picture that a photo needs, now or in a moment."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session

from infra.storage import Storage, new_key
from services import photos
from services.photos import Swept
from tests.factories import PIECE, TUS, Clinic, Person, found_clinic, new_upload, ok, photo_form
from tests.fakes import FakeClock
from tests.pictures import photo

PHOTOS = "/v1/patients/{me}/photos"
UPLOADS = "/v1/patients/{me}/uploads"


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    return clinic.patient


def sweep(clinic: Clinic, *, now: datetime | None = None, before: Callable[[int], object] = lambda _: None) -> Swept:
    """Sweep; `before` is called before each transaction, with its number."""
    state = clinic.app.state
    opened = iter(range(1_000_000))

    @contextmanager
    def transaction() -> Iterator[Session]:
        before(next(opened))
        with state.database.transaction() as session:
            yield session

    return photos.sweep(transaction, state.darkroom.storage, state.parts, now=now or datetime.now(UTC))


def folder(clinic: Clinic, patient_id: str) -> Path:
    """Where a patient's pictures are."""
    return Path(clinic.app.state.settings.blob_dir()) / "patients" / patient_id


def pictures(clinic: Clinic, patient: Person) -> set[str]:
    """What is kept of a patient, by name."""
    place = folder(clinic, patient.id)
    return {path.name for path in place.iterdir()} if place.exists() else set()


def age(place: Path, now: datetime | None = None, **by: float) -> None:
    """Let all in a directory be so old."""
    then = ((now or datetime.now(UTC)) - timedelta(**by)).timestamp()
    paths = list(place.iterdir())
    assert paths
    for path in paths:
        os.utime(path, (then, then))


def orphan(clinic: Clinic, patient_id: str, content: bytes = b"a picture") -> str:
    """A picture that no photo needs; its name."""
    storage: Storage = clinic.app.state.darkroom.storage
    key = new_key(UUID(patient_id), hashlib.sha256(content).hexdigest())
    storage.write(key, content)
    return key.rpartition("/")[2]


def is_whole(patient: Person, photo_id: str, stored_sha256: str) -> bool:
    """Whether every size of a photo can be seen."""
    shown = {
        size: patient.get(f"{PHOTOS}/{photo_id}/content", params={"size": size})
        for size in ("thumb", "display", "full")
    }
    assert {answer.status_code for answer in shown.values()} == {200}
    return hashlib.sha256(shown["full"].content).hexdigest() == stored_sha256


def test_a_picture_that_a_photo_needs_is_kept_however_old(clinic: Clinic, patient: Person) -> None:
    alone, twin, other = (ok(patient.post(PHOTOS, **photo_form(photo(seed)))) for seed in (1, 2, 2))
    ok(patient.delete(f"{PHOTOS}/{twin['id']}"))
    kept = pictures(clinic, patient)
    age(folder(clinic, patient.id), days=4000)

    sweep(clinic)

    assert len(kept) == 6
    assert pictures(clinic, patient) == kept
    assert is_whole(patient, alone["id"], alone["stored_sha256"])
    assert is_whole(patient, other["id"], other["stored_sha256"])


def test_a_picture_without_a_photo_goes_once_it_is_an_hour_old(clinic: Clinic, patient: Person) -> None:
    ok(patient.post(PHOTOS, **photo_form(photo())))
    kept = pictures(clinic, patient)
    lost, cut_off = orphan(clinic, patient.id), f".{orphan(clinic, patient.id)}.0123abcd"
    (folder(clinic, patient.id) / cut_off[1:-9]).rename(folder(clinic, patient.id) / cut_off)
    age(folder(clinic, patient.id), minutes=59)

    young = sweep(clinic)
    still = pictures(clinic, patient)
    age(folder(clinic, patient.id), minutes=61)
    old = sweep(clinic)

    assert (young.blobs, old.blobs) == (0, 2)
    assert still == kept | {lost, cut_off}
    assert pictures(clinic, patient) == kept


def test_what_is_left_of_a_deleted_photo_goes(clinic: Clinic, patient: Person) -> None:
    made = ok(patient.post(PHOTOS, **photo_form(photo())))
    left = {path: path.read_bytes() for path in folder(clinic, patient.id).iterdir()}
    ok(patient.delete(f"{PHOTOS}/{made['id']}"))
    for path, content in left.items():  # as if the server had died before it could remove them
        path.write_bytes(content)
    age(folder(clinic, patient.id), hours=2)

    swept = sweep(clinic)

    assert swept.blobs == 3
    assert pictures(clinic, patient) == set()


def test_a_photo_that_is_being_written_down_while_the_sweep_runs_keeps_its_picture(
    make_app: Callable[..., FastAPI], shared_database_url: str
) -> None:
    app = make_app(shared_database_url)
    clinic = found_clinic(app, TestClient(app))
    patient, darkroom = clinic.patient, app.state.darkroom
    stored: list[int] = []

    @contextmanager
    def transaction() -> Iterator[Session]:
        stored.append(len(pictures(clinic, patient)))
        sweep(clinic)
        with darkroom.transaction() as session:
            yield session

    app.state.darkroom = replace(darkroom, transaction=transaction)

    made = ok(patient.post(PHOTOS, **photo_form(photo())))

    assert stored == [3]
    assert is_whole(patient, made["id"], made["stored_sha256"])


@pytest.mark.parametrize("moment", ["before it asks what is needed", "after it has asked"])
def test_an_old_picture_that_gets_another_photo_while_the_sweep_runs_is_kept(
    clinic: Clinic, patient: Person, moment: str
) -> None:
    first = ok(patient.post(PHOTOS, **photo_form(photo())))
    later = clinic.add_patient()  # whom the sweep asks for after or before the first one
    orphan(clinic, later.id)
    for person in (patient, later):
        age(folder(clinic, person.id), days=1)
    asked_for = sorted([patient.id, later.id]).index(patient.id)
    at = 1 + asked_for + (moment == "after it has asked")
    again = photo_form(photo())
    done: list[int] = []

    def move(number: int) -> None:
        if number == at:
            ok(patient.post(PHOTOS, **again))
            ok(patient.delete(f"{PHOTOS}/{first['id']}"))
            done.append(number)

    sweep(clinic, before=move)

    assert done
    assert is_whole(patient, again["data"]["id"], first["stored_sha256"])


def test_what_is_not_ours_is_left_alone(clinic: Clinic, patient: Person) -> None:
    ok(patient.post(PHOTOS, **photo_form(photo())))
    stranger, base = str(uuid4()), Path(clinic.app.state.settings.blob_dir())
    unknown = orphan(clinic, stranger)
    foreign = [
        folder(clinic, patient.id) / "holiday.jpg",
        folder(clinic, patient.id) / f"{'0' * 64}.jpg",
        base / "patients" / "nobody" / "notes.txt",
        base / "backups" / "monday.tar",
    ]
    for path in foreign:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"not ours")
    for place in {path.parent for path in foreign} | {folder(clinic, stranger)}:
        age(place, days=30)

    swept = sweep(clinic)

    assert swept.blobs == 0
    assert [path.read_bytes() for path in foreign] == [b"not ours"] * 4
    assert pictures(clinic, Person(patient.http, "", "", "", stranger)) == {unknown}


def test_an_upload_goes_when_it_has_expired_and_one_that_is_open_keeps_its_bytes(
    clinic: Clinic, patient: Person, clock: FakeClock
) -> None:
    expired, given_up = begin(patient), begin(patient)
    clock.advance(minutes=10)
    waiting = begin(patient)
    place = Path(clinic.app.state.settings.upload_dir())
    left = place / f"{uuid4()}.part"  # of an upload that became a photo before the server died
    left.write_bytes(b"left")
    now = clock.time + timedelta(hours=71, minutes=55)
    age(place, now, hours=2)

    swept = sweep(clinic, now=now)

    names = {path.stem for path in place.iterdir()}
    assert swept.uploads >= 2
    assert swept.parts >= 3
    assert {left.stem, expired.rpartition("/")[2], given_up.rpartition("/")[2]} & names == set()
    assert waiting.rpartition("/")[2] in names
    rest = patient.request("PATCH", waiting, headers={**PIECE, "Upload-Offset": "1000"}, content=photo()[1000:])
    assert rest.status_code == 204
    assert patient.request("HEAD", expired, headers=TUS).status_code == 404


def begin(patient: Person) -> str:
    """An upload of which the first thousand bytes are there."""
    begun = patient.post(UPLOADS, headers=new_upload(len(photo())) | PIECE, content=photo()[:1000])
    assert begun.status_code == 201, begun.text
    return str(begun.headers["location"])
