"""Visits: kept by clinicians, read by the patient, safe to send again."""

import pytest

from tests.factories import Body, Clinic, new_id, ok, problem, visit_body

VISITS = "/v1/patients/{me}/visits"


def of(clinic: Clinic) -> str:
    """The patient's visits as the clinician addresses them."""
    return f"/v1/patients/{clinic.patient.id}/visits"


def planned(clinic: Clinic, **changes: object) -> Body:
    """A visit that the clinician noted down."""
    made: Body = ok(clinic.clinician.post(of(clinic), visit_body(**changes)))
    return made


def revision(clinic: Clinic) -> int:
    """The number of changes of the patient's data."""
    return int(ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}"))["revision"])


def test_a_visit_is_noted_down_and_the_patient_reads_it(clinic: Clinic) -> None:
    made = clinic.clinician.post(of(clinic), visit_body(summary="Bring the dressing."))

    assert made.status_code == 201
    body = made.json()
    assert made.headers["etag"] == '"1"'
    assert {name: body[name] for name in ("planned_for", "status", "took_place_on", "summary", "version")} == {
        "planned_for": "2026-04-14",
        "status": "planned",
        "took_place_on": None,
        "summary": "Bring the dressing.",
        "version": 1,
    }
    assert ok(clinic.patient.get(f"{VISITS}/{body['id']}")) == body
    assert ok(clinic.patient.get(VISITS)) == {"items": [body], "next_cursor": None}


def test_a_visit_sent_twice_with_one_key_is_noted_down_once(clinic: Clinic) -> None:
    key = {"Idempotency-Key": new_id()}

    answers = [clinic.clinician.request("POST", of(clinic), json=visit_body(), headers=key) for _ in range(2)]
    other = clinic.clinician.request("POST", of(clinic), json=visit_body(planned_for="2026-05-01"), headers=key)

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    problem(other, 409, "key-reused")
    assert len(ok(clinic.patient.get(VISITS))["items"]) == 1


def test_a_key_that_made_a_visit_of_one_patient_makes_none_of_another(clinic: Clinic) -> None:
    key = {"Idempotency-Key": new_id()}
    ok(clinic.clinician.request("POST", of(clinic), json=visit_body(), headers=key))
    other = clinic.add_patient()

    answer = clinic.clinician.request("POST", f"/v1/patients/{other.id}/visits", json=visit_body(), headers=key)

    problem(answer, 409, "key-reused")
    assert ok(other.get(VISITS))["items"] == []


def test_a_change_counts_the_version_and_its_retry_does_not(clinic: Clinic) -> None:
    visit = planned(clinic)
    path = f"{of(clinic)}/{visit['id']}"
    done = visit_body(status="done", took_place_on="2026-04-15", summary="Pain is better.")

    changed = clinic.clinician.put(path, done, base=1)
    retried = clinic.clinician.put(path, done, base=1)
    stale = clinic.clinician.put(path, visit_body(status="cancelled"), base=1)
    unbased = clinic.clinician.put(path, done)

    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (retried.status_code, retried.json()) == (200, changed.json())
    assert problem(stale, 412, "version-conflict")["current_version"] == 2
    problem(unbased, 428, "if-match-required")
    assert changed.json()["revision"] > visit["revision"]


def test_every_change_of_a_visit_counts_the_patients_revision(clinic: Clinic) -> None:
    before = revision(clinic)

    visit = planned(clinic)
    ok(clinic.clinician.put(f"{of(clinic)}/{visit['id']}", visit_body(planned_for="2026-04-20"), base=1))
    ok(clinic.clinician.delete(f"{of(clinic)}/{visit['id']}"))
    ok(clinic.clinician.delete(f"{of(clinic)}/{visit['id']}"))

    assert revision(clinic) == before + 3


def test_a_deleted_visit_is_gone_and_stays_so(clinic: Clinic) -> None:
    visit = planned(clinic)
    path = f"{of(clinic)}/{visit['id']}"
    problem(clinic.clinician.delete(path, base=2), 412, "version-conflict")

    answers = [clinic.clinician.delete(path, base=1), clinic.clinician.delete(path)]

    assert [answer.status_code for answer in answers] == [204, 204]
    problem(clinic.patient.get(f"{VISITS}/{visit['id']}"), 404, "not-found")
    problem(clinic.clinician.put(path, visit_body(), base=2), 409, "deleted")
    problem(clinic.clinician.delete(f"{of(clinic)}/{new_id()}"), 404, "not-found")
    assert ok(clinic.patient.get(VISITS))["items"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "done"},
        {"status": "done", "took_place_on": None},
        {"status": "planned", "took_place_on": "2026-04-14"},
        {"status": "cancelled", "took_place_on": "2026-04-14"},
        {"status": "missed"},
        {"planned_for": "2026-04-14T10:00:00Z"},
        {"summary": "x" * 4001},
    ],
)
def test_a_visit_that_cannot_be_is_refused(clinic: Clinic, changes: Body) -> None:
    answer = clinic.clinician.post(of(clinic), visit_body(**changes))

    problem(answer, 422, "invalid-request")
    assert ok(clinic.patient.get(VISITS))["items"] == []


def test_a_visit_is_planned_unless_it_says_otherwise(clinic: Clinic) -> None:
    made = ok(clinic.clinician.post(of(clinic), {"planned_for": "2026-04-14"}))

    assert (made["status"], made["summary"]) == ("planned", None)


def test_visits_are_listed_page_by_page_in_the_order_of_noting_down(clinic: Clinic) -> None:
    made = [planned(clinic, planned_for=f"2026-0{month}-01") for month in (9, 4, 6)]

    first = ok(clinic.patient.get(VISITS, params={"limit": 2}))
    second = ok(clinic.patient.get(VISITS, params={"limit": 2, "cursor": first["next_cursor"]}))

    listed = {one["id"] for one in first["items"] + second["items"]}
    assert listed == {one["id"] for one in made}
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)


def test_a_patient_and_an_administrator_change_no_visit(clinic: Clinic) -> None:
    visit = planned(clinic)

    for person in (clinic.patient, clinic.admin):
        problem(person.post(of(clinic), visit_body()), 403, "not-allowed")
        problem(person.delete(f"{of(clinic)}/{visit['id']}"), 403, "not-allowed")
    problem(clinic.admin.get(of(clinic)), 403, "not-allowed")
