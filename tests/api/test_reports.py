"""The report over HTTP: which days, what needs attention, the same numbers as trends, and one that never changes."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import rfc8785
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from infra.db import Database
from models.reports import ReportRead
from reports.documents import Document, Options
from reports.formats import FORMATS, Format, Writing
from services import frozen_reports
from tests.factories import (
    Body,
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
from tests.fakes import FakeClock
from tests.recorder import recorded

REPORT = "/v1/patients/{me}/report"
MEDIA_TYPES = {
    "": "application/json",
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".csv": "text/csv; charset=utf-8",
    ".fhir": "application/fhir+json",
}


@pytest.fixture
def http(app: FastAPI) -> Any:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


def rate(clinic: Clinic, day: str, severity: int, symptom: str = "pain", **more: object) -> None:
    """The patient rates a symptom."""
    ratings = [{"symptom": symptom, "severity": severity}]
    entry = entry_body(recorded_at=f"{day}T20:00:00Z", ratings=ratings, **more)
    ok(clinic.patient.post("/v1/patients/{me}/entries", entry))


def report(clinic: Clinic, query: str = "") -> Body:
    """The report as the clinician reads it."""
    document: Body = ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/report{query}"))
    return document


def visited(clinic: Clinic, day: str, **changes: object) -> Body:
    """A visit that took place."""
    body = {"planned_for": day, "status": "done", "took_place_on": day, **changes}
    made: Body = ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits", body))
    return made


def rules(document: Body) -> list[str]:
    """Why the report calls for attention."""
    return [one["rule"] for one in document["attention"]]


def full_diary(clinic: Clinic) -> None:
    """A quarter with everything that a report shows."""
    lesion, medication = lesion_body(), medication_body()
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    ok(clinic.patient.post("/v1/patients/{me}/medications", medication))
    ok(
        clinic.clinician.put(
            f"/v1/patients/{clinic.patient.id}/lesions/{lesion['id']}", {**lesion, "target": True}, base=1
        )
    )
    for week in range(12):
        day = date(2026, 1, 2) + timedelta(days=7 * week)
        look = {"lesion_id": lesion["id"], "state": "measured", "length_mm": 20.0 + week, "method": "ruler"}
        for offset in range(3):
            rate(
                clinic,
                (day + timedelta(days=offset)).isoformat(),
                min(10, 2 + week // 2),
                lesion_observations=[look] if not offset else [],
                intakes=[{"medication_id": medication["id"], "taken": offset != 1}],
                lifestyle={"cigarettes": offset},
                note=f"Week {week}." if not offset else None,
            )


# Which days


def test_the_first_report_starts_at_enrolment_and_ends_today(clinic: Clinic) -> None:
    document = report(clinic)

    assert (document["from"], document["to"], document["chosen"]) == ("2026-01-01", "2026-03-31", "since_enrolment")
    assert document["since_visit_on"] is None


def test_a_report_starts_at_the_last_visit_that_took_place(clinic: Clinic) -> None:
    visited(clinic, "2026-02-01")
    visited(clinic, "2026-03-03")
    visited(clinic, "2026-02-20")
    cancelled = {"planned_for": "2026-03-20", "status": "cancelled"}
    ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits", cancelled))

    document = report(clinic)

    assert (document["from"], document["to"], document["chosen"]) == ("2026-03-03", "2026-03-31", "since_last_visit")
    assert document["since_visit_on"] == "2026-03-03"


def test_a_visit_of_the_last_day_itself_does_not_begin_the_report_that_is_made_for_it(clinic: Clinic) -> None:
    visited(clinic, "2026-02-01")
    visited(clinic, "2026-03-31")

    document = report(clinic)

    assert (document["from"], document["to"]) == ("2026-02-01", "2026-03-31")
    assert report(clinic, "?to=2026-02-01")["from"] == "2026-01-01"


def test_a_deleted_visit_begins_no_report(clinic: Clinic) -> None:
    visit = visited(clinic, "2026-03-03")
    ok(clinic.clinician.delete(f"/v1/patients/{clinic.patient.id}/visits/{visit['id']}"))

    assert report(clinic)["from"] == "2026-01-01"


def test_other_days_can_be_asked_for(clinic: Clinic) -> None:
    visited(clinic, "2026-03-03")

    document = report(clinic, "?from=2026-02-01&to=2026-02-28")

    assert (document["from"], document["to"], document["chosen"]) == ("2026-02-01", "2026-02-28", "requested")
    assert report(clinic, "?to=2026-03-10")["from"] == "2026-03-03"


def test_a_report_reaches_five_years_back_and_says_so(clinic: Clinic) -> None:
    patient = clinic.add_patient(enrolled_on="2015-05-01")

    document = ok(patient.get(REPORT))

    assert (document["from"], document["chosen"]) == ("2021-03-31", "longest")


def test_somebody_enrolled_after_the_last_day_has_a_report_of_that_day(clinic: Clinic) -> None:
    document = report(clinic, "?to=2025-12-24")

    assert (document["from"], document["to"]) == ("2025-12-24", "2025-12-24")
    assert document["completion"]["expected_days"] == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?from=2026-03-02&to=2026-03-01", "/query/from"),
        ("?from=2021-03-30&to=2026-03-31", "/query/from"),
        ("?from=yesterday", "/query/from"),
        ("?to=20260301", "/query/to"),
        ("?symptom=pain", "/query"),
    ],
)
@pytest.mark.parametrize("end", MEDIA_TYPES)
def test_an_impossible_question_is_refused(clinic: Clinic, end: str, query: str, pointer: str) -> None:
    answer = clinic.patient.get(REPORT + end + query)

    assert problem(answer, 422, "invalid-request")["errors"][0]["pointer"] == pointer


# What it says


def test_a_report_without_a_diary_says_that_nothing_is_known(clinic: Clinic) -> None:
    document = report(clinic)

    assert document["symptoms"] == document["medications"] == document["notes"] == []
    assert document["lesions"]["response"] is None
    assert [(one["rule"], one["day"], one["days"]) for one in document["attention"]] == [("silence", None, 89)]


def test_its_numbers_are_those_of_the_trends(clinic: Clinic) -> None:
    full_diary(clinic)

    document = report(clinic)
    trends = ok(clinic.patient.get("/v1/patients/{me}/trends?from=2026-01-01&to=2026-03-31"))

    for name in ("patient_id", "from", "to", "revision", "completion", "symptoms", "nodule_count", "lifestyle"):
        assert document[name] == trends[name], name
    assert [{name: one[name] for name in two} for one, two in zip(document["medications"], trends["medications"])] == (  # noqa: B905
        trends["medications"]
    )
    shown = document["lesions"]
    assert {name: shown[name] for name in trends["lesions"] if name != "lesions"} == {
        name: value for name, value in trends["lesions"].items() if name != "lesions"
    }
    assert [one["points"] for one in shown["lesions"]] == [one["points"] for one in trends["lesions"]["lesions"]]


def test_it_says_who_it_is_about_and_what_it_rests_on(clinic: Clinic) -> None:
    rate(clinic, "2026-03-01", 4, note="Slept badly.")
    visited(clinic, "2026-02-01")
    ahead = {"planned_for": "2026-04-14"}
    ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits", ahead))

    document = report(clinic)

    assert document["patient"] == {
        "name": "Ana Duarte",
        "birth_date": None,
        "record_number": None,
        "time_zone": "Europe/Berlin",
        "enrolled_on": "2026-01-01",
    }
    assert document["clinic"] == "Clinic"
    assert document["notes"] == [{"day": "2026-03-01", "text": "Slept badly."}]
    assert [(one["status"], one["planned_for"]) for one in document["visits"]] == [
        ("done", "2026-02-01"),
        ("planned", "2026-04-14"),
    ]
    server = ok(clinic.http.get("/v1/server"))
    assert (document["generation"], document["software_version"]) == (server["generation"], server["software_version"])
    assert {one["key"] for one in document["methods"]} >= {"bands", "slope", "lesions"}


def test_what_is_worse_and_what_is_severe_needs_attention(clinic: Clinic) -> None:
    full_diary(clinic)

    document = report(clinic)

    worse, severe = (next(one for one in document["attention"] if one["rule"] == rule) for rule in ("worse", "severe"))
    (pain,) = document["symptoms"]
    assert (worse["symptom"], worse["baseline"], worse["current"], worse["change"], worse["threshold"]) == (
        *("pain", pain["baseline"]["value"], pain["current"]["value"], pain["change"]),
        2.0,
    )
    assert (severe["days"], severe["of_days"], severe["value"]) == (pain["severe_days"], pain["n"], 7)
    assert severe["last_day"] == "2026-03-22"


def test_progression_needs_attention_with_its_reason(clinic: Clinic) -> None:
    full_diary(clinic)

    (progression,) = [one for one in report(clinic)["attention"] if one["rule"] == "progression"]

    assert (progression["day"], progression["sum_mm"], progression["nadir_mm"]) == ("2026-03-20", 31.0, 20.0)
    assert "above the smallest sum" in progression["reason"]


def test_a_new_lesion_needs_attention_until_a_clinician_has_judged_it(clinic: Clinic) -> None:
    full_diary(clinic)
    found = lesion_body(label="New spot", first_noticed_on="2026-03-10")
    ok(clinic.patient.post("/v1/patients/{me}/lesions", found))

    before = report(clinic)
    path = f"/v1/patients/{clinic.patient.id}/lesions/{found['id']}"
    ok(clinic.clinician.put(path, {**found, "confirmed_new": True}, base=1))
    after = report(clinic)

    (unconfirmed,) = [one for one in before["attention"] if one["rule"] == "unconfirmed_new_lesion"]
    assert (unconfirmed["label"], unconfirmed["lesion_id"], unconfirmed["day"]) == (
        *("New spot", found["id"]),
        "2026-03-10",
    )
    assert "unconfirmed_new_lesion" not in rules(after)


@pytest.mark.parametrize(("last", "silent"), [("2026-03-23", True), ("2026-03-24", False), ("2026-03-31", False)])
def test_seven_days_of_silence_up_to_the_end_need_attention(clinic: Clinic, last: str, silent: bool) -> None:
    rate(clinic, "2026-01-05", 2)
    rate(clinic, last, 2)

    found = [one for one in report(clinic)["attention"] if one["rule"] == "silence"]

    assert [(one["day"], one["days"]) for one in found] == ([(last, 7)] if silent else [])


def test_silence_that_began_before_the_period_is_counted_whole(clinic: Clinic) -> None:
    rate(clinic, "2026-03-01", 2)

    document = report(clinic, "?from=2026-03-29")

    assert [(one["rule"], one["day"], one["days"]) for one in document["attention"]] == [("silence", "2026-03-01", 29)]


def test_a_lesion_is_shown_from_its_baseline_to_now_whatever_the_period(clinic: Clinic) -> None:
    full_diary(clinic)

    (lesion,) = report(clinic, "?from=2026-03-01")["lesions"]["lesions"]

    assert (lesion["baseline"]["day"], lesion["baseline"]["value_mm"]) == ("2026-01-02", 20.0)
    assert (lesion["nadir"]["day"], lesion["latest"]["day"], lesion["latest"]["value_mm"]) == (
        *("2026-01-02", "2026-03-20"),
        31.0,
    )
    assert [point["day"] for point in lesion["points"]] == ["2026-03-06", "2026-03-13", "2026-03-20"]
    assert (lesion["site"], lesion["side"], lesion["kind"]) == ("chest_wall", "left", "nodule")


# Formats


def test_every_format_has_its_media_type_and_the_same_patient(clinic: Clinic) -> None:
    full_diary(clinic)

    for end, media_type in MEDIA_TYPES.items():
        answer = clinic.patient.get(REPORT + end)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert (answer.headers.get("content-security-policy", "").startswith("sandbox;")) is (end == ".html")
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["vary"] == "Authorization, Accept-Language"


def test_the_csv_has_the_days_of_the_json(clinic: Clinic) -> None:
    full_diary(clinic)

    rows = list(csv.DictReader(io.StringIO(clinic.patient.get(f"{REPORT}.csv").text, newline="")))

    pain = [(row["day"], int(row["value"])) for row in rows if (row["kind"], row["series"]) == ("severity", "pain")]
    assert pain == [(one["day"], one["value"]) for one in report(clinic)["symptoms"][0]["points"]]


def test_the_digest_is_true_of_the_answer(clinic: Clinic) -> None:
    full_diary(clinic)

    document = report(clinic)

    told = document.pop("sha256")
    assert hashlib.sha256(rfc8785.dumps(document)).hexdigest() == told


@pytest.mark.parametrize("end", MEDIA_TYPES)
def test_what_the_caller_has_is_not_sent_again_until_something_changes(clinic: Clinic, end: str) -> None:
    first = clinic.patient.get(REPORT + end)
    again = clinic.patient.request("GET", REPORT + end, headers={"If-None-Match": first.headers["etag"]})
    german = {"If-None-Match": first.headers["etag"], "Accept-Language": "de"}
    in_german = clinic.patient.request("GET", REPORT + end, headers=german)
    rate(clinic, "2026-03-01", 4)
    later = clinic.patient.request("GET", REPORT + end, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (in_german.status_code, later.status_code) == (200, 200)


def test_each_format_has_a_tag_of_its_own(clinic: Clinic) -> None:
    tags = {clinic.patient.get(REPORT + end).headers["etag"] for end in MEDIA_TYPES}

    assert len(tags) == len(MEDIA_TYPES)


def test_a_stranger_learns_nothing_from_a_tag(clinic: Clinic) -> None:
    tag = clinic.patient.get(REPORT).headers["etag"]
    stranger = clinic.add_clinician()

    answer = stranger.request("GET", f"/v1/patients/{clinic.patient.id}/report", headers={"If-None-Match": tag})

    problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("clinics", "wish", "language"), [("en", None, "en"), ("de", None, "de"), ("de", "fr", "de"), ("de", "en", "en")]
)
def test_the_language_is_the_readers_or_else_the_clinics(
    clinic: Clinic, clinics: str, wish: str | None, language: str
) -> None:
    speak(clinic, clinics)

    headers = {"Accept-Language": wish} if wish else {}
    document = ok(clinic.patient.request("GET", REPORT, headers=headers))

    assert document["language"] == language


def speak(clinic: Clinic, language: str) -> None:
    """Set the clinic's language, as `create-clinic --language` does."""
    with database(clinic).transaction() as session:
        statement = text("UPDATE clinic SET language = :language WHERE id = :id")
        identity = clinic.id.hex if database(clinic).is_sqlite else clinic.id
        session.execute(statement, {"language": language, "id": identity})


