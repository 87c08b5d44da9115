"""The report for a follow-up visit as JSON: the trend document of its period, and what a clinician needs beside it.

Written by `reports/documents.py`; these shapes describe it. Null means that something is not known or cannot be had.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from domain.report import AttentionRule, PeriodChoice, VisitStatus
from domain.symptoms import Symptom
from models.fields import Response
from models.reported_lesions import ReportedLesionsRead
from models.trends import (
    AdherenceRead,
    CompletionRead,
    CountTrendRead,
    LifestyleTrendRead,
    SymptomTrendRead,
)

DayText = Annotated[date, Field(description="Day, YYYY-MM-DD.")]


class ReportedPatientRead(Response):
    """Whom the report is about."""

    name: Annotated[str, Field(description="As the clinic registered it.")]
    birth_date: Annotated[date | None, Field(description="Null if it is not known.")]
    record_number: Annotated[str | None, Field(description="The clinic's own number; null if it has none.")]
    time_zone: Annotated[str, Field(description="Where the patient's days begin and end.")]
    enrolled_on: Annotated[date, Field(description="First day of the diary.")]


class ReportedVisitRead(Response):
    """A visit that took place in the period, or is planned for its last day or later."""

    id: Annotated[UUID, Field(description="The visit's id.")]
    status: Annotated[VisitStatus, Field(description="Here `done` or `planned`.")]
    planned_for: Annotated[date, Field(description="The day it was planned for.")]
    took_place_on: Annotated[date | None, Field(description="The day it took place; null if it has not.")]


class AttentionRead(Response):
    """One thing that needs attention, with the numbers of its reason; what does not belong to the rule is null."""

    rule: Annotated[
        str,
        Field(
            description=f"Why: {', '.join(f'`{rule}`' for rule in AttentionRule)}. More may come: skip what is unknown."
        ),
    ]
    symptom: Annotated[Symptom | None, Field(description="`worse`, `severe`: of which symptom.")]
    lesion_id: Annotated[UUID | None, Field(description="`unconfirmed_new_lesion`: which lesion.")]
    label: Annotated[str | None, Field(description="`unconfirmed_new_lesion`: how the patient calls it.")]
    day: Annotated[
        date | None,
        Field(
            description="`severe`: the worst day; `progression`: of the assessment; `unconfirmed_new_lesion`: first "
            "noticed; `silence`: the last day with a rating, null if there never was one."
        ),
    ]
    last_day: Annotated[date | None, Field(description="`severe`: the latest day with 7 or more.")]
    days: Annotated[
        int | None,
        Field(description="`severe`: days with 7 or more; `silence`: expected days without a rating up to the end."),
    ]
    of_days: Annotated[int | None, Field(description="`severe`: days with a value.")]
    value: Annotated[float | None, Field(description="`severe`: the worst value.")]
    baseline: Annotated[float | None, Field(description="`worse`: median at the start of the period.")]
    current: Annotated[float | None, Field(description="`worse`: median at its end.")]
    change: Annotated[float | None, Field(description="`worse`: current minus baseline, in points.")]
    threshold: Annotated[float | None, Field(description="`worse`: least change that counts.")]
    sum_mm: Annotated[float | None, Field(description="`progression`: sum of the target diameters at hand, in mm.")]
    nadir_mm: Annotated[float | None, Field(description="`progression`: the smallest complete sum before, in mm.")]
    reason: Annotated[str | None, Field(description="`progression`: why, in English.")]


class ReportedMedicationRead(AdherenceRead):
    """One medicine: how it was due, and what was taken of it in the period."""

    dose: Annotated[str | None, Field(description="As prescribed; null if it is not known.")]
    times: Annotated[list[str], Field(description="Local times of day, one dose each.")]
    every_days: Annotated[int, Field(description="Days from one dosing day to the next.")]
    cycle_on_days: Annotated[int | None, Field(description="Days on in a cycle; null without a cycle.")]
    cycle_off_days: Annotated[int | None, Field(description="Days off in a cycle; null without a cycle.")]
    as_needed: Annotated[bool, Field(description="Taken when needed: no dose is expected.")]
    starts_on: Annotated[date, Field(description="First day.")]
    ends_on: Annotated[date | None, Field(description="Last day; null if it goes on.")]


class NoteRead(Response):
    """What the patient wrote on a day."""

    day: DayText
    text: Annotated[str, Field(description="As written.")]


class MethodRead(Response):
    """How some of the numbers were made."""

    key: Annotated[str, Field(description="Which method (docs/statistics.md); more may come.")]
    source: Annotated[str | None, Field(description="A citation; null where the convention is ours.")]


class ReportRead(Response):
    """The report for a follow-up visit. All formats tell these numbers."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_by_name=True, validate_by_alias=True)

    patient_id: Annotated[UUID, Field(description="The patient's id.")]
    from_day: Annotated[date, Field(alias="from", description="First day.")]
    to_day: Annotated[date, Field(alias="to", description="Last day.")]
    revision: Annotated[int, Field(description="The patient's revision that this was gathered from.")]
    patient: Annotated[ReportedPatientRead, Field(description="Whom it is about.")]
    clinic: Annotated[str, Field(description="Name of the clinic.")]
    chosen: Annotated[PeriodChoice, Field(description="How the first day was chosen.")]
    since_visit_on: Annotated[
        date | None, Field(description="Day of the last visit that took place before the last day; null if none did.")
    ]
    visits: Annotated[list[ReportedVisitRead], Field(description="In the period, and planned ones to come.")]
    completion: Annotated[CompletionRead, Field(description="How much of the diary was kept.")]
    attention: Annotated[list[AttentionRead], Field(description="What needs attention, and why.")]
    symptoms: Annotated[list[SymptomTrendRead], Field(description="Those that were rated in the period.")]
    nodule_count: Annotated[CountTrendRead, Field(description="How many nodules were seen.")]
    lesions: Annotated[ReportedLesionsRead, Field(description="How the skin lesions respond.")]
    medications: Annotated[list[ReportedMedicationRead], Field(description="Those of the period.")]
    lifestyle: Annotated[LifestyleTrendRead, Field(description="Habits in the period.")]
    notes: Annotated[list[NoteRead], Field(description="Of the period, in order of day.")]
    methods: Annotated[list[MethodRead], Field(description="How the numbers were made.")]
    generation: Annotated[UUID, Field(description="The server's generation.")]
    generated_at: Annotated[datetime, Field(description="When this was gathered.")]
    software_version: Annotated[str, Field(description="Of the server.")]
    language: Annotated[str, Field(description="Of the pages: `en` or `de`; more may come.")]
    sha256: Annotated[
        str,
        Field(description="Over the canonical JSON (RFC 8785) of all other fields; every format shows it."),
    ]
