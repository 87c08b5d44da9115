"""The diary: what a phone sends is stored once, kept in every version and never lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from tests.factories import (
    Body,
    Clinic,
    entry_body,
    lesion_body,
    medication_body,
    new_id,
    ok,
    problem,
)
from tests.fakes import FakeClock

ENTRIES = "/v1/patients/{me}/entries"


def full_entry(clinic: Clinic, **changes: Any) -> Body:
    """An entry with everything in it, and the lesion and medication that it refers to."""
    lesion, medication = lesion_body(), medication_body()
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    ok(clinic.patient.post("/v1/patients/{me}/medications", medication))
    return entry_body(
        day="2026-03-29",
        ratings=[
            {"symptom": "pain", "severity": 6, "interference": 4, "site": "chest_wall", "side": "left"},
            {"symptom": "pain", "severity": 2},
            {"symptom": "nodules", "severity": 3, "count": 4},
        ],
        lesion_observations=[
            {
                "lesion_id": lesion["id"],
                "state": "measured",
                "length_mm": 14.5,
                "width_mm": 9,
                "method": "ruler",
                "ulcerated": True,
                "bleeding": False,
                "photo_id": new_id(),
            }
        ],
        intakes=[{"medication_id": medication["id"], "taken": True, "taken_at": "2026-03-29T08:05:00+02:00"}],
        lifestyle={"cigarettes": 0, "alcohol_units": 1.5, "activity_minutes": 30, "balanced_meals": 2},
        note="Dressing stuck this morning.",
        **changes,
    )


def test_everything_that_was_sent_is_answered(clinic: Clinic) -> None:
    entry = full_entry(clinic)

    answer = clinic.patient.post(ENTRIES, entry)

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert body["recorded_at"] == entry["recorded_at"]
    assert [{k: v for k, v in rating.items() if v is not None} for rating in body["ratings"]] == entry["ratings"]
    assert body["lesion_observations"] == entry["lesion_observations"]
    assert body["intakes"] == entry["intakes"]
    assert {name: body[name] for name in ("day", "lifestyle", "note", "time_zone", "id")} == {
        name: entry[name] for name in ("day", "lifestyle", "note", "time_zone", "id")
    }
    assert body["patient_id"] == clinic.patient.id
    assert (body["version"], body["revision"], body["counted_day"]) == (1, 3, "2026-03-29")
    assert (body["late"], body["flags"]) == (False, [])
    assert body == ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/entries/{entry['id']}"))


def test_an_entry_sent_twice_is_stored_once(clinic: Clinic) -> None:
    entry = entry_body()

    first = clinic.patient.post(ENTRIES, entry)
    second = clinic.patient.post(ENTRIES, entry)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(ok(clinic.patient.get(ENTRIES))["items"]) == 1


def test_a_retry_may_spell_the_same_content_differently(clinic: Clinic) -> None:
    entry = full_entry(clinic)
    ok(clinic.patient.post(ENTRIES, entry))

    respelt = {
        **entry,
        "recorded_at": "2026-03-29T19:40:00.000Z",
        "day": None,
        "ratings": [{"interference": None, "count": None, **rating} for rating in reversed(entry["ratings"])],
        "intakes": [{**entry["intakes"][0], "taken_at": "2026-03-29T06:05:00Z"}],
    }
    answer = clinic.patient.post(ENTRIES, respelt)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"note": "something else"},
        {"recorded_at": "2026-03-29T21:40:01+02:00"},
        {"day": "2026-03-28"},
        {"ratings": [{"symptom": "pain", "severity": 7}]},
        {"time_zone": "Europe/Paris"},
    ],
)
def test_an_id_with_other_content_is_refused_and_changes_nothing(clinic: Clinic, change: Body) -> None:
    entry = entry_body()
    stored = ok(clinic.patient.post(ENTRIES, entry))

    answer = clinic.patient.post(ENTRIES, {**entry, **change})

    problem(answer, 409, "id-reused")
    assert ok(clinic.patient.get(ENTRIES))["items"] == [stored]


def test_two_patients_may_use_the_same_id_and_learn_nothing_of_each_other(clinic: Clinic) -> None:
    other = clinic.add_patient()
    entry = entry_body()

    answers = [
        clinic.patient.post(ENTRIES, entry),
        other.post(ENTRIES, {**entry, "note": "mine"}),
        clinic.patient.get(f"{ENTRIES}/{entry['id']}"),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 200]
    assert answers[2].json()["note"] is None


def test_a_correction_keeps_what_was_said_before(clinic: Clinic) -> None:
    entry = entry_body(note="first")
    ok(clinic.patient.post(ENTRIES, entry))

    answer = clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "second"}, base=1)

    assert answer.headers["etag"] == '"2"'
    assert (answer.json()["version"], answer.json()["revision"], answer.json()["note"]) == (2, 2, "second")
    versions = ok(clinic.patient.get(f"{ENTRIES}/{entry['id']}/versions"))["items"]
    assert [(one["version"], one["note"], one["applied"]) for one in versions] == [
        (1, "first", True),
        (2, "second", True),
    ]


def test_a_retry_after_a_correction_is_still_a_replay(clinic: Clinic) -> None:
    entry = entry_body(note="first")
    ok(clinic.patient.post(ENTRIES, entry))
    corrected = ok(clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "second"}, base=1))

    answer = clinic.patient.post(ENTRIES, entry)

    assert answer.status_code == 200
    assert answer.json() == corrected


def test_a_correction_sent_twice_is_made_once(clinic: Clinic) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"
    ok(clinic.patient.put(path, {**entry, "note": "second"}, base=1))
    third = ok(clinic.patient.put(path, {**entry, "note": "third"}, base='W/"2"'))

    again = clinic.patient.put(path, {**entry, "note": "second"}, base="1")

    assert again.status_code == 200
    assert again.json() == third
    assert third["version"] == 3


def test_a_correction_of_something_older_is_refused_with_the_current_version(clinic: Clinic) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"
    ok(clinic.patient.put(path, {**entry, "note": "second"}, base=1))

    stale = clinic.patient.put(path, {**entry, "note": "another"}, base=1)
    ahead = clinic.patient.put(path, {**entry, "note": "another"}, base=7)
    missing = clinic.patient.put(path, {**entry, "note": "another"})

    assert problem(stale, 412, "version-conflict")["current_version"] == 2
    problem(ahead, 412, "version-conflict")
    problem(missing, 428, "if-match-required")
    assert ok(clinic.patient.get(path))["note"] == "second"


def test_a_correction_never_creates_and_must_name_the_same_entry(clinic: Clinic) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))

    absent = clinic.patient.put(f"{ENTRIES}/{new_id()}", {**entry, "id": None}, base=1)
    other = clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "id": new_id()}, base=1)

    problem(absent, 404, "not-found")
    assert problem(other, 422, "invalid-request")["errors"][0]["pointer"] == "/id"


def test_a_deleted_entry_is_gone_and_its_id_is_never_used_again(clinic: Clinic) -> None:
    entry = full_entry(clinic)
    ok(clinic.patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"

    deleted = [clinic.patient.delete(path, base=1), clinic.patient.delete(path)]

    assert [answer.status_code for answer in deleted] == [204, 204]
    problem(clinic.patient.get(path), 404, "not-found")
    problem(clinic.patient.post(ENTRIES, entry), 409, "deleted")
    problem(clinic.patient.put(path, entry, base=1), 409, "deleted")
    problem(clinic.patient.get(f"{path}/versions"), 404, "not-found")
    assert ok(clinic.patient.get(ENTRIES))["items"] == []


def test_deleting_what_never_was_or_has_changed_is_refused(clinic: Clinic) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"
    ok(clinic.patient.put(path, {**entry, "note": "second"}, base=1))

    problem(clinic.patient.delete(f"{ENTRIES}/{new_id()}"), 404, "not-found")
    problem(clinic.patient.delete(path, base=1), 412, "version-conflict")
    assert ok(clinic.patient.get(path))["version"] == 2


def test_deleting_works_after_consent_was_withdrawn(clinic: Clinic) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))
    ok(clinic.patient.post("/v1/me/consents", {"version": 1, "granted": False}))

    refused = clinic.patient.post(ENTRIES, entry_body())
    deleted = clinic.patient.delete(f"{ENTRIES}/{entry['id']}")

    problem(refused, 403, "consent-required")
    assert deleted.status_code == 204


def test_a_lesion_or_medication_that_the_patient_does_not_have_is_refused(clinic: Clinic) -> None:
    others = lesion_body()
    ok(clinic.add_patient().post("/v1/patients/{me}/lesions", others))
    entry = entry_body(
        lesion_observations=[{"lesion_id": others["id"], "state": "gone"}],
        intakes=[{"medication_id": new_id(), "taken": True}],
    )

    answer = clinic.patient.post(ENTRIES, entry)

    errors = problem(answer, 422, "unknown-reference")["errors"]
    assert [error["pointer"] for error in errors] == ["/lesion_observations/0/lesion_id", "/intakes/0/medication_id"]
    assert ok(clinic.patient.get(ENTRIES))["items"] == []


def test_what_was_deleted_can_still_be_referred_to(clinic: Clinic) -> None:
    lesion = lesion_body()
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    ok(clinic.patient.delete(f"/v1/patients/{{me}}/lesions/{lesion['id']}"))

    answer = clinic.patient.post(
        ENTRIES, entry_body(lesion_observations=[{"lesion_id": lesion["id"], "state": "gone"}])
    )

    assert answer.status_code == 201


def test_entries_are_listed_newest_first_in_pages_that_stay_true_while_more_arrive(clinic: Clinic) -> None:
    days = [f"2026-03-{day:02}" for day in (3, 1, 2, 5, 4)]
    for day in days:
        ok(clinic.patient.post(ENTRIES, entry_body(recorded_at=f"{day}T20:00:00+01:00")))

    first = ok(clinic.patient.get(f"{ENTRIES}?limit=2"))
    ok(clinic.patient.post(ENTRIES, entry_body(recorded_at="2026-03-06T20:00:00+01:00")))
    second = ok(clinic.patient.get(f"{ENTRIES}?limit=2&cursor={first['next_cursor']}"))
    third = ok(clinic.patient.get(f"{ENTRIES}?limit=2&cursor={second['next_cursor']}"))

    seen = [[entry["day"] for entry in page["items"]] for page in (first, second, third)]
    assert seen == [["2026-03-05", "2026-03-04"], ["2026-03-03", "2026-03-02"], ["2026-03-01"]]
    assert third["next_cursor"] is None


def test_a_list_can_be_narrowed_to_days_and_its_cursor_belongs_to_them(clinic: Clinic) -> None:
    for day in (1, 2, 3):
        ok(clinic.patient.post(ENTRIES, entry_body(recorded_at=f"2026-03-0{day}T20:00:00+01:00")))

    page = ok(clinic.patient.get(f"{ENTRIES}?from=2026-03-02&limit=1"))
    other = clinic.patient.get(f"{ENTRIES}?from=2026-03-01&limit=1&cursor={page['next_cursor']}")
    garbled = clinic.patient.get(f"{ENTRIES}?cursor=nonsense")

    assert [entry["day"] for entry in page["items"]] == ["2026-03-03"]
    assert len(ok(clinic.patient.get(f"{ENTRIES}?from=2026-03-02&to=2026-03-02"))["items"]) == 1
    problem(other, 422, "cursor-invalid")
    problem(garbled, 422, "cursor-invalid")


def test_one_bad_entry_spoils_no_other_of_its_batch(clinic: Clinic) -> None:
    before, good = entry_body(note="before"), entry_body()
    ok(clinic.patient.post(ENTRIES, before))
    items = [
        before,
        {**entry_body(), "ratings": []},
        good,
        {**good},
        {**good, "note": "other"},
        "not an entry",
        {"id": "not an id"},
        {**entry_body(), "id": None},
        entry_body(intakes=[{"medication_id": new_id(), "taken": True}]),
        entry_body(),
    ]

    results = ok(clinic.patient.post(f"{ENTRIES}/batch", {"entries": items}))["results"]

    assert [result["index"] for result in results] == list(range(10))
    assert [result["result"] for result in results] == [
        *("replayed", "rejected", "created", "replayed", "rejected"),
        *("rejected", "rejected", "rejected", "rejected", "created"),
    ]
    assert [result["problem"] and result["problem"]["type"] for result in results] == [
        *(None, "/problems/invalid-request", None, None, "/problems/id-reused"),
        *("/problems/invalid-request",) * 3,
        *("/problems/unknown-reference", None),
    ]
    assert [result["id"] for result in results[5:8]] == [None, None, None]
    assert [result["version"] for result in results] == [1, None, 1, 1, None, None, None, None, None, 1]
    assert len(ok(clinic.patient.get(ENTRIES))["items"]) == 3


def test_a_batch_without_consent_is_refused_whole(clinic: Clinic) -> None:
    patient = clinic.add_patient(consents=False)

    answer = patient.post(f"{ENTRIES}/batch", {"entries": [entry_body()]})

    problem(answer, 403, "consent-required")
    assert ok(patient.get(ENTRIES))["items"] == []


def test_a_batch_of_five_hundred_is_taken_and_one_more_is_not(clinic: Clinic) -> None:
    entries = [entry_body() for _ in range(501)]

    too_many = clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries})
    taken = clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries[:500]})

    problem(too_many, 422, "invalid-request")
    assert {result["result"] for result in ok(taken)["results"]} == {"created"}
    assert len(ok(clinic.patient.get(f"{ENTRIES}?limit=500"))["items"]) == 500


def test_each_change_takes_the_next_number_of_its_patient(clinic: Clinic) -> None:
    lesion, entries = lesion_body(), [entry_body() for _ in range(3)]
    ok(clinic.patient.post("/v1/patients/{me}/lesions", lesion))
    ok(clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries}))
    ok(clinic.patient.delete(f"{ENTRIES}/{entries[0]['id']}"))

    changed = ok(clinic.patient.put(f"{ENTRIES}/{entries[1]['id']}", {**entries[1], "note": "x"}, base=1))

    listed = {entry["id"]: entry["revision"] for entry in ok(clinic.patient.get(ENTRIES))["items"]}
    assert listed == {entries[1]["id"]: 6, entries[2]["id"]: 4}
    assert changed["revision"] == 6
    assert ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}"))["revision"] == 6


# Days and clocks

RECEIVED = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recorded_at", "time_zone", "day"),
    [
        ("2026-03-29T23:30:00+02:00", "Europe/Berlin", "2026-03-29"),
        ("2026-03-29T22:30:00Z", "Europe/Berlin", "2026-03-30"),  # the zone decides, not the offset
        ("2026-03-29T01:30:00Z", "Europe/Berlin", "2026-03-29"),  # the hour that the clocks skip
        ("2026-03-31T09:59:00Z", "Pacific/Kiritimati", "2026-03-31"),  # UTC+14
        ("2026-03-31T10:00:00Z", "Etc/GMT+12", "2026-03-30"),  # UTC-12
        ("2024-02-29T12:00:00Z", "Europe/Berlin", "2024-02-29"),
    ],
)
def test_an_entry_belongs_to_the_local_day_of_its_zone(
    clinic: Clinic, recorded_at: str, time_zone: str, day: str
) -> None:
    entry = entry_body(recorded_at=recorded_at, time_zone=time_zone)

    answer = ok(clinic.patient.post(ENTRIES, entry))

    assert (answer["day"], answer["counted_day"]) == (day, day)


@pytest.mark.parametrize(
    ("entry", "flags"),
    [
        ({"time_zone": "GMT+02:00"}, ["zone_unknown"]),
        ({"time_zone": "Europe"}, ["zone_unknown"]),
        ({"time_zone": "../../etc/passwd"}, ["zone_unknown"]),
        ({"recorded_at": "2026-03-29T21:40:00+05:00"}, ["offset_mismatch"]),
        ({"recorded_at": "2026-04-01T21:00:00Z"}, ["offset_mismatch", "clock_wrong"]),
        ({"recorded_at": "2100-12-31T12:00:00+01:00"}, ["clock_wrong"]),
        ({"recorded_at": "2000-01-01T12:00:00+01:00"}, []),
    ],
)
def test_a_doubtful_clock_is_flagged_and_loses_nothing(clinic: Clinic, entry: Body, flags: list[str]) -> None:
    answer = clinic.patient.post(ENTRIES, entry_body(**entry))

    assert answer.status_code == 201
    assert answer.json()["flags"] == flags


def test_an_unknown_zone_counts_by_the_offset(clinic: Clinic) -> None:
    entry = entry_body(recorded_at="2026-03-29T00:30:00+02:00", time_zone="GMT+02:00")

    answer = ok(clinic.patient.post(ENTRIES, entry))

    assert (answer["day"], answer["time_zone"]) == ("2026-03-29", "GMT+02:00")


def test_a_day_that_has_not_come_counts_on_the_day_of_receipt(clinic: Clinic) -> None:
    entry = entry_body(recorded_at="2031-05-05T12:00:00+02:00")

    answer = ok(clinic.patient.post(ENTRIES, entry))

    assert (answer["day"], answer["counted_day"], answer["flags"]) == ("2031-05-05", "2026-03-31", ["clock_wrong"])
    assert answer["late"] is False


@pytest.mark.parametrize(
    ("client_time", "flags"),
    [
        ("2026-03-31T21:00:00+01:00", []),
        ("2026-04-01T19:59:00Z", []),
        ("2026-04-01T20:01:00Z", ["clock_wrong"]),
        ("2019-01-01T00:00:00Z", ["clock_wrong"]),
        ("half past nine", ["clock_unreadable"]),
        ("0001-01-01T00:00:00+14:00", ["clock_unreadable"]),
    ],
)
def test_the_phones_clock_is_compared_with_ours(
    clinic: Clinic, clock: FakeClock, client_time: str, flags: list[str]
) -> None:
    clock.time = RECEIVED

    answer = clinic.patient.post(ENTRIES, entry_body(), headers={"Client-Time": client_time})

    assert answer.json()["flags"] == flags


@pytest.mark.parametrize(("seconds_after", "late"), [(0, False), (1, True)])
def test_an_entry_is_late_when_it_comes_two_days_after_the_end_of_its_day(
    clinic: Clinic, clock: FakeClock, seconds_after: int, late: bool
) -> None:
    clock.time = RECEIVED  # in Dubai 29 March ended exactly 48 hours before
    clock.advance(seconds=seconds_after)

    answer = ok(
        clinic.patient.post(ENTRIES, entry_body(recorded_at="2026-03-29T21:00:00+04:00", time_zone="Asia/Dubai"))
    )

    assert answer["late"] is late


def test_a_correction_made_later_does_not_make_an_entry_late(clinic: Clinic, clock: FakeClock) -> None:
    entry = entry_body()
    first = ok(clinic.patient.post(ENTRIES, entry))
    clock.advance(minutes=10)

    corrected = ok(clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "late thought"}, base=1))

    assert (corrected["late"], corrected["received_at"]) == (False, first["received_at"])


@pytest.mark.parametrize("tag", ['"1', "one", '"1", "2"', "*", '"-1"', '"1.0"'])
def test_an_unreadable_if_match_is_refused(clinic: Clinic, tag: str) -> None:
    entry = entry_body()
    ok(clinic.patient.post(ENTRIES, entry))

    answer = clinic.patient.put(f"{ENTRIES}/{entry['id']}", entry, base=tag)

    assert problem(answer, 422, "invalid-request")["errors"][0]["pointer"] == "/header/If-Match"


def test_a_batch_takes_a_handful_of_statements_however_long_it_is(clinic: Clinic) -> None:
    entries = [
        entry_body(note=None if number % 2 else "note", ratings=[{"symptom": "pain", "severity": number % 11}])
        for number in range(200)
    ]
    statements: list[str] = []
    engine = clinic.app.state.database.writers

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        first = ok(clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries}))["results"]
        created = len(statements)
        again = ok(clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries}))["results"]
    finally:
        event.remove(engine, "before_cursor_execute", count)

    assert {result["result"] for result in first} == {"created"}
    assert {result["result"] for result in again} == {"replayed"}
    assert created < 20
    assert len(statements) - created < 20