def database(clinic: Clinic) -> Database:
    found: Database = clinic.app.state.database
    return found


def test_snomed_codes_are_left_out_where_they_are_switched_off(
    database_url: str, make_app: Callable[..., FastAPI]
) -> None:
    app = make_app(database_url, snomed_codes=False)
    app.state.now = FakeClock()
    clinic = found_clinic(app, TestClient(app))
    rate(clinic, "2026-03-01", 4)

    answer = clinic.patient.get(f"{REPORT}.fhir")

    assert "http://loinc.org" in answer.text
    assert "http://snomed.info/sct" not in answer.text


# Photos


def jpeg(colour: str) -> bytes:
    """A picture as a phone takes it."""
    held = io.BytesIO()
    noise = Image.effect_noise((1200, 900), 64).convert("RGB")
    Image.blend(noise, Image.new("RGB", noise.size, colour), 0.5).save(held, "JPEG")
    return held.getvalue()


def photograph(clinic: Clinic, lesion: Body, day: str, colour: str, length_mm: float) -> Body:
    """The patient measures a lesion and takes a photo of it."""
    seen = {"lesion_id": lesion["id"], "state": "measured", "length_mm": length_mm, "method": "ruler"}
    entry = entry_body(recorded_at=f"{day}T20:00:00Z", ratings=[], lesion_observations=[seen])
    ok(clinic.patient.post("/v1/patients/{me}/entries", entry))
    fields = {"taken_at": f"{day}T20:00:00Z", "lesion_id": lesion["id"], "entry_id": entry["id"]}
    made: Body = ok(clinic.patient.post("/v1/patients/{me}/photos", **photo_form(jpeg(colour), **fields)))
    return made


