"""The diary: entries with their ratings, lesion observations, intakes and habits."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, WithJsonSchema, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo
from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain import clocks
from domain.body_sites import Side, Site
from domain.lesions import LesionState, MeasurementMethod
from domain.symptoms import Symptom
from models.fields import (
    BlankIsNone,
    Bounds,
    Day,
    Instant,
    Millimetres,
    Number,
    Page,
    PhoneId,
    Request,
    Response,
    Text,
    Truth,
    UtcDateTime,
    VersionedRead,
    Whole,
    longest,
    one_of,
)
from models.problems import ItemProblem

SEVERITY = Bounds(0, 10)
COUNT = Bounds(0, 999)
LENGTH_TENTHS = Bounds(0, 5000)
CIGARETTES = Bounds(0, 200)
ALCOHOL_UNITS = Bounds(0, 100)
ACTIVITY_MINUTES = Bounds(0, 1440)
BALANCED_MEALS = Bounds(0, 20)
NOTE_CHARACTERS = 4000
MOST_RATINGS = 60
MOST_OBSERVATIONS = 100
MOST_INTAKES = 100
MOST_ENTRIES_AT_ONCE = 500


# Tables


class Entry(SQLModel, table=True):
    """One diary entry, as it is now; a deleted one is a tombstone without content.

    Keys begin with the patient, here and in all that belongs to one (docs/decisions/0009).
    """

    __table_args__ = (
        CIGARETTES.check("cigarettes"),
        ALCOHOL_UNITS.check("alcohol_units"),
        ACTIVITY_MINUTES.check("activity_minutes"),
        BALANCED_MEALS.check("balanced_meals"),
        longest("note", NOTE_CHARACTERS),
        longest("time_zone", 64),
        CheckConstraint(
            "recorded_at >= '2000-01-01 00:00:00+00' AND recorded_at < '2101-01-01 00:00:00+00'",
            name="recorded_at_bounds",
        ),
        CheckConstraint("counted_day <= day", name="counted_day_not_later"),
        Index(None, "patient_id", "day", "recorded_at", "id"),
        Index(None, "patient_id", "counted_day"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    version: int
    revision: int
    recorded_at: datetime = Column(sa_type=UtcDateTime)
    utc_offset_minutes: int
    """The offset that `recorded_at` came with."""
    time_zone: str = Column(max_length=64)
    day: date
    counted_day: date
    received_at: datetime = Column(sa_type=UtcDateTime)
    late: bool
    flags: list[str] = Column(sa_type=JSON)
    note: str | None = Column(default=None, max_length=NOTE_CHARACTERS)
    cigarettes: int | None = None
    alcohol_units: float | None = None
    activity_minutes: int | None = None
    balanced_meals: int | None = None
    recorded_by: UUID
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


def _part_of_entry() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["patient_id", "entry_id"], ["entry.patient_id", "entry.id"])


class Rating(SQLModel, table=True):
    """One symptom, rated in one entry; whatever was skipped has no row."""

    __table_args__ = (
        _part_of_entry(),
        one_of("symptom", Symptom),
        one_of("site", Site),
        one_of("side", Side),
        SEVERITY.check("severity"),
        SEVERITY.check("interference"),
        COUNT.check("count"),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    symptom: str = Column(max_length=30)
    severity: int
    interference: int | None = None
    count: int | None = None
    site: str | None = Column(default=None, max_length=40)
    side: str | None = Column(default=None, max_length=20)


class LesionObservation(SQLModel, table=True):
    """One look at a lesion in one entry; lengths in tenths of a millimetre."""

    __tablename__ = "lesion_observation"
    __table_args__ = (
        _part_of_entry(),
        ForeignKeyConstraint(["patient_id", "lesion_id"], ["lesion.patient_id", "lesion.id"]),
        one_of("state", LesionState),
        one_of("method", MeasurementMethod),
        LENGTH_TENTHS.check("length_tenths"),
        LENGTH_TENTHS.check("width_tenths"),
        CheckConstraint(
            "(state = 'measured') = (length_tenths IS NOT NULL)"
            " AND (state = 'measured' OR width_tenths IS NULL)"
            " AND (state <> 'measured' OR method IS NOT NULL)",
            name="measured_with_method",
        ),
        Index(None, "patient_id", "lesion_id"),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    lesion_id: UUID
    state: str = Column(max_length=20)
    length_tenths: int | None = None
    width_tenths: int | None = None
    method: str | None = Column(default=None, max_length=20)
    ulcerated: bool | None = None
    bleeding: bool | None = None
    photo_id: UUID | None = None
    """Soft: the photo may come later or never."""


class Intake(SQLModel, table=True):
    """One dose, reported as taken or not."""

    __table_args__ = (
        _part_of_entry(),
        ForeignKeyConstraint(["patient_id", "medication_id"], ["medication.patient_id", "medication.id"]),
        Index(None, "patient_id", "medication_id"),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    medication_id: UUID
    taken: bool
    taken_at: datetime | None = Column(default=None, sa_type=UtcDateTime)
    taken_offset_minutes: int | None = None


# Requests


class RatingFields(Request):
    """How bad a symptom was: the worst of the last 24 hours."""

    symptom: Symptom
    severity: Annotated[Whole, Field(ge=SEVERITY.low, le=SEVERITY.high, description="0 none to 10 worst imaginable.")]
    interference: Annotated[
        Whole | None, Field(ge=SEVERITY.low, le=SEVERITY.high, description="How much it got in the way, 0-10.")
    ] = None
    count: Annotated[Whole | None, Field(ge=COUNT.low, le=COUNT.high, description="How many nodules are seen.")] = None
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

    cigarettes: Annotated[Whole | None, Field(ge=CIGARETTES.low, le=CIGARETTES.high)] = None
    alcohol_units: Annotated[
        Number | None, Field(ge=ALCOHOL_UNITS.low, le=ALCOHOL_UNITS.high, description="Units of 10 ml of pure alcohol.")
    ] = None
    activity_minutes: Annotated[Whole | None, Field(ge=ACTIVITY_MINUTES.low, le=ACTIVITY_MINUTES.high)] = None
    balanced_meals: Annotated[Whole | None, Field(ge=BALANCED_MEALS.low, le=BALANCED_MEALS.high)] = None

    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self.model_dump(exclude_none=True) == {}


class EntryCreate(Request):
    """A diary entry as the phone sends it; also the full replacement of one."""

    id: Annotated[
        PhoneId | None, Field(description="Made by the phone, so that a retry is not stored twice; needed in a batch.")
    ] = None
    recorded_at: Annotated[Instant, Field(description="When it was written down, with the phone's offset.")]
    time_zone: Annotated[
        Text, Field(min_length=1, max_length=64, description="The phone's time zone, best an IANA name.")
    ]
    day: Annotated[
        Day | None,
        Field(description="The local day it is about: 0-60 days before the local date of recorded_at, the default."),
    ] = None
    ratings: list[RatingFields] = Field(default_factory=list, max_length=MOST_RATINGS)
    lesion_observations: list[LesionObservationFields] = Field(default_factory=list, max_length=MOST_OBSERVATIONS)
    intakes: list[IntakeFields] = Field(default_factory=list, max_length=MOST_INTAKES)
    lifestyle: LifestyleFields | None = None
    note: Annotated[Annotated[Text, Field(max_length=NOTE_CHARACTERS)] | None, BlankIsNone] = None

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

    entries: list[Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/EntryCreate"})]] = Field(
        min_length=1, max_length=MOST_ENTRIES_AT_ONCE
    )


# Responses


class RatingRead(Response):
    """A rated symptom."""

    symptom: Symptom
    severity: int
    interference: int | None
    count: int | None
    site: Site | None
    side: Side | None


class LesionObservationRead(Response):
    """A look at a lesion; lengths in mm with one decimal."""

    lesion_id: UUID
    state: LesionState
    length_mm: float | None
    width_mm: float | None
    method: MeasurementMethod | None
    ulcerated: bool | None
    bleeding: bool | None
    photo_id: UUID | None


class IntakeRead(Response):
    """A reported dose."""

    medication_id: UUID
    taken: bool
    taken_at: datetime | None


class LifestyleRead(Response):
    """Habits of the day."""

    cigarettes: int | None
    alcohol_units: float | None
    activity_minutes: int | None
    balanced_meals: int | None


class EntryRead(VersionedRead):
    """A diary entry as it is stored."""

    recorded_at: datetime
    time_zone: str
    day: date
    ratings: list[RatingRead]
    lesion_observations: list[LesionObservationRead]
    intakes: list[IntakeRead]
    lifestyle: LifestyleRead | None
    note: str | None
    counted_day: Annotated[date, Field(description="The day it counts on: never after the local date of receipt.")]
    received_at: Annotated[datetime, Field(description="When the server first got this entry.")]
    late: Annotated[bool, Field(description="Whether it came over 48 h after the end of its day.")]
    flags: Annotated[list[str], Field(description="Doubts about its clock; may grow.", examples=[["zone_unknown"]])]
    recorded_by: Annotated[UUID, Field(description="The account that sent this version.")]


class EntryVersion(EntryRead):
    """An entry as it was in one version."""

    applied: Annotated[bool, Field(description="Whether this version ever was the current one.")]


class EntryPage(Page[EntryRead]):
    """A page of entries, newest first."""


class EntryVersionPage(Page[EntryVersion]):
    """A page of an entry's versions."""


class BatchOutcome(StrEnum):
    """What became of one item."""

    CREATED = "created"
    REPLAYED = "replayed"
    REJECTED = "rejected"


class BatchResult(Response):
    """What became of one entry of a batch."""

    index: Annotated[int, Field(description="Its place in the batch, from 0.")]
    id: Annotated[UUID | None, Field(description="Its id; null if that could not be read.")]
    result: BatchOutcome
    version: Annotated[int | None, Field(description="Its current version; null if it was rejected.")]
    problem: Annotated[ItemProblem | None, Field(description="Why it was rejected; null if it is stored.")]


class BatchRead(Response):
    """What became of each entry, in the order sent."""

    results: list[BatchResult]
