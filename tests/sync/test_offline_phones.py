"""The reference client keeps its promises: nothing that was written on a phone is lost, doubled or overwritten."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from offline_diary import Change, Phone, Refused, Store, Unreachable
from tests.factories import (
    Clinic,
    entry_body,
    found_clinic,
    lesion_body,
    medication_body,
    new_id,
    ok,
    photo_form,
    problem,
)
from tests.pictures import photo as picture
from tests.support import postgres
from tests.sync.phones import Wire, backup, phone_of, restore, stored

ENTRIES = "/v1/patients/{me}/entries"


@pytest.fixture
def one(clinic: Clinic, tmp_path: Path) -> tuple[Phone, Wire]:
    """A phone of the patient."""
    return phone_of(clinic.patient, tmp_path / "one.sqlite3")


@pytest.fixture
def other(clinic: Clinic, tmp_path: Path) -> tuple[Phone, Wire]:
    """Another phone of the same patient."""
    return phone_of(clinic.patient, tmp_path / "other.sqlite3")


@pytest.fixture
def own(make_app: Callable[..., FastAPI], database_url: str) -> Clinic:
    """A clinic with a database of its own, which can go back to a backup."""
    app = make_app(database_url)
    return found_clinic(app, TestClient(app))


@pytest.fixture
def snapshot(kind: str, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Copies a database as it is, without a word to anybody; the URL of the copy."""
    with ExitStack() as leaving:

        def copy(url: str) -> str:
            if kind == "postgresql":
                server, _, name = url.rpartition("/")
                return leaving.enter_context(postgres.fresh_database(f"{server}/postgres", template=name))
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
                database.execute("VACUUM INTO ?", [str(tmp_path / "snapshot.sqlite3")])
            return f"sqlite:///{tmp_path / 'snapshot.sqlite3'}"

        yield copy


def test_what_was_written_offline_arrives_and_reaches_the_other_phone(
    clinic: Clinic, one: tuple[Phone, Wire], other: tuple[Phone, Wire]
) -> None:
    phone, wire = one
    wire.is_cut = True
    lesion = phone.create("lesion", lesion_body())
    medication = phone.create("medication", medication_body())
    entry = phone.create(
        "entry",
        entry_body(
            lesion_observations=[{"lesion_id": lesion, "state": "too_small"}],
            intakes=[{"medication_id": medication, "taken": True}],
        ),
    )
    phone.change("entry", entry, entry_body(note="written later"))
    gone = phone.create("entry", entry_body())
    phone.delete("entry", gone)
    with pytest.raises(Unreachable):
        phone.sync()
    assert len(phone.waiting()) == 6
    assert set(phone.shown("entry")) == {entry}

    wire.is_cut = False
    phone.sync()
    other[0].sync()

    assert phone.waiting() == phone.aside() == []
    assert {kind: set(other[0].shown(kind)) for kind in ("lesion", "medication", "entry")} == {
        "lesion": {lesion},
        "medication": {medication},
        "entry": {entry},
    }
    assert other[0].shown("entry") == phone.shown("entry") == stored(clinic.patient)
    assert stored(clinic.patient)[entry]["note"] == "written later"


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_answer_loses_and_doubles_nothing(clinic: Clinic, one: tuple[Phone, Wire], lost: int) -> None:
    phone, wire = one
    entry = phone.create("entry", entry_body())
    phone.change("entry", entry, entry_body(note="second"))
    phone.pull()
    wire.answers_to_lose = lost

    phone.sync()

    assert phone.waiting() == phone.aside() == []
    assert stored(clinic.patient)[entry]["version"] == 2
    assert [one["note"] for one in ok(clinic.patient.get(f"{ENTRIES}/{entry}/versions"))["items"]] == [None, "second"]


def test_a_phone_that_is_killed_anywhere_goes_on_where_it_was(clinic: Clinic, tmp_path: Path) -> None:
    phone, wire = phone_of(clinic.patient, tmp_path / "phone.sqlite3")
    entries = {phone.create("entry", entry_body()) for _ in range(5)}
    wire.answers_to_lose = 100
    with pytest.raises(Unreachable):
        phone.push()
    phone.store.close()

    again, _ = phone_of(clinic.patient, tmp_path / "phone.sqlite3")
    again.sync()

    assert set(stored(clinic.patient)) == entries == set(again.shown("entry"))
    assert {entry["version"] for entry in stored(clinic.patient).values()} == {1}