@pytest.fixture
def photographed(clinic: Clinic) -> list[Body]:
    """A lesion's photos at its first, its smallest and its last size, and one that is none of these."""
    lesion = lesion_body()
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    days = (("2026-01-10", "red", 20.0), ("2026-02-10", "blue", 12.0), ("2026-02-20", "grey", 15.0))
    taken = [photograph(clinic, lesion, *one) for one in (*days, ("2026-03-20", "green", 16.0))]
    return [taken[0], taken[1], taken[3]]


def test_each_lesion_has_its_photos_at_baseline_nadir_and_now(clinic: Clinic, photographed: list[Body]) -> None:
    (lesion,) = report(clinic)["lesions"]["lesions"]

    assert lesion["photos"] == [
        {"moment": moment, "photo_id": photo["id"], "day": day, "length_mm": mm, "sha256": photo["stored_sha256"]}
        for moment, photo, day, mm in (
            ("baseline", photographed[0], "2026-01-10", 20.0),
            ("nadir", photographed[1], "2026-02-10", 12.0),
            ("latest", photographed[2], "2026-03-20", 16.0),
        )
    ]


def test_a_photo_taken_after_the_last_day_is_not_shown(clinic: Clinic, photographed: list[Body]) -> None:
    (lesion,) = report(clinic, "?to=2026-02-15")["lesions"]["lesions"]

    assert [photo["photo_id"] for photo in lesion["photos"]] == [
        *(photographed[0]["id"], photographed[1]["id"]),
        photographed[1]["id"],
    ]


