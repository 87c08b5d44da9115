"""What a report holds: one frozen value, from which every format is written without another look at the database.

None always means that something is not known or cannot be had, never 0. Numbers are rounded already.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.days import Completion
from domain.languages import Language
from domain.lesions import Assessment, LesionResponse, LesionState, MeasurementMethod, Point
from domain.lifestyle import Lifestyle
from domain.medications import Adherence
from domain.report.methods import Method
from domain.trends import CountTrend, SymptomTrend


class PeriodChoice(StrEnum):
    """How the first day of a report was chosen."""

    REQUESTED = "requested"
    SINCE_LAST_VISIT = "since_last_visit"
    SINCE_ENROLMENT = "since_enrolment"
    LONGEST = "longest"
    """The last visit, or enrolment, lies further back than a report reaches."""


class AttentionRule(StrEnum):
    """Why something needs attention."""

    PROGRESSION = "progression"
    WORSE = "worse"
    SEVERE = "severe"
    UNCONFIRMED_NEW_LESION = "unconfirmed_new_lesion"
    SILENCE = "silence"


class PhotoMoment(StrEnum):
    """Which of the three looks at a lesion a photo shows."""

    BASELINE = "baseline"
    NADIR = "nadir"
    LATEST = "latest"


class VisitStatus(StrEnum):
    """What became of a visit."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ReportedPatient:
    """Whom a report is about."""

    id: UUID
    name: str
    birth_date: date | None
    record_number: str | None
    """The clinic's own number."""
    time_zone: str
    enrolled_on: date


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """The days of a report, both ends included."""

    first: date
    last: date
    chosen: PeriodChoice
    since_visit_on: date | None
    """Day of the last visit that took place before the end of the period; None if there was none."""


@dataclass(frozen=True, slots=True)
class ReportedVisit:
    """A visit that took place in the period, or is planned for its last day or later."""

    id: UUID
    status: VisitStatus
    planned_for: date
    took_place_on: date | None


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs attention, with the numbers of its reason; fields that do not belong to the rule are None.

    | rule | fields |
    |---|---|
    | progression | day, reason, sum_mm, nadir_mm (smallest sum before) |
    | worse | symptom, baseline, current, change, threshold |
    | severe | symptom, days (with 7 or more), of_days (observed), value and day (worst), last_day (latest of them) |
    | unconfirmed_new_lesion | lesion_id, label, day (first noticed) |
    | silence | days (expected days without a rating up to the end), day (last rating; None if there never was one) |
    """

    rule: AttentionRule
    symptom: str | None = None
    lesion_id: UUID | None = None
    label: str | None = None
    day: date | None = None
    last_day: date | None = None
    days: int | None = None
    of_days: int | None = None
    value: float | None = None
    baseline: float | None = None
    current: float | None = None
    change: float | None = None
    threshold: float | None = None
    sum_mm: float | None = None
    nadir_mm: float | None = None
    reason: str | None = None
    """In English, for a progression: of the assessment, as in trends."""


@dataclass(frozen=True, slots=True)
class LesionLook:
    """One look at a lesion whose diameter counts."""

    day: date
    state: LesionState
    value_mm: float
    """What counts: the length, 5 mm where it is too small to measure, 0 mm where it is gone."""
    length_mm: float | None
    width_mm: float | None
    method: MeasurementMethod | None


@dataclass(frozen=True, slots=True)
class LesionPhoto:
    """A photo of a lesion, beside the measurement that goes with it."""

    moment: PhotoMoment
    photo_id: UUID
    day: date
    length_mm: float | None
    """Diameter that counts on that day; None if there is none."""
    sha256: str
    """Of the stored photo."""
    thumbnail: bytes | None = field(default=None, repr=False)
    """JPEG for pages; None if it is not at hand. No part of the JSON."""
    thumbnail_key: str = ""
    """Where the server keeps it. No part of the JSON."""


@dataclass(frozen=True, slots=True)
class ReportedLesion:
    """One lesion: what it is, what was seen of it in the period, and its course from baseline to now."""

    lesion_id: UUID
    label: str
    site: str
    side: str
    kind: str
    target: bool
    first_noticed_on: date
    confirmed_new: bool
    """A clinician said so."""
    unconfirmed: bool
    """First noticed after the baseline, and no clinician has judged it."""
    progressed_on: date | None
    points: tuple[Point, ...]
    """Within the period."""
    baseline: LesionLook | None
    """A target's at the baseline of all targets, else the first that counts; None as long as there is none."""
    nadir: LesionLook | None
    """The smallest from the baseline on, the first of equals."""
    latest: LesionLook | None
    photos: tuple[LesionPhoto, ...]
    """Up to three, in the order of `PhotoMoment`; a moment without a photo is left out."""


@dataclass(frozen=True, slots=True)
class ReportedLesions:
    """How the lesions responded, as `domain.lesions.LesionTrend` says it, with the whole course of their sum."""

    strict_recist: bool
    response: LesionResponse | None
    best_response: LesionResponse | None
    progression_on: date | None
    confirmed: bool
    unconfirmed_new_lesions: int
    reason: str
    note: str
    baseline_mm: float | None
    baseline_on: date | None
    nadir_mm: float | None
    nadir_on: date | None
    """First day of the smallest complete sum."""
    assessments: tuple[Assessment, ...]
    """Within the period."""
    history: tuple[Assessment, ...]
    """All up to the end of the period, for the sum of diameters over time."""
    lesions: tuple[ReportedLesion, ...]


@dataclass(frozen=True, slots=True)
class ReportedMedication:
    """One medicine, how it was due and what was taken of it."""

    medication_id: UUID
    name: str
    dose: str | None
    times: tuple[str, ...]
    every_days: int
    cycle_on_days: int | None
    cycle_off_days: int | None
    as_needed: bool
    starts_on: date
    ends_on: date | None
    doses: Adherence


@dataclass(frozen=True, slots=True)
class Note:
    """What the patient wrote on a day."""

    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report for a follow-up visit."""

    patient: ReportedPatient
    clinic: str
    """Name of the clinic."""
    period: ReportPeriod
    visits: tuple[ReportedVisit, ...]
    completion: Completion
    attention: tuple[Attention, ...]
    """In the order of `AttentionRule`, the worst first."""
    symptoms: tuple[SymptomTrend, ...]
    """Those that were rated in the period, in the order of the catalogue."""
    nodule_count: CountTrend
    lesions: ReportedLesions
    medications: tuple[ReportedMedication, ...]
    lifestyle: Lifestyle
    notes: tuple[Note, ...]
    """Of the period, in order of day."""
    methods: tuple[Method, ...]
    """How the numbers were made, with sources."""
    revision: int
    """The patient's revision that this was gathered from."""
    generation: UUID
    """The server's generation."""
    generated_at: datetime
    software_version: str
    language: Language
