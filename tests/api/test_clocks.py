"""Clocks that are wrong, zones that change and days that are odd: no entry is lost, merged or refused for its time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import PASSWORD, Body, Clinic, Person, entry_body, lesion_body, ok, problem
from tests.fakes import FakeClock

ENTRIES = "/v1/patients/{me}/entries"
CHANGES = "/v1/patients/{me}/changes"
TRENDS = "/v1/patients/{me}/trends"


def at(clinic: Clinic, clock: FakeClock, time: datetime) -> Person:
    """The patient, who signs in at that time by the server's clock: tokens do not last so long."""
    clock.time = time
    form = {"grant_type": "password", "username": clinic.patient.email, "password": PASSWORD}
    pair = ok(clinic.http.post("/v1/auth/token", data=form))
    return replace(clinic.patient, token=pair["access_token"])


def told(patient: Person, recorded_at: str, zone: str = "Europe/Berlin", *, now: str = "", **rest: Any) -> Body:
    """An entry as it is stored; `now` is what the phone says of its clock while it sends."""
    headers = {"Client-Time": now} if now else {}
    answer = patient.post(ENTRIES, entry_body(recorded_at=recorded_at, time_zone=zone, **rest), headers=headers)
    assert answer.status_code == 201, answer.text
    body: Body = answer.json()
    return body


def days(patient: Person) -> list[str]:
    """The counted days of all entries, newest first."""
    return [entry["counted_day"] for entry in ok(patient.get(ENTRIES, params={"limit": 500}))["items"]]


def pain(patient: Person, first: str, last: str) -> list[tuple[str, int]]:
    """The values of pain in a trend, by day."""
    (symptom,) = ok(patient.get(TRENDS, params={"from": first, "to": last, "symptom": "pain"}))["symptoms"]
    return [(point["day"], point["value"]) for point in symptom["points"]]


# A phone whose clock is wrong by years


@pytest.mark.parametrize("year", [2000, 2007, 2019, 2025, 2027, 2037, 2100])
def test_an_entry_of_a_phone_that_is_wrong_by_years_is_kept_and_flagged(clinic: Clinic, year: int) -> None:
    recorded_at = f"{year}-06-15T12:00:00+02:00"

    entry = told(clinic.patient, recorded_at, now=recorded_at)

    assert "clock_wrong" in entry["flags"]
    assert entry["recorded_at"] == recorded_at
    assert entry["counted_day"] == min(f"{year}-06-15", "2026-03-31")
    assert len(ok(clinic.patient.get(ENTRIES))["items"]) == 1


def test_a_phone_years_ahead_still_has_one_day_after_the_other(clinic: Clinic, clock: FakeClock) -> None:
    for number, severity in enumerate((5, 6, 7)):
        patient = at(clinic, clock, datetime(2026, 3, 31, 20, 0, tzinfo=UTC) + timedelta(days=number))
        recorded_at = f"2037-06-{15 + number}T12:00:00+02:00"
        told(patient, recorded_at, now=recorded_at, ratings=[{"symptom": "pain", "severity": severity}])

    assert days(patient) == ["2026-04-02", "2026-04-01", "2026-03-31"]
    assert pain(patient, "2026-03-30", "2026-04-03") == [("2026-03-31", 5), ("2026-04-01", 6), ("2026-04-02", 7)]


def test_a_clock_that_was_set_right_changes_nothing_that_was_sent_before(clinic: Clinic) -> None:
    wrong = entry_body(recorded_at="2019-01-01T00:05:00+01:00")
    first = ok(clinic.patient.post(ENTRIES, wrong, headers={"Client-Time": "2019-01-01T00:05:00+01:00"}))

    again = clinic.patient.post(ENTRIES, wrong, headers={"Client-Time": "2026-03-31T22:00:00+02:00"})
    corrected = ok(
        clinic.patient.request(
            "PUT",
            f"{ENTRIES}/{wrong['id']}",
            headers={"If-Match": '"1"', "Client-Time": "2026-03-31T22:00:00+02:00"},
            json={**wrong, "recorded_at": "2026-03-31T21:00:00+02:00"},
        )
    )

    assert (again.status_code, again.json()) == (200, first)
    assert (corrected["counted_day"], corrected["flags"]) == ("2026-03-31", [])