def test_pages_show_photos_and_fhir_refers_to_them(clinic: Clinic, photographed: list[Body]) -> None:
    page = clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/report.html").text
    document = ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/report.fhir"))

    assert page.count("data:image/jpeg;base64,") == 3
    media = [one["resource"] for one in document["entry"] if one["resource"]["resourceType"] == "Media"]
    assert [one["identifier"][0]["value"] for one in media] == [photo["stored_sha256"] for photo in photographed]
    assert all(photo["id"] in one["content"]["url"] for photo, one in zip(photographed, media, strict=True))


def test_a_page_without_a_photo_that_is_lost_is_still_a_page(clinic: Clinic, photographed: list[Body]) -> None:
    storage = clinic.app.state.darkroom.storage
    with database(clinic).reader() as session:
        statement = text("SELECT thumb_key FROM photo WHERE stored_sha256 = :sha256")
        (lost,) = session.scalars(statement, {"sha256": photographed[0]["stored_sha256"]}).all()
    storage.delete(lost)

    page = clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/report.html")

    assert page.text.count("data:image/jpeg;base64,") == 2
    assert len(report(clinic)["lesions"]["lesions"][0]["photos"]) == 3


# Rendering


def failing(_document: Document, _options: Options) -> bytes:
    message = "a note that nobody must see"
    raise ValueError(message)


