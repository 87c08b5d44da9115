"""Lesions: the patient registers, the clinician judges, and neither undoes the other."""

import pytest

from tests.factories import Body, Clinic, entry_body, lesion_body, ok, problem

LESIONS = "/v1/patients/{me}/lesions"


def of(clinic: Clinic) -> str:
    """The patient's lesions as the clinician addresses them."""
    return f"/v1/patients/{clinic.patient.id}/lesions"


def measured(clinic: Clinic, lesion: Body, length_mm: float, *, day: int = 2, method: str = "ruler") -> None:
    """The patient measures a lesion in March."""
    seen = {"lesion_id": lesion["id"], "state": "measured", "length_mm": length_mm, "method": method}
    entry = entry_body(recorded_at=f"2026-03-{day:02}T20:00:00+01:00", lesion_observations=[seen])
    ok(clinic.patient.post("/v1/patients/{me}/entries", entry))


def test_a_lesion_sent_twice_is_registered_once(clinic: Clinic) -> None:
    lesion = lesion_body()

    answers = [clinic.patient.post(LESIONS, lesion) for _ in range(2)]
    other = clinic.patient.post(LESIONS, {**lesion, "label": "Another"})

    assert [answer.status_code for answer in answers] == [201, 200]
    problem(other, 409, "id-reused")
    assert ok(clinic.patient.get(LESIONS))["items"] == [answers[0].json()]
    assert ok(clinic.clinician.get(of(clinic)))["items"] == [answers[0].json()]


def test_what_a_patient_says_of_the_clinicians_fields_is_not_used(clinic: Clinic) -> None:
    lesion = lesion_body(target=True, confirmed_new=True, progressed_on="2026-03-01")

    registered = clinic.patient.post(LESIONS, lesion)
    retried = clinic.patient.post(LESIONS, lesion)

    assert (registered.status_code, retried.status_code) == (201, 200)
    assert [registered.json()[name] for name in ("target", "confirmed_new", "progressed_on")] == [None] * 3


def test_a_patients_change_leaves_the_clinicians_fields_as_they_are(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    judged = {**lesion, "target": True, "confirmed_new": False, "progressed_on": "2026-03-01"}
    ok(clinic.clinician.put(f"{of(clinic)}/{lesion['id']}", judged, base=1))

    changed = clinic.patient.put(f"{LESIONS}/{lesion['id']}", {**lesion, "label": "Renamed"}, base=2)
    retried = clinic.patient.put(f"{LESIONS}/{lesion['id']}", {**lesion, "label": "Renamed"}, base=2)
    created_again = clinic.patient.post(LESIONS, lesion)

    body = changed.json()
    assert (body["label"], body["target"], body["confirmed_new"], body["progressed_on"], body["version"]) == (
        *("Renamed", True, False, "2026-03-01"),
        3,
    )
    assert retried.json() == body
    assert (created_again.status_code, created_again.json()) == (200, body)


def test_every_version_of_a_lesion_is_kept(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    ok(clinic.clinician.put(f"{of(clinic)}/{lesion['id']}", {**lesion, "target": True}, base=1))

    versions = ok(clinic.patient.get(f"{LESIONS}/{lesion['id']}/versions?limit=1"))
    rest = ok(clinic.patient.get(f"{LESIONS}/{lesion['id']}/versions?limit=1&cursor={versions['next_cursor']}"))

    assert [(one["version"], one["target"]) for one in versions["items"] + rest["items"]] == [(1, None), (2, True)]
    assert rest["next_cursor"] is None


def test_a_stale_change_of_a_lesion_is_refused(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    path = f"{LESIONS}/{lesion['id']}"
    ok(clinic.patient.put(path, {**lesion, "label": "Second"}, base=1))

    problem(clinic.patient.put(path, {**lesion, "label": "Third"}, base=1), 412, "version-conflict")
    problem(clinic.patient.put(path, {**lesion, "label": "Third"}), 428, "if-match-required")


def test_a_deleted_lesion_is_gone_and_its_id_is_never_used_again(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    path = f"{LESIONS}/{lesion['id']}"

    deleted = [clinic.clinician.delete(f"{of(clinic)}/{lesion['id']}"), clinic.patient.delete(path)]

    assert [answer.status_code for answer in deleted] == [204, 204]
    problem(clinic.patient.get(path), 404, "not-found")
    problem(clinic.patient.post(LESIONS, lesion), 409, "deleted")
    problem(clinic.patient.put(path, lesion, base=1), 409, "deleted")
    assert ok(clinic.patient.get(LESIONS))["items"] == []


def test_a_third_target_is_refused(clinic: Clinic) -> None:
    lesions = [lesion_body(target=True) for _ in range(3)]

    answers = [clinic.clinician.post(of(clinic), lesion) for lesion in lesions]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    problem(answers[2], 409, "target-limit")
    ok(clinic.clinician.delete(f"{of(clinic)}/{lesions[0]['id']}"))
    assert clinic.clinician.post(of(clinic), lesions[2]).status_code == 201


@pytest.mark.parametrize(
    ("appearance", "length_mm", "status"),
    [
        ("nodule", 9.9, 409),
        ("nodule", 10, 200),
        ("plaque", 12.5, 200),
        ("ulcer", 12.5, 200),
        ("red_patch", 40, 409),
        ("thinned_skin", None, 409),
        ("nodule", None, 200),
    ],
)
def test_only_what_can_be_measured_becomes_a_target(
    clinic: Clinic, appearance: str, length_mm: float | None, status: int
) -> None:
    lesion = lesion_body(kind=appearance)
    ok(clinic.patient.post(LESIONS, lesion))
    if length_mm is not None:
        measured(clinic, lesion, length_mm)

    answer = clinic.clinician.put(f"{of(clinic)}/{lesion['id']}", {**lesion, "target": True}, base=1)

    assert answer.status_code == status
    if status == 409:
        problem(answer, 409, "not-measurable")


def test_a_target_that_shrank_stays_one_when_it_is_renamed(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    measured(clinic, lesion, 20, day=2)
    ok(clinic.clinician.put(f"{of(clinic)}/{lesion['id']}", {**lesion, "target": True}, base=1))
    measured(clinic, lesion, 4, day=20)

    renamed = clinic.patient.put(f"{LESIONS}/{lesion['id']}", {**lesion, "label": "Shrunk"}, base=2)

    assert renamed.status_code == 200


def test_a_patients_repeated_change_is_known_after_the_clinician_has_judged(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post(LESIONS, lesion))
    renamed = {**lesion, "label": "Renamed"}
    ok(clinic.patient.put(f"{LESIONS}/{lesion['id']}", renamed, base=1))
    judged = ok(clinic.clinician.put(f"{of(clinic)}/{lesion['id']}", {**renamed, "target": True}, base=2))

    repeated = clinic.patient.put(f"{LESIONS}/{lesion['id']}", renamed, base=1)

    assert (repeated.status_code, repeated.json()) == (200, judged)