# The server's clock


def test_nothing_is_lost_or_out_of_order_when_the_servers_clock_steps_back(clinic: Clinic, clock: FakeClock) -> None:
    patient, entry = clinic.patient, entry_body()
    ok(patient.post(ENTRIES, entry))
    ok(patient.post("/v1/patients/{me}/lesions", lesion_body()))
    cursor = ok(patient.get(CHANGES))["next_cursor"]

    clock.advance(days=-3)
    replayed = patient.post(ENTRIES, entry)
    later = ok(patient.post(ENTRIES, entry_body(recorded_at="2026-03-28T20:00:00+01:00")))
    corrected = ok(patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "second"}, base=1))
    lesion = ok(patient.post("/v1/patients/{me}/lesions", lesion_body()))
    deleted = patient.delete(f"{ENTRIES}/{later['id']}")

    assert (replayed.status_code, deleted.status_code) == (200, 204)
    assert (later["flags"], corrected["version"]) == ([], 2)
    told_since = ok(patient.get(CHANGES, params={"cursor": cursor}))["changes"]
    assert [(one["id"], one["op"]) for one in told_since] == [
        (entry["id"], "upsert"),
        (lesion["id"], "upsert"),
        (later["id"], "delete"),
    ]
    listed = [ok(patient.get("/v1/patients/{me}/lesions?limit=1"))]
    listed.append(ok(patient.get(f"/v1/patients/{{me}}/lesions?limit=1&cursor={listed[0]['next_cursor']}")))
    assert len({item["id"] for page in listed for item in page["items"]}) == 2


def test_consent_that_was_withdrawn_stays_withdrawn_when_the_servers_clock_steps_back(
    clinic: Clinic, clock: FakeClock
) -> None:
    clock.advance(days=-3)
    ok(clinic.patient.post("/v1/me/consents", {"version": 1, "granted": False}))

    refused = clinic.patient.post(ENTRIES, entry_body())

    problem(refused, 403, "consent-required")
    assert [one["granted"] for one in ok(clinic.patient.get("/v1/me/consents"))["items"]] == [True, False]


def test_a_day_that_the_server_has_not_reached_counts_on_its_own_day_once_it_is_corrected(
    clinic: Clinic, clock: FakeClock
) -> None:
    clock.advance(days=-3)  # now the server believes in 28 March, and the phone is right
    entry = entry_body(recorded_at="2026-03-31T20:00:00+02:00")
    early = ok(clinic.patient.post(ENTRIES, entry))
    clock.advance(days=3)

    corrected = ok(clinic.patient.put(f"{ENTRIES}/{entry['id']}", {**entry, "note": "the same day"}, base=1))

    assert (early["day"], early["counted_day"], early["flags"]) == ("2026-03-31", "2026-03-28", ["clock_wrong"])
    assert (corrected["day"], corrected["counted_day"], corrected["flags"]) == ("2026-03-31", "2026-03-31", [])


# When the clocks change


def test_an_hour_that_comes_twice_has_two_entries(clinic: Clinic, clock: FakeClock) -> None:
    patient = at(clinic, clock, datetime(2026, 10, 25, 20, 0, tzinfo=UTC))

    first = told(patient, "2026-10-25T02:30:00+02:00", ratings=[{"symptom": "pain", "severity": 3}])
    second = told(patient, "2026-10-25T02:30:00+01:00", ratings=[{"symptom": "pain", "severity": 8}])

    assert first["flags"] == second["flags"] == []
    assert days(patient) == ["2026-10-25", "2026-10-25"]
    listed = ok(patient.get(ENTRIES))["items"]
    assert [entry["id"] for entry in listed] == [second["id"], first["id"]]
    assert pain(patient, "2026-10-24", "2026-10-26") == [("2026-10-25", 8)]


