"""Realistic reports for tests of the renderers, without a server: diaries of `domain.courses`, gathered in memory."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID, uuid5

from domain import courses, days, lifestyle, medications, trends
from domain import lesions as recist
from domain.courses import SimulatedPatient
from domain.days import Period
from domain.languages import Language
from domain.medications import Regimen
from domain.report import (
    METHODS,
    Note,
    PeriodChoice,
    Report,
    ReportedMedication,
    ReportedPatient,
    ReportedVisit,
    ReportPeriod,
    VisitStatus,
    attention,
    reported_lesions,
    silent_days,
)
from domain.symptoms import CATALOGUE

LAST_DAY = date(2026, 6, 30)
NAMES = UUID("6f4ac1f2-0d3c-4f8a-9d57-2b8f6f0f7a11")
HABITS = ("cigarettes", "alcohol_units", "activity_minutes", "balanced_meals")


def sample_report(
    course: str = "worsening", *, seed: int = 1, length_days: int = 180, language: Language = "en"
) -> Report:
    """The report of a named course (`domain.courses.COURSES`) over its whole length."""
    return report_of(
        courses.simulate(course, seed=seed, last_day=LAST_DAY, days=length_days), seed=seed, language=language
    )


@cache
def random_report(number: int, *, seed: int = 2026) -> Report:
    """The report of an arbitrary but valid diary, from a few days to a year long."""
    rng = Random(f"{seed} {number}")
    simulated = courses.random_course(rng, last_day=LAST_DAY, days=rng.choice((3, 10, 20, 30, 90, 180, 365)))
    return report_of(simulated, seed=number, language=rng.choice(("en", "de")))


def random_reports(count: int, *, seed: int = 2026) -> Iterator[Report]:
    """So many of them."""
    return (random_report(number, seed=seed) for number in range(count))


def report_of(simulated: SimulatedPatient, *, seed: int = 1, language: Language = "en") -> Report:
    """The report of a simulated patient, made on the day after the diary ends."""
    today = LAST_DAY + timedelta(days=1)
    enrolled_on = date.fromisoformat(simulated.patient["enrolled_on"])
    period = Period(enrolled_on, today)
    entries = sorted(simulated.entries, key=lambda entry: (_day(entry), datetime.fromisoformat(entry["recorded_at"])))
    values, counts = _day_values(entries)
    observed = {day for of_symptom in values.values() for day in of_symptom}
    expected = days.expected_days(period, enrolled_on=enrolled_on, today=today, observed=observed)
    symptoms = tuple(
        trends.symptom_trend(
            one.symptom,
            values[one.symptom],
            period=period,
            enrolled_on=enrolled_on,
            expected=expected,
            rule=trends.change_rule(one.symptom),
        )
        for one in CATALOGUE
        if any(day in period for day in values.get(one.symptom, ()))
    )
    lesions = reported_lesions(
        _lesions(simulated),
        _observations(entries),
        places={UUID(body["id"]): (body["site"], body["side"]) for body in simulated.lesions},
        photos={},
        period=period,
    )
    last_rated_on = max(observed, default=None)
    silent = silent_days(enrolled_on=enrolled_on, last_rated_on=last_rated_on, last_day=period.last, today=today)
    return Report(
        patient=ReportedPatient(
            id=_id(seed, "patient"),
            name=simulated.patient["name"],
            birth_date=date(1968, 4, 12),
            record_number=f"D-{1000 + seed}",
            time_zone=simulated.patient["time_zone"],
            enrolled_on=enrolled_on,
        ),
        clinic="Demo clinic",
        period=ReportPeriod(period.first, period.last, PeriodChoice.SINCE_ENROLMENT, since_visit_on=None),
        visits=(
            ReportedVisit(_id(seed, "done"), VisitStatus.DONE, enrolled_on, enrolled_on),
            ReportedVisit(_id(seed, "next"), VisitStatus.PLANNED, today + timedelta(days=1), None),
        ),
        completion=days.completion(expected, observed),
        attention=attention(symptoms, lesions, silent=silent, last_rated_on=last_rated_on),
        symptoms=symptoms,
        nodule_count=trends.count_trend(counts, period=period),
        lesions=lesions,
        medications=_medications(simulated, entries, period, today),
        lifestyle=_lifestyle(entries),
        notes=tuple(Note(_day(entry), entry["note"]) for entry in entries if entry.get("note")),
        methods=METHODS,
        revision=len(entries),
        generation=_id(0, "generation"),
        generated_at=datetime.combine(today, datetime.min.time(), tzinfo=UTC) + timedelta(hours=9, minutes=30),
        software_version="0.0.0-sample",
        language=language,
    )


def _id(seed: int, name: str) -> UUID:
    return uuid5(NAMES, f"{seed} {name}")


def _day(entry: dict[str, Any]) -> date:
    given = entry.get("day")
    return date.fromisoformat(given) if given else datetime.fromisoformat(entry["recorded_at"]).date()


def _day_values(entries: list[dict[str, Any]]) -> tuple[dict[str, dict[date, int]], dict[date, int]]:
    values: dict[str, dict[date, int]] = defaultdict(dict)
    counts: dict[date, int] = {}
    for entry in entries:
        day = _day(entry)
        for rating in entry.get("ratings") or ():
            of_symptom = values[rating["symptom"]]
            of_symptom[day] = max(of_symptom.get(day, 0), rating["severity"])
            if rating.get("count") is not None:
                counts[day] = max(counts.get(day, 0), rating["count"])
    return values, counts


def _lesions(simulated: SimulatedPatient) -> list[recist.Lesion]:
    return [
        recist.Lesion(
            id=UUID(body["id"]),
            label=body["label"],
            kind=body["kind"],
            target=body["id"] in simulated.targets,
            confirmed_new=body["id"] in simulated.confirmed_new,
            progressed_on=_maybe_day(simulated.progressed.get(body["id"])),
            first_noticed_on=date.fromisoformat(body["first_noticed_on"]),
        )
        for body in simulated.lesions
    ]


def _maybe_day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def _observations(entries: list[dict[str, Any]]) -> list[recist.Observation]:
    return [
        recist.Observation(
            UUID(look["lesion_id"]),
            _day(entry),
            recist.LesionState(look["state"]),
            _tenths(look.get("length_mm")),
            _tenths(look.get("width_mm")),
            recist.MeasurementMethod(look["method"]) if look.get("method") else None,
        )
        for entry in entries
        for look in entry.get("lesion_observations") or ()
    ]


def _tenths(millimetres: float | None) -> int | None:
    return None if millimetres is None else round(millimetres * 10)


def _medications(
    simulated: SimulatedPatient, entries: list[dict[str, Any]], period: Period, today: date
) -> tuple[ReportedMedication, ...]:
    reports: dict[str, dict[date, tuple[int, int]]] = defaultdict(dict)
    for entry in entries:
        for intake in entry.get("intakes") or ():
            said, taken = reports[intake["medication_id"]].get(_day(entry), (0, 0))
            reports[intake["medication_id"]][_day(entry)] = (said + 1, taken + intake["taken"])
    found = []
    for body in simulated.medications:
        told = reports.get(body["id"], {})
        regimen = Regimen(
            times_per_day=len(body.get("times") or ()),
            every_days=body.get("every_days") or 1,
            cycle_on_days=body.get("cycle_on_days"),
            cycle_off_days=body.get("cycle_off_days"),
            as_needed=body.get("as_needed") or False,
            starts_on=date.fromisoformat(body["starts_on"]),
            ends_on=_maybe_day(body.get("ends_on")),
        )
        counted = days.expected_days(period, enrolled_on=period.first, today=today, observed=set(told))
        found.append(
            ReportedMedication(
                medication_id=UUID(body["id"]),
                name=body["name"],
                dose=body.get("dose"),
                times=tuple(body.get("times") or ()),
                every_days=regimen.every_days,
                cycle_on_days=regimen.cycle_on_days,
                cycle_off_days=regimen.cycle_off_days,
                as_needed=regimen.as_needed,
                starts_on=regimen.starts_on,
                ends_on=regimen.ends_on,
                doses=medications.adherence(regimen, told, days=counted),
            )
        )
    return tuple(found)


def _lifestyle(entries: list[dict[str, Any]]) -> lifestyle.Lifestyle:
    last: dict[str, dict[date, float]] = {habit: {} for habit in HABITS}
    for entry in entries:
        for habit, value in (entry.get("lifestyle") or {}).items():
            if value is not None:
                last[habit][_day(entry)] = value
    return lifestyle.lifestyle(**last)
