"""The lesions of a report as JSON: each from its baseline to now, and the response of all."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.body_sites import Side, Site
from domain.lesions import LesionResponse, LesionState, MeasurementMethod
from domain.report import PhotoMoment
from models.fields import Response
from models.lesions import LesionKind
from models.trends import AssessmentRead, LesionPointRead

DayText = Annotated[date, Field(description="Day, YYYY-MM-DD.")]


class LesionLookRead(Response):
    """A look at a lesion whose diameter counts."""

    day: DayText
    state: Annotated[LesionState, Field(description="What could be said of it.")]
    value_mm: Annotated[
        float, Field(description="What counts, in mm: the length, 5 where it is too small to measure, 0 where gone.")
    ]
    length_mm: Annotated[float | None, Field(description="Longest diameter in mm; null unless measured.")]
    width_mm: Annotated[float | None, Field(description="Perpendicular to it in mm; null if it was not taken.")]
    method: Annotated[MeasurementMethod | None, Field(description="How it was taken; null unless measured.")]


class LesionPhotoRead(Response):
    """A photo of a lesion, beside the measurement that goes with it."""

    moment: Annotated[PhotoMoment, Field(description="Which of the three looks it shows.")]
    photo_id: Annotated[UUID, Field(description="Its content: GET .../photos/{photo_id}/content.")]
    day: DayText
    length_mm: Annotated[float | None, Field(description="Diameter that counts on that day, in mm; null if none.")]
    sha256: Annotated[str, Field(description="Of the stored photo, in hexadecimal digits.")]


class ReportedLesionRead(Response):
    """One lesion: what it is, what was seen of it in the period, and its course from baseline to now."""

    lesion_id: Annotated[UUID, Field(description="The lesion's id.")]
    label: Annotated[str, Field(description="How the patient calls it.")]
    site: Annotated[Site, Field(description="Region of the body.")]
    side: Annotated[Side, Field(description="Side of the body.")]
    kind: Annotated[LesionKind, Field(description="What it looks like.")]
    target: Annotated[bool, Field(description="Whether it counts in the sum of diameters.")]
    first_noticed_on: Annotated[date, Field(description="When the patient first noticed it.")]
    confirmed_new: Annotated[bool, Field(description="Whether a clinician confirmed it as new.")]
    unconfirmed: Annotated[
        bool, Field(description="First noticed after the baseline, and no clinician has judged it yet.")
    ]
    progressed_on: Annotated[date | None, Field(description="When a clinician called it progressed; null if not.")]
    points: Annotated[list[LesionPointRead], Field(description="What was seen of it in the period.")]
    baseline: Annotated[
        LesionLookRead | None,
        Field(description="A target's at the baseline of all targets, else the first that counts; null if none."),
    ]
    nadir: Annotated[LesionLookRead | None, Field(description="The smallest since the baseline; null if none.")]
    latest: Annotated[LesionLookRead | None, Field(description="The last that counts; null if none.")]
    photos: Annotated[list[LesionPhotoRead], Field(description="Up to three; a moment without a photo is left out.")]


class ReportedLesionsRead(Response):
    """How the skin lesions respond, after RECIST 1.1; over the whole history up to the end of the period."""

    strict_recist: Annotated[bool, Field(description="Whether RECIST 1.1 admits the targets.")]
    response: Annotated[LesionResponse | None, Field(description="At the latest assessment; null if there is none.")]
    best_response: Annotated[LesionResponse | None, Field(description="Up to the first progression; null if none.")]
    progression_on: Annotated[date | None, Field(description="First progression; null if there was none.")]
    confirmed: Annotated[bool, Field(description="A second complete or partial response 28 days later or more.")]
    unconfirmed_new_lesions: Annotated[int, Field(description="New lesions that no clinician has judged.")]
    reason: Annotated[str, Field(description="Why the latest response is what it is, in English.")]
    note: Annotated[str, Field(description="What this is not.")]
    baseline_mm: Annotated[float | None, Field(description="Sum of diameters at the baseline, in mm; null if none.")]
    baseline_on: Annotated[date | None, Field(description="Day of the baseline; null if there is none.")]
    nadir_mm: Annotated[float | None, Field(description="Smallest complete sum, in mm; null if there is none.")]
    nadir_on: Annotated[date | None, Field(description="First day of that sum; null if there is none.")]
    assessments: Annotated[list[AssessmentRead], Field(description="Within the period.")]
    history: Annotated[list[AssessmentRead], Field(description="All up to the end of the period.")]
    lesions: Annotated[list[ReportedLesionRead], Field(description="All that are known by the end of the period.")]
