"""Medications: registered once, changed with care, kept in every version."""

import pytest

from tests.factories import Body, Clinic, medication_body, ok, problem

MEDICATIONS = "/v1/patients/{me}/medications"


def test_a_medication_sent_twice_is_registered_once(clinic: Clinic) -> None:
    medication = medication_body(dose="1500 mg", cycle_on_days=14, cycle_off_days=7, ends_on="2026-12-31")

    first = clinic.patient.post(MEDICATIONS, medication)
    second = clinic.patient.post(MEDICATIONS, {**medication, "times": ["20:00", "08:00"], "every_days": 1})

    assert (first.status_code, second.status_code) == (201, 200)
    assert {name: first.json()[name] for name in medication} == medication
    assert (first.json()["every_days"], first.json()["as_needed"]) == (1, False)


def test_a_clinician_may_change_what_the_patient_registered(clinic: Clinic) -> None:
    medication = medication_body()
    ok(clinic.patient.post(MEDICATIONS, medication))
    path = f"/v1/patients/{clinic.patient.id}/medications/{medication['id']}"

    changed = clinic.clinician.put(path, {**medication, "ends_on": "2026-03-31"}, base=1)
    replayed = clinic.clinician.put(path, {**medication, "ends_on": "2026-03-31"}, base=1)

    assert (changed.json()["version"], changed.json()["ends_on"]) == (2, "2026-03-31")
    assert replayed.json() == changed.json()
    versions = ok(clinic.patient.get(f"{MEDICATIONS}/{medication['id']}/versions"))["items"]
    assert [(one["version"], one["ends_on"]) for one in versions] == [(1, None), (2, "2026-03-31")]


def test_a_deleted_medication_is_gone_for_good(clinic: Clinic) -> None:
    medication = medication_body()
    ok(clinic.patient.post(MEDICATIONS, medication))

    assert clinic.patient.delete(f"{MEDICATIONS}/{medication['id']}", base=1).status_code == 204

    problem(clinic.patient.get(f"{MEDICATIONS}/{medication['id']}"), 404, "not-found")
    problem(clinic.patient.post(MEDICATIONS, medication), 409, "deleted")


def test_a_medicine_taken_as_needed_has_no_times(clinic: Clinic) -> None:
    answer = clinic.patient.post(MEDICATIONS, medication_body(times=[], as_needed=True))

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"times": []},
        {"times": ["08:00", "08:00"]},
        {"times": ["24:00"]},
        {"times": ["8:00"]},
        {"every_days": 0},
        {"cycle_on_days": 14},
        {"cycle_off_days": 7},
        {"ends_on": "2025-12-31"},
        {"name": " "},
    ],
)
def test_an_impossible_schedule_is_refused(clinic: Clinic, change: Body) -> None:
    answer = clinic.patient.post(MEDICATIONS, medication_body(**change))

    problem(answer, 422, "invalid-request")
    assert ok(clinic.patient.get(MEDICATIONS))["items"] == []
