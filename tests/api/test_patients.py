"""Patients: registered once, found by name, seen by their care team alone."""

import pytest

from tests.factories import Body, Clinic, accept, new_email, ok, patient_body, problem
from tests.fakes import FakeClock


def names(body: Body) -> list[str]:
    """The names in a page of patients."""
    return [patient["name"] for patient in body["items"]]


def test_a_registration_sent_twice_makes_one_patient_and_shows_the_code_once(clinic: Clinic) -> None:
    body = patient_body(name="Only Once")

    answers = [clinic.clinician.post("/v1/patients", body, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    other = clinic.clinician.post("/v1/patients", {**body, "name": "Other"}, headers={"Idempotency-Key": "one"})

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[0].json()["invitation"]["invitation_code"]
    assert answers[1].json()["invitation"] == {"invitation_code": None, "invitation_url": None, "expires_at": None}
    problem(other, 409, "key-reused")
    assert len(ok(clinic.clinician.get("/v1/patients?q=only once"))["items"]) == 1


def test_two_people_may_use_the_same_key(clinic: Clinic) -> None:
    key = {"Idempotency-Key": "same"}

    answers = [who.post("/v1/patients", patient_body(), headers=key) for who in (clinic.clinician, clinic.admin)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_a_clinician_who_registers_joins_the_care_team_and_an_administrator_does_not(clinic: Clinic) -> None:
    by_clinician = ok(clinic.clinician.post("/v1/patients", patient_body()))
    by_admin = ok(clinic.admin.post("/v1/patients", patient_body()))

    teams = [
        ok(clinic.admin.get(f"/v1/patients/{patient['id']}/care-team"))["items"] for patient in (by_clinician, by_admin)
    ]

    assert [[place["member_id"] for place in team] for team in teams] == [[clinic.clinician.id], []]


def test_a_diary_starts_today_at_the_patients_place_unless_told_otherwise(clinic: Clinic, clock: FakeClock) -> None:
    clock.time = clock.time.replace(hour=20)

    auckland = ok(clinic.clinician.post("/v1/patients", {"name": "A", "time_zone": "Pacific/Auckland"}))
    brought = ok(clinic.clinician.post("/v1/patients", patient_body(enrolled_on="2025-06-01")))

    assert (auckland["enrolled_on"], brought["enrolled_on"]) == ("2026-04-01", "2025-06-01")
    assert (auckland["status"], auckland["locale"], auckland["joined_at"]) == ("active", "en", None)


def test_a_lost_code_is_replaced_and_the_old_one_is_void(clinic: Clinic) -> None:
    made = ok(clinic.clinician.post("/v1/patients", patient_body(email=new_email())))
    old = made["invitation"]["invitation_code"]

    new = ok(clinic.clinician.post(f"/v1/patients/{made['id']}/invitation"))

    refused = clinic.http.post("/v1/auth/invitations/accept", json={"code": old, "password": "long enough"})
    problem(refused, 400, "invalid-code")
    patient = accept(clinic.http, new["invitation_code"], made["email"])
    assert patient.id == made["id"]
    assert ok(clinic.clinician.get(f"/v1/patients/{made['id']}"))["joined_at"] is not None


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("müller", ["Zoë Müller-Łęcka"]),
        ("ZOË łęcka", ["Zoë Müller-Łęcka"]),
        ("mull", []),
        ("zo", []),
        ("A-17", ["Record Holder"]),
        ("a-17", []),
        ("a-1", []),
        ("%", []),
        ("_", []),
        ("--", []),
        ("holder müller", []),
    ],
)
def test_patients_are_found_by_whole_words_or_by_their_exact_record_number(
    clinic: Clinic, q: str, found: list[str]
) -> None:
    ok(clinic.clinician.post("/v1/patients", patient_body(name="Zoë Müller-Łęcka")))
    ok(clinic.clinician.post("/v1/patients", patient_body(name="Record Holder", record_number="A-17")))

    page = ok(clinic.clinician.get("/v1/patients", params={"q": q}))

    assert names(page) == found


def test_patients_can_be_listed_by_status(clinic: Clinic) -> None:
    made = ok(clinic.clinician.post("/v1/patients", patient_body(name="Paused")))
    ok(clinic.clinician.patch(f"/v1/patients/{made['id']}", {"status": "paused"}, base=1))

    assert names(ok(clinic.clinician.get("/v1/patients?status=paused"))) == ["Paused"]
    assert "Paused" not in names(ok(clinic.clinician.get("/v1/patients?status=active")))
    problem(clinic.clinician.get("/v1/patients?status=asleep"), 422, "invalid-request")


def test_particulars_are_changed_one_by_one_and_a_retry_changes_nothing_more(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}"
    before = ok(clinic.clinician.get(path))

    changed = clinic.clinician.patch(path, {"name": "Ana Duarte Neu", "birth_date": "1960-02-29"}, base=1)
    retried = clinic.clinician.patch(path, {"name": "Ana Duarte Neu", "birth_date": "1960-02-29"}, base=1)
    stale = clinic.clinician.patch(path, {"name": "Other"}, base=1)
    cleared = clinic.clinician.patch(path, {"birth_date": None}, base=2)

    assert changed.json() == {
        **before,
        "name": "Ana Duarte Neu",
        "birth_date": "1960-02-29",
        "version": 2,
        "revision": before["revision"] + 1,
    }
    assert changed.headers["etag"] == '"2"'
    assert retried.json() == changed.json()
    assert problem(stale, 412, "version-conflict")["current_version"] == 2
    assert (cleared.json()["birth_date"], cleared.json()["version"]) == (None, 3)
    assert names(ok(clinic.clinician.get("/v1/patients?q=neu"))) == ["Ana Duarte Neu"]


def test_what_cannot_be_empty_is_not_cleared(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}"

    answer = clinic.clinician.patch(path, {"name": None, "time_zone": None}, base=1)

    assert [error["pointer"] for error in problem(answer, 422, "invalid-request")["errors"]] == ["/name", "/time_zone"]
    problem(clinic.clinician.patch(path, {"name": "X"}), 428, "if-match-required")


def test_only_the_care_team_sees_a_patient(clinic: Clinic) -> None:
    newcomer = clinic.add_clinician()
    path = f"/v1/patients/{clinic.patient.id}"
    place = f"{path}/care-team/{newcomer.id}"
    problem(newcomer.get(f"{path}/entries"), 404, "not-found")

    joined = [clinic.clinician.put(place), clinic.admin.put(place)]
    seen = newcomer.get(f"{path}/entries")
    left = [clinic.admin.delete(place), clinic.admin.delete(place)]

    assert [answer.status_code for answer in (*joined, seen, *left)] == [200, 200, 200, 204, 204]
    assert joined[0].json() == joined[1].json()
    problem(newcomer.get(f"{path}/entries"), 404, "not-found")


def test_nobody_but_a_clinician_of_the_clinic_joins_a_care_team(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}/care-team"

    problem(clinic.admin.put(f"{path}/{clinic.admin.id}"), 409, "not-a-clinician")
    problem(clinic.admin.put(f"{path}/{clinic.patient.id}"), 404, "not-found")


def test_a_repeated_change_is_known_whatever_was_changed_since(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}"
    ok(clinic.clinician.patch(path, {"name": "Second Name"}, base=1))
    third = ok(clinic.clinician.patch(path, {"record_number": "A-1"}, base=2))

    repeated = clinic.clinician.patch(path, {"name": "Second Name"}, base=1)
    another = clinic.clinician.patch(path, {"record_number": "A-1"}, base=1)

    assert (repeated.status_code, repeated.json()) == (200, third)
    problem(another, 412, "version-conflict")


def test_what_is_so_already_is_no_replay_of_a_change_that_was_never_sent(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}"
    ok(clinic.clinician.patch(path, {"name": "Second Name"}, base=1))

    answer = clinic.clinician.patch(path, {"status": "active"}, base=1)

    problem(answer, 412, "version-conflict")


@pytest.mark.parametrize("letter", ["ﷺ", "ΐ", "🩹", "a"])
def test_the_longest_name_is_registered_in_any_script(clinic: Clinic, letter: str) -> None:
    made = clinic.clinician.post("/v1/patients", patient_body(name=letter * 200))

    changed = clinic.clinician.patch(f"/v1/patients/{ok(made)['id']}", {"name": letter * 199}, base=1)

    assert (made.status_code, changed.status_code) == (201, 200)