def test_a_time_that_the_clocks_skip_is_flagged_and_kept_on_its_day(clinic: Clinic) -> None:
    entry = told(clinic.patient, "2026-03-29T02:30:00+01:00")

    assert (entry["day"], entry["counted_day"], entry["flags"]) == ("2026-03-29", "2026-03-29", ["offset_mismatch"])


@pytest.mark.parametrize(
    ("recorded_at", "last_in_time"),
    [
        ("2026-03-29T12:00:00+02:00", "2026-03-31T22:00:00Z"),  # its day has 23 hours and ends in summer time
        ("2026-10-25T12:00:00+01:00", "2026-10-27T23:00:00Z"),  # its day has 25 hours and ends in winter time
        ("2026-10-24T12:00:00+02:00", "2026-10-26T22:00:00Z"),
    ],
)
def test_two_days_after_a_day_of_any_length_are_48_hours(
    clinic: Clinic, clock: FakeClock, recorded_at: str, last_in_time: str
) -> None:
    patient = at(clinic, clock, datetime.fromisoformat(last_in_time))
    in_time = told(patient, recorded_at)
    clock.advance(seconds=1)
    late = told(patient, recorded_at)

    assert (in_time["late"], late["late"]) == (False, True)


# Travelling


def test_a_flight_from_the_first_zone_of_the_earth_to_the_last_has_one_day_twice(
    clinic: Clinic, clock: FakeClock
) -> None:
    patient = at(clinic, clock, datetime(2026, 3, 29, 18, 5, tzinfo=UTC))
    before = told(patient, "2026-03-30T08:00:00+14:00", "Pacific/Kiritimati")
    patient = at(clinic, clock, datetime(2026, 3, 30, 20, 5, tzinfo=UTC))
    after = told(patient, "2026-03-30T08:00:00-12:00", "Etc/GMT+12", ratings=[{"symptom": "pain", "severity": 9}])

    assert before["flags"] == after["flags"] == []
    assert (before["late"], after["late"]) == (False, False)
    assert days(patient) == ["2026-03-30", "2026-03-30"]
    assert pain(patient, "2026-03-28", "2026-03-31") == [("2026-03-30", 9)]


def test_a_flight_the_other_way_skips_a_day_and_keeps_the_order(clinic: Clinic, clock: FakeClock) -> None:
    patient = at(clinic, clock, datetime(2026, 3, 30, 9, 5, tzinfo=UTC))
    before = told(patient, "2026-03-29T21:00:00-12:00", "Etc/GMT+12")
    patient = at(clinic, clock, datetime(2026, 3, 30, 19, 5, tzinfo=UTC))
    after = told(patient, "2026-03-31T09:00:00+14:00", "Pacific/Kiritimati")

    assert before["flags"] == after["flags"] == []
    assert days(patient) == ["2026-03-31", "2026-03-29"]


def test_what_was_written_in_another_zone_and_sent_from_home_counts_where_it_was_written(clinic: Clinic) -> None:
    entry = told(clinic.patient, "2026-03-31T23:30:00-07:00", "America/Los_Angeles", now="2026-04-01T08:31:00+02:00")

    assert (entry["day"], entry["counted_day"]) == ("2026-03-31", "2026-03-31")


# Zones that nobody knows, and old names of those that everybody does


@pytest.mark.parametrize(
    ("zone", "recorded_at", "day", "flags"),
    [
        ("GMT+02:00", "2026-03-29T00:30:00+02:00", "2026-03-29", ["zone_unknown"]),
        ("UTC+5:45", "2026-03-29T00:30:00+05:45", "2026-03-29", ["zone_unknown"]),
        ("europe/berlin", "2026-03-29T00:30:00+01:00", "2026-03-29", ["zone_unknown"]),
        ("Mars/Olympus_Mons", "2026-03-28T23:30:00Z", "2026-03-28", ["zone_unknown"]),
        ("東京", "2026-03-29T00:30:00+09:00", "2026-03-29", ["zone_unknown"]),
        ("US/Pacific", "2026-03-28T23:30:00-07:00", "2026-03-28", []),
        ("Asia/Calcutta", "2026-03-29T00:30:00+05:30", "2026-03-29", []),
        ("Asia/Kathmandu", "2026-03-29T00:30:00+05:45", "2026-03-29", []),
        ("UTC", "2026-03-28T23:59:59Z", "2026-03-28", []),
    ],
)
def test_a_zone_may_have_any_name(clinic: Clinic, zone: str, recorded_at: str, day: str, flags: list[str]) -> None:
    entry = told(clinic.patient, recorded_at, zone)

    assert (entry["time_zone"], entry["day"], entry["flags"]) == (zone, day, flags)