def test_a_format_that_cannot_be_written_says_so_and_points_to_the_json(
    database_url: str, make_app: Callable[..., FastAPI], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database_url)
    app.state.now = FakeClock()
    clinic = found_clinic(app, TestClient(app))
    monkeypatch.setitem(FORMATS, Format.CSV, Writing("text/csv", failing))

    answer = clinic.patient.get(f"{REPORT}.csv")

    assert ".../report" in problem(answer, 500, "report-not-made")["detail"]
    assert "nobody" not in answer.text
    ReportRead.model_validate(report(clinic))


def slow(_document: Document, _options: Options) -> bytes:
    import time  # noqa: PLC0415

    time.sleep(3)
    return b""


def test_a_report_that_is_not_ready_in_time_can_be_asked_for_again(
    database_url: str, make_app: Callable[..., FastAPI], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database_url, report_seconds=1)
    app.state.now = FakeClock()
    clinic = found_clinic(app, TestClient(app))
    monkeypatch.setitem(FORMATS, Format.CSV, Writing("text/csv", slow))

    answer = clinic.patient.get(f"{REPORT}.csv")

    problem(answer, 503, "reports-busy")
    assert answer.headers["retry-after"]


# Frozen


def frozen(clinic: Clinic, visit: Body, end: str = "") -> Any:
    """What was frozen for a visit, as the patient asks for it."""
    return clinic.patient.get(f"/v1/patients/{{me}}/visits/{visit['id']}/report{end}")


def freeze(clinic: Clinic, visit: Body) -> Any:
    """Freeze the report for a visit."""
    return clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits/{visit['id']}/report")


def test_a_report_is_frozen_once_and_later_data_never_changes_it(clinic: Clinic) -> None:
    full_diary(clinic)
    visit = visited(clinic, "2026-03-31")

    first = freeze(clinic, visit)
    before = {end: frozen(clinic, visit, end) for end in MEDIA_TYPES}
    rate(clinic, "2026-03-25", 10, note="Much worse.")
    path = f"/v1/patients/{clinic.patient.id}"
    ok(clinic.clinician.patch(path, {"name": "Ana Maria Duarte"}, base=1))
    ok(
        clinic.clinician.put(
            f"{path}/visits/{visit['id']}", {"planned_for": "2026-03-31", "status": "cancelled"}, base=1
        )
    )
    second = freeze(clinic, visit)
    ok(clinic.clinician.delete(f"{path}/visits/{visit['id']}"))
    after = {end: frozen(clinic, visit, end) for end in MEDIA_TYPES}

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content == before[""].content
    assert first.json()["patient"]["name"] == "Ana Duarte"
    assert {end: answer.content for end, answer in after.items()} == {
        end: answer.content for end, answer in before.items()
    }
    assert report(clinic)["patient"]["name"] == "Ana Maria Duarte"


