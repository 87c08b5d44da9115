"""The diary as it is answered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.body_sites import Side, Site
from domain.lesions import LesionState, MeasurementMethod
from domain.symptoms import Symptom
from models.fields import (
    Page,
    Response,
    VersionedRead,
)
from models.problems import ItemProblem


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
