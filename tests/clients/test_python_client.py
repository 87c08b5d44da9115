"""A Python client, generated from the OpenAPI document, tells half a year of a diary to a live server.

Everything goes through the generated functions and classes, and nothing untyped or undeclared may come back.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.courses import SimulatedPatient, simulate
from tests.clients.comparison import differences
from tests.clients.conftest import LiveServer
from tests.clients.generated import App, Package, generate
from tests.clients.oracle import trend_document
from tests.clients.posted import Posted, counted_day
from tests.clients.telling import (
    PAGE,
    accept,
    all_entries,
    batches,
    change_one_and_delete_the_next,
    judge,
    register,
    sign_in,
    tell_all,
    tell_twice,
)
from tests.factories import PASSWORD, new_email, new_id

DAYS = 180
SINGLES = 40
"""Entries that are told one by one; the others in batches."""


@dataclass(frozen=True)
class Diary:
    """A diary that was told, and what was answered meanwhile.

    Attributes:
        course: as simulated.
        posted: what stands in the end; the entry at SINGLES was corrected, the one after it deleted.
        singles: the status of every entry that was sent by itself.
        results: of every item of every batch, in order.
    """

    clinician: App
    patient: App
    course: SimulatedPatient
    posted: Posted
    singles: Sequence[int]
    results: Sequence[Any]


@pytest.fixture(scope="session")
def package(openapi_document: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The generated package."""
    return generate(openapi_document, tmp_path_factory.mktemp("python_client"))


@pytest.fixture(scope="module")
def stranger(package: Package, live_server: LiveServer) -> Iterator[App]:
    """An app in which nobody is signed in."""
    with ExitStack() as leaving:
        yield App.of_a_stranger(package, live_server.url, leaving)


@pytest.fixture(scope="module")
def admin(stranger: App, live_server: LiveServer) -> App:
    """The administrator of a clinic that was founded on the command line."""
    return accept(stranger, live_server.found_clinic()["invitation_code"])


@pytest.fixture(scope="module")
def clinician(stranger: App, admin: App) -> App:
    """A clinician whom the administrator invited."""
    draft = admin.shape("MemberCreate", {"email": new_email(), "name": "Dr. Li Wang", "role": "clinician"})
    member = admin.ask("invite_member", body=draft, status=201)
    return accept(stranger, member.invitation.invitation_code)


@pytest.fixture(scope="module")
def diary(stranger: App, clinician: App) -> Diary:
    """Half a year of travels, told one by one and in batches, with retries, a correction and a deletion."""
    course = simulate("travelling", seed=7, last_day=datetime.now(UTC).date() - timedelta(days=2), days=DAYS)
    patient = accept(stranger, register(clinician, course.patient), email=new_email())
    patient.ask("give_consent", body=patient.shape("ConsentCreate", {"version": 1, "granted": True}), status=201)
    for lesion in course.lesions:
        patient.ask("add_lesion", patient.id, body=patient.shape("LesionCreate", lesion), status=201)
    for medication in course.medications:
        patient.ask("add_medication", patient.id, body=patient.shape("MedicationCreate", medication), status=201)
    singles = [status for entry in course.entries[:SINGLES] for status in tell_twice(patient, entry)]
    results = [result for entries in batches(course.entries[SINGLES:]) for result in tell_all(patient, entries)]
    judged = [judge(clinician, patient, lesion) for lesion in course.lesions if lesion["id"] in course.targets]
    posted = Posted(course.patient, judged, course.medications, course.entries, datetime.now(UTC))
    posted = change_one_and_delete_the_next(patient, posted, at=SINGLES)
    return Diary(clinician, patient, course, posted, singles, results)


def test_the_diary_has_gaps_and_crosses_zones_and_a_clock_change(diary: Diary) -> None:
    entries = diary.course.entries
    days = sorted({counted_day(entry, diary.posted.received_at) for entry in entries})
    offsets = {(entry["time_zone"], datetime.fromisoformat(entry["recorded_at"]).utcoffset()) for entry in entries}
    zones = Counter(zone for zone, _ in offsets)

    assert (days[-1] - days[0]).days > DAYS - 10
    assert max((later - earlier).days for earlier, later in pairwise(days)) > 2
    assert len(zones) >= 2
    assert max(zones.values()) == 2


def test_an_entry_that_is_sent_again_is_stored_once(diary: Diary) -> None:
    batched_once = len(diary.course.entries) - SINGLES

    assert diary.singles == [201, 200] * SINGLES
    outcomes = Counter(result.result.value for result in diary.results)
    assert outcomes["created"] == batched_once
    assert outcomes["replayed"] > batched_once
    assert outcomes["rejected"] == 0


def test_pages_hold_every_entry_once_and_the_newest_first(diary: Diary) -> None:
    kept = {UUID(entry["id"]) for entry in diary.posted.entries}

    entries = list(all_entries(diary.clinician, diary.patient.id))

    assert len(entries) == len(kept) > 3 * PAGE
    assert {entry.id for entry in entries} == kept
    assert entries == sorted(entries, key=lambda entry: (entry.day, entry.recorded_at, entry.id), reverse=True)


def test_entries_come_back_as_they_were_told(diary: Diary) -> None:
    stored = {str(entry.id): entry for entry in all_entries(diary.patient, diary.patient.id)}

    for told in diary.posted.entries:
        read = stored[told["id"]]
        assert read.recorded_at.isoformat() == told["recorded_at"]
        assert read.counted_day == counted_day(told, diary.posted.received_at)
        assert read.to_dict()["ratings"] == [
            {name: rating.get(name) for name in ("symptom", "severity", "interference", "count", "site", "side")}
            for rating in told.get("ratings") or ()
        ]


