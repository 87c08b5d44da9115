"""The diary as phones send it."""

from datetime import date
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from domain import clocks
from domain.body_sites import Side, Site
from domain.lesions import LesionState, MeasurementMethod
from domain.symptoms import Symptom
from models.diary.bounds import (
    ACTIVITY_MINUTES,
    ALCOHOL_UNITS,
    BALANCED_MEALS,
    CIGARETTES,
    COUNT,
    MOST_ENTRIES_AT_ONCE,
    MOST_INTAKES,
    MOST_OBSERVATIONS,
    MOST_RATINGS,
    NOTE_CHARACTERS,
    SEVERITY,
)
from models.fields import (
    BlankIsNone,
    Clean,
    Day,
    Instant,
    Millimetres,
    NullIs,
    Number,
    PhoneId,
    Request,
    Truth,
    Whole,
    shown_as,
)


class RatingFields(Request):
    """How bad a symptom was: the worst of the last 24 hours."""

    symptom: Symptom
    severity: Annotated[
        int, Field(ge=SEVERITY.low, le=SEVERITY.high, description="0 none to 10 worst imaginable."), Whole
    ]
    interference: Annotated[
        int | None, Field(ge=SEVERITY.low, le=SEVERITY.high, description="How much it got in the way, 0-10."), Whole
    ] = None
    count: Annotated[
        int | None, Field(ge=COUNT.low, le=COUNT.high, description="How many nodules are seen."), Whole
    ] = None
    site: Site | None = None
    side: Side | None = None

    @field_validator("count")
    @classmethod
    def _only_nodules_are_counted(cls, count: int | None, info: ValidationInfo) -> int | None:
        if count is not None and info.data.get("symptom", Symptom.NODULES) is not Symptom.NODULES:
            message = "only nodules are counted"
            raise ValueError(message)
        return count


class LesionObservationFields(Request):
    """How a lesion looked: measured, or why not."""

    lesion_id: UUID
    state: LesionState
    length_mm: Annotated[Millimetres | None, Field(description="Longest diameter in mm, one decimal.")] = None
    width_mm: Annotated[Millimetres | None, Field(description="Perpendicular to it in mm, one decimal.")] = None
    method: MeasurementMethod | None = None
    ulcerated: Truth | None = None
    bleeding: Truth | None = None
    photo_id: Annotated[UUID | None, Field(description="A photo of this look; it may be sent later.")] = None

    @model_validator(mode="after")
    def _lengths_go_with_measuring(self) -> Self:
        if self.state is LesionState.MEASURED and (self.length_mm is None or self.method is None):
            message = "a measured lesion needs length_mm and method"
            raise ValueError(message)
        if self.state is not LesionState.MEASURED and (self.length_mm is not None or self.width_mm is not None):
            message = "only a measured lesion has lengths"
            raise ValueError(message)
        return self


class IntakeFields(Request):
    """A dose that was taken, or was not."""

    medication_id: UUID
    taken: Truth
    taken_at: Instant | None = None


class LifestyleFields(Request):
    """Habits of the day; what was not asked or not answered is left out."""

    cigarettes: Annotated[int | None, Field(ge=CIGARETTES.low, le=CIGARETTES.high), Whole] = None
    alcohol_units: Annotated[
        float | None,
        Field(ge=ALCOHOL_UNITS.low, le=ALCOHOL_UNITS.high, description="Units of 10 ml of pure alcohol."),
        Number,
    ] = None
    activity_minutes: Annotated[int | None, Field(ge=ACTIVITY_MINUTES.low, le=ACTIVITY_MINUTES.high), Whole] = None
    balanced_meals: Annotated[int | None, Field(ge=BALANCED_MEALS.low, le=BALANCED_MEALS.high), Whole] = None

    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self.model_dump(exclude_none=True) == {}


