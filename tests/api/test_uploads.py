"""Uploads in pieces: they survive every break, and become a photo once, whole and unmixed."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.factories import (
    PASSWORD,
    PIECE,
    TUS,
    Clinic,
    Person,
    found_clinic,
    new_id,
    new_upload,
    ok,
    photo_form,
    problem,
    signed_in,
)
from tests.fakes import FakeClock
from tests.pictures import photo
from tests.recorder import recorded

UPLOADS = "/v1/patients/{me}/uploads"
PHOTOS = "/v1/patients/{me}/photos"


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


@pytest.fixture
def patient(clinic: Clinic) -> Person:
    return clinic.patient


def begin(patient: Person, content: bytes, **changes: Any) -> str:
    """Where a new upload is."""
    begun = patient.post(UPLOADS, headers=new_upload(len(content), **changes))
    assert begun.status_code == 201, begun.text
    assert begun.headers["upload-offset"] == "0"
    return str(begun.headers["location"])


def send(patient: Person, upload: str, offset: int, piece: bytes, **headers: str) -> Response:
    """Send a piece."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return patient.request("PATCH", upload, headers={**PIECE, "Upload-Offset": str(offset), **more}, content=piece)


def offset(patient: Person, upload: str) -> int:
    """How much has arrived."""
    answer = patient.request("HEAD", upload, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def parts(clinic: Clinic) -> list[Path]:
    return sorted(clinic.app.state.settings.upload_dir().glob("*"))


def test_an_upload_in_pieces_becomes_the_photo_that_was_sent(patient: Person) -> None:
    photo_id, content = new_id(), photo()
    upload = begin(patient, content, id=photo_id, sha256=hashlib.sha256(content).hexdigest())

    offsets = [offset(patient, upload)]
    for start in range(0, len(content), 30_000):
        answer = send(patient, upload, start, content[start : start + 30_000])
        assert answer.status_code == 204, answer.text
        assert answer.headers["tus-resumable"] == "1.0.0"
        offsets.append(offset(patient, upload))

    assert offsets == [*range(0, len(content), 30_000), len(content)]
    assert answer.headers["photo-id"] == photo_id
    assert answer.headers["upload-offset"] == str(len(content))
    assert ok(patient.get(f"{PHOTOS}/{photo_id}"))["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_first_bytes_may_come_with_the_creation_even_all(patient: Person) -> None:
    content, photo_id = photo(), new_id()

    some = patient.post(UPLOADS, headers=new_upload(len(content)) | PIECE, content=content[:1000])
    all_of_it = patient.post(UPLOADS, headers=new_upload(len(content), id=photo_id) | PIECE, content=content)

    assert (some.status_code, some.headers["upload-offset"]) == (201, "1000")
    assert (all_of_it.status_code, all_of_it.headers["photo-id"]) == (201, photo_id)
    assert ok(patient.get(f"{PHOTOS}/{photo_id}"))["id"] == photo_id


def test_a_lost_answer_to_the_last_piece_can_be_asked_for_again(clinic: Clinic, patient: Person) -> None:
    content, photo_id = photo(), new_id()
    upload = begin(patient, content, id=photo_id)
    send(patient, upload, 0, content)

    told = patient.request("HEAD", upload, headers=TUS)
    again = send(patient, upload, len(content), b"")
    elsewhere = send(patient, upload, 0, content)

    assert (told.headers["upload-offset"], told.headers["photo-id"]) == (str(len(content)), photo_id)
    assert (again.status_code, again.headers["photo-id"]) == (204, photo_id)
    problem(elsewhere, 409, "offset-conflict")
    assert [path for path in parts(clinic) if path.stem in upload] == []
    assert len(ok(patient.get(PHOTOS))["items"]) == 1


def test_a_photo_that_comes_by_form_and_by_upload_is_stored_once(patient: Person) -> None:
    content, photo_id = photo(), new_id()
    ok(patient.post(PHOTOS, **photo_form(content, id=photo_id)))

    answer = send(patient, begin(patient, content, id=photo_id), 0, content)
    other = send(patient, begin(patient, photo(seed=2), id=photo_id), 0, photo(seed=2))

    assert (answer.status_code, answer.headers["photo-id"]) == (204, photo_id)
    problem(other, 409, "id-reused")
    assert len(ok(patient.get(PHOTOS))["items"]) == 1


@pytest.mark.parametrize("at", [0, 999, 1001, 50_000])
def test_a_piece_that_begins_elsewhere_is_refused_and_changes_nothing(patient: Person, at: int) -> None:
    content = photo()
    upload = begin(patient, content)
    send(patient, upload, 0, content[:1000])

    refused = send(patient, upload, at, content[at : at + 500])

    problem(refused, 409, "offset-conflict")
    assert offset(patient, upload) == 1000
    assert send(patient, upload, 1000, content[1000:]).status_code == 204


def test_more_than_was_announced_is_refused_and_changes_nothing(patient: Person) -> None:
    content = photo()
    upload = begin(patient, content)
    send(patient, upload, 0, content[:1000])

    told = send(patient, upload, 1000, content[1000:] + b"more")
    untold = patient.request(
        "PATCH", upload, headers={**PIECE, "Upload-Offset": "1000"}, content=iter([content[1000:], b"more"])
    )

    problem(told, 413, "body-too-large")
    problem(untold, 413, "body-too-large")
    assert offset(patient, upload) == 1000


def test_a_piece_of_another_kind_or_of_another_tus_is_refused_and_changes_nothing(patient: Person) -> None:
    content = photo()
    upload = begin(patient, content)

    kind = patient.request(
        "PATCH", upload, headers={**TUS, "Upload-Offset": "0", "Content-Type": "image/jpeg"}, content=content
    )
    no_version = patient.request(
        "PATCH", upload, headers={**PIECE, "Upload-Offset": "0", "Tus-Resumable": "0.2.2"}, content=content
    )
    no_offset = patient.request("PATCH", upload, headers=PIECE, content=content)

    problem(kind, 415, "unsupported-media-type")
    problem(no_version, 412, "tus-version-unknown")
    assert no_version.headers["tus-version"] == "1.0.0"
    assert problem(no_offset, 422, "invalid-request")["errors"][0]["pointer"] == "/header/Upload-Offset"
    assert offset(patient, upload) == 0


def test_a_damaged_piece_is_discarded(patient: Person) -> None:
    content = photo()
    upload = begin(patient, content)
    right = f"sha256 {base64.b64encode(hashlib.sha256(content[:5000]).digest()).decode()}"

    damaged = send(patient, upload, 0, content[:4999] + b"\x00", Upload_Checksum=right)
    unknown = send(patient, upload, 0, content[:5000], Upload_Checksum="crc32 AAAA")
    before = offset(patient, upload)
    whole = send(patient, upload, 0, content[:5000], Upload_Checksum=right)

    problem(damaged, 460, "checksum-mismatch")
    problem(unknown, 400, "checksum-algorithm-unknown")
    assert before == 0
    assert (whole.status_code, offset(patient, upload)) == (204, 5000)


def test_a_file_that_changed_on_the_way_is_never_spliced(patient: Person) -> None:
    content, changed = photo(), photo(seed=2)
    photo_id = new_id()
    upload = begin(patient, content, id=photo_id, sha256=hashlib.sha256(content).hexdigest())
    send(patient, upload, 0, content[:40_000])

    spliced = send(patient, upload, 40_000, (changed + bytes(len(content)))[40_000 : len(content)])
    before = offset(patient, upload)
    mended = send(patient, upload, 40_000, content[40_000:])

    problem(spliced, 422, "digest-mismatch")
    assert before == 40_000
    assert (mended.status_code, mended.headers["photo-id"]) == (204, photo_id)
    assert ok(patient.get(f"{PHOTOS}/{photo_id}"))["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_upload_that_is_no_picture_is_told_with_its_last_piece(patient: Person) -> None:
    content = b"%PDF-1.7" + bytes(10_000)
    upload = begin(patient, content)
    send(patient, upload, 0, content[:5000])

    refused = send(patient, upload, 5000, content[5000:])

    problem(refused, 415, "unknown-picture-kind")
    assert offset(patient, upload) == 5000


def test_two_writers_at_once_are_kept_apart_and_the_lock_frees_itself(clinic: Clinic, patient: Person) -> None:
    content = photo()
    upload = begin(patient, content)
    upload_id = upload.rpartition("/")[2]

    with clinic.app.state.parts.open(upload_id):
        second = send(patient, upload, 0, content)
        ending = patient.request("DELETE", upload, headers=TUS)
        asked = offset(patient, upload)
    afterwards = send(patient, upload, 0, content)

    problem(second, 423, "upload-locked")
    problem(ending, 423, "upload-locked")
    assert asked == 0
    assert afterwards.status_code == 204


def test_an_upload_is_told_no_at_its_creation(make_app: Callable[..., FastAPI], shared_database_url: str) -> None:
    app = make_app(shared_database_url, photo_bytes=100_000)
    patient = found_clinic(app, TestClient(app)).patient
    deleted = ok(patient.post(PHOTOS, **photo_form(photo(width=320, height=400))))
    ok(patient.delete(f"{PHOTOS}/{deleted['id']}"))

    problem(patient.post(UPLOADS, headers=new_upload(100_001)), 413, "body-too-large")
    problem(patient.post(UPLOADS, headers=new_upload(0)), 422, "invalid-request")
    problem(patient.post(UPLOADS, headers=new_upload(10, id=deleted["id"])), 409, "deleted")
    problem(patient.post(UPLOADS, headers=new_upload(10, lesion_id=new_id())), 422, "unknown-reference")
    for metadata, pointer in {
        "": "id",
        "id": "id",
        "id !!!": None,
        f"id {base64.b64encode(b'x').decode()}": "id",
        f"colour {base64.b64encode(b'red').decode()}": "colour",
    }.items():
        answer = patient.post(UPLOADS, headers={**TUS, "Upload-Length": "10", "Upload-Metadata": metadata})
        expected = f"/header/Upload-Metadata{(pointer and f'/{pointer}') or ''}"
        assert expected in {error["pointer"] for error in problem(answer, 422, "invalid-request")["errors"]}


def test_what_tus_clients_tell_of_themselves_is_accepted(patient: Person) -> None:
    extra = {"filename": "IMG_1.HEIC", "filetype": "image/heic", "name": "x", "type": "y", "relativePath": "null"}

    begun = patient.post(UPLOADS, headers=new_upload(10, **extra))
    told = patient.request("HEAD", begun.headers["location"], headers=TUS)

    assert begun.status_code == 201
    assert (
        "IMG_1.HEIC" in base64.b64decode(told.headers["upload-metadata"].split("filename ")[1].split(",")[0]).decode()
    )
    assert told.headers["upload-length"] == "10"


def test_an_upload_can_be_given_up(clinic: Clinic, patient: Person) -> None:
    upload = begin(patient, photo())
    send(patient, upload, 0, photo()[:1000])

    ended = patient.request("DELETE", upload, headers=TUS)

    assert ended.status_code == 204
    assert patient.request("HEAD", upload, headers=TUS).status_code == 404
    problem(send(patient, upload, 1000, photo()[1000:]), 404, "not-found")
    problem(patient.request("DELETE", upload, headers=TUS), 404, "not-found")
    assert [path for path in parts(clinic) if path.stem in upload] == []


def test_an_upload_that_nobody_finishes_expires(patient: Person, clock: FakeClock) -> None:
    upload = begin(patient, photo())
    expires = patient.request("HEAD", upload, headers=TUS).headers["upload-expires"]

    clock.advance(hours=72)
    form = {"grant_type": "password", "username": patient.email, "password": PASSWORD}
    later = signed_in(patient.http, ok(patient.http.post("/v1/auth/token", data=form)), patient.email)

    assert expires == "Fri, 03 Apr 2026 20:00:00 GMT"
    problem(send(later, upload, 0, photo()), 404, "not-found")


def test_open_uploads_of_one_patient_have_a_limit(patient: Person) -> None:
    answers = [patient.post(UPLOADS, headers=new_upload(10)).status_code for _ in range(51)]

    assert answers == [201] * 50 + [429]


def test_the_server_says_what_it_knows_of_tus(patient: Person) -> None:
    answer = patient.request("OPTIONS", UPLOADS)

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) >= {"creation", "creation-with-upload", "checksum"}
    assert answer.headers["tus-max-size"] == "26214400"


def test_without_consent_nothing_more_is_taken(patient: Person) -> None:
    upload = begin(patient, photo())
    ok(patient.post("/v1/me/consents", {"version": 1, "granted": False}))

    problem(patient.post(UPLOADS, headers=new_upload(10)), 403, "consent-required")
    problem(send(patient, upload, 0, photo()), 403, "consent-required")
    assert offset(patient, upload) == 0
    assert patient.request("DELETE", upload, headers=TUS).status_code == 204