@pytest.mark.parametrize("days_back", [None, 20, 60, DAYS, 2 * DAYS])
def test_trends_equal_an_independent_computation(diary: Diary, days_back: int | None) -> None:
    first = None if days_back is None else datetime.now(UTC).date() - timedelta(days=days_back)
    revision = diary.clinician.ask("get_patient", diary.patient.id, status=200).revision
    asked = {} if first is None else {"from_": first}

    trends = diary.clinician.ask("get_trends", diary.patient.id, status=200, **asked)

    expected = trend_document(
        diary.posted, patient_id=str(diary.patient.id), revision=revision, now=datetime.now(UTC), first=first
    )
    assert differences(expected, trends.to_dict()) == []
    assert {symptom.symptom.value for symptom in trends.symptoms} == {"itching", "pain", "fatigue"}


def test_a_trend_that_did_not_change_is_not_sent_again(diary: Diary) -> None:
    first = diary.patient.answer("get_trends", diary.patient.id)

    second = diary.patient.answer("get_trends", diary.patient.id, if_none_match=first.headers["etag"])

    assert (first.status_code, second.status_code) == (200, 304)
    assert (second.content, second.parsed) == (b"", None)


def test_a_correction_keeps_what_was_said_before(diary: Diary) -> None:
    corrected = diary.posted.entries[SINGLES]

    page = diary.patient.ask("list_entry_versions", diary.patient.id, UUID(corrected["id"]), status=200)

    before, after = page.items
    assert (before.version, after.version) == (1, 2)
    assert before.note != after.note == corrected["note"]


def test_a_correction_of_something_older_is_refused(diary: Diary) -> None:
    corrected = diary.posted.entries[SINGLES]
    other = diary.patient.shape("EntryCreate", {**corrected, "note": "Third thoughts."})

    stale = diary.patient.ask(
        "correct_entry", diary.patient.id, UUID(corrected["id"]), body=other, if_match='"1"', status=412
    )

    assert (stale.type_, stale.current_version) == ("/problems/version-conflict", 2)


def test_a_deleted_entry_is_not_found_and_its_id_is_never_used_again(diary: Diary) -> None:
    kept = {entry["id"] for entry in diary.posted.entries}
    (deleted,) = [entry for entry in diary.course.entries if entry["id"] not in kept]
    again = diary.patient.shape("EntryCreate", deleted)

    missing = diary.patient.ask("get_entry", diary.patient.id, UUID(deleted["id"]), status=404)
    refused = diary.patient.ask("record_entry", diary.patient.id, body=again, status=409)

    assert missing.type_ == "/problems/not-found"
    assert refused.type_ == "/problems/deleted"


def test_a_bad_entry_is_named_and_spoils_no_other(diary: Diary) -> None:
    reused = {**diary.posted.entries[-1], "note": "Quite another day."}
    foreign = {**reused, "id": new_id(), "intakes": [{"medication_id": new_id(), "taken": True}]}
    good = diary.posted.entries[-2]

    results = tell_all(diary.patient, [reused, good, foreign])

    assert [result.result.value for result in results] == ["rejected", "replayed", "rejected"]
    assert [result.problem and result.problem.type_ for result in results] == [
        "/problems/id-reused",
        None,
        "/problems/unknown-reference",
    ]
    assert [fault.pointer for fault in results[2].problem.errors] == ["/intakes/0/medication_id"]


def test_a_registration_that_is_repeated_registers_nobody_else(clinician: App) -> None:
    draft = clinician.shape("PatientCreate", {"name": "Ana Duarte", "time_zone": "Europe/Lisbon"})
    key = new_id()

    first = clinician.ask("register_patient", body=draft, idempotency_key=key, status=201)
    second = clinician.ask("register_patient", body=draft, idempotency_key=key, status=200)

    assert first.id == second.id
    assert first.invitation.invitation_code
    assert second.invitation.invitation_code is None


def test_tokens_are_given_for_a_password_and_refreshed(stranger: App, clinician: App) -> None:
    email = clinician.ask("get_me", status=200).email
    by_password = {"grant_type": "password", "username": email, "password": PASSWORD}

    signed_in = sign_in(stranger, by_password, status=200)
    refreshed = sign_in(stranger, {"grant_type": "refresh_token", "refresh_token": signed_in.refresh_token}, status=200)
    refused = sign_in(stranger, {**by_password, "password": "wrong horse"}, status=400)

    assert stranger.signed_in(refreshed.access_token).id == clinician.id
    assert (refused.type_, refused.error) == ("/problems/invalid-grant", "invalid_grant")


def test_catalogue_and_server_say_what_an_app_must_know(stranger: App) -> None:
    server = stranger.ask("get_server", status=200)
    symptoms = stranger.ask("list_symptoms", accept_language="de", status=200)
    places = stranger.ask("list_body_sites", status=200)
    consent = stranger.ask("get_consent_document", status=200)

    assert server.limits.batch_entries == 500
    assert abs(server.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert {one.symptom for one in symptoms.items} == set(stranger.package.models.Symptom)
    assert {one.site for one in places.items} == set(stranger.package.models.Site)
    assert (consent.version, bool(consent.text)) == (1, True)