def test_every_format_of_a_frozen_report_shows_its_digest(clinic: Clinic) -> None:
    full_diary(clinic)
    visit = visited(clinic, "2026-03-31")
    sha256 = freeze(clinic, visit).json()["sha256"]

    for end, media_type in MEDIA_TYPES.items():
        answer = frozen(clinic, visit, end)

        assert answer.headers["content-type"] == media_type
        assert answer.headers["etag"] == f'"{sha256}"'
        assert sha256 in answer.text or end == ".pdf"  # which is compressed; tests/reports/test_pdf.py reads it
        unchanged = {"If-None-Match": f'"{sha256}"'}
        path = f"/v1/patients/{{me}}/visits/{visit['id']}/report{end}"
        assert clinic.patient.request("GET", path, headers=unchanged).status_code == 304
    content = json.loads(frozen(clinic, visit).text)
    assert content.pop("sha256") == hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def test_the_report_of_a_visit_ends_on_its_day_and_begins_at_the_visit_before(clinic: Clinic) -> None:
    visited(clinic, "2026-02-01")
    this = visited(clinic, "2026-03-03")
    visited(clinic, "2026-03-20")

    document = ok(freeze(clinic, this))

    assert (document["from"], document["to"]) == ("2026-02-01", "2026-03-03")


def test_the_report_of_a_visit_to_come_ends_today(clinic: Clinic) -> None:
    ahead = ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits", {"planned_for": "2026-04-14"}))

    assert ok(freeze(clinic, ahead))["to"] == "2026-03-31"


def test_a_frozen_report_is_in_the_clinics_language_whoever_asks(clinic: Clinic) -> None:
    speak(clinic, "de")
    visit = visited(clinic, "2026-03-31")

    headers = {"Accept-Language": "en"}
    made = clinic.clinician.request(
        "POST", f"/v1/patients/{clinic.patient.id}/visits/{visit['id']}/report", headers=headers
    )

    assert ok(made)["language"] == "de"


def test_there_is_no_frozen_report_before_somebody_froze_it(clinic: Clinic) -> None:
    visit = visited(clinic, "2026-03-31")

    for end in MEDIA_TYPES:
        problem(frozen(clinic, visit, end), 404, "not-found")


def test_no_report_is_frozen_for_a_visit_that_is_not_there(clinic: Clinic) -> None:
    visit = visited(clinic, "2026-03-31")
    ok(clinic.clinician.delete(f"/v1/patients/{clinic.patient.id}/visits/{visit['id']}"))

    problem(freeze(clinic, visit), 409, "deleted")
    problem(freeze(clinic, {"id": new_id()}), 404, "not-found")
    problem(clinic.patient.post(f"/v1/patients/{{me}}/visits/{visit['id']}/report"), 403, "not-allowed")


@pytest.mark.parametrize("end", MEDIA_TYPES)
@pytest.mark.parametrize("damage", ["content", "digest"])
def test_a_frozen_report_that_was_damaged_is_never_shown(
    database_url: str, make_app: Callable[..., FastAPI], end: str, damage: str
) -> None:
    app = make_app(database_url)
    app.state.now = FakeClock()
    clinic = found_clinic(app, TestClient(app))
    visit = visited(clinic, "2026-03-31")
    ok(freeze(clinic, visit))

    with database(clinic).transaction() as session:
        if damage == "digest":
            session.execute(text("UPDATE frozen_report SET sha256 = :other"), {"other": "0" * 64})
        else:
            for content in session.execute(text("SELECT format, content FROM frozen_format")).all():
                changed = bytes(content.content).replace(b"2026", b"2027")
                statement = text("UPDATE frozen_format SET content = :content WHERE format = :format")
                session.execute(statement, {"content": changed, "format": content.format})

    problem(frozen(clinic, visit, end), 500, "report-damaged")
    problem(freeze(clinic, visit), 500, "report-damaged")


def test_two_who_freeze_at_once_get_one_report(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = visited(clinic, "2026-03-31")
    keep = frozen_reports.keep
    sooner: list[Any] = []

    def after_a_rival(*arguments: Any, **named: Any) -> Any:
        if not sooner:
            sooner.append(None)
            sooner.append(freeze(clinic, visit))
        return keep(*arguments, **named)

    monkeypatch.setattr(frozen_reports, "keep", after_a_rival)
    slower = freeze(clinic, visit)

    assert (sooner[1].status_code, slower.status_code) == (201, 200)
    assert slower.content == sooner[1].content
