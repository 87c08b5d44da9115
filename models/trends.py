"""The trend document: the values of `domain/` as JSON, field by field.

Every number is what `domain/` calculated, rounded there once to 6 decimals; null means that it cannot be had.
"""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field

from domain.lesions import LesionResponse, LesionState, MeasurementMethod
from domain.symptoms import Symptom
from domain.trends import ChangeClass, Verdict
from models.fields import Response


class CompletionRead(Response):
    """How much of the diary was kept: days with at least one rating, of the days on which one was expected."""

    expected_days: int
    observed_days: int
    rate: Annotated[float | None, Field(description="Observed of expected, 0-1; null if none was expected.")]
    longest_gap_days: int


class WindowRead(Response):
    """The median of one stretch of days, and on how many observed days it rests."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_by_name=True, validate_by_alias=True)

    value: float
    n: int
    from_day: Annotated[date, Field(alias="from")]
    to_day: Annotated[date, Field(alias="to")]


class DayValueRead(Response):
    """The highest value of one day."""

    day: date
    value: int


class DayMedianRead(Response):
    """The median of the week that ends on this day."""

    day: date
    value: float


class MannKendallRead(Response):
    """The Mann-Kendall test for a monotone trend: support, never the class of change."""

    s: int | None
    variance: float | None
    z: float | None
    p: Annotated[float | None, Field(description="Two-sided.")]
    tau: Annotated[float | None, Field(description="Kendall's tau-b.")]
    verdict: Verdict


class LevelChangeRead(Response):
    """A sudden change of level (Pettitt): exploratory."""

    day: Annotated[date, Field(description="First day of the new level.")]
    p: float
    median_before: float
    median_after: float
    exploratory: bool


class SymptomTrendRead(Response):
    """How one symptom went; higher is worse."""

    symptom: Symptom
    n: Annotated[int, Field(description="Days with a value.")]
    points: list[DayValueRead]
    reference: Annotated[WindowRead | None, Field(description="The first 14 days from enrolment, whatever the period.")]
    change_from_reference: float | None
    baseline: Annotated[WindowRead | None, Field(description="The first days of the period.")]
    current: Annotated[WindowRead | None, Field(description="The last days of the period.")]
    change: Annotated[float | None, Field(description="Current minus baseline, in score points.")]
    change_class: ChangeClass
    threshold: Annotated[float | None, Field(description="Least change that counts, on the side of the change.")]
    threshold_source: str | None
    slope_per_week: Annotated[float | None, Field(description="Theil-Sen, score points per week.")]
    slope_low: Annotated[float | None, Field(description="Lower end of its 95 % interval.")]
    slope_high: Annotated[float | None, Field(description="Upper end of its 95 % interval.")]
    mann_kendall: MannKendallRead
    worst: DayValueRead
    severe_days: Annotated[int, Field(description="Days with 7 or more, of n.")]
    longest_gap_days: int
    area_above_baseline_per_day: float | None
    burden: Annotated[float, Field(description="Mean of the day values.")]
    level_change: LevelChangeRead | None
    rolling_median: list[DayMedianRead]


class CountTrendRead(Response):
    """How many nodules were seen: the highest count of each day."""

    n: int
    points: list[DayValueRead]
    baseline: WindowRead | None
    current: WindowRead | None


class LesionPointRead(Response):
    """One look at a lesion; lengths in mm."""

    day: date
    state: LesionState
    length_mm: float | None
    width_mm: float | None
    method: MeasurementMethod | None


class LesionCourseRead(Response):
    """One lesion within the period."""

    lesion_id: UUID
    label: str
    target: bool
    points: list[LesionPointRead]


class AssessmentRead(Response):
    """The response as judged on one day."""

    day: date
    sum_mm: Annotated[float | None, Field(description="Sum of the target diameters at hand; null if there is none.")]
    response: LesionResponse
    after_progression: bool
    reason: str
    measured: Annotated[int, Field(description="Targets with a value.")]
    targets: int


class LesionTrendRead(Response):
    """How the skin lesions respond, after RECIST 1.1; over the whole history up to the end of the period."""

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
    assessments: list[AssessmentRead]
    lesions: list[LesionCourseRead]


class AdherenceRead(Response):
    """What was taken of one medication; a missing report is not a missed dose."""

    medication_id: UUID
    name: str
    expected: Annotated[int | None, Field(description="Doses due; null if taken as needed.")]
    reported: int
    taken: int
    adherence: Annotated[float | None, Field(description="Taken of reported.")]
    coverage: Annotated[float | None, Field(description="Reported of expected.")]
    possible_low: Annotated[float | None, Field(description="Taken of expected if no unreported dose was taken.")]
    possible_high: Annotated[float | None, Field(description="Taken of expected if every unreported dose was.")]


class MeanRead(Response):
    """A mean over the days on which it was answered."""

    value: float | None
    n: int


class LifestyleTrendRead(Response):
    """Habits in the period."""

    cigarettes_per_day: MeanRead
    alcohol_units_per_week: MeanRead
    activity_minutes_per_week: MeanRead
    balanced_meals_per_day: MeanRead


class TrendsRead(Response):
    """The trend of one patient over one period."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_by_name=True, validate_by_alias=True)

    patient_id: UUID
    from_day: Annotated[date, Field(alias="from")]
    to_day: Annotated[date, Field(alias="to")]
    revision: Annotated[int, Field(description="The patient's revision that this is calculated from.")]
    completion: CompletionRead
    symptoms: Annotated[list[SymptomTrendRead], Field(description="Those that were rated in the period.")]
    nodule_count: CountTrendRead
    lesions: LesionTrendRead
    medications: list[AdherenceRead]
    lifestyle: LifestyleTrendRead
