"""A full disk, a full S3: 507, never a false success, nothing left over, and uploads go on once there is room."""

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from httpx2 import Response
from PIL import Image

from tests.factories import PIECE, TUS, Person, entry_body, new_upload, ok, photo_form, problem
from tests.faults import forms
from tests.faults.installations import installed
from tests.faults.stores import PHOTOS, bucket, check_photos, directory, sweep
from tests.pictures import encoded, photo
from tests.support.disks import FULL_DISK_KIB, remount, small_disk
from tests.support.s3 import S3

UPLOADS = "/v1/patients/{me}/uploads"
ENTRIES = "/v1/patients/{me}/entries"
MOST = 200
RECOVERY_S = 5


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    with small_disk(tmp_path / "disk") as place:
        yield place


@pytest.fixture
def elsewhere(environment: Mapping[str, str], tmp_path: Path) -> dict[str, str]:
    """Settings of a server whose database is on another disk, which has room."""
    return {**environment, "DERMATREND_DATABASE_URL": f"sqlite:///{tmp_path / 'dermatrend.sqlite3'}"}


def fill(patient: Person, send: Callable[[Person, bytes], int]) -> list[int]:
    """The status of each photo until one is refused."""
    statuses: list[int] = []
    while not statuses or statuses[-1] == 201:
        assert len(statuses) < MOST
        statuses.append(send(patient, photo(seed=1000 + len(statuses))))
    return statuses


def post(patient: Person, content: bytes) -> int:
    return patient.post(PHOTOS, **photo_form(content)).status_code


def upload(patient: Person, content: bytes) -> int:
    return patient.post(UPLOADS, headers=new_upload(len(content)) | PIECE, content=content).status_code


@pytest.mark.parametrize("send", [post, upload])
def test_a_full_disk_refuses_photos_keeps_what_it_has_and_goes_on_when_there_is_room(
    send: Callable[[Person, bytes], int], disk: Path, elsewhere: dict[str, str]
) -> None:
    store = directory(disk / "blobs")
    environment = {**elsewhere, "DERMATREND_STORAGE_URL": str(disk / "blobs")}
    with installed(elsewhere["DERMATREND_DATABASE_URL"], environment) as service:
        patient = service.clinic.patient
        statuses = fill(patient, send)
        listed = ok(patient.get(PHOTOS, params={"limit": 500}))["items"]
        entry = patient.post(ENTRIES, entry_body())
        sweep(service, store)
        made = check_photos(patient, store)

        remount(disk, "size=32m")
        afterwards = send(patient, photo(seed=5))
        sweep(service, store)

        assert statuses[-1] == 507
        assert len(listed) == len(made) == len(statuses) - 1 > 0
        assert entry.status_code == 201
        assert afterwards == 201
        assert len(check_photos(patient, store)) == len(statuses)
    forms.count(outages=1, sent=len(statuses) + 1)


def test_an_upload_whose_bytes_do_not_fit_is_507_and_goes_on_from_there(disk: Path, elsewhere: dict[str, str]) -> None:
    content = encoded(
        Image.fromarray(np.random.default_rng(7).integers(0, 256, (1100, 1100, 3), dtype=np.uint8)), "PNG"
    )
    assert len(content) > FULL_DISK_KIB * 1024
    middle = len(content) // 3
    right = f"sha256 {b64encode(hashlib.sha256(content[middle:]).digest()).decode()}"
    uploads = {"DERMATREND_DATA_DIR": str(disk / "data"), "DERMATREND_STORAGE_URL": str(disk.parent / "blobs")}
    with installed(elsewhere["DERMATREND_DATABASE_URL"], {**elsewhere, **uploads}) as service:
        patient = service.clinic.patient
        begun = patient.post(UPLOADS, headers=new_upload(len(content)))
        path = begun.headers["location"]
        first = send_piece(patient, path, 0, content[:middle])

        checked = send_piece(patient, path, middle, content[middle:], checksum=right)
        after_checked = offset(patient, path)
        unchecked = send_piece(patient, path, middle, content[middle:])
        after_unchecked = offset(patient, path)
        remount(disk, "size=64m")
        rest = send_piece(patient, path, after_unchecked, content[after_unchecked:])

        assert first.status_code == 204
        problem(checked, 507, "storage-full")
        assert after_checked == middle  # what fitted of it could not be checked
        problem(unchecked, 507, "storage-full")
        assert middle < after_unchecked < len(content)
        assert rest.status_code == 204, rest.text
        made = ok(patient.get(f"{PHOTOS}/{rest.headers['photo-id']}"))
        assert made["sha256"] == hashlib.sha256(content).hexdigest()
    forms.count(outages=1)


