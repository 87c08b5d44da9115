"""The trend of a patient: one consistent read, then calculation alone."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, bindparam, func, select
from sqlmodel import Session, col

from domain import days, lifestyle, medications, trends
from domain import lesions as recist
from domain.days import Period
from domain.errors import Fault, InvalidRequest
from domain.medications import Regimen
from domain.symptoms import CATALOGUE, Symptom
from models.diary import Entry, Intake, Rating
from models.medications import Medication
from models.patients import Patient
from services import access, diary, installation, lesions
from services.access import Actor

DEFAULT_DAYS_BEFORE = 90
MOST_YEARS = 5
_HIGHEST_OF_EACH = tuple(
    func.max(col(Rating.severity)).filter(col(Rating.symptom) == definition.symptom) for definition in CATALOGUE
)

DayValues = dict[date, int]

# Statements are put together once, for that takes nearly as long as asking.
_IN_STRETCH = (
    col(Entry.patient_id) == bindparam("patient_id"),
    *diary.counted_within(bindparam("first", type_=Date), bindparam("last", type_=Date)),
)
_HIGHEST = (
    select(col(Entry.counted_day), *_HIGHEST_OF_EACH, func.max(col(Rating.count)))
    .join(Rating, (col(Rating.patient_id) == col(Entry.patient_id)) & (col(Rating.entry_id) == col(Entry.id)))
    .where(*_IN_STRETCH)
    .group_by(col(Entry.counted_day))
    .order_by(col(Entry.counted_day))
)
_TAKEN = (
    select(col(Intake.medication_id), col(Entry.counted_day), func.count(), func.count().filter(col(Intake.taken)))
    .join(Intake, (col(Intake.patient_id) == col(Entry.patient_id)) & (col(Intake.entry_id) == col(Entry.id)))
    .where(*_IN_STRETCH)
    .group_by(col(Intake.medication_id), col(Entry.counted_day))
)
_HABITS = ("cigarettes", "alcohol_units", "activity_minutes", "balanced_meals")
_ANSWERS = (
    select(col(Entry.counted_day), *(getattr(Entry, field) for field in _HABITS))
    .where(*_IN_STRETCH)
    .order_by(col(Entry.counted_day), col(Entry.recorded_at), col(Entry.id))
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a patient's diary, resolved: which patient at which revision, which days, which symptoms."""

    patient: Patient
    generation: UUID
    period: Period
    today: date
    symptoms: tuple[Symptom, ...]
    """Empty for all."""

    def tag(self, *, language: str, software_version: str) -> str:
        """What the answer depends on, as one opaque word: equal tags, equal answers."""
        parts = (
            self.patient.id,
            self.generation,
            self.patient.revision,
            self.period.first,
            self.period.last,
            self.today,
            *sorted(self.symptoms),
            language,
            software_version,
        )
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def ask(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    first: date | None,
    last: date | None,
    symptoms: Sequence[Symptom] = (),
) -> Question:
    """Settle what is asked, and that the actor may ask it.

    Args:
        session: a reader.
        actor: who asks.
        patient_id: about whom.
        first: first day; 90 days before the last if None.
        last: last day; today at the patient's place if None.
        symptoms: only these; all if empty.

    Raises:
        InvalidRequest: the days are in the wrong order or over five years apart.
    """
    patient = access.patient(session, actor, patient_id)
    today = access.today(actor, patient)
    last = last or today
    first = first or last - timedelta(days=DEFAULT_DAYS_BEFORE)
    period = period_of(first, last)
    return Question(patient, installation.generation(session), period, today, tuple(dict.fromkeys(symptoms)))


def period_of(first: date, last: date) -> Period:
    """The days from first to last.

    Raises:
        InvalidRequest: they are in the wrong order or over five years apart.
    """
    if first > last:
        raise InvalidRequest(faults=[Fault("/query/from", "must not be after `to`")])
    if first < earliest(last):
        raise InvalidRequest(faults=[Fault("/query/from", f"must be at most {MOST_YEARS} years before `to`")])
    return Period(first, last)


def answer(session: Session, question: Question) -> dict[str, Any]:
    """The trend document, in the shape of `models.trends.TrendsRead`.

    Its parts are the values of `domain/` themselves, ready to be written as JSON: to copy a year's thousands of points
    into another shape first took as long as the statistics (`benchmarks/trends.py`).
    """
    patient, period = question.patient, question.period
    rated = ratings(session, question)
    return {
        "patient_id": patient.id,
        "from": period.first,
        "to": period.last,
        "revision": patient.revision,
        "completion": rated.completion,
        "symptoms": [_shown(trend) for trend in rated.symptoms],
        "nodule_count": _shown(rated.nodule_count),
        "lesions": recist.assess(*lesions.courses(session, patient.id), period_from=period.first, to=period.last),
        "medications": [
            {"medication_id": row.id, "name": row.name, **asdict(adherence)}
            for row, adherence in doses(session, question)
        ],
        "lifestyle": habits(session, patient.id, period),
    }


@dataclass(frozen=True, slots=True)
class Ratings:
    """What was rated in a period, and what it says."""

    completion: days.Completion
    symptoms: tuple[trends.SymptomTrend, ...]
    """In the order of the catalogue."""
    nodule_count: trends.CountTrend


