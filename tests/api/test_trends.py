"""The trend document: one consistent read, every number with its n, nothing invented."""

import pytest

from infra.settings import Settings
from models.trends import TrendsRead
from services import demo
from tests.domain import examples
from tests.factories import Body, Clinic, entry_body, lesion_body, medication_body, ok, problem
from tests.fakes import FakeClock

TRENDS = "/v1/patients/{me}/trends"


def rate(clinic: Clinic, day: str, *severities: int, symptom: str = "pain", **more: object) -> None:
    """The patient rates a symptom, in one entry for each value."""
    for severity in severities:
        ratings = [{"symptom": symptom, "severity": severity, **more}]
        ok(
            clinic.patient.post(
                "/v1/patients/{me}/entries", entry_body(recorded_at=f"{day}T20:00:00Z", ratings=ratings)
            )
        )


def trends(clinic: Clinic, query: str = "") -> Body:
    """The trend as the clinician reads it."""
    document: Body = ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/trends{query}"))
    return document


def test_a_diary_without_entries_has_no_trend_and_says_so(clinic: Clinic) -> None:
    document = trends(clinic, "?from=2026-01-01&to=2026-03-30")

    assert document["completion"] == {"expected_days": 89, "observed_days": 0, "rate": 0.0, "longest_gap_days": 89}
    assert document["symptoms"] == []
    assert document["medications"] == []
    assert document["nodule_count"] == {"n": 0, "points": [], "baseline": None, "current": None}
    assert document["lesions"]["response"] is None
    assert {mean["value"] for mean in document["lifestyle"].values()} == {None}


def test_the_default_period_is_the_last_ninety_days_to_today_at_the_patients_place(
    clinic: Clinic, clock: FakeClock
) -> None:
    clock.time = clock.time.replace(hour=20)

    berlin = trends(clinic)
    ok(clinic.clinician.patch(f"/v1/patients/{clinic.patient.id}", {"time_zone": "Pacific/Auckland"}, base=1))
    auckland = trends(clinic)

    assert (berlin["from"], berlin["to"]) == ("2025-12-31", "2026-03-31")
    assert (auckland["from"], auckland["to"]) == ("2026-01-01", "2026-04-01")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?from=2026-03-02&to=2026-03-01", "/query/from"),
        ("?from=2021-03-30&to=2026-03-31", "/query/from"),
        ("?from=2019-02-27&to=2024-02-29", "/query/from"),
        ("?from=yesterday", "/query/from"),
        ("?to=20260301", "/query/to"),
        ("?symptom=melancholy", "/query/symptom/0"),
        ("?symptoms=pain", "/query"),
    ],
)
def test_an_impossible_question_is_refused(clinic: Clinic, query: str, pointer: str) -> None:
    answer = clinic.patient.get(TRENDS + query)

    assert problem(answer, 422, "invalid-request")["errors"][0]["pointer"] == pointer


def test_five_years_can_be_asked_for(clinic: Clinic) -> None:
    assert trends(clinic, "?from=2021-03-31&to=2026-03-31")["from"] == "2021-03-31"
    assert trends(clinic, "?from=2019-02-28&to=2024-02-29")["from"] == "2019-02-28"


def test_the_worst_of_a_day_counts_over_entries_and_sites(clinic: Clinic) -> None:
    rate(clinic, "2026-03-01", 3, 8, 5)
    rate(clinic, "2026-03-02", 2, site="chest_wall")

    (pain,) = trends(clinic)["symptoms"]

    assert pain["points"] == [{"day": "2026-03-01", "value": 8}, {"day": "2026-03-02", "value": 2}]
    assert (pain["n"], pain["worst"], pain["severe_days"]) == (2, {"day": "2026-03-01", "value": 8}, 1)


