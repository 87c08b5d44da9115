"""Hundreds of random diaries, sent over HTTP and read back as trends, against a second computation of every number."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from random import Random
from typing import Any

import pytest

from domain.courses import SimulatedPatient, random_course
from domain.lesions import LesionResponse
from domain.trends import ChangeClass, Verdict
from tests.clients.comparison import differences
from tests.clients.disturbed import disturb
from tests.clients.oracle import trend_document
from tests.clients.posted import Body, Posted
from tests.factories import Clinic, Person, ok, register
from tests.fakes import FakeClock

COURSES = {"sqlite": range(120), "postgresql": range(120, 200)}
"""The seeds of the diaries; no database sees the same."""
GROUPS = 20
LONGEST_DAYS = 200
MOST_AT_ONCE = 500
DIARY = "/v1/patients/{me}/entries"


@pytest.mark.parametrize("group", range(GROUPS))
def test_trends_of_random_diaries_equal_an_independent_computation(
    clinic: Clinic, clock: FakeClock, kind: str, group: int
) -> None:
    for seed in COURSES[kind][group::GROUPS]:
        rng = Random(seed)
        patient, posted = send(clinic, clock, diary(rng, clock.time), rng)
        revision = ok(clinic.clinician.get(f"/v1/patients/{patient.id}"))["revision"]

        for first, last in periods(rng, posted):
            query = {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day}
            answered = ok(clinic.clinician.get(f"/v1/patients/{patient.id}/trends", params=query))

            expected = trend_document(
                posted, patient_id=patient.id, revision=revision, now=clock.time, first=first, last=last
            )
            assert differences(expected, answered) == [], f"seed {seed}, {first} to {last}"


def test_random_diaries_meet_every_class_verdict_and_response(clock: FakeClock) -> None:
    missing = {*ChangeClass, *Verdict, *LesionResponse}
    missing |= {f"{name} {value}" for name in ("confirmed", "strict_recist") for value in (True, False)}

    for seed in chain(*COURSES.values()):
        posted = as_sent(diary(Random(seed), clock.time), clock.time)
        missing -= set(words(trend_document(posted, patient_id="", revision=0, now=clock.time)))
        if not missing:
            break

    assert not missing


def diary(rng: Random, now: datetime) -> SimulatedPatient:
    """A diary that ends before today, today or, by a phone whose clock is ahead, tomorrow."""
    last_day = now.date() + timedelta(days=rng.choice((-40, -1, -1, 0, 0, 1)))
    course = random_course(rng, last_day=last_day, days=rng.randint(1, LONGEST_DAYS))
    if rng.random() < 0.2:
        enrolled_on = date.fromisoformat(course.patient["enrolled_on"]) + timedelta(days=rng.randint(1, 30))
        course.patient["enrolled_on"] = enrolled_on.isoformat()
    for entry in course.entries if rng.random() < 0.2 else ():
        entry["time_zone"] = "GMT" + entry["recorded_at"][-6:]  # as Android names it
    return disturb(course, rng) if rng.random() < 0.5 else course


def as_sent(course: SimulatedPatient, received_at: datetime) -> Posted:
    """All bodies, with what the clinician will say of the lesions."""
    lesions = [{**lesion, **said} for lesion, said in zip(course.lesions, judgements(course), strict=True)]
    return Posted(course.patient, lesions, course.medications, course.entries, received_at)


def judgements(course: SimulatedPatient) -> Iterator[Body]:
    """What a clinician says of each lesion."""
    for lesion in course.lesions:
        said: Body = {}
        if lesion["id"] in course.targets:
            said["target"] = True
        if lesion["id"] in course.confirmed_new:
            said["confirmed_new"] = True
        if lesion["id"] in course.progressed:
            said["progressed_on"] = course.progressed[lesion["id"]]
        yield said


def send(clinic: Clinic, clock: FakeClock, course: SimulatedPatient, rng: Random) -> tuple[Person, Posted]:
    """A new patient's diary in batches, the clinician's judgements of it, and some second thoughts of the patient."""
    patient = register(clinic.clinician, **course.patient)
    for noun, bodies in (("lesions", course.lesions), ("medications", course.medications)):
        for body in bodies:
            clock.advance(seconds=1)
            ok(patient.post(f"/v1/patients/{{me}}/{noun}", body))
    for lesion, said in zip(course.lesions, judgements(course), strict=True):
        if said:  # before the diary, which may show that a target was none
            url = f"/v1/patients/{patient.id}/lesions/{lesion['id']}"
            ok(clinic.clinician.put(url, {**lesion, **said}, base=1))
    for begin in range(0, len(course.entries), MOST_AT_ONCE):
        batch = ok(patient.post(f"{DIARY}/batch", {"entries": course.entries[begin : begin + MOST_AT_ONCE]}))
        assert {result["result"] for result in batch["results"]} == {"created"}
    return patient, think_again(patient, as_sent(course, clock.time), rng)


def think_again(patient: Person, posted: Posted, rng: Random) -> Posted:
    """Some entries are corrected, some deleted, and now and then a lesion or a medication is."""
    entries = []
    for entry in posted.entries:
        lot = rng.random()
        if lot < 0.02:
            ok(patient.delete(f"{DIARY}/{entry['id']}"))
        elif lot < 0.05 and entry.get("ratings"):
            corrected = {**entry, "ratings": [{**one, "severity": rng.randint(0, 10)} for one in entry["ratings"]]}
            ok(patient.put(f"{DIARY}/{entry['id']}", corrected, base=1))
            entries.append(corrected)
        else:
            entries.append(entry)
    lesions = [body for body in posted.lesions if not deleted(patient, "lesions", body, rng)]
    medications = [body for body in posted.medications if not deleted(patient, "medications", body, rng)]
    return replace(posted, entries=entries, lesions=lesions, medications=medications)


def deleted(patient: Person, noun: str, body: Body, rng: Random) -> bool:
    """Whether a lesion or medication was deleted, which is rare."""
    unwanted = rng.random() < 0.05
    if unwanted:
        ok(patient.delete(f"/v1/patients/{{me}}/{noun}/{body['id']}"))
    return unwanted


def periods(rng: Random, posted: Posted) -> list[tuple[date | None, date | None]]:
    """The default period, the whole history, and two of: a short one, one before enrolment, one over both ends."""
    enrolled_on = date.fromisoformat(posted.patient["enrolled_on"])
    today = posted.received_at.date()
    begins = enrolled_on + timedelta(days=rng.randint(0, 150))
    others = (
        (begins, begins + timedelta(days=rng.randint(0, 40))),
        (enrolled_on - timedelta(days=60), enrolled_on - timedelta(days=rng.randint(1, 10))),
        (enrolled_on - timedelta(days=rng.randint(1, 30)), today + timedelta(days=rng.randint(1, 20))),
    )
    return [(None, None), (enrolled_on, max(today, enrolled_on)), *rng.sample(others, 2)]


def words(value: Any) -> Iterator[str]:
    """Every text in a document, and its truths by name."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from [f"{name} {part}"] if isinstance(part, bool) else words(part)
    elif isinstance(value, list):
        for part in value:
            yield from words(part)