def test_of_two_texts_both_are_kept_and_the_user_is_told(
    clinic: Clinic, one: tuple[Phone, Wire], other: tuple[Phone, Wire]
) -> None:
    entry = one[0].create("entry", entry_body(note="first"))
    one[0].sync()
    other[0].sync()
    one[0].change("entry", entry, entry_body(note="from one"))
    other[0].change("entry", entry, entry_body(note="from the other"))
    other[0].change("entry", entry, entry_body(note="from the other, again"))

    one[0].sync()
    other[0].sync()

    versions = ok(clinic.patient.get(f"{ENTRIES}/{entry}/versions"))["items"]
    assert [(one["note"], one["applied"]) for one in versions] == [
        ("first", True),
        ("from one", True),
        ("from the other", False),
        ("from the other, again", False),
    ]
    assert [change.content and change.content["note"] for change in other[0].aside()] == [
        "from the other",
        "from the other, again",
    ]
    assert other[0].shown("entry")[entry]["note"] == "from one"


def test_what_is_refused_is_put_aside_and_holds_up_nothing(clinic: Clinic, one: tuple[Phone, Wire]) -> None:
    phone, _ = one
    bad = phone.create("entry", entry_body(ratings=[{"symptom": "pain", "severity": 11}]))
    good = phone.create("entry", entry_body())

    phone.sync()

    assert set(stored(clinic.patient)) == {good}
    assert [(change.id, change.problem and change.problem["type"]) for change in phone.aside()] == [
        (bad, "/problems/invalid-request")
    ]


def test_without_consent_the_queue_stays(clinic: Clinic, one: tuple[Phone, Wire]) -> None:
    phone, _ = one
    ok(clinic.patient.post("/v1/me/consents", {"version": 1, "granted": False}))
    entry = phone.create("entry", entry_body())

    with pytest.raises(Refused, match="consent-required"):
        phone.sync()
    assert [change.id for change in phone.waiting()] == [entry]
    ok(clinic.patient.post("/v1/me/consents", {"version": 1, "granted": True}))
    phone.sync()

    assert set(stored(clinic.patient)) == {entry}


def test_an_access_token_that_ran_out_is_renewed_on_the_way(clinic: Clinic, tmp_path: Path) -> None:
    phone, wire = phone_of(clinic.patient, tmp_path / "phone.sqlite3")
    phone.server.accept_tokens({"access_token": "ran out", "refresh_token": clinic.patient.refresh_token})
    entry = phone.create("entry", entry_body())

    phone.sync()

    assert set(stored(clinic.patient)) == {entry}
    assert ("POST", "/v1/auth/token") in wire.sent
    assert phone.store.note("refresh_token") != clinic.patient.refresh_token


def test_a_server_that_lost_days_gets_them_back_from_its_phones(own: Clinic, tmp_path: Path) -> None:
    one, _ = phone_of(own.patient, tmp_path / "one.sqlite3")
    other, _ = phone_of(own.patient, tmp_path / "other.sqlite3")
    before = one.create("entry", entry_body(note="before"))
    deleted = one.create("entry", entry_body())
    one.sync()
    other.sync()
    kept = backup(own.app)
    lesion = one.create("lesion", lesion_body())
    after = one.create("entry", entry_body(lesion_observations=[{"lesion_id": lesion, "state": "gone"}]))
    one.change("entry", before, entry_body(note="corrected"))
    one.change("entry", before, entry_body(note="corrected again"))
    one.delete("entry", deleted)
    one.sync()
    others = other.create("entry", entry_body())
    other.sync()
    expected = {object_id: entry["note"] for object_id, entry in stored(own.patient).items()}
    one.change("entry", after, entry_body(note="not yet sent when it happened"))
    one.change("entry", before, entry_body(note="corrected thrice"))

    restore(own.app, kept)
    assert set(stored(own.patient)) == {before, deleted}
    one.sync()
    other.sync()
    one.sync()

    expected |= {after: "not yet sent when it happened", before: "corrected thrice"}
    assert {object_id: entry["note"] for object_id, entry in stored(own.patient).items()} == expected
    assert set(expected) == {before, after, others}
    assert set(stored(own.patient, "lesions")) == {lesion}
    assert one.shown("entry") == other.shown("entry") == stored(own.patient)
    assert one.aside() == other.aside() == []


def test_a_photo_that_was_deleted_does_not_come_back_with_a_backup(own: Clinic, tmp_path: Path) -> None:
    phone, _ = phone_of(own.patient, tmp_path / "phone.sqlite3")
    photo = ok(own.patient.post("/v1/patients/{me}/photos", **photo_form(picture())))["id"]
    phone.sync()
    kept = backup(own.app)
    phone.delete("photo", photo)
    phone.sync()
    assert stored(own.patient, "photos") == {}

    restore(own.app, kept)
    assert set(stored(own.patient, "photos")) == {photo}
    phone.sync()

    assert stored(own.patient, "photos") == phone.shown("photo") == {}
    assert phone.aside() == []