def ratings(session: Session, question: Question) -> Ratings:
    """The trend of each symptom that was rated in the period."""
    patient, period = question.patient, question.period
    values, counts = _day_values(session, patient, period)
    observed = {day for of_symptom in values.values() for day in of_symptom}
    expected = days.expected_days(period, enrolled_on=patient.enrolled_on, today=question.today, observed=observed)
    return Ratings(
        completion=days.completion(expected, observed),
        symptoms=tuple(
            trends.symptom_trend(
                symptom,
                values[symptom],
                period=period,
                enrolled_on=patient.enrolled_on,
                expected=expected,
                rule=trends.change_rule(symptom),
            )
            for symptom in values
            if (not question.symptoms or symptom in question.symptoms) and any(day in period for day in values[symptom])
        ),
        nodule_count=trends.count_trend(counts, period=period),
    )


def _shown(trend: trends.SymptomTrend | trends.CountTrend) -> dict[str, Any]:
    """A trend as JSON names its parts: a window's `from` is no name in Python.

    The series are made of dicts, which are written four times as fast as small dataclasses.
    """
    shown = {one.name: getattr(trend, one.name) for one in fields(trend)}
    for name, value in shown.items():
        if isinstance(value, trends.Window):
            shown[name] = {"value": value.value, "n": value.n, "from": value.from_day, "to": value.to_day}
        elif isinstance(value, tuple):
            shown[name] = [{"day": point.day, "value": point.value} for point in value]
    return shown


def _day_values(session: Session, patient: Patient, period: Period) -> tuple[dict[str, DayValues], DayValues]:
    """The highest severity of each symptom and day, in the period and in the days of reference; and nodule counts.

    Symptoms are in the order of the catalogue. A count is the day's highest, as a severity is (docs/decisions/0012).
    """
    reference = Period.starting(patient.enrolled_on, trends.REFERENCE_DAYS)
    values: dict[str, DayValues] = {definition.symptom: {} for definition in CATALOGUE}
    counts: DayValues = {}
    # One range after the other: for both in one condition SQLite reads the whole diary.
    for stretch in (period,) if period.covers(reference) else (period, reference):
        for row in _highest(session, patient.id, stretch):
            for by_day, value in zip((*values.values(), counts), row[1:], strict=True):
                if value is not None:
                    by_day[row[0]] = value
    return {symptom: by_day for symptom, by_day in values.items() if by_day}, counts


def _highest(session: Session, patient_id: UUID, stretch: Period) -> Sequence[Row[*tuple[Any, ...]]]:
    """A row for each day with a rating: the day, the highest severity of each symptom, the highest count."""
    return session.execute(_HIGHEST, _stretch(patient_id, stretch)).all()


def _stretch(patient_id: UUID, stretch: Period) -> dict[str, Any]:
    return {"patient_id": patient_id, "first": stretch.first, "last": stretch.last}


def doses(session: Session, question: Question) -> list[tuple[Medication, medications.Adherence]]:
    """The medications of a period and what was taken of each, in the order in which they were registered."""
    patient, period = question.patient, question.period
    rows = session.scalars(
        select(Medication)
        .where(
            col(Medication.patient_id) == patient.id,
            col(Medication.deleted_at).is_(None),
            col(Medication.starts_on) <= period.last,
            col(Medication.ends_on).is_(None) | (col(Medication.ends_on) >= period.first),
        )
        .order_by(col(Medication.created_at), col(Medication.id))
    ).all()
    reports = _reports(session, patient.id, period) if rows else {}
    return [(row, _adherence_of(row, reports.get(row.id, {}), question)) for row in rows]


def _adherence_of(
    row: Medication, reports: Mapping[date, tuple[int, int]], question: Question
) -> medications.Adherence:
    regimen = Regimen(
        times_per_day=len(row.times),
        every_days=row.every_days,
        cycle_on_days=row.cycle_on_days,
        cycle_off_days=row.cycle_off_days,
        as_needed=row.as_needed,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
    counted = days.expected_days(
        question.period, enrolled_on=question.patient.enrolled_on, today=question.today, observed=set(reports)
    )
    return medications.adherence(regimen, reports, days=counted)


def _reports(session: Session, patient_id: UUID, period: Period) -> dict[UUID, dict[date, tuple[int, int]]]:
    """Doses reported and taken, by medication and day."""
    rows = session.execute(_TAKEN, _stretch(patient_id, period))
    reports: dict[UUID, dict[date, tuple[int, int]]] = defaultdict(dict)
    for medication_id, day, reported, taken in rows:
        reports[medication_id][day] = (reported, taken)
    return reports


def habits(session: Session, patient_id: UUID, period: Period) -> lifestyle.Lifestyle:
    """Means of the last answer of each day and field."""
    rows = session.execute(_ANSWERS, _stretch(patient_id, period))
    last: dict[str, dict[date, float]] = {field: {} for field in _HABITS}
    for day, *answers in rows:
        for field, value in zip(_HABITS, answers, strict=True):
            if value is not None:
                last[field][day] = value
    return lifestyle.lifestyle(**last)


def earliest(last: date) -> date:
    """The first day of the longest period that ends on a day."""
    try:
        return last.replace(year=last.year - MOST_YEARS)
    except ValueError:  # 29 February
        return last.replace(year=last.year - MOST_YEARS, day=28)