# 29 February


@pytest.mark.parametrize(
    ("day", "recorded_at", "is_taken"),
    [
        ("2024-02-29", "2024-04-29T12:00:00+02:00", True),
        ("2024-02-28", "2024-04-29T12:00:00+02:00", False),  # 61 days before, as the year has a 29 February
        ("2026-02-28", "2026-04-29T12:00:00+02:00", True),
        ("2026-02-27", "2026-04-29T12:00:00+02:00", False),
        ("2026-02-29", "2026-03-01T12:00:00+01:00", False),
        ("2028-02-29", "2028-02-29T23:59:59+01:00", True),
        ("2100-02-29", "2100-03-01T12:00:00+01:00", False),  # a year of a century has none
    ],
)
def test_a_day_is_at_most_60_days_before_over_29_february_too(
    clinic: Clinic, clock: FakeClock, day: str, recorded_at: str, is_taken: bool
) -> None:
    patient = at(clinic, clock, datetime.fromisoformat(recorded_at).astimezone(UTC))

    answer = patient.post(ENTRIES, entry_body(day=day, recorded_at=recorded_at))

    if is_taken:
        assert (ok(answer)["day"], ok(answer)["counted_day"]) == (day, day)
    else:
        assert problem(answer, 422, "invalid-request")["errors"][0]["pointer"] == "/day"


def test_29_february_is_a_day_of_the_trend(clinic: Clinic, clock: FakeClock) -> None:
    patient = at(clinic, clock, datetime(2028, 3, 2, 12, 0, tzinfo=UTC))
    for day in ("2028-02-28", "2028-02-29", "2028-03-01"):
        told(patient, f"{day}T12:00:00+01:00")

    trends = ok(patient.get(TRENDS, params={"from": "2028-02-28", "to": "2028-03-01"}))

    assert [point["day"] for point in trends["symptoms"][0]["points"]] == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert (trends["completion"]["expected_days"], trends["completion"]["observed_days"]) == (3, 3)


# Many at once


def test_a_queue_with_every_kind_of_doubt_is_taken_whole(clinic: Clinic) -> None:
    doubts = [
        {"recorded_at": "2000-01-01T00:00:00Z"},
        {"recorded_at": "2100-12-31T23:59:59Z"},
        {"time_zone": "GMT+02:00"},
        {"recorded_at": "2026-03-29T02:30:00+01:00"},
        {"recorded_at": "2026-03-29T12:00:00-12:00"},
    ]
    entries = [entry_body(**doubt) for doubt in doubts]
    changes = [
        {"kind": "entry", "op": "upsert", "id": entry["id"], "entry": entry}
        for entry in (entry_body(**d) for d in doubts)
    ]
    headers = {"Client-Time": "1999-12-31T23:59:59Z"}

    batch = ok(clinic.patient.post(f"{ENTRIES}/batch", {"entries": entries}, headers=headers))["results"]
    pushed = ok(clinic.patient.post(CHANGES, {"changes": changes}, headers=headers))["results"]

    assert [one["result"] for one in batch] == ["created"] * len(doubts)
    assert [one["result"] for one in pushed] == ["applied"] * len(doubts)
    assert all("clock_wrong" in one["current"]["entry"]["flags"] for one in pushed)
    assert len(days(clinic.patient)) == 2 * len(doubts)