def test_a_phone_notices_that_a_snapshot_was_put_back_behind_everybodys_back(
    own: Clinic, make_app: Callable[..., FastAPI], database_url: str, snapshot: Callable[[str], str], tmp_path: Path
) -> None:
    phone, wire = phone_of(own.patient, tmp_path / "phone.sqlite3")
    phone.create("entry", entry_body())
    phone.sync()
    own.app.state.database.dispose()
    copy = snapshot(database_url)
    phone.create("entry", entry_body())
    phone.sync()
    expected, ahead = set(stored(own.patient)), phone.store.note("cursor")

    put_back = TestClient(make_app(copy))
    patient, wire.http = replace(own.patient, http=put_back), put_back
    assert len(stored(patient)) == 1
    assert ok(put_back.get("/v1/server"))["generation"] == ok(own.http.get("/v1/server"))["generation"]
    problem(patient.get("/v1/patients/{me}/changes", params={"cursor": ahead}), 410, "cursor-gone")
    phone.sync()

    assert set(stored(patient)) == expected == set(phone.shown("entry"))


def test_texts_that_went_two_ways_after_a_restore_are_both_kept(own: Clinic, tmp_path: Path) -> None:
    one, _ = phone_of(own.patient, tmp_path / "one.sqlite3")
    other, _ = phone_of(own.patient, tmp_path / "other.sqlite3")
    entry = one.create("entry", entry_body(note="first"))
    one.sync()
    other.sync()
    kept = backup(own.app)
    one.change("entry", entry, entry_body(note="acknowledged, then lost"))
    one.sync()

    restore(own.app, kept)
    other.change("entry", entry, entry_body(note="after the restore"))
    other.sync()
    one.sync()

    versions = ok(own.patient.get(f"{ENTRIES}/{entry}/versions"))["items"]
    assert [(version["note"], version["applied"]) for version in versions] == [
        ("first", True),
        ("after the restore", True),
        ("acknowledged, then lost", False),
    ]
    assert one.waiting() == one.aside() == []


@pytest.mark.parametrize("both_pull_first", [False, True])
def test_what_a_phone_brought_back_and_went_on_with_is_not_undone_by_the_next(
    own: Clinic, tmp_path: Path, both_pull_first: bool
) -> None:
    one, _ = phone_of(own.patient, tmp_path / "one.sqlite3")
    other, _ = phone_of(own.patient, tmp_path / "other.sqlite3")
    kept = backup(own.app)
    lesion = one.create("lesion", lesion_body(label="first"))
    entry = one.create("entry", entry_body(note="first"))
    for text in ("second", "acknowledged"):
        one.change("lesion", lesion, lesion_body(label=text))
        one.change("entry", entry, entry_body(note=text))
    one.sync()
    other.sync()
    one.change("lesion", lesion, lesion_body(label="newest"))
    one.change("entry", entry, entry_body(note="newest"))
    restore(own.app, kept)

    if both_pull_first:
        other.pull()
    for phone in (one, other, one):
        phone.sync()

    assert stored(own.patient)[entry]["note"] == "newest"
    assert stored(own.patient, "lesions")[lesion]["label"] == "newest"
    for phone in (one, other):
        assert phone.waiting() == phone.aside() == []
        assert phone.shown("entry")[entry]["note"] == "newest"


def test_acknowledged_entries_are_kept_for_thirty_days(clinic: Clinic, tmp_path: Path) -> None:
    phone, wire = phone_of(clinic.patient, tmp_path / "phone.sqlite3")
    now = 1_800_000_000.0
    phone = Phone(phone.store, phone.server, now=lambda: now)
    entry, lesion = phone.create("entry", entry_body()), phone.create("lesion", lesion_body())
    phone.sync()

    now += 30 * 24 * 3600
    phone.sync()
    assert set(phone.shown("entry")) == {entry}
    now += 1
    phone.sync()

    assert phone.shown("entry") == {}
    assert set(phone.shown("lesion")) == {lesion}
    assert wire.sent


def queue_twice(store: Store, change: Change) -> None:
    """Fail in the middle of a transaction: a place in the queue is taken once."""
    with store.saving():
        store.queue(change)
        store.queue(change)


def test_a_store_keeps_what_it_was_told_before_it_answers(tmp_path: Path) -> None:
    store, change = Store(tmp_path / "phone.sqlite3"), Change(1, "entry", new_id(), "upsert", None, entry_body())
    with store.saving():
        store.keep_note("a", "1")
    with pytest.raises(sqlite3.IntegrityError):
        queue_twice(store, change)

    again = Store(tmp_path / "phone.sqlite3")

    assert (again.note("a"), again.waiting()) == ("1", [])
    again.close()
    store.close()