def test_the_worked_series_reads_as_documented(clinic: Clinic) -> None:
    for day, value in examples.SERIES_P.items():
        # On the 20th there were two entries, 3 and 8.
        rate(clinic, day.isoformat(), *((3, 8) if value == 8 else (value,)))

    document = trends(clinic, "?from=2026-01-01&to=2026-01-28")

    (pain,) = document["symptoms"]
    assert (document["completion"]["rate"], document["completion"]["longest_gap_days"]) == (0.607143, 3)
    assert pain["baseline"] == {"value": 6.0, "n": 8, "from": "2026-01-01", "to": "2026-01-14"}
    assert pain["current"] == {"value": 4.0, "n": 9, "from": "2026-01-15", "to": "2026-01-28"}
    assert (pain["change"], pain["threshold"], pain["change_class"]) == (-2.0, 1.8, "better")
    assert (pain["slope_per_week"], pain["slope_low"], pain["slope_high"]) == (-0.815611, -1.235294, -0.411765)
    assert pain["mann_kendall"] == {
        "s": -73,
        "variance": 558.333333,
        "z": -3.047093,
        "p": 0.002311,
        "tau": -0.58372,
        "verdict": "falling",
    }


def test_what_was_deleted_or_corrected_no_longer_counts(clinic: Clinic) -> None:
    deleted = entry_body(ratings=[{"symptom": "pain", "severity": 9}], lifestyle={"cigarettes": 7})
    corrected = entry_body(recorded_at="2026-03-28T20:00:00+01:00", ratings=[{"symptom": "pain", "severity": 8}])
    for entry in (deleted, corrected):
        ok(clinic.patient.post("/v1/patients/{me}/entries", entry))

    ok(clinic.patient.delete(f"/v1/patients/{{me}}/entries/{deleted['id']}"))
    changed = {**corrected, "ratings": [{"symptom": "pain", "severity": 1}]}
    ok(clinic.patient.put(f"/v1/patients/{{me}}/entries/{corrected['id']}", changed, base=1))

    document = trends(clinic)
    assert document["symptoms"][0]["points"] == [{"day": "2026-03-28", "value": 1}]
    assert document["lifestyle"]["cigarettes_per_day"] == {"value": None, "n": 0}


def test_the_number_of_nodules_is_followed_by_itself(clinic: Clinic) -> None:
    rate(clinic, "2026-03-01", 3, symptom="nodules", count=4)
    rate(clinic, "2026-03-02", 5, symptom="nodules")

    document = trends(clinic)

    assert [point["value"] for point in document["symptoms"][0]["points"]] == [3, 5]
    assert document["nodule_count"]["points"] == [{"day": "2026-03-01", "value": 4}]


def test_symptoms_can_be_chosen_and_come_in_the_order_of_the_catalogue(clinic: Clinic) -> None:
    for symptom in ("sleep", "itching", "pain"):
        rate(clinic, "2026-03-01", 3, symptom=symptom)

    everything, chosen = trends(clinic), trends(clinic, "?symptom=sleep&symptom=pain")

    assert [one["symptom"] for one in everything["symptoms"]] == ["pain", "itching", "sleep"]
    assert [one["symptom"] for one in chosen["symptoms"]] == ["pain", "sleep"]
    assert chosen["completion"] == everything["completion"]


def test_a_missing_report_is_not_a_missed_dose(clinic: Clinic) -> None:
    medication = medication_body(starts_on="2026-03-01")
    ok(clinic.patient.post("/v1/patients/{me}/medications", medication))
    for day, taken in (("2026-03-01", (True, True)), ("2026-03-02", (True, False)), ("2026-03-03", (True, True, True))):
        intakes = [{"medication_id": medication["id"], "taken": one} for one in taken]
        ok(
            clinic.patient.post(
                "/v1/patients/{me}/entries", entry_body(recorded_at=f"{day}T20:00:00Z", intakes=intakes)
            )
        )

    (row,) = trends(clinic, "?from=2026-03-01&to=2026-03-10")["medications"]

    assert row == {
        "medication_id": medication["id"],
        "name": "Capecitabine",
        "expected": 20,
        "reported": 6,
        "taken": 5,
        "adherence": 0.833333,
        "coverage": 0.3,
        "possible_low": 0.25,
        "possible_high": 0.95,
    }


