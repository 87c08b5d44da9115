"""The report for a follow-up visit, gathered in one consistent read."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlmodel import Session, col

from domain.languages import Language, preferred
from domain.medications import Adherence
from domain.report import (
    METHODS,
    Note,
    PeriodChoice,
    Report,
    ReportedMedication,
    ReportedPatient,
    ReportPeriod,
    attention,
    reported_lesions,
    silent_days,
)
from models.accounts import Clinic
from models.diary import Entry, Rating
from models.medications import Medication
from models.patients import Patient
from services import access, diary, installation, lesions, report_photos, trends, visits
from services.access import Actor
from services.trends import Ratings


@dataclass(frozen=True, slots=True)
class Question:
    """Which report is asked for, resolved."""

    asked: trends.Question
    period: ReportPeriod
    clinic: str
    language: Language

    def tag(self, *, form: str, made_with: str) -> str:
        """What the answer depends on, as one opaque word: equal tags, equal answers but for the time of making."""
        parts = (self.asked.tag(language=self.language, software_version=made_with), form, self.period, self.clinic)
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def ask(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    first: date | None,
    last: date | None,
    wish: str | None,
) -> Question:
    """Settle which report is asked for, and that the actor may ask for it.

    Args:
        session: a reader.
        actor: who asks.
        patient_id: about whom.
        first: first day; the day of the last visit that took place before the last day if None, or else enrolment.
        last: last day; today at the patient's place if None.
        wish: an Accept-Language header; the clinic's language if it names none that we have.

    Raises:
        InvalidRequest: the days are in the wrong order or over five years apart.
    """
    patient = access.patient(session, actor, patient_id)
    return about(session, actor, patient, first=first, last=last, wish=wish)


def about(
    session: Session, actor: Actor, patient: Patient, *, first: date | None, last: date | None, wish: str | None
) -> Question:
    """The same for a patient whom the actor may see."""
    clinic = session.get_one(Clinic, patient.clinic_id)
    today = access.today(actor, patient)
    chosen = _period(session, patient, first=first, last=last or today)
    return Question(
        asked=trends.Question(
            patient, installation.generation(session), trends.period_of(chosen.first, chosen.last), today, ()
        ),
        period=chosen,
        clinic=clinic.name,
        language=preferred(wish, default=_language(clinic)),
    )


def of_nobody(session: Session, at: datetime) -> Question:
    """The question for the report of somebody whom nobody registered: it is gathered like any, and holds nothing."""
    day = at.date()
    nobody = Patient(
        id=uuid4(),
        clinic_id=uuid4(),
        name="",
        name_words="",
        time_zone="UTC",
        locale="",
        enrolled_on=day,
        created_at=at,
    )
    period = trends.period_of(day, day)
    return Question(
        asked=trends.Question(nobody, installation.generation(session), period, day, ()),
        period=ReportPeriod(day, day, PeriodChoice.REQUESTED, None),
        clinic="",
        language=preferred(None),
    )


def gather(session: Session, question: Question, *, generated_at: datetime, software_version: str) -> Report:
    """All that a report shows."""
    asked, patient = question.asked, question.asked.patient
    rated = trends.ratings(session, asked)
    known, observations = lesions.courses(session, patient.id)
    responded = reported_lesions(
        known,
        observations,
        places=lesions.places(session, patient.id),
        photos=report_photos.of_lesions(session, patient.id, last_day=asked.period.last),
        period=asked.period,
    )
    last_rated_on = _last_rated_on(session, patient.id, rated, asked.period.last)
    silent = silent_days(
        enrolled_on=patient.enrolled_on, last_rated_on=last_rated_on, last_day=asked.period.last, today=asked.today
    )
    return Report(
        patient=_patient(patient),
        clinic=question.clinic,
        period=question.period,
        visits=visits.around(session, patient.id, first=asked.period.first, last=asked.period.last),
        completion=rated.completion,
        attention=attention(rated.symptoms, responded, silent=silent, last_rated_on=last_rated_on),
        symptoms=rated.symptoms,
        nodule_count=rated.nodule_count,
        lesions=responded,
        medications=tuple(_medication(row, adherence) for row, adherence in trends.doses(session, asked)),
        lifestyle=trends.habits(session, patient.id, asked.period),
        notes=_notes(session, patient.id, asked.period.first, asked.period.last),
        methods=METHODS,
        revision=patient.revision,
        generation=asked.generation,
        generated_at=generated_at,
        software_version=software_version,
        language=question.language,
    )


def _period(session: Session, patient: Patient, *, first: date | None, last: date) -> ReportPeriod:
    visit_on = visits.last_before(session, patient.id, last)
    if first is not None:
        return ReportPeriod(first, last, PeriodChoice.REQUESTED, visit_on)
    since = PeriodChoice.SINCE_ENROLMENT if visit_on is None else PeriodChoice.SINCE_LAST_VISIT
    start, earliest = min(visit_on or patient.enrolled_on, last), trends.earliest(last)
    return ReportPeriod(max(start, earliest), last, PeriodChoice.LONGEST if start < earliest else since, visit_on)


def _language(clinic: Clinic) -> Language:
    return preferred(clinic.language)


def _patient(patient: Patient) -> ReportedPatient:
    return ReportedPatient(
        id=patient.id,
        name=patient.name,
        birth_date=patient.birth_date,
        record_number=patient.record_number,
        time_zone=patient.time_zone,
        enrolled_on=patient.enrolled_on,
    )


def _medication(row: Medication, adherence: Adherence) -> ReportedMedication:
    return ReportedMedication(
        medication_id=row.id,
        name=row.name,
        dose=row.dose,
        times=tuple(row.times),
        every_days=row.every_days,
        cycle_on_days=row.cycle_on_days,
        cycle_off_days=row.cycle_off_days,
        as_needed=row.as_needed,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        doses=adherence,
    )


def _last_rated_on(session: Session, patient_id: UUID, rated: Ratings, last: date) -> date | None:
    """The last day with a rating up to the end of the period, which may lie before the period."""
    if rated.symptoms:
        return max(trend.points[-1].day for trend in rated.symptoms)
    has_rating = exists().where(col(Rating.patient_id) == col(Entry.patient_id), col(Rating.entry_id) == col(Entry.id))
    return session.scalar(
        select(col(Entry.counted_day))
        .where(col(Entry.patient_id) == patient_id, col(Entry.counted_day) <= last, has_rating)
        .order_by(col(Entry.counted_day).desc())
        .limit(1)
    )


def _notes(session: Session, patient_id: UUID, first: date, last: date) -> tuple[Note, ...]:
    rows = session.execute(
        select(col(Entry.counted_day), col(Entry.note))
        .where(
            col(Entry.patient_id) == patient_id,
            *diary.counted_within(first, last),
            col(Entry.note).is_not(None),
            col(Entry.deleted_at).is_(None),
        )
        .order_by(col(Entry.counted_day), col(Entry.recorded_at), col(Entry.id))
    )
    return tuple(Note(day, text) for day, text in rows)