def test_a_form_that_does_not_fit_on_the_disk_is_507_and_not_the_phones_fault(
    disk: Path, elsewhere: dict[str, str]
) -> None:
    large = photo() + bytes(3_000_000)
    with installed(elsewhere["DERMATREND_DATABASE_URL"], {**elsewhere, "TMPDIR": str(disk)}) as service:
        patient = service.clinic.patient
        refused = patient.post(PHOTOS, **photo_form(large))
        small = patient.post(PHOTOS, **photo_form(photo()))
        remount(disk, "size=32m")
        afterwards = patient.post(PHOTOS, **photo_form(large))

        problem(refused, 507, "storage-full")
        assert (small.status_code, afterwards.status_code) == (201, 201)
    forms.count(outages=1)


def test_a_full_s3_takes_no_photo_and_goes_on_when_there_is_room(
    disk: Path, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    remount(disk, "size=12m")
    with ExitStack() as leaving:
        s3 = leaving.enter_context(S3(disk))
        store = leaving.enter_context(bucket(s3, tmp_path))
        url = elsewhere["DERMATREND_DATABASE_URL"]
        service = leaving.enter_context(installed(url, {**elsewhere, **s3.environment()}))
        patient = service.clinic.patient
        statuses = fill(patient, post)
        listed = ok(patient.get(PHOTOS, params={"limit": 500}))["items"]
        entry = patient.post(ENTRIES, entry_body())

        remount(disk, "size=200m")
        began = time.monotonic()
        while post(patient, photo(seed=5)) != 201:
            assert time.monotonic() - began < RECOVERY_S
            time.sleep(0.2)
        sweep(service, store)

        assert statuses[-1] == 503  # it does not say that it is full, only that something is wrong
        assert len(listed) == len(statuses) - 1 > 0
        assert entry.status_code == 201
        assert len(check_photos(patient, store)) == len(statuses)
    forms.count(outages=1, sent=len(statuses))


def test_an_s3_that_says_that_it_is_full_is_507(elsewhere: dict[str, str], full_s3: type["FullS3"]) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
    where = {
        "DERMATREND_STORAGE_URL": "s3://photos",
        "DERMATREND_STORAGE_ENDPOINT": f"http://127.0.0.1:{full_s3.port}",
    }
    with installed(elsewhere["DERMATREND_DATABASE_URL"], {**elsewhere, **where, **keys}) as service:
        patient = service.clinic.patient
        for full_s3.says in FULL:
            problem(patient.post(PHOTOS, **photo_form(photo())), 507, "storage-full")

        assert ok(patient.get(PHOTOS))["items"] == []
    assert full_s3.asked >= len(FULL)
    forms.count(outages=len(FULL))


FULL = ((507, "XMinioStorageFull"), (400, "XMinioAdminBucketQuotaExceeded"), (403, "QuotaExceeded"))
"""What MinIO and Ceph say; SeaweedFS, which the other tests use, only says that something is wrong."""


class FullS3(BaseHTTPRequestHandler):
    """Takes nothing, and says why as `says` has it."""

    port = 0
    says = FULL[0]
    asked = 0

    def do_PUT(self) -> None:
        status, code = self.says
        self.rfile.read(int(self.headers["Content-Length"]))
        body = f"<Error><Code>{code}</Code><Message>No room.</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        type(self).asked += 1

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def full_s3() -> Iterator[type[FullS3]]:
    """A server of such answers, while the test lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FullS3) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        FullS3.port = server.server_port
        yield FullS3
        server.shutdown()


def send_piece(patient: Person, path: str, at: int, piece: bytes, *, checksum: str | None = None) -> Response:
    """Send a piece of an upload."""
    more = {"Upload-Checksum": checksum} if checksum else {}
    return patient.request("PATCH", path, headers={**PIECE, "Upload-Offset": str(at), **more}, content=piece)


def offset(patient: Person, path: str) -> int:
    """How much of an upload has arrived."""
    return int(patient.request("HEAD", path, headers=TUS).headers["upload-offset"])
