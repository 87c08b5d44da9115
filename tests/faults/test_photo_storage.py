"""A store of photos that is stopped, frozen, slow or not ours: no false success, no orphan, a diary that runs on."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx2
import pytest

from infra.storage import Storage
from tests.factories import Person, entry_body, ok, photo_form, problem
from tests.faults.installations import Installation, installed
from tests.faults.stores import PHOTOS, bucket, kept, sweep
from tests.pictures import photo
from tests.support.s3 import S3
from tests.support.wire import Wire

ENTRIES = "/v1/patients/{me}/entries"
TIMEOUT_S = 2


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with S3() as server:
        yield server


@pytest.fixture(scope="module")
def line(s3: S3) -> Iterator[Wire]:
    """The line from the server to its store."""
    with Wire(s3.port) as wire:
        yield wire


@pytest.fixture(scope="module")
def start(
    environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Mapping[str, str]], Installation]]:
    """Starts installations with a store; the database makes no difference here."""
    with ExitStack() as leaving:

        def begin(store: Mapping[str, str]) -> Installation:
            url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
            more = {"DERMATREND_STORAGE_TIMEOUT_SECONDS": str(TIMEOUT_S), "DERMATREND_DATABASE_URL": url}
            return leaving.enter_context(installed(url, {**environment, **store, **more}))

        yield begin


@pytest.fixture(scope="module")
def installation(start: Callable[[Mapping[str, str]], Installation], s3: S3, line: Wire) -> Installation:
    return start(s3.environment(port=line.port))


@pytest.fixture
def patient(installation: Installation) -> Person:
    return installation.clinic.add_patient()


@pytest.fixture(scope="module")
def store(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """The bucket itself, as the server writes it."""
    with bucket(s3, tmp_path_factory.mktemp("unused")) as opened:
        yield opened


def test_photos_are_kept_in_the_bucket_under_their_digests(patient: Person, store: Storage) -> None:
    made = ok(patient.post(PHOTOS, **photo_form(photo())))

    blobs = kept(store, patient)
    shown = {
        size: patient.get(f"{PHOTOS}/{made['id']}/content", params={"size": size})
        for size in ("full", "display", "thumb")
    }
    part = patient.get(f"{PHOTOS}/{made['id']}/content", params={"size": "full"}, headers={"Range": "bytes=100-199"})
    ok(patient.delete(f"{PHOTOS}/{made['id']}"))
    deadline = time.monotonic() + 10
    while kept(store, patient) and time.monotonic() < deadline:
        time.sleep(0.05)  # they go once the answer is sent

    assert len(blobs) == 3
    assert {hashlib.sha256(answer.content).hexdigest() for answer in shown.values()} == set(blobs.values())
    assert (part.status_code, part.content) == (206, shown["full"].content[100:200])
    assert kept(store, patient) == {}


def test_a_link_shows_a_photo_for_a_while_to_whoever_has_it(
    start: Callable[[Mapping[str, str]], Installation], s3: S3
) -> None:
    patient = start({**s3.environment(), "DERMATREND_PHOTO_DELIVERY": "link"}).clinic.patient
    made = ok(patient.post(PHOTOS, **photo_form(photo())))

    answer = patient.get(f"{PHOTOS}/{made['id']}/content", params={"size": "full"}, follow_redirects=False)
    link = answer.headers["location"]
    shown = httpx2.get(link, trust_env=False)
    forged = httpx2.get(link.replace("X-Amz-Signature=", "X-Amz-Signature=0"), trust_env=False)

    assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
    assert "X-Amz-Expires=60" in link
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(shown.content).hexdigest() == made["stored_sha256"]
    assert forged.status_code == 403


def test_a_stopped_store_takes_no_photo_and_the_same_request_works_later(
    installation: Installation, patient: Person, s3: S3, store: Storage
) -> None:
    form = photo_form(photo())
    s3.stop()
    try:
        refused = patient.post(PHOTOS, **form)
        listed = ok(patient.get(PHOTOS))["items"]
        entry = patient.post(ENTRIES, entry_body())
    finally:
        s3.start()
    time.sleep(TIMEOUT_S)  # until the server asks its store again

    again = patient.post(PHOTOS, **form)

    problem(refused, 503, "storage-unavailable")
    assert refused.headers["retry-after"]
    assert listed == []
    assert entry.status_code == 201
    assert again.status_code == 201
    sweep(installation, store)
    assert hashlib.sha256(shown(patient, form["data"]["id"])).hexdigest() == again.json()["stored_sha256"]
    assert len(kept(store, patient)) == 3


def shown(patient: Person, photo_id: str) -> bytes:
    """A photo's picture."""
    answer = patient.get(f"{PHOTOS}/{photo_id}/content", params={"size": "full"})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_frozen_store_makes_photos_answer_503_and_leaves_the_diary_alone(
    installation: Installation, patient: Person, s3: S3, store: Storage
) -> None:
    before = ok(patient.post(PHOTOS, **photo_form(photo())))
    forms = [photo_form(photo(seed=2 + number % 3)) for number in range(30)]
    s3.freeze()
    try:
        with ThreadPoolExecutor(60) as pool:
            started = time.monotonic()
            sending = [pool.submit(patient.post, PHOTOS, **form) for form in forms]
            looking = [pool.submit(patient.get, f"{PHOTOS}/{before['id']}/content") for _ in range(30)]
            time.sleep(0.5)
            waits = []
            for _ in range(40):
                asked = time.monotonic()
                ok(patient.post(ENTRIES, entry_body()))
                waits.append(time.monotonic() - asked)
            answers = [one.result() for one in [*sending, *looking]]
            took = time.monotonic() - started
    finally:
        s3.thaw()
    time.sleep(TIMEOUT_S)

    assert {answer.status_code for answer in answers} == {503}
    assert took < 30
    assert sorted(waits)[-2] < 1
    assert [item["id"] for item in ok(patient.get(PHOTOS))["items"]] == [before["id"]]
    sweep(installation, store)
    assert len(kept(store, patient)) == 3
    assert hashlib.sha256(shown(patient, before["id"])).hexdigest() == before["stored_sha256"]
    assert patient.post(PHOTOS, **forms[0]).status_code == 201


def test_a_store_that_is_too_slow_gets_no_photo_and_one_that_is_slow_does(
    installation: Installation, patient: Person, line: Wire, store: Storage
) -> None:
    try:
        line.bytes_per_second = 20_000
        too_slow = patient.post(PHOTOS, **photo_form(photo()))
        line.bytes_per_second = 300_000
        time.sleep(TIMEOUT_S)
        slow = patient.post(PHOTOS, **photo_form(photo()))
    finally:
        line.bytes_per_second = None

    problem(too_slow, 503, "storage-unavailable")
    assert slow.status_code == 201
    sweep(installation, store)
    assert len(kept(store, patient)) == 3


def test_wrong_keys_are_no_success(start: Callable[[Mapping[str, str]], Installation], s3: S3, store: Storage) -> None:
    patient = start(s3.environment(secret="another")).clinic.patient

    answer = patient.post(PHOTOS, **photo_form(photo()))

    problem(answer, 503, "storage-unavailable")
    assert ok(patient.get(PHOTOS))["items"] == []
    assert kept(store, patient) == {}
