"""The answer: how the lesions responded, why, and what of their course is listed."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.lesions.observations import LesionState, MeasurementMethod
from domain.lesions.responses import LesionResponse

NOTE = "patient-measured; skin only; not a clinical RECIST read"


@dataclass(frozen=True, slots=True)
class Point:
    """What was seen of a lesion on a day; lengths None where none was taken."""

    day: date
    state: LesionState
    length_mm: float | None
    width_mm: float | None
    method: MeasurementMethod | None


@dataclass(frozen=True, slots=True)
class LesionCourse:
    """A lesion and the points of it within the period, in order of day; none if it was not observed then."""

    lesion_id: UUID
    label: str
    target: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """An assessment within the period.

    Attributes:
        sum_mm: sum of the target values at hand, a lower bound if `measured` is below `targets`; None if none is.
        after_progression: whether progression came before this day.
        measured: how many targets have a value.
        targets: how many targets there are.
    """

    day: date
    sum_mm: float | None
    response: LesionResponse
    after_progression: bool
    reason: str
    measured: int
    targets: int


@dataclass(frozen=True, slots=True)
class LesionTrend:
    """How the lesions responded, after RECIST 1.1. Lengths in millimetres with one decimal.

    Attributes:
        strict_recist: whether RECIST 1.1 admits the targets (nodules and plaques, at most two, each 10 mm or more at
            baseline); true also without targets and before a baseline. False warns that `response` rests on a lesion
            that a trial would not have measured.
        response: of the latest assessment; None if there is none.
        best_response: the best after the baseline, up to and including the first progression; None if there is none.
        progression_on: day of the first assessment that was progression; None if there was none.
        confirmed: whether, before progression, a second complete or partial response came at least 28 days after the
            first.
        unconfirmed_new_lesions: lesions first noticed after the baseline that no clinician has confirmed.
        reason: why the latest response is what it is.
        note: what this is not.
        baseline_mm: sum of diameters at the baseline; None without targets or before every target has been measured.
        nadir_mm: smallest complete sum from the baseline on, the latest included; None if there is no baseline.
        assessments: those within the period, in order of day.
        lesions: all that are known by the end of the period.
    """

    strict_recist: bool
    response: LesionResponse | None
    best_response: LesionResponse | None
    progression_on: date | None
    confirmed: bool
    unconfirmed_new_lesions: int
    reason: str
    note: str
    baseline_mm: float | None
    nadir_mm: float | None
    assessments: tuple[Assessment, ...]
    lesions: tuple[LesionCourse, ...]