def test_lesions_are_judged_over_the_whole_history(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    for day, length in (("2026-01-05", 40), ("2026-02-02", 28), ("2026-03-30", 34)):
        seen = {"lesion_id": lesion["id"], "state": "measured", "length_mm": length, "method": "ruler"}
        entry = entry_body(recorded_at=f"{day}T20:00:00Z", lesion_observations=[seen])
        ok(clinic.patient.post("/v1/patients/{me}/entries", entry))
    path = f"/v1/patients/{clinic.patient.id}/lesions/{lesion['id']}"
    ok(clinic.clinician.put(path, {**lesion, "target": True}, base=1))

    seen = trends(clinic, "?from=2026-03-01")["lesions"]

    assert (seen["baseline_mm"], seen["nadir_mm"], seen["response"]) == (40.0, 28.0, "progression")
    assert (seen["best_response"], seen["progression_on"], seen["strict_recist"]) == ("partial", "2026-03-30", True)
    assert [(one["day"], one["sum_mm"]) for one in seen["assessments"]] == [("2026-03-30", 34.0)]
    assert [point["day"] for point in seen["lesions"][0]["points"]] == ["2026-03-30"]


def test_a_trend_that_the_caller_has_is_not_sent_again(clinic: Clinic) -> None:
    rate(clinic, "2026-03-01", 3)
    first = clinic.patient.get(TRENDS)
    have = {"If-None-Match": f'W/{first.headers["etag"]}, "other"'}

    again = clinic.patient.get(TRENDS, headers=have)
    other_period = clinic.patient.get(f"{TRENDS}?to=2026-03-30", headers=have)
    rate(clinic, "2026-03-02", 4)
    changed = clinic.patient.get(TRENDS, headers=have)

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    for answer in (first, again):
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["vary"] == "Authorization, Accept-Language"
    assert (other_period.status_code, changed.status_code) == (200, 200)


def test_who_may_no_longer_see_a_trend_is_not_told_that_it_is_unchanged(clinic: Clinic) -> None:
    path = f"/v1/patients/{clinic.patient.id}/trends"
    tag = clinic.clinician.get(path).headers["etag"]

    ok(clinic.admin.delete(f"/v1/patients/{clinic.patient.id}/care-team/{clinic.clinician.id}"))

    problem(clinic.clinician.get(path, headers={"If-None-Match": tag}), 404, "not-found")


def test_the_demo_clinic_shows_what_its_stories_tell(clinic: Clinic) -> None:
    state = clinic.app.state
    chosen: Settings = state.settings
    with state.database.transaction() as session:
        samples = demo.found(
            session, state.door, state.terms, now=state.now(), minimum_consent_version=chosen.minimum_consent_version
        )
    form = {"grant_type": "password", "username": demo.CLINICIAN, "password": demo.PASSWORD}
    token = ok(clinic.http.post("/v1/auth/token", data=form))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    listed = ok(clinic.http.get("/v1/patients", headers=headers))["items"]
    shown = {}
    for patient, sample in zip(listed, samples, strict=True):
        assert patient["name"] == sample.name
        query = {"from": patient["enrolled_on"]}
        shown[sample.email.partition("@")[0]] = ok(
            clinic.http.get(f"/v1/patients/{patient['id']}/trends", params=query, headers=headers)
        )

    classes = {
        name: {one["symptom"]: one["change_class"] for one in document["symptoms"]} for name, document in shown.items()
    }
    assert len(shown) == 12
    assert classes["improving"]["pain"] == "better"
    assert classes["worsening"]["pain"] == "worse"
    assert set(classes["stable"].values()) == {"stable"}
    assert shown["worsening"]["lesions"]["response"] == "progression"
    assert shown["lesions-respond"]["lesions"]["best_response"] == "complete"
    assert shown["half-missing"]["completion"]["rate"] == pytest.approx(0.55, abs=0.01)
    assert shown["silent-after-severe"]["completion"]["longest_gap_days"] > 7


def test_the_document_has_exactly_the_shape_that_is_promised(clinic: Clinic) -> None:
    for day in range(1, 29):
        rate(clinic, f"2026-03-{day:02}", day % 11, symptom="nodules", count=day)
    medication, lesion = medication_body(), lesion_body()
    ok(clinic.patient.post("/v1/patients/{me}/medications", medication))
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    seen = {"lesion_id": lesion["id"], "state": "measured", "length_mm": 14, "method": "ruler"}
    ok(clinic.patient.post("/v1/patients/{me}/entries", entry_body(lesion_observations=[seen])))

    document = trends(clinic, "?from=2026-03-01&to=2026-03-28")

    assert TrendsRead.model_validate(document).model_dump(mode="json", by_alias=True) == document
