"""Medications as prescribed; what was taken is in the diary."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import JSON, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from models.fields import (
    Bounds,
    Day,
    Name,
    NullIs,
    Page,
    PhoneId,
    Request,
    ShortText,
    Truth,
    UtcDateTime,
    VersionedRead,
    Whole,
    longest,
    shown_as,
)

EVERY_DAYS = Bounds(1, 366)
CYCLE_DAYS = Bounds(1, 366)
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["08:00"])]


class Medication(SQLModel, table=True):
    """One medicine of one patient and when it is due."""

    __table_args__ = (
        longest("name", 200),
        longest("dose", 200),
        EVERY_DAYS.check("every_days"),
        CYCLE_DAYS.check("cycle_on_days"),
        CYCLE_DAYS.check("cycle_off_days"),
        Index(None, "patient_id", "created_at", "id"),
        Index(None, "patient_id", "revision"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    name: str = Column(max_length=200)
    dose: str | None = Column(default=None, max_length=200)
    times: list[str] = Column(sa_type=JSON)
    every_days: int
    cycle_on_days: int | None = None
    cycle_off_days: int | None = None
    as_needed: bool
    starts_on: date
    ends_on: date | None = None
    version: int = 1
    revision: int
    created_at: datetime = Column(sa_type=UtcDateTime)
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class MedicationFields(Request):
    """A medicine and when it is due."""

    name: Annotated[Name, Field(examples=["Capecitabine"])]
    dose: Annotated[ShortText, Field(examples=["1500 mg"])] = None
    times: Annotated[
        list[TimeOfDay],
        Field(
            max_length=24,
            description="Local times of day, each at most once; one expected dose each.",
            examples=[["08:00", "20:00"]],
        ),
        NullIs([]),
    ] = Field(default_factory=list)
    every_days: Annotated[
        int,
        Field(ge=EVERY_DAYS.low, le=EVERY_DAYS.high, description="Days from one dosing day to the next."),
        Whole,
        NullIs(1),
    ] = 1
    cycle_on_days: Annotated[
        int | None, Field(ge=CYCLE_DAYS.low, le=CYCLE_DAYS.high, description="Days on in a cycle."), Whole
    ] = None
    cycle_off_days: Annotated[
        int | None, Field(ge=CYCLE_DAYS.low, le=CYCLE_DAYS.high, description="Days off in a cycle."), Whole
    ] = None
    as_needed: Annotated[Truth, Field(description="Taken when needed: no dose is expected."), NullIs(default=False)] = (
        False
    )
    starts_on: Day
    ends_on: Day | None = None

    @model_validator(mode="after")
    def _is_a_schedule(self) -> Self:
        if not self.times and not self.as_needed:
            message = "times is needed unless as_needed is true"
            raise ValueError(message)
        if len(set(self.times)) != len(self.times):
            message = "times must not name a time twice"
            raise ValueError(message)
        if (self.cycle_on_days is None) != (self.cycle_off_days is None):
            message = "cycle_on_days and cycle_off_days go together"
            raise ValueError(message)
        if self.ends_on is not None and self.ends_on < self.starts_on:
            message = "ends_on must not be before starts_on"
            raise ValueError(message)
        return self


class MedicationCreate(MedicationFields):
    """A medicine to follow; the phone makes its id."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-0000-7000-8000-000000000002",
            "name": "Capecitabine",
            "dose": "1500 mg",
            "times": ["08:00", "20:00"],
            "every_days": 1,
            "cycle_on_days": 14,
            "cycle_off_days": 7,
            "as_needed": False,
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
        },
    )

    id: PhoneId


class MedicationReplace(MedicationFields):
    """The medicine as it shall be from now on (full replacement)."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-0000-7000-8000-000000000002",
            "name": "Capecitabine",
            "dose": "1500 mg",
            "times": ["08:00", "20:00"],
            "every_days": 1,
            "cycle_on_days": 14,
            "cycle_off_days": 7,
            "as_needed": False,
            "starts_on": "2026-01-01",
            "ends_on": "2026-03-31",
        },
    )

    id: Annotated[UUID | None, Field(description="If sent, the id in the path.")] = None


class MedicationRead(VersionedRead):
    """A medicine and when it is due."""

    name: str
    dose: str | None
    times: list[str]
    every_days: int
    cycle_on_days: int | None
    cycle_off_days: int | None
    as_needed: bool
    starts_on: date
    ends_on: date | None
    created_at: datetime


class MedicationVersion(MedicationRead):
    """A medicine as it was in one version."""

    applied: Annotated[bool, Field(description="Whether this version ever was the current one.")]


class MedicationPage(Page[MedicationRead]):
    """A page of medications."""


class MedicationVersionPage(Page[MedicationVersion]):
    """A page of a medication's versions."""