class EntryCreate(Request):
    """A diary entry as the phone sends it; also the full replacement of one."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a10",
            "recorded_at": "2026-03-29T21:40:00+02:00",
            "time_zone": "Europe/Berlin",
            "day": "2026-03-29",
            "ratings": [
                {"symptom": "pain", "severity": 6, "interference": 4, "site": "chest_wall", "side": "left"},
                {"symptom": "nodules", "severity": 3, "count": 4},
            ],
            "lesion_observations": [
                {
                    "lesion_id": "0199d1c4-0000-7000-8000-000000000001",
                    "state": "measured",
                    "length_mm": 14.5,
                    "width_mm": 9.0,
                    "method": "ruler",
                    "ulcerated": True,
                    "bleeding": False,
                    "photo_id": "0199d1c4-0000-7000-8000-000000000003",
                },
            ],
            "intakes": [
                {
                    "medication_id": "0199d1c4-0000-7000-8000-000000000002",
                    "taken": True,
                    "taken_at": "2026-03-29T08:05:00+02:00",
                },
            ],
            "lifestyle": {"cigarettes": 0, "alcohol_units": 1.5, "activity_minutes": 30, "balanced_meals": 2},
            "note": "Dressing stuck this morning.",
        },
    )

    id: Annotated[
        PhoneId | None, Field(description="Made by the phone, so that a retry is not stored twice; needed in a batch.")
    ] = None
    recorded_at: Annotated[Instant, Field(description="When it was written down, with the phone's offset.")]
    time_zone: Annotated[
        str, Field(min_length=1, max_length=64, description="The phone's time zone, best an IANA name."), Clean
    ]
    day: Annotated[
        Day | None,
        Field(description="The local day it is about: 0-60 days before the local date of recorded_at, the default."),
    ] = None
    ratings: Annotated[list[RatingFields], Field(max_length=MOST_RATINGS), NullIs([])] = Field(default_factory=list)
    lesion_observations: Annotated[list[LesionObservationFields], Field(max_length=MOST_OBSERVATIONS), NullIs([])] = (
        Field(default_factory=list)
    )
    intakes: Annotated[list[IntakeFields], Field(max_length=MOST_INTAKES), NullIs([])] = Field(default_factory=list)
    lifestyle: LifestyleFields | None = None
    note: Annotated[Annotated[str, Field(max_length=NOTE_CHARACTERS), Clean] | None, BlankIsNone] = None

    @field_validator("day")
    @classmethod
    def _day_is_near(cls, day: date | None, info: ValidationInfo) -> date | None:
        recorded_at, time_zone = info.data.get("recorded_at"), info.data.get("time_zone")
        if day and recorded_at and time_zone and not clocks.day_is_acceptable(day, recorded_at, time_zone):
            message = "must lie 0-60 days before the local date of recorded_at"
            raise ValueError(message)
        return day

    @field_validator("ratings")
    @classmethod
    def _each_place_is_rated_once(cls, ratings: list[RatingFields]) -> list[RatingFields]:
        if len({(rating.symptom, rating.site, rating.side) for rating in ratings}) != len(ratings):
            message = "a symptom can be rated once for each site and side"
            raise ValueError(message)
        return ratings

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.lifestyle is not None and self.lifestyle.is_empty():
            self.lifestyle = None
        if not (self.ratings or self.lesion_observations or self.intakes or self.lifestyle or self.note):
            message = "an entry must hold something"
            raise ValueError(message)
        return self

    def local_day(self) -> date:
        """The day it is about: as given, else the local date of `recorded_at`."""
        return self.day or clocks.default_day(self.recorded_at, self.time_zone)


class EntryBatch(Request):
    """Entries that were kept offline, in the order they were made. Each is judged by itself."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "entries": [
                {
                    "id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a11",
                    "recorded_at": "2026-03-30T07:10:00+02:00",
                    "time_zone": "Europe/Berlin",
                    "day": "2026-03-29",
                    "ratings": [{"symptom": "itching", "severity": 2}],
                },
                {
                    "id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a12",
                    "recorded_at": "2026-03-30T21:05:00+02:00",
                    "time_zone": "Europe/Berlin",
                    "ratings": [{"symptom": "pain", "severity": 5}],
                    "note": "Slept better.",
                },
            ],
        },
    )

    entries: list[Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/EntryCreate"})]] = Field(
        min_length=1, max_length=MOST_ENTRIES_AT_ONCE
    )
